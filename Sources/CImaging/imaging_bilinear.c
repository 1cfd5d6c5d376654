#include "imaging_bilinear.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "imaging_resamplers.h"

// The positions are single precision in OpenCV; a fused multiplication would round them differently.
#pragma STDC FP_CONTRACT OFF

/// Where a pixel of the result lies between two neighbours of the source.
typedef struct Position {
    int64_t left;
    int16_t left_weight;
    int16_t right_weight;
} Position;

typedef struct Bilinear {
    ImagingResampler base;
    ImagingResize resize;
    BilinearKernels kernels;
    Columns columns;
    /// Memory behind `columns`.
    uint32_t *starts;
    uint8_t *steps;
    int16_t *weights;
    ColumnWindows *windows;
    /// The row of the result that is due, and its place between rows of the source.
    uint32_t due;
    Position place;
    bool covering;
    /// The row of the source that comes next.
    uint32_t next;
    /// Sums of the last two rows that were needed: of row y in `sums[y % 2]`.
    int16_t *sums[2];
} Bilinear;

/// The place of pixel `index` of `to` among `from` pixels, as OpenCV's resize computes it, its floats included.
static Position position(uint32_t index, uint32_t from, uint32_t to, bool covering) {
    double inverse = (double)to / from;
    double scale = 1.0 / inverse;
    float part;
    int64_t left;
    if (covering) {
        left = (int64_t)floor(index * scale);
        part = (float)(((double)index + 1) - ((double)left + 1) * inverse);
        part = part <= 0 ? 0 : part - floorf(part);
    } else {
        part = (float)((index + 0.5) * scale - 0.5);
        left = (int64_t)floorf(part);
        part -= (float)left;
    }
    return (Position){
        .left = left,
        .left_weight = (int16_t)lrintf((1.0f - part) * WeightOne),
        .right_weight = (int16_t)lrintf(part * WeightOne),
    };
}

static void find_due_row(Bilinear *self) {
    if (self->due < self->resize.to_height) {
        self->place = position(self->due, self->resize.from_height, self->resize.to_height, self->covering);
    }
}

static int64_t within(int64_t value, uint32_t count) {
    return value < 0 ? 0 : value >= count ? (int64_t)count - 1 : value;
}

static void push(ImagingResampler *base, const uint8_t *row) {
    Bilinear *self = (Bilinear *)base;
    const ImagingResize *resize = &self->resize;
    uint32_t y = self->next++;
    if (self->due == resize->to_height || within(self->place.left, resize->from_height) > y) return;
    self->kernels.sum_row(&self->columns, row, self->sums[y % 2]);

    size_t count = (size_t)resize->to_width * Channels;
    while (self->due < resize->to_height && within(self->place.left + 1, resize->from_height) == y) {
        // Beyond the first and the last row both neighbours are that row, and its weights are applied one by one:
        // the rounding of OpenCV.
        int64_t upper = within(self->place.left, resize->from_height);
        self->kernels.mix_rows(
            self->sums[upper % 2], self->sums[y % 2], self->place.left_weight, self->place.right_weight, count,
            resize->picture + self->due * count);
        self->due++;
        find_due_row(self);
    }
}

static void close_bilinear(ImagingResampler *base) {
    Bilinear *self = (Bilinear *)base;
    free(self->starts);
    free(self->steps);
    free(self->weights);
    free(self->windows);
    free(self->sums[0]);
    free(self->sums[1]);
    free(self);
}

static void place_columns(Bilinear *self) {
    uint32_t from = self->resize.from_width;
    uint32_t to = self->resize.to_width;
    uint32_t roomy = 0;
    for (uint32_t x = 0; x < to; x++) {
        Position place = position(x, from, to, self->covering);
        // Unlike rows, columns beyond the ends take one neighbour whole.
        if (place.left < 0 || place.left >= (int64_t)from - 1) {
            place = (Position){within(place.left, from), WeightOne, 0};
        }
        self->starts[x] = (uint32_t)place.left * Channels;
        self->steps[x] = place.left + 1 < from ? Channels : 0;
        self->weights[2 * x] = place.left_weight;
        self->weights[2 * x + 1] = place.right_weight;
        if ((size_t)place.left * Channels + 8 <= (size_t)from * Channels) roomy = x + 1;
    }
    self->columns = (Columns){to, roomy, self->starts, self->steps, self->weights, NULL};
}

/// Finds the window of four values.
/// - Returns: false where it would have to be wider.
static bool place_window(const Bilinear *self, size_t first, uint32_t *start, int8_t *places, int16_t *weights) {
    uint32_t row = self->resize.from_width * Channels;
    if (row < WindowBytes) return false;
    *start = row - WindowBytes;
    // Not always that of the first: in a picture that is made larger the next column may have the same neighbours.
    for (size_t value = first; value < first + ValuesPerWindow; value++) {
        uint32_t left = self->starts[value / Channels] + value % Channels;
        if (left < *start) *start = left;
    }
    for (size_t value = first; value < first + ValuesPerWindow; value++, places += 4, weights += 2) {
        size_t column = value / Channels;
        uint32_t left = self->starts[column] + value % Channels - *start;
        uint32_t right = left + self->steps[column];
        if (right >= WindowBytes) return false;
        places[0] = (int8_t)left;
        places[2] = (int8_t)right;
        places[1] = places[3] = -1;
        weights[0] = self->weights[2 * column];
        weights[1] = self->weights[2 * column + 1];
    }
    return true;
}

/// - Returns: false where the columns lie too far apart for windows.
static bool place_windows(const Bilinear *self, ColumnWindows *windows, size_t turns) {
    static const size_t order[] = {0, 2, 1, 3};
    for (size_t turn = 0; turn < turns; turn++) {
        for (size_t index = 0; index < 4; index++) {
            size_t window = order[index];
            bool fits = place_window(
                self, turn * ValuesPerTurn + window * ValuesPerWindow, &windows[turn].starts[window],
                windows[turn].places + WindowBytes * index, windows[turn].weights + 2 * ValuesPerWindow * index);
            if (!fits) return false;
        }
    }
    return true;
}

ImagingResampler *imaging_bilinear_open(ImagingResize resize, bool covering) {
    Bilinear *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->base = (ImagingResampler){push, close_bilinear};
    self->resize = resize;
    self->covering = covering;
    self->kernels = imaging_bilinear_kernels(resize.kernels);
    size_t width = resize.to_width;
    self->starts = calloc(width, sizeof *self->starts);
    self->steps = calloc(width, sizeof *self->steps);
    self->weights = calloc(width, 2 * sizeof *self->weights);
    self->sums[0] = calloc(width, Channels * sizeof *self->sums[0]);
    self->sums[1] = calloc(width, Channels * sizeof *self->sums[1]);
    size_t turns = width * Channels / ValuesPerTurn;
    self->windows = aligned_alloc(_Alignof(ColumnWindows), (turns + 1) * sizeof *self->windows);
    if (!self->starts || !self->steps || !self->weights || !self->windows || !self->sums[0] || !self->sums[1]) {
        close_bilinear(&self->base);
        return NULL;
    }
    place_columns(self);
    if (place_windows(self, self->windows, turns)) self->columns.windows = self->windows;
    find_due_row(self);
    return &self->base;
}
