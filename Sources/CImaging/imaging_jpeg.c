#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// jpeglib.h wants stdio.h before it.
#include <jpeglib.h>
#include <jerror.h>

#include "imaging_exif.h"
#include "imaging_pixels.h"
#include "imaging_reader.h"

// A progressive picture of real life has about ten scans; each costs a pass over all coefficients, so that a small
// file with thousands of them would hold a core for minutes.
enum { MostScans = 100, ExifMark = 6, PixelsPerBlock = 64 };

typedef struct JPEGReader {
    ImagingReader base;
    struct jpeg_decompress_struct library;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    size_t count;
    bool ran_out;
    bool has_exif;
    /// One row of cyan, magenta, yellow and black, where the picture is stored so.
    uint8_t *inks;
} JPEGReader;

static JPEGReader *reader_of(j_common_ptr library) { return library->client_data; }

static void leave(JPEGReader *self, ImagingStatus status) {
    char message[JMSG_LENGTH_MAX];
    self->errors.format_message((j_common_ptr)&self->library, message);
    imaging_reader_fail(&self->base, status, "%s", message);
    longjmp(self->escape, 1);
}

static void on_error(j_common_ptr library) {
    JPEGReader *self = reader_of(library);
    switch (self->errors.msg_code) {
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_J_COLORSPACE:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_IMAGE_TOO_BIG:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
    case JERR_WIDTH_OVERFLOW:
        leave(self, ImagingStatusUnsupported);
        break;
    case JERR_OUT_OF_MEMORY:
        leave(self, ImagingStatusNoMemory);
        break;
    default:
        leave(self, self->ran_out ? ImagingStatusTruncated : ImagingStatusCorrupt);
    }
}

static void on_message(j_common_ptr library, int level) {
    JPEGReader *self = reader_of(library);
    if (level >= 0 || self->base.tolerates_truncation) return;
    switch (self->errors.msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
        leave(self, ImagingStatusTruncated);
        break;
    case JWRN_ARITH_BAD_CODE:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_NOT_SEQUENTIAL:
        leave(self, ImagingStatusCorrupt);
        break;
    default:
        // Odd version numbers, padding between segments: the pixels are all there.
        break;
    }
}

static void on_output(j_common_ptr library) { (void)library; }

static void on_progress(j_common_ptr library) {
    JPEGReader *self = reader_of(library);
    if (self->library.input_scan_number <= MostScans) return;
    imaging_reader_fail(&self->base, ImagingStatusUnsupported, "more than %d progressive scans", MostScans);
    longjmp(self->escape, 1);
}

static void source_nothing(j_decompress_ptr library) { (void)library; }

static boolean source_fill(j_decompress_ptr library) {
    // All bytes were there from the start: asking for more means that the file is cut short. libjpeg is told with
    // its own warning, and where that is tolerated it reads an end marker and keeps what it has.
    static const JOCTET end[] = {0xFF, JPEG_EOI};
    reader_of((j_common_ptr)library)->ran_out = true;
    library->src->next_input_byte = end;
    library->src->bytes_in_buffer = sizeof end;
    WARNMS(library, JWRN_JPEG_EOF);
    return TRUE;
}

static void source_skip(j_decompress_ptr library, long count) {
    if (count <= 0) return;
    if ((size_t)count > library->src->bytes_in_buffer) {
        source_fill(library);
        return;
    }
    library->src->next_input_byte += count;
    library->src->bytes_in_buffer -= (size_t)count;
}

/// Looks at an APP1 segment where it lies, for all bytes are there: libjpeg would keep a copy of every one.
static boolean on_app1(j_decompress_ptr library) {
    JPEGReader *self = reader_of((j_common_ptr)library);
    struct jpeg_source_mgr *source = library->src;
    if (source->bytes_in_buffer < 2) {
        source_fill(library);
        return TRUE;
    }
    size_t length = (size_t)source->next_input_byte[0] << 8 | source->next_input_byte[1];
    if (length < 2) length = 2;
    if (length <= source->bytes_in_buffer && !self->has_exif) {
        const JOCTET *data = source->next_input_byte + 2;
        if (length - 2 >= ExifMark && memcmp(data, "Exif\0\0", ExifMark) == 0) {
            self->has_exif = true;
            self->base.orientation = imaging_exif_orientation(data + ExifMark, length - 2 - ExifMark);
        }
    }
    source_skip(library, (long)length);
    return TRUE;
}

/// What libjpeg holds of a picture whose scans have to be put together: every coefficient.
static uint64_t coefficient_bytes(const struct jpeg_decompress_struct *library) {
    uint64_t pixels = (uint64_t)library->image_width * library->image_height;
    uint64_t most = (uint64_t)library->max_h_samp_factor * (uint64_t)library->max_v_samp_factor;
    uint64_t bytes = 0;
    for (int index = 0; index < library->num_components; index++) {
        const jpeg_component_info *component = &library->comp_info[index];
        uint64_t share = (uint64_t)component->h_samp_factor * (uint64_t)component->v_samp_factor;
        bytes += pixels * share / (most > 0 ? most : 1) * sizeof(JCOEF);
    }
    return bytes;
}

static ImagingStatus start(ImagingReader *base) {
    JPEGReader *self = (JPEGReader *)base;
    struct jpeg_decompress_struct *library = &self->library;
    if (setjmp(self->escape)) return base->status;
    // A Huffman-coded block takes at least one bit. What would be buffered whole is refused here, before the
    // coefficients of a picture that cannot be there are allocated.
    uint64_t blocks = (uint64_t)base->width * base->height / PixelsPerBlock;
    if (base->buffers_whole && !library->arith_code && !base->tolerates_truncation && blocks / 8 > self->count) {
        return imaging_reader_fail(base, ImagingStatusTruncated, "too few bytes for its size");
    }
    if (library->num_components == 4) {
        library->out_color_space = JCS_CMYK;
        self->inks = malloc((size_t)base->width * 4);
        if (!self->inks) return imaging_reader_fail(base, ImagingStatusNoMemory, "no memory for a row");
    } else {
        library->out_color_space = JCS_RGB;
    }
    // What OpenCV decodes with, and libjpeg's own defaults: said here because the pixels depend on them.
    library->dct_method = JDCT_ISLOW;
    library->do_fancy_upsampling = TRUE;
    jpeg_start_decompress(library);
    return base->status;
}

/// Adobe's CMYK is stored inverted (255 is no ink), and so does every CMYK JPEG that other readers accept: OpenCV,
/// Pillow and ImageMagick all assume it, marker or no marker. The rounding is OpenCV's.
static void rgb_of_inks(const uint8_t *inks, uint8_t *rgb, uint32_t width) {
    for (uint32_t x = 0; x < width; x++, inks += 4, rgb += Channels) {
        int black = inks[3];
        for (int channel = 0; channel < Channels; channel++) {
            rgb[channel] = (uint8_t)(black - ((255 - inks[channel]) * black >> 8));
        }
    }
}

static ImagingStatus read_row(ImagingReader *base, uint8_t *rgb) {
    JPEGReader *self = (JPEGReader *)base;
    if (setjmp(self->escape)) return base->status;
    JSAMPROW row = self->inks ? self->inks : rgb;
    if (jpeg_read_scanlines(&self->library, &row, 1) != 1) {
        return imaging_reader_fail(base, ImagingStatusCorrupt, "no row where one was due");
    }
    if (self->inks) rgb_of_inks(self->inks, rgb, base->width);
    return base->status;
}

static ImagingStatus finish(ImagingReader *base) {
    JPEGReader *self = (JPEGReader *)base;
    if (setjmp(self->escape)) return base->status;
    jpeg_finish_decompress(&self->library);
    return base->status;
}

static void close_reader(ImagingReader *base) {
    JPEGReader *self = (JPEGReader *)base;
    jpeg_destroy_decompress(&self->library);
    free(self->inks);
    free(self);
}

static const ImagingReaderSteps steps = {start, read_row, finish, close_reader};

ImagingReader *imaging_jpeg_open(const uint8_t *bytes, size_t count, bool tolerates_truncation) {
    JPEGReader *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->base.steps = &steps;
    self->base.tolerates_truncation = tolerates_truncation;
    self->base.frames = 1;
    self->base.orientation = 1;
    self->count = count;

    struct jpeg_decompress_struct *library = &self->library;
    library->err = jpeg_std_error(&self->errors);
    self->errors.error_exit = on_error;
    self->errors.emit_message = on_message;
    self->errors.output_message = on_output;
    library->client_data = self;
    if (setjmp(self->escape)) return &self->base;
    jpeg_create_decompress(library);

    self->source.init_source = source_nothing;
    self->source.fill_input_buffer = source_fill;
    self->source.skip_input_data = source_skip;
    self->source.resync_to_restart = jpeg_resync_to_restart;
    self->source.term_source = source_nothing;
    self->source.next_input_byte = bytes;
    self->source.bytes_in_buffer = count;
    library->src = &self->source;
    self->progress.progress_monitor = on_progress;
    library->progress = &self->progress;

    jpeg_set_marker_processor(library, JPEG_APP0 + 1, on_app1);
    jpeg_read_header(library, TRUE);
    self->base.width = library->image_width;
    self->base.height = library->image_height;
    self->base.buffers_whole = jpeg_has_multiple_scans(library);
    if (self->base.buffers_whole) self->base.held_bytes = coefficient_bytes(library);
    if (library->num_components == 2 || library->num_components > 4) {
        imaging_reader_fail(
            &self->base, ImagingStatusUnsupported, "%d colour components", library->num_components);
    }
    return &self->base;
}
