#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "imaging_exif.h"
#include "imaging_pixels.h"
#include "imaging_reader.h"

// No chunk of a picture needs more, and a small one can inflate without end.
enum { MostChunkBytes = 8 << 20, MostCachedChunks = 100 };

// Deflate cannot do better than 258 bytes in two bits (RFC 1951), less the block headers: 1032 to 1.
enum { BestDeflate = 1032 };

typedef struct PNGReader {
    ImagingReader base;
    png_structp library;
    png_infop info;
    jmp_buf escape;
    const uint8_t *next;
    size_t left;
    size_t count;
    bool ran_out;
    /// All rows of an interlaced picture, whose passes fill it from everywhere.
    uint8_t *whole;
    uint32_t next_row;
    /// Set where rows are missing and that is tolerated: those are black.
    bool ended_early;
} PNGReader;

static void on_error(png_structp library, png_const_charp message) {
    PNGReader *self = png_get_error_ptr(library);
    if (self->ran_out) {
        imaging_reader_fail(&self->base, ImagingStatusTruncated, "the file ends before the picture");
    } else if (strstr(message, "memory")) {
        imaging_reader_fail(&self->base, ImagingStatusNoMemory, "%s", message);
    } else {
        imaging_reader_fail(&self->base, ImagingStatusCorrupt, "%s", message);
    }
    longjmp(self->escape, 1);
}

static void on_warning(png_structp library, png_const_charp message) {
    (void)library;
    (void)message;
}

static void read_bytes(png_structp library, png_bytep to, size_t count) {
    PNGReader *self = png_get_io_ptr(library);
    if (count > self->left) {
        self->ran_out = true;
        png_error(library, "the file ends before the picture");
    }
    memcpy(to, self->next, count);
    self->next += count;
    self->left -= count;
}

/// Where a file is cut short and that is tolerated, what was read stays and the rest is black.
static ImagingStatus outcome_of_damage(PNGReader *self) {
    if (!self->base.tolerates_truncation || self->base.status == ImagingStatusNoMemory) return self->base.status;
    self->base.status = ImagingStatusOk;
    self->base.reason[0] = 0;
    self->ended_early = true;
    return ImagingStatusOk;
}

/// Everything to 8-bit RGB as OpenCV's imread has it: 16 bits lose their low byte, transparency is dropped (the
/// colours under it stay as they are stored), gamma and colour profile are not applied.
static void ask_for_rgb(PNGReader *self) {
    png_byte type = png_get_color_type(self->library, self->info);
    if (png_get_bit_depth(self->library, self->info) == 16) png_set_strip_16(self->library);
    png_set_strip_alpha(self->library);
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(self->library);
    if ((type & PNG_COLOR_MASK_COLOR) == 0) {
        if (png_get_bit_depth(self->library, self->info) < 8) png_set_expand_gray_1_2_4_to_8(self->library);
        png_set_gray_to_rgb(self->library);
    }
}

static ImagingStatus read_whole(PNGReader *self) {
    size_t row = (size_t)self->base.width * Channels;
    // A pass leaves out pixels that a later one fills, so the picture starts black and not undefined.
    self->whole = calloc(self->base.height, row);
    if (!self->whole) return imaging_reader_fail(&self->base, ImagingStatusNoMemory, "no memory for its pixels");
    if (setjmp(self->escape)) return outcome_of_damage(self);
    int passes = png_set_interlace_handling(self->library);
    png_start_read_image(self->library);
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < self->base.height; y++) {
            png_read_row(self->library, self->whole + y * row, NULL);
        }
    }
    return self->base.status;
}

static ImagingStatus start(ImagingReader *base) {
    PNGReader *self = (PNGReader *)base;
    if (setjmp(self->escape)) return base->status;
    if (base->buffers_whole && !base->tolerates_truncation) {
        uint64_t stored = (uint64_t)png_get_rowbytes(self->library, self->info) * base->height;
        if (stored / BestDeflate > self->count) {
            return imaging_reader_fail(base, ImagingStatusTruncated, "too few bytes for its size");
        }
    }
    ask_for_rgb(self);
    if (base->buffers_whole) return read_whole(self);
    png_start_read_image(self->library);
    return base->status;
}

static ImagingStatus read_row(ImagingReader *base, uint8_t *rgb) {
    PNGReader *self = (PNGReader *)base;
    size_t row = (size_t)base->width * Channels;
    if (self->whole) {
        memcpy(rgb, self->whole + self->next_row++ * row, row);
        return base->status;
    }
    if (setjmp(self->escape)) {
        if (outcome_of_damage(self) != ImagingStatusOk) return base->status;
    }
    if (self->ended_early) {
        memset(rgb, 0, row);
    } else {
        png_read_row(self->library, rgb, NULL);
    }
    return base->status;
}

static ImagingStatus finish(ImagingReader *base) {
    PNGReader *self = (PNGReader *)base;
    if (self->ended_early) return base->status;
    if (setjmp(self->escape)) return outcome_of_damage(self);
    png_read_end(self->library, NULL);
    return base->status;
}

static void close_reader(ImagingReader *base) {
    PNGReader *self = (PNGReader *)base;
    png_destroy_read_struct(&self->library, &self->info, NULL);
    free(self->whole);
    free(self);
}

static const ImagingReaderSteps steps = {start, read_row, finish, close_reader};

static void read_header(PNGReader *self) {
    png_structp library = self->library;
    // The caller limits pixels; libpng's own million a side would refuse a long panorama.
    png_set_user_limits(library, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(library, MostChunkBytes);
    png_set_chunk_cache_max(library, MostCachedChunks);
    // Texts and profiles are never looked at, so they are never inflated.
    static const png_byte unread[] = "iCCP\0iTXt\0tEXt\0zTXt\0sPLT\0hIST";
    png_set_keep_unknown_chunks(library, PNG_HANDLE_CHUNK_NEVER, unread, sizeof unread / 5);
    png_set_read_fn(library, self, read_bytes);
    png_read_info(library, self->info);
    self->base.width = png_get_image_width(library, self->info);
    self->base.height = png_get_image_height(library, self->info);
    self->base.buffers_whole = png_get_interlace_type(library, self->info) != PNG_INTERLACE_NONE;
    // The row that is being read and the one before it: wide pictures have long ones.
    self->base.held_bytes = 2 * (uint64_t)png_get_rowbytes(library, self->info);
    if (self->base.buffers_whole) {
        self->base.held_bytes += (uint64_t)self->base.width * self->base.height * Channels;
    }
    png_uint_32 count = 0;
    png_bytep block = NULL;
    if (png_get_eXIf_1(library, self->info, &count, &block)) {
        self->base.orientation = imaging_exif_orientation(block, count);
    }
}

ImagingReader *imaging_png_open(const uint8_t *bytes, size_t count, bool tolerates_truncation) {
    PNGReader *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->base.steps = &steps;
    self->base.tolerates_truncation = tolerates_truncation;
    self->base.frames = 1;
    self->base.orientation = 1;
    self->next = bytes;
    self->left = self->count = count;
    if (setjmp(self->escape)) return &self->base;
    self->library = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, on_error, on_warning);
    self->info = self->library ? png_create_info_struct(self->library) : NULL;
    if (!self->info) {
        imaging_reader_fail(&self->base, ImagingStatusNoMemory, "no memory for its header");
        return &self->base;
    }
    read_header(self);
    return &self->base;
}
