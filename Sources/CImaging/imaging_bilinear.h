#ifndef HEADCOUNT_IMAGING_BILINEAR_H
#define HEADCOUNT_IMAGING_BILINEAR_H

#include <stddef.h>
#include <stdint.h>

#include "imaging_resample.h"

/// Bits of a weight, and those a row's sum is cut by so that it fits 16: OpenCV's INTER_RESIZE_COEF_BITS and the 4 of
/// its VResizeLinear for bytes.
enum { WeightBits = 11, WeightOne = 1 << WeightBits, RowShift = 4 };

/// How 16 values of a result that lie close together are found in a row of the source: four values in each of four
/// windows of 16 bytes, which hold both neighbours of each.
///
/// Places and weights are of windows 0, 2, 1 and 3: the order in which the sums of two and two are packed within halves.
typedef struct ColumnWindows {
    /// Of every value: the place of its left neighbour in the window, -1, that of the right one, -1.
    _Alignas(32) int8_t places[64];
    /// Of every value: left weight, right weight.
    int16_t weights[32];
    /// The byte of the row where a window starts, in the order of the values; it ends within the row.
    uint32_t starts[4];
} ColumnWindows;

enum { WindowBytes = 16, ValuesPerWindow = 4, ValuesPerTurn = 16 };

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
    /// Of the first `count * 3 / 16` times 16 values; `NULL` where the columns lie too far apart for them.
    const ColumnWindows *windows;
} Columns;

/// The two kernels: sums of a source row at the columns of the result, and one row of the result from two of those.
typedef struct BilinearKernels {
    void (*sum_row)(const Columns *columns, const uint8_t *row, int16_t *sums);
    void (*mix_rows)(
        const int16_t *upper, const int16_t *lower, int16_t upper_weight, int16_t lower_weight, size_t count,
        uint8_t *to);
} BilinearKernels;

/// The kernels to use on this processor.
BilinearKernels imaging_bilinear_kernels(ImagingKernels choice);

#endif
