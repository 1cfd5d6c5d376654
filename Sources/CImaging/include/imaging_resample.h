#ifndef HEADCOUNT_IMAGING_RESAMPLE_H
#define HEADCOUNT_IMAGING_RESAMPLE_H

#include <stdint.h>

/// How a picture is brought to another size.
typedef enum ImagingResampling {
    /// OpenCV's INTER_LINEAR for 8 bits and three channels, bit for bit.
    ImagingResamplingBilinear,
    /// OpenCV's INTER_AREA, the same.
    ImagingResamplingArea,
} ImagingResampling;

/// Which code computes; the bits are the same.
typedef enum ImagingKernels {
    /// What this processor does best.
    ImagingKernelsFastest,
    /// What every processor does.
    ImagingKernelsPortable,
} ImagingKernels;

typedef struct ImagingResampler ImagingResampler;

/// The sizes of a resampling and where it writes.
typedef struct ImagingResize {
    uint32_t from_width;
    uint32_t from_height;
    uint32_t to_width;
    uint32_t to_height;
    /// `to_height` rows of `to_width * 3` bytes.
    uint8_t *picture;
    ImagingKernels kernels;
} ImagingResize;

/// One way of resampling: takes the rows of the source in order and writes those of the result as they come due.
struct ImagingResampler {
    void (*push)(ImagingResampler *resampler, const uint8_t *row);
    void (*close)(ImagingResampler *resampler);
};

/// Makes a resampler, or NULL where memory for its tables (a few rows of the result) cannot be had.
///
/// It keeps no more than rows, and gives the same bits wherever they come from.
ImagingResampler *imaging_resampler_open(ImagingResize resize, ImagingResampling method);

/// Takes the next row of the source, `from_width * 3` bytes; the last of `from_height` completes the picture.
void imaging_resampler_push(ImagingResampler *resampler, const uint8_t *row);

/// Frees the resampler; NULL is fine.
void imaging_resampler_close(ImagingResampler *resampler);

#endif
