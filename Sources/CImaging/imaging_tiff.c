#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "imaging_pixels.h"
#include "imaging_reader.h"
#include "imaging_tiff_pages.h"
#include "imaging_tiff_samples.h"

enum {
    /// No single piece of memory that the file asks libtiff for may be larger.
    MostMemory = 1 << 30,
    /// A tile may be larger than a small picture, within this.
    LargestTile = 4096 * 4096,
};

typedef struct TIFFReader {
    ImagingReader base;
    TIFF *library;
    const uint8_t *bytes;
    size_t count;
    size_t position;
    /// libtiff's way to colours; unused where `reads_samples`.
    TIFFRGBAImage image;
    bool has_image;
    bool reads_samples;
    /// Rows of a strip or of a row of tiles, as libtiff packs them: red in the low byte, alpha in the high one.
    uint32_t *band;
    uint32_t band_height;
    uint32_t next_row;
} TIFFReader;

static int on_error(TIFF *library, void *context, const char *module, const char *format, va_list arguments) {
    (void)library;
    (void)module;
    TIFFReader *self = context;
    // What libtiff fills in where that is tolerated is no failure.
    if (self->base.tolerates_truncation && self->band) return 1;
    char message[ImagingReasonSize];
    vsnprintf(message, sizeof message, format, arguments);
    imaging_reader_fail(&self->base, ImagingStatusCorrupt, "%s", message);
    return 1;
}

static int on_warning(TIFF *library, void *context, const char *module, const char *format, va_list arguments) {
    (void)library;
    (void)context;
    (void)module;
    (void)format;
    (void)arguments;
    return 1;
}

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t wanted) {
    TIFFReader *self = handle;
    size_t left = self->position < self->count ? self->count - self->position : 0;
    size_t count = (size_t)wanted;
    if (count > left) count = left;
    memcpy(to, self->bytes + self->position, count);
    self->position += count;
    return (tmsize_t)count;
}

static tmsize_t write_nothing(thandle_t handle, void *from, tmsize_t count) {
    (void)handle;
    (void)from;
    (void)count;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    TIFFReader *self = handle;
    uint64_t origin = whence == SEEK_CUR ? self->position : whence == SEEK_END ? self->count : 0;
    // Past the end is allowed, as in a file; reading there then finds nothing.
    uint64_t position = origin + offset;
    self->position = position > self->count ? self->count : (size_t)position;
    return position;
}

static int close_nothing(thandle_t handle) {
    (void)handle;
    return 0;
}

static int map_bytes(thandle_t handle, void **base, toff_t *size) {
    TIFFReader *self = handle;
    // libtiff takes what it maps as mutable and only reads it: a file is mapped read-only too.
    *base = (void *)self->bytes;
    *size = self->count;
    return 1;
}

static void unmap_bytes(thandle_t handle, void *base, toff_t size) {
    (void)handle;
    (void)base;
    (void)size;
}

static toff_t size_of_bytes(thandle_t handle) { return ((TIFFReader *)handle)->count; }

/// True where all strips or tiles lie within the file.
static bool holds_all_pieces(TIFFReader *self) {
    bool tiled = TIFFIsTiled(self->library);
    uint32_t pieces = tiled ? TIFFNumberOfTiles(self->library) : TIFFNumberOfStrips(self->library);
    for (uint32_t piece = 0; piece < pieces; piece++) {
        int failed = 0;
        uint64_t offset = TIFFGetStrileOffsetWithErr(self->library, piece, &failed);
        uint64_t size = failed ? 0 : TIFFGetStrileByteCountWithErr(self->library, piece, &failed);
        if (failed || offset > self->count || size > self->count - offset) return false;
    }
    return true;
}

static ImagingStatus begin_image(TIFFReader *self) {
    ImagingReader *base = &self->base;
    char message[1024] = "";
    if (!TIFFRGBAImageOK(self->library, message)) {
        return imaging_reader_fail(base, ImagingStatusUnsupported, "%s", message);
    }
    if (!TIFFRGBAImageBegin(&self->image, self->library, !base->tolerates_truncation, message)) {
        return imaging_reader_fail(base, ImagingStatusCorrupt, "%s", message);
    }
    self->has_image = true;
    // Rows come as they are stored, the first one on top; turning them is done for all formats in one place.
    self->image.orientation = ORIENTATION_TOPLEFT;
    self->image.req_orientation = ORIENTATION_TOPLEFT;
    return base->status;
}

static ImagingStatus start(ImagingReader *base) {
    TIFFReader *self = (TIFFReader *)base;
    if (!base->tolerates_truncation && !holds_all_pieces(self)) {
        // The reason libtiff may have given is that the bytes are not there.
        base->status = ImagingStatusOk;
        return imaging_reader_fail(base, ImagingStatusTruncated, "the file ends before the picture");
    }
    self->reads_samples = imaging_tiff_samples_apply(self->library);
    if (!self->reads_samples && begin_image(self) != ImagingStatusOk) return base->status;
    self->band = calloc(self->band_height, (size_t)base->width * sizeof *self->band);
    if (!self->band) return imaging_reader_fail(base, ImagingStatusNoMemory, "a strip of its rows");
    return base->status;
}

static ImagingStatus read_band(TIFFReader *self) {
    ImagingReader *base = &self->base;
    uint32_t left = base->height - self->next_row;
    uint32_t rows = left < self->band_height ? left : self->band_height;
    memset(self->band, 0, (size_t)base->width * rows * sizeof *self->band);
    bool good;
    if (self->reads_samples) {
        good = imaging_tiff_samples_read(self->library, self->next_row, rows, base->width, self->band);
    } else {
        self->image.row_offset = (int)self->next_row;
        good = TIFFRGBAImageGet(&self->image, self->band, base->width, rows);
    }
    if (!good && !base->tolerates_truncation) {
        return imaging_reader_fail(base, ImagingStatusCorrupt, "its rows from %u on", self->next_row);
    }
    return base->status;
}

static ImagingStatus read_row(ImagingReader *base, uint8_t *rgb) {
    TIFFReader *self = (TIFFReader *)base;
    uint32_t row = self->next_row % self->band_height;
    if (row == 0 && read_band(self) != ImagingStatusOk) return base->status;
    const uint32_t *pixels = self->band + (size_t)row * base->width;
    for (uint32_t x = 0; x < base->width; x++, rgb += Channels) {
        rgb[0] = (uint8_t)TIFFGetR(pixels[x]);
        rgb[1] = (uint8_t)TIFFGetG(pixels[x]);
        rgb[2] = (uint8_t)TIFFGetB(pixels[x]);
    }
    self->next_row++;
    return base->status;
}

static ImagingStatus finish(ImagingReader *base) { return base->status; }

static void close_reader(ImagingReader *base) {
    TIFFReader *self = (TIFFReader *)base;
    if (self->has_image) TIFFRGBAImageEnd(&self->image);
    if (self->library) TIFFClose(self->library);
    free(self->band);
    free(self);
}

static const ImagingReaderSteps steps = {start, read_row, finish, close_reader};

static TIFF *open_library(TIFFReader *self) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, MostMemory);
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, self);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, self);
    // Mapped, because libtiff 4.5 refuses small uncompressed tiles that it has to read into a buffer of its own.
    TIFF *library = TIFFClientOpenExt(
        "picture", "r", self, read_bytes, write_nothing, seek, close_nothing, size_of_bytes, map_bytes, unmap_bytes,
        options);
    TIFFOpenOptionsFree(options);
    return library;
}

/// How many rows are decoded together: a strip or a row of tiles, because a part of one costs as much as all of it.
static ImagingStatus choose_band(TIFFReader *self) {
    ImagingReader *base = &self->base;
    uint32_t rows = 0;
    if (TIFFIsTiled(self->library)) {
        uint32_t columns = 0;
        TIFFGetField(self->library, TIFFTAG_TILEWIDTH, &columns);
        TIFFGetField(self->library, TIFFTAG_TILELENGTH, &rows);
        uint64_t tile = (uint64_t)columns * rows;
        if (tile > LargestTile && tile / 4 > (uint64_t)base->width * base->height) {
            return imaging_reader_fail(base, ImagingStatusUnsupported, "tiles of %u x %u", columns, rows);
        }
    } else {
        TIFFGetFieldDefaulted(self->library, TIFFTAG_ROWSPERSTRIP, &rows);
    }
    uint16_t bits = 1, samples = 1;
    TIFFGetFieldDefaulted(self->library, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetFieldDefaulted(self->library, TIFFTAG_SAMPLESPERPIXEL, &samples);
    self->band_height = rows == 0 || rows > base->height ? base->height : rows;
    base->buffers_whole = self->band_height == base->height;
    uint64_t pixels = (uint64_t)self->band_height * base->width;
    // A tile that juts out is decoded whole; a piece of a row is taken apart beside the band.
    uint64_t tile = TIFFIsTiled(self->library) ? (uint64_t)TIFFTileSize64(self->library) : 0;
    base->held_bytes = pixels * sizeof *self->band + pixels * bits * samples / 8 + tile
        + (uint64_t)base->width * Channels;
    return base->status;
}

static ImagingStatus read_header(TIFFReader *self, uint32_t page) {
    ImagingReader *base = &self->base;
    ImagingStatus chain = imaging_tiff_count_pages(self->bytes, self->count, &base->frames);
    bool cut = chain == ImagingStatusTruncated && base->tolerates_truncation && base->frames > 0;
    if (chain != ImagingStatusOk && !cut) return imaging_reader_fail(base, chain, "the chain of its pages");
    self->library = open_library(self);
    if (!self->library) return imaging_reader_fail(base, ImagingStatusCorrupt, "its first directory");
    if (page > 0 && page < base->frames && !TIFFSetDirectory(self->library, (tdir_t)page)) {
        return imaging_reader_fail(base, ImagingStatusCorrupt, "the directory of page %u", page + 1);
    }
    // What libtiff complained of and yet opened is something beside the picture.
    base->status = ImagingStatusOk;
    TIFFGetField(self->library, TIFFTAG_IMAGEWIDTH, &base->width);
    TIFFGetField(self->library, TIFFTAG_IMAGELENGTH, &base->height);
    uint32_t kind = 0;
    TIFFGetField(self->library, TIFFTAG_SUBFILETYPE, &kind);
    base->is_copy = (kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0;
    uint16_t orientation = ORIENTATION_TOPLEFT;
    TIFFGetField(self->library, TIFFTAG_ORIENTATION, &orientation);
    base->orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
    if (base->width == 0 || base->height == 0) {
        return imaging_reader_fail(base, ImagingStatusCorrupt, "it has no pixels");
    }
    return choose_band(self);
}

ImagingReader *imaging_tiff_open(const uint8_t *bytes, size_t count, uint32_t page, bool tolerates_truncation) {
    TIFFReader *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->base.steps = &steps;
    self->base.tolerates_truncation = tolerates_truncation;
    self->base.orientation = 1;
    self->bytes = bytes;
    self->count = count;
    read_header(self, page);
    return &self->base;
}
