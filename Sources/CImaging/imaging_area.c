#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "imaging_resamplers.h"

// The sums are single precision in OpenCV, added one by one in this order; fused they would round differently.
#pragma STDC FP_CONTRACT OFF

/// Half to even, as OpenCV's saturate_cast from float. The means here are 0 to 255, for which adding 1.5 * 2^23 leaves
/// no bits for a fraction; lrintf would be a call per value.
static inline uint8_t rounded(float value) {
    union {
        float number;
        uint32_t bits;
    } sum = {.number = value + 12582912.0f};
    return (uint8_t)sum.bits;
}

// MARK: Blocks

typedef struct Blocks {
    ImagingResampler base;
    ImagingResize resize;
    uint32_t block_width;
    uint32_t block_height;
    /// Rows of the block that were added, and the row of the result they make.
    uint32_t added;
    uint32_t due;
    /// One sum per value of a row of the result: a block of a large picture can exceed 32 bits.
    uint64_t *sums;
} Blocks;

static void write_block_row(Blocks *self) {
    size_t count = (size_t)self->resize.to_width * Channels;
    uint8_t *to = self->resize.picture + self->due * count;
    float share = 1.0f / (float)((uint64_t)self->block_width * self->block_height);
    for (size_t index = 0; index < count; index++) to[index] = rounded((float)self->sums[index] * share);
    memset(self->sums, 0, count * sizeof *self->sums);
    self->added = 0;
    self->due++;
}

static void push_block_row(ImagingResampler *base, const uint8_t *row) {
    Blocks *self = (Blocks *)base;
    for (size_t x = 0; x < self->resize.to_width; x++) {
        uint64_t red = 0, green = 0, blue = 0;
        for (uint32_t column = 0; column < self->block_width; column++, row += Channels) {
            red += row[0];
            green += row[1];
            blue += row[2];
        }
        self->sums[x * Channels] += red;
        self->sums[x * Channels + 1] += green;
        self->sums[x * Channels + 2] += blue;
    }
    if (++self->added == self->block_height) write_block_row(self);
}

static void close_blocks(ImagingResampler *base) {
    free(((Blocks *)base)->sums);
    free(base);
}

ImagingResampler *imaging_blocks_open(ImagingResize resize, uint32_t width, uint32_t height) {
    Blocks *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->base = (ImagingResampler){push_block_row, close_blocks};
    self->resize = resize;
    self->block_width = width;
    self->block_height = height;
    self->sums = calloc(resize.to_width, Channels * sizeof *self->sums);
    if (!self->sums) {
        close_blocks(&self->base);
        return NULL;
    }
    return &self->base;
}

// MARK: Cells

/// What one pixel of the result covers of the source: pixels `first` to `last`, the outer two perhaps in part.
typedef struct Cell {
    uint32_t first;
    uint32_t last;
    float first_share;
    float inner_share;
    float last_share;
} Cell;

typedef struct Cells {
    ImagingResampler base;
    ImagingResize resize;
    Cell *columns;
    Cell row;
    /// The row of the result that is being added to, and the row of the source that comes next.
    uint32_t due;
    uint32_t next;
    float *means;
    float *sums;
} Cells;

/// The cell of pixel `index`, as OpenCV's computeResizeAreaTab has it. A sliver of less than a thousandth is left out.
static Cell cell(uint32_t index, uint32_t from, uint32_t to) {
    const double sliver = 1e-3;
    double scale = 1.0 / ((double)to / from);
    double start = index * scale;
    double end = start + scale;
    double size = fmin(scale, from - start);
    int64_t inner_start = (int64_t)ceil(start);
    int64_t inner_end = (int64_t)floor(end);
    if (inner_end > (int64_t)from - 1) inner_end = (int64_t)from - 1;
    if (inner_start > inner_end) inner_start = inner_end;

    Cell cell = {.first = (uint32_t)inner_start, .last = (uint32_t)inner_end, .inner_share = (float)(1.0 / size)};
    cell.first_share = cell.inner_share;
    cell.last_share = 0;
    if ((double)inner_start - start > sliver) {
        cell.first = (uint32_t)(inner_start - 1);
        cell.first_share = (float)(((double)inner_start - start) / size);
    }
    if (end - (double)inner_end > sliver) {
        cell.last_share = (float)(fmin(fmin(end - (double)inner_end, 1.0), size) / size);
    } else {
        cell.last = (uint32_t)(inner_end - 1);
        cell.last_share = cell.last == cell.first ? cell.first_share : cell.inner_share;
    }
    return cell;
}

/// The share of source pixel `at` in a cell that covers it.
static float share(const Cell *cell, uint32_t at) {
    if (at == cell->last) return cell->last_share;
    return at == cell->first ? cell->first_share : cell->inner_share;
}

static inline void add_pixel(float *sums, const uint8_t *pixel, float weight) {
    for (int channel = 0; channel < Channels; channel++) sums[channel] += pixel[channel] * weight;
}

static void average_columns(Cells *self, const uint8_t *row) {
    for (size_t x = 0; x < self->resize.to_width; x++) {
        const Cell *cell = &self->columns[x];
        const uint8_t *pixel = row + (size_t)cell->first * Channels;
        const uint8_t *last = row + (size_t)cell->last * Channels;
        float sums[Channels] = {0, 0, 0};
        if (pixel < last) add_pixel(sums, pixel, cell->first_share);
        for (pixel += Channels; pixel < last; pixel += Channels) add_pixel(sums, pixel, cell->inner_share);
        add_pixel(sums, last, cell->last_share);
        memcpy(self->means + x * Channels, sums, sizeof sums);
    }
}

static void push_cell_row(ImagingResampler *base, const uint8_t *row) {
    Cells *self = (Cells *)base;
    uint32_t y = self->next++;
    size_t count = (size_t)self->resize.to_width * Channels;
    if (self->due == self->resize.to_height || y < self->row.first) return;
    average_columns(self, row);
    // A row of the source may end one row of the result and start the next.
    while (self->due < self->resize.to_height && y >= self->row.first) {
        float weight = share(&self->row, y);
        if (y == self->row.first) {
            for (size_t index = 0; index < count; index++) self->sums[index] = weight * self->means[index];
        } else {
            for (size_t index = 0; index < count; index++) self->sums[index] += weight * self->means[index];
        }
        if (y < self->row.last) return;
        uint8_t *to = self->resize.picture + self->due * count;
        for (size_t index = 0; index < count; index++) to[index] = rounded(self->sums[index]);
        if (++self->due == self->resize.to_height) return;
        self->row = cell(self->due, self->resize.from_height, self->resize.to_height);
    }
}

static void close_cells(ImagingResampler *base) {
    Cells *self = (Cells *)base;
    free(self->columns);
    free(self->means);
    free(self->sums);
    free(self);
}

ImagingResampler *imaging_cells_open(ImagingResize resize) {
    Cells *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->base = (ImagingResampler){push_cell_row, close_cells};
    self->resize = resize;
    self->columns = calloc(resize.to_width, sizeof *self->columns);
    self->means = calloc(resize.to_width, Channels * sizeof *self->means);
    self->sums = calloc(resize.to_width, Channels * sizeof *self->sums);
    if (!self->columns || !self->means || !self->sums) {
        close_cells(&self->base);
        return NULL;
    }
    for (uint32_t x = 0; x < resize.to_width; x++) {
        self->columns[x] = cell(x, resize.from_width, resize.to_width);
    }
    self->row = cell(0, resize.from_height, resize.to_height);
    return &self->base;
}
