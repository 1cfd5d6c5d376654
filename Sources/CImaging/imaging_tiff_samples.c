#include "imaging_tiff_samples.h"

#include "imaging_pixels.h"

#include <stdlib.h>

/// What the numbers of a row mean.
typedef struct Samples {
    uint16_t bits;
    uint16_t per_pixel;
    bool gray;
    bool inverted;
} Samples;

static bool samples_of(TIFF *library, Samples *samples) {
    uint16_t photometric = 0, format = SAMPLEFORMAT_UINT, layout = PLANARCONFIG_CONTIG;
    if (!TIFFGetField(library, TIFFTAG_PHOTOMETRIC, &photometric)) return false;
    TIFFGetFieldDefaulted(library, TIFFTAG_BITSPERSAMPLE, &samples->bits);
    TIFFGetFieldDefaulted(library, TIFFTAG_SAMPLESPERPIXEL, &samples->per_pixel);
    TIFFGetFieldDefaulted(library, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(library, TIFFTAG_PLANARCONFIG, &layout);
    samples->inverted = photometric == PHOTOMETRIC_MINISWHITE;
    samples->gray = samples->inverted || photometric == PHOTOMETRIC_MINISBLACK;
    bool colours = photometric == PHOTOMETRIC_RGB && samples->per_pixel >= 3;
    bool contiguous = layout == PLANARCONFIG_CONTIG || samples->per_pixel == 1;
    return format == SAMPLEFORMAT_UINT && contiguous && (samples->gray ? samples->per_pixel >= 1 : colours);
}

bool imaging_tiff_samples_apply(TIFF *library) {
    Samples samples;
    if (!samples_of(library, &samples)) return false;
    switch (samples.bits) {
    case 1:
    case 2:
    case 4:
        return !samples.gray;
    case 8:
        return false;
    default:
        return samples.bits >= 3 && samples.bits <= 15;
    }
}

/// A row in which numbers follow each other without gaps, the highest bit first.
typedef struct BitReader {
    const uint8_t *next;
    uint32_t held;
    uint32_t count;
} BitReader;

static uint32_t take(BitReader *reader, uint32_t bits) {
    while (reader->count < bits) {
        reader->held = reader->held << 8 | *reader->next++;
        reader->count += 8;
    }
    reader->count -= bits;
    return reader->held >> reader->count & ((1u << bits) - 1);
}

static uint32_t byte_of(uint32_t value, const Samples *samples) {
    uint32_t most = (1u << samples->bits) - 1;
    if (samples->inverted) value = most - value;
    return samples->bits > 8 ? value >> (samples->bits - 8) : value * 255 / most;
}

static void unpack_row(const uint8_t *row, uint32_t width, const Samples *samples, uint32_t *pixels) {
    BitReader reader = {row, 0, 0};
    int channels = samples->gray ? 1 : Channels;
    for (uint32_t x = 0; x < width; x++) {
        uint32_t values[Channels] = {0, 0, 0};
        for (int sample = 0; sample < samples->per_pixel; sample++) {
            uint32_t value = take(&reader, samples->bits);
            if (sample < channels) values[sample] = byte_of(value, samples);
        }
        if (samples->gray) values[1] = values[2] = values[0];
        pixels[x] = values[0] | values[1] << 8 | values[2] << 16 | 0xFFu << 24;
    }
}

static bool read_tiles(
    TIFF *library, const Samples *samples, uint32_t first, uint32_t rows, uint32_t width, uint32_t *band) {
    uint32_t columns = 0;
    TIFFGetField(library, TIFFTAG_TILEWIDTH, &columns);
    tmsize_t size = TIFFTileSize(library);
    tmsize_t row_size = TIFFTileRowSize(library);
    uint8_t *tile = columns > 0 && size > 0 && row_size > 0 ? calloc(1, (size_t)size) : NULL;
    bool good = tile != NULL;
    for (uint32_t x = 0; good && x < width; x += columns) {
        good = TIFFReadTile(library, tile, x, first, 0, 0) >= 0;
        uint32_t left = width - x < columns ? width - x : columns;
        for (uint32_t row = 0; good && row < rows; row++) {
            unpack_row(tile + row * (size_t)row_size, left, samples, band + (size_t)row * width + x);
        }
        if (columns > UINT32_MAX - x) break;
    }
    free(tile);
    return good;
}

static bool read_strip(
    TIFF *library, const Samples *samples, uint32_t first, uint32_t rows, uint32_t width, uint32_t *band) {
    tmsize_t row_size = TIFFScanlineSize(library);
    tmsize_t size = TIFFVStripSize(library, rows);
    uint8_t *strip = size > 0 && row_size > 0 ? calloc(1, (size_t)size) : NULL;
    bool good = strip && TIFFReadEncodedStrip(library, TIFFComputeStrip(library, first, 0), strip, size) == size;
    for (uint32_t row = 0; good && row < rows; row++) {
        unpack_row(strip + row * (size_t)row_size, width, samples, band + (size_t)row * width);
    }
    free(strip);
    return good;
}

bool imaging_tiff_samples_read(TIFF *library, uint32_t first, uint32_t rows, uint32_t width, uint32_t *band) {
    Samples samples;
    if (!samples_of(library, &samples)) return false;
    return TIFFIsTiled(library) ? read_tiles(library, &samples, first, rows, width, band)
                                : read_strip(library, &samples, first, rows, width, band);
}
