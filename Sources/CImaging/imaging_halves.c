#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "imaging_resamplers.h"

typedef struct Halves {
    ImagingResampler base;
    ImagingResize resize;
    /// Values of a row of the source.
    size_t count;
    uint8_t *next;
    bool holds_upper;
    /// The upper row of a pair, and then the sums of both.
    uint8_t *upper;
    uint16_t *sums;
} Halves;

static void push(ImagingResampler *base, const uint8_t *row) {
    Halves *self = (Halves *)base;
    self->holds_upper = !self->holds_upper;
    if (self->holds_upper) {
        memcpy(self->upper, row, self->count);
        return;
    }
    for (size_t index = 0; index < self->count; index++) {
        self->sums[index] = (uint16_t)(self->upper[index] + row[index]);
    }
    const uint16_t *sums = self->sums;
    uint8_t *to = self->next;
    // Half up, in whole numbers: unlike other blocks, whose mean OpenCV rounds half to even.
    for (size_t x = 0; x < self->resize.to_width; x++, to += Channels, sums += 2 * Channels) {
        to[0] = (uint8_t)((sums[0] + sums[3] + 2) >> 2);
        to[1] = (uint8_t)((sums[1] + sums[4] + 2) >> 2);
        to[2] = (uint8_t)((sums[2] + sums[5] + 2) >> 2);
    }
    self->next = to;
}

static void close_halves(ImagingResampler *base) {
    Halves *self = (Halves *)base;
    free(self->upper);
    free(self->sums);
    free(self);
}

ImagingResampler *imaging_halves_open(ImagingResize resize) {
    Halves *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->base = (ImagingResampler){push, close_halves};
    self->resize = resize;
    self->count = (size_t)resize.from_width * Channels;
    self->next = resize.picture;
    self->upper = malloc(self->count);
    self->sums = malloc(self->count * sizeof *self->sums);
    if (!self->upper || !self->sums) {
        close_halves(&self->base);
        return NULL;
    }
    return &self->base;
}
