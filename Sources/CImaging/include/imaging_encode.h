#ifndef HEADCOUNT_IMAGING_ENCODE_H
#define HEADCOUNT_IMAGING_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imaging_status.h"

/// An encoded picture. `bytes` is the caller's, freed with imaging_encoded_free; NULL where the encoding failed.
typedef struct ImagingEncoded {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
    ImagingStatus status;
    char reason[ImagingReasonSize];
} ImagingEncoded;

/// Baseline JPEG, 4:2:0, of 8-bit RGB rows without padding. `quality` is libjpeg's, 1 to 100.
ImagingEncoded imaging_jpeg_encode(const uint8_t *rgb, uint32_t width, uint32_t height, int quality);

/// PNG, 8-bit RGB, not interlaced, of 8-bit RGB rows without padding.
ImagingEncoded imaging_png_encode(const uint8_t *rgb, uint32_t width, uint32_t height);

/// Frees the bytes.
void imaging_encoded_free(ImagingEncoded *encoded);

/// Adds bytes at the end; false, with the status set, where memory cannot be had. For the formats' own use.
bool imaging_encoded_append(ImagingEncoded *encoded, const uint8_t *bytes, size_t count);

/// Records why an encoding failed. For the formats' own use.
void imaging_encoded_fail(ImagingEncoded *encoded, ImagingStatus status, const char *reason);

#endif
