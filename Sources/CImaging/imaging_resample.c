#include "imaging_resamplers.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct RowCopier {
    ImagingResampler base;
    uint8_t *next;
    size_t row;
} RowCopier;

static void copy_row(ImagingResampler *base, const uint8_t *row) {
    RowCopier *self = (RowCopier *)base;
    memcpy(self->next, row, self->row);
    self->next += self->row;
}

static void close_copier(ImagingResampler *base) { free(base); }

static ImagingResampler *copier_open(ImagingResize resize) {
    RowCopier *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->base = (ImagingResampler){copy_row, close_copier};
    self->next = resize.picture;
    self->row = (size_t)resize.to_width * Channels;
    return &self->base;
}

/// How many times `to` goes into `from`, or 0 where OpenCV would not see that it does: it asks the quotient of two
/// divisions, which for 49 and a few others misses the whole number.
static uint32_t times(uint32_t from, uint32_t to) {
    double scale = 1.0 / ((double)to / from);
    double whole = rint(scale);
    return fabs(scale - whole) < DBL_EPSILON ? (uint32_t)whole : 0;
}

// The choices of OpenCV's resize (modules/imgproc/src/resize.cpp, hal::resize): the halves of a bilinear picture are
// means of four, and an area that is enlarged on either side is bilinear.
ImagingResampler *imaging_resampler_open(ImagingResize resize, ImagingResampling method) {
    if (resize.from_width == resize.to_width && resize.from_height == resize.to_height) return copier_open(resize);
    uint32_t width = times(resize.from_width, resize.to_width);
    uint32_t height = times(resize.from_height, resize.to_height);
    if (width == 2 && height == 2) return imaging_halves_open(resize);
    if (method == ImagingResamplingBilinear) return imaging_bilinear_open(resize, false);
    if (resize.to_width > resize.from_width || resize.to_height > resize.from_height) {
        return imaging_bilinear_open(resize, true);
    }
    return width > 0 && height > 0 ? imaging_blocks_open(resize, width, height) : imaging_cells_open(resize);
}

void imaging_resampler_push(ImagingResampler *resampler, const uint8_t *row) { resampler->push(resampler, row); }

void imaging_resampler_close(ImagingResampler *resampler) {
    if (resampler) resampler->close(resampler);
}
