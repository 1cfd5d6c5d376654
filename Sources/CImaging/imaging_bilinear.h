#ifndef HEADCOUNT_IMAGING_BILINEAR_H
#define HEADCOUNT_IMAGING_BILINEAR_H

#include <stddef.h>
#include <stdint.h>

#include "imaging_resample.h"

/// Bits of a weight, and those a row's sum is cut by so that it fits 16: OpenCV's INTER_RESIZE_COEF_BITS and the 4 of
/// its VResizeLinear for bytes.
enum { WeightBits = 11, WeightOne = 1 << WeightBits, RowShift = 4 };

/// Where the columns of a result lie in a row of the source.
typedef struct Columns {
    uint32_t count;
    /// Columns that may read 8 bytes from their left neighbour without leaving the row; the rest are at the end.
    uint32_t roomy;
    /// The byte where the left neighbour starts.
    const uint32_t *starts;
    /// Bytes from there to the right neighbour: 3, or 0 where there is none.
    const uint8_t *steps;
    /// Left weight, right weight, one pair after the other.
    const int16_t *weights;
} Columns;

/// The two kernels: sums of a source row at the columns of the result, and one row of the result from two of those.
typedef struct BilinearKernels {
    void (*sum_row)(const Columns *columns, const uint8_t *row, int16_t *sums);
    void (*mix_rows)(
        const int16_t *upper, const int16_t *lower, int upper_weight, int lower_weight, size_t count, uint8_t *to);
} BilinearKernels;

/// The kernels to use on this processor.
BilinearKernels imaging_bilinear_kernels(ImagingKernels choice);

#endif
