#ifndef HEADCOUNT_CDENSITY_H
#define HEADCOUNT_CDENSITY_H

#include <stddef.h>
#include <stdint.h>

// The inner loops of packing: 8-bit interleaved RGB rows to a network's input, through one table of 256 entries per
// channel. Plain loops for every machine, and AVX2 where the processor has it; both only look values up, so their
// results are the same bytes.

/// The rectangle of a picture that one lane is packed from.
struct headcount_tile {
    /// First byte of its first pixel; null for a lane without a tile, which is written as zeros.
    const uint8_t *pixels;
    /// Bytes from a row to the next.
    size_t row_bytes;
};

/// What the planes of an input are.
enum headcount_colour { HEADCOUNT_RGB, HEADCOUNT_BGR, HEADCOUNT_GRAY };

/// How the lookups are made.
enum headcount_packing_path { HEADCOUNT_PACKING_FASTEST, HEADCOUNT_PACKING_PORTABLE };

/// Size of the tiles, and what their planes are.
struct headcount_packing {
    size_t width, height;
    enum headcount_colour colour;
    enum headcount_packing_path path;
};

/// Writes four lanes interleaved: the byte of lane n of plane c at (x, y) at `((c*height + y)*width + x)*4 + n`.
///
/// `tables` holds 256 bytes per plane, in the planes' order. `out` takes `planes * height * width * 4` bytes.
void headcount_pack_four_lanes(const struct headcount_packing *packing, const struct headcount_tile tiles[4],
                               const int8_t *tables, int8_t *out);

/// Writes one tile plane after plane: `planes * height * width` bytes.
void headcount_pack_plain(const struct headcount_packing *packing, const struct headcount_tile *tile,
                          const int8_t *tables, int8_t *out);

/// The same as `headcount_pack_plain` with 256 floats per plane in `tables`: `planes * height * width` floats.
void headcount_pack_float(const struct headcount_packing *packing, const struct headcount_tile *tile,
                          const float *tables, float *out);

#endif
