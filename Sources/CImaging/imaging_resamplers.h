#ifndef HEADCOUNT_IMAGING_RESAMPLERS_H
#define HEADCOUNT_IMAGING_RESAMPLERS_H

#include <stdbool.h>

#include "imaging_pixels.h"
#include "imaging_resample.h"

// What imaging_resampler_open chooses from; not seen from Swift.

/// Weights of two neighbours in a row and in a column. `covering` places them as OpenCV's INTER_AREA does where it
/// enlarges.
ImagingResampler *imaging_bilinear_open(ImagingResize resize, bool covering);

/// The mean of four: both sides of the source are twice the result's.
ImagingResampler *imaging_halves_open(ImagingResize resize);

/// The mean of blocks of `width` x `height` source pixels, which divide the source exactly.
ImagingResampler *imaging_blocks_open(ImagingResize resize, uint32_t width, uint32_t height);

/// The mean of what a pixel covers, parts of source pixels included; the result is no larger on either side.
ImagingResampler *imaging_cells_open(ImagingResize resize);

#endif
