#include "packing.h"

typedef void split_kernel(const uint8_t *, size_t, enum headcount_colour, uint8_t[3][HEADCOUNT_STRIP]);

/// The loops that one call uses.
struct kernels {
    split_kernel *split;
    headcount_lanes_kernel *lanes;
    headcount_plane_kernel *plane;
};

static void split_portable(const uint8_t *pixels, size_t count, enum headcount_colour colour,
                           uint8_t planes[3][HEADCOUNT_STRIP]) {
    headcount_split(pixels, count, colour, planes);
}

static struct kernels kernels_for(enum headcount_packing_path path) {
#if defined(__x86_64__)
    if (path == HEADCOUNT_PACKING_FASTEST && __builtin_cpu_supports("avx2")) {
        return (struct kernels){headcount_split_avx2, headcount_lanes_avx2, headcount_plane_avx2};
    }
#endif
    (void)path;
    return (struct kernels){split_portable, headcount_lanes_portable, headcount_plane_portable};
}

void headcount_lanes_portable(const uint8_t *const lanes[4], size_t count, const int8_t *table, int8_t *out) {
    for (size_t n = 0; n < 4; n++) {
        const uint8_t *lane = lanes[n];
        for (size_t x = 0; x < count; x++) {
            out[4 * x + n] = lane ? table[lane[x]] : 0;
        }
    }
}

void headcount_plane_portable(const uint8_t *plane, size_t count, const int8_t *table, int8_t *out) {
    for (size_t x = 0; x < count; x++) {
        out[x] = table[plane[x]];
    }
}

/// Pixels of the strip that starts at column `x`.
static size_t strip_at(size_t x, size_t width) {
    return width - x < HEADCOUNT_STRIP ? width - x : HEADCOUNT_STRIP;
}

void headcount_pack_four_lanes(const struct headcount_packing *packing, const struct headcount_tile tiles[4],
                               const int8_t *tables, int8_t *out) {
    const struct kernels kernels = kernels_for(packing->path);
    const size_t planes = headcount_planes(packing->colour);
    uint8_t split[4][3][HEADCOUNT_STRIP];
    for (size_t y = 0; y < packing->height; y++) {
        for (size_t x = 0; x < packing->width; x += HEADCOUNT_STRIP) {
            const size_t count = strip_at(x, packing->width);
            for (size_t n = 0; n < 4; n++) {
                if (tiles[n].pixels) {
                    kernels.split(tiles[n].pixels + y * tiles[n].row_bytes + 3 * x, count, packing->colour, split[n]);
                }
            }
            for (size_t c = 0; c < planes; c++) {
                const uint8_t *lanes[4];
                for (size_t n = 0; n < 4; n++) {
                    lanes[n] = tiles[n].pixels ? split[n][c] : NULL;
                }
                kernels.lanes(lanes, count, tables + 256 * c,
                              out + ((c * packing->height + y) * packing->width + x) * 4);
            }
        }
    }
}

void headcount_pack_plain(const struct headcount_packing *packing, const struct headcount_tile *tile,
                          const int8_t *tables, int8_t *out) {
    const struct kernels kernels = kernels_for(packing->path);
    const size_t planes = headcount_planes(packing->colour);
    uint8_t split[3][HEADCOUNT_STRIP];
    for (size_t y = 0; y < packing->height; y++) {
        for (size_t x = 0; x < packing->width; x += HEADCOUNT_STRIP) {
            const size_t count = strip_at(x, packing->width);
            kernels.split(tile->pixels + y * tile->row_bytes + 3 * x, count, packing->colour, split);
            for (size_t c = 0; c < planes; c++) {
                kernels.plane(split[c], count, tables + 256 * c,
                              out + (c * packing->height + y) * packing->width + x);
            }
        }
    }
}

void headcount_pack_float(const struct headcount_packing *packing, const struct headcount_tile *tile,
                          const float *tables, float *out) {
    const struct kernels kernels = kernels_for(packing->path);
    const size_t planes = headcount_planes(packing->colour);
    uint8_t split[3][HEADCOUNT_STRIP];
    for (size_t y = 0; y < packing->height; y++) {
        for (size_t x = 0; x < packing->width; x += HEADCOUNT_STRIP) {
            const size_t count = strip_at(x, packing->width);
            kernels.split(tile->pixels + y * tile->row_bytes + 3 * x, count, packing->colour, split);
            for (size_t c = 0; c < planes; c++) {
                float *row = out + (c * packing->height + y) * packing->width + x;
                for (size_t i = 0; i < count; i++) {
                    row[i] = tables[256 * c + split[c][i]];
                }
            }
        }
    }
}
