#include "imaging_encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FirstCapacity = 64 << 10 };

bool imaging_encoded_append(ImagingEncoded *encoded, const uint8_t *bytes, size_t count) {
    if (count > encoded->capacity - encoded->count) {
        size_t capacity = encoded->capacity ? encoded->capacity * 2 : FirstCapacity;
        if (capacity < encoded->count + count) capacity = encoded->count + count;
        uint8_t *grown = realloc(encoded->bytes, capacity);
        if (!grown) {
            imaging_encoded_fail(encoded, ImagingStatusNoMemory, "no memory for the encoded picture");
            return false;
        }
        encoded->bytes = grown;
        encoded->capacity = capacity;
    }
    memcpy(encoded->bytes + encoded->count, bytes, count);
    encoded->count += count;
    return true;
}

void imaging_encoded_fail(ImagingEncoded *encoded, ImagingStatus status, const char *reason) {
    if (encoded->status != ImagingStatusOk) return;
    encoded->status = status;
    snprintf(encoded->reason, sizeof encoded->reason, "%s", reason);
}

void imaging_encoded_free(ImagingEncoded *encoded) {
    free(encoded->bytes);
    encoded->bytes = NULL;
    encoded->count = encoded->capacity = 0;
}
