#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

// jpeglib.h wants stdio.h before it.
#include <jpeglib.h>
#include <jerror.h>

#include "imaging_encode.h"
#include "imaging_pixels.h"

enum { ChunkSize = 16 << 10 };

typedef struct JPEGWriter {
    struct jpeg_compress_struct library;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf escape;
    ImagingEncoded encoded;
    uint8_t chunk[ChunkSize];
} JPEGWriter;

static JPEGWriter *writer_of(j_common_ptr library) { return library->client_data; }

static void on_error(j_common_ptr library) {
    JPEGWriter *self = writer_of(library);
    char message[JMSG_LENGTH_MAX];
    self->errors.format_message(library, message);
    bool memory = self->errors.msg_code == JERR_OUT_OF_MEMORY;
    imaging_encoded_fail(&self->encoded, memory ? ImagingStatusNoMemory : ImagingStatusUnsupported, message);
    longjmp(self->escape, 1);
}

static void on_message(j_common_ptr library, int level) {
    (void)library;
    (void)level;
}

static void on_output(j_common_ptr library) { (void)library; }

static void start_chunk(j_compress_ptr library) {
    library->dest->next_output_byte = writer_of((j_common_ptr)library)->chunk;
    library->dest->free_in_buffer = ChunkSize;
}

static void append_chunk(j_compress_ptr library, size_t count) {
    JPEGWriter *self = writer_of((j_common_ptr)library);
    if (!imaging_encoded_append(&self->encoded, self->chunk, count)) longjmp(self->escape, 1);
}

static boolean full_chunk(j_compress_ptr library) {
    append_chunk(library, ChunkSize);
    start_chunk(library);
    return TRUE;
}

static void last_chunk(j_compress_ptr library) { append_chunk(library, ChunkSize - library->dest->free_in_buffer); }

static void write_picture(JPEGWriter *self, const uint8_t *rgb, uint32_t width, uint32_t height, int quality) {
    struct jpeg_compress_struct *library = &self->library;
    jpeg_create_compress(library);
    // Not jpeg_mem_dest: after an error its buffer may have been moved without a word.
    self->destination.init_destination = start_chunk;
    self->destination.empty_output_buffer = full_chunk;
    self->destination.term_destination = last_chunk;
    library->dest = &self->destination;
    library->image_width = width;
    library->image_height = height;
    library->input_components = Channels;
    library->in_color_space = JCS_RGB;
    jpeg_set_defaults(library);
    jpeg_set_quality(library, quality, TRUE);
    jpeg_start_compress(library, TRUE);
    while (library->next_scanline < height) {
        // libjpeg takes rows as mutable and only reads them.
        JSAMPROW row = (JSAMPROW)(rgb + (size_t)library->next_scanline * width * Channels);
        jpeg_write_scanlines(library, &row, 1);
    }
    jpeg_finish_compress(library);
}

ImagingEncoded imaging_jpeg_encode(const uint8_t *rgb, uint32_t width, uint32_t height, int quality) {
    // On the heap: what is changed between setjmp and longjmp must not live in registers.
    JPEGWriter *self = calloc(1, sizeof *self);
    if (!self) return (ImagingEncoded){.status = ImagingStatusNoMemory, .reason = "no memory for the encoder"};
    self->library.err = jpeg_std_error(&self->errors);
    self->errors.error_exit = on_error;
    self->errors.emit_message = on_message;
    self->errors.output_message = on_output;
    self->library.client_data = self;
    if (!setjmp(self->escape)) write_picture(self, rgb, width, height, quality);
    jpeg_destroy_compress(&self->library);
    if (self->encoded.status != ImagingStatusOk) imaging_encoded_free(&self->encoded);
    ImagingEncoded encoded = self->encoded;
    free(self);
    return encoded;
}
