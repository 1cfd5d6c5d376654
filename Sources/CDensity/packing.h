#ifndef HEADCOUNT_PACKING_H
#define HEADCOUNT_PACKING_H

#include "CDensity.h"

// A strip of pixels is split into planes once, in a buffer that stays in the first-level cache, and looked up from there.

/// Pixels of a strip: what four lanes of three planes keep well inside the cache, and a multiple of a vector.
#define HEADCOUNT_STRIP 256

/// Planes of a network's input.
static inline size_t headcount_planes(enum headcount_colour colour) {
    return colour == HEADCOUNT_GRAY ? 1 : 3;
}

/// Splits `count` interleaved pixels into planes of `HEADCOUNT_STRIP` bytes each, in the input's order.
static inline void headcount_split(const uint8_t *pixels, size_t count, enum headcount_colour colour,
                                   uint8_t planes[3][HEADCOUNT_STRIP]) {
    if (colour == HEADCOUNT_GRAY) {
        for (size_t x = 0; x < count; x++) {
            // The weights of ChannelOrder.gray(red:green:blue:).
            planes[0][x] = (uint8_t)((pixels[3 * x] * 4899u + pixels[3 * x + 1] * 9617u + pixels[3 * x + 2] * 1868u +
                                      8192u) >> 14);
        }
        return;
    }
    uint8_t *first = planes[colour == HEADCOUNT_RGB ? 0 : 2];
    uint8_t *second = planes[1];
    uint8_t *third = planes[colour == HEADCOUNT_RGB ? 2 : 0];
    for (size_t x = 0; x < count; x++) {
        first[x] = pixels[3 * x];
        second[x] = pixels[3 * x + 1];
        third[x] = pixels[3 * x + 2];
    }
}

/// Looks up `count` pixels of one plane for every lane, and interleaves the lanes. A null lane gives zeros.
typedef void headcount_lanes_kernel(const uint8_t *const lanes[4], size_t count, const int8_t *table, int8_t *out);
/// Looks up `count` pixels of one plane.
typedef void headcount_plane_kernel(const uint8_t *plane, size_t count, const int8_t *table, int8_t *out);

headcount_lanes_kernel headcount_lanes_portable;
headcount_plane_kernel headcount_plane_portable;

#if defined(__x86_64__)
headcount_lanes_kernel headcount_lanes_avx2;
headcount_plane_kernel headcount_plane_avx2;
/// `headcount_split`, compiled for AVX2.
void headcount_split_avx2(const uint8_t *pixels, size_t count, enum headcount_colour colour,
                          uint8_t planes[3][HEADCOUNT_STRIP]);
#endif

#endif
