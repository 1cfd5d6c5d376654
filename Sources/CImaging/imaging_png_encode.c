#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "imaging_encode.h"
#include "imaging_pixels.h"

// zlib's own default, and libpng's filters where there is no choice to be made: said here because the bytes depend
// on them.
enum { CompressionLevel = 6 };

typedef struct PNGWriter {
    png_structp library;
    png_infop info;
    jmp_buf escape;
    ImagingEncoded encoded;
} PNGWriter;

static void on_error(png_structp library, png_const_charp message) {
    PNGWriter *self = png_get_error_ptr(library);
    bool memory = strstr(message, "memory") != NULL;
    imaging_encoded_fail(&self->encoded, memory ? ImagingStatusNoMemory : ImagingStatusUnsupported, message);
    longjmp(self->escape, 1);
}

static void on_warning(png_structp library, png_const_charp message) {
    (void)library;
    (void)message;
}

static void write_bytes(png_structp library, png_bytep from, size_t count) {
    PNGWriter *self = png_get_io_ptr(library);
    if (!imaging_encoded_append(&self->encoded, from, count)) png_error(library, "no memory");
}

static void flush_nothing(png_structp library) { (void)library; }

static void write_picture(PNGWriter *self, const uint8_t *rgb, uint32_t width, uint32_t height) {
    png_structp library = self->library;
    png_set_write_fn(library, self, write_bytes, flush_nothing);
    png_set_compression_level(library, CompressionLevel);
    png_set_filter(library, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
    png_set_user_limits(library, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(
        library, self->info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
        PNG_FILTER_TYPE_DEFAULT);
    png_write_info(library, self->info);
    for (uint32_t y = 0; y < height; y++) {
        png_write_row(library, rgb + (size_t)y * width * Channels);
    }
    png_write_end(library, NULL);
}

ImagingEncoded imaging_png_encode(const uint8_t *rgb, uint32_t width, uint32_t height) {
    // On the heap: what is changed between setjmp and longjmp must not live in registers.
    PNGWriter *self = calloc(1, sizeof *self);
    if (!self) return (ImagingEncoded){.status = ImagingStatusNoMemory, .reason = "no memory for the encoder"};
    if (!setjmp(self->escape)) {
        self->library = png_create_write_struct(PNG_LIBPNG_VER_STRING, self, on_error, on_warning);
        self->info = self->library ? png_create_info_struct(self->library) : NULL;
        if (self->info) {
            write_picture(self, rgb, width, height);
        } else {
            imaging_encoded_fail(&self->encoded, ImagingStatusNoMemory, "no memory for the encoder");
        }
    }
    png_destroy_write_struct(&self->library, &self->info);
    if (self->encoded.status != ImagingStatusOk) imaging_encoded_free(&self->encoded);
    ImagingEncoded encoded = self->encoded;
    free(self);
    return encoded;
}
