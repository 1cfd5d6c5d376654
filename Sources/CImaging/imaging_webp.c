#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include "imaging_exif.h"
#include "imaging_pixels.h"
#include "imaging_reader.h"

enum { ExifMark = 6 };

typedef struct WebPReader {
    ImagingReader base;
    WebPDemuxer *demuxer;
    WebPIterator frame;
    bool has_frame;
    /// The whole picture: libwebp hands out rows in order, and keeps all of them to predict the next.
    uint8_t *whole;
    uint32_t next_row;
} WebPReader;

static int orientation_of(const WebPDemuxer *demuxer) {
    WebPChunkIterator chunk;
    if (!WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk)) return 1;
    const uint8_t *block = chunk.chunk.bytes;
    size_t count = chunk.chunk.size;
    // The specification has no mark before the block; some writers take it over from JPEG.
    bool marked = count >= ExifMark && memcmp(block, "Exif\0\0", ExifMark) == 0;
    size_t skipped = marked ? ExifMark : 0;
    int orientation = imaging_exif_orientation(block + skipped, count - skipped);
    WebPDemuxReleaseChunkIterator(&chunk);
    return orientation;
}

/// Colours only: transparency is dropped and the colours under it stay, as in OpenCV's imread.
static VP8StatusCode decode_frame(WebPReader *self) {
    size_t stride = (size_t)self->base.width * Channels;
    size_t offset = (size_t)self->frame.y_offset * stride + (size_t)self->frame.x_offset * Channels;
    size_t room = stride * self->base.height - offset;
    WebPIDecoder *decoder = WebPINewRGB(MODE_RGB, self->whole + offset, room, (int)stride);
    if (!decoder) return VP8_STATUS_OUT_OF_MEMORY;
    VP8StatusCode status = WebPIUpdate(decoder, self->frame.fragment.bytes, self->frame.fragment.size);
    WebPIDelete(decoder);
    return status;
}

static ImagingStatus start(ImagingReader *base) {
    WebPReader *self = (WebPReader *)base;
    // What a frame does not cover, or a damaged one does not fill, is black.
    self->whole = calloc(base->height, (size_t)base->width * Channels);
    if (!self->whole) return imaging_reader_fail(base, ImagingStatusNoMemory, "its pixels");
    VP8StatusCode status = decode_frame(self);
    switch (status) {
    case VP8_STATUS_OK:
        return base->status;
    case VP8_STATUS_OUT_OF_MEMORY:
        return imaging_reader_fail(base, ImagingStatusNoMemory, "its pixels");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return imaging_reader_fail(base, ImagingStatusUnsupported, "a feature of its bitstream");
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
        if (base->tolerates_truncation) return base->status;
        return imaging_reader_fail(base, ImagingStatusTruncated, "the file ends before the picture");
    default:
        if (base->tolerates_truncation) return base->status;
        return imaging_reader_fail(base, ImagingStatusCorrupt, "its bitstream (libwebp status %d)", (int)status);
    }
}

static ImagingStatus read_row(ImagingReader *base, uint8_t *rgb) {
    WebPReader *self = (WebPReader *)base;
    size_t row = (size_t)base->width * Channels;
    memcpy(rgb, self->whole + self->next_row++ * row, row);
    return base->status;
}

static ImagingStatus finish(ImagingReader *base) { return base->status; }

static void close_reader(ImagingReader *base) {
    WebPReader *self = (WebPReader *)base;
    if (self->has_frame) WebPDemuxReleaseIterator(&self->frame);
    WebPDemuxDelete(self->demuxer);
    free(self->whole);
    free(self);
}

static const ImagingReaderSteps steps = {start, read_row, finish, close_reader};

static ImagingStatus read_header(WebPReader *self, const uint8_t *bytes, size_t count) {
    ImagingReader *base = &self->base;
    WebPData data = {bytes, count};
    WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
    self->demuxer = WebPDemuxPartial(&data, &state);
    if (!self->demuxer && state == WEBP_DEMUX_PARSE_ERROR) {
        return imaging_reader_fail(base, ImagingStatusCorrupt, "its chunks");
    }
    if (!self->demuxer || (state != WEBP_DEMUX_DONE && !base->tolerates_truncation)) {
        return imaging_reader_fail(base, ImagingStatusTruncated, "the file ends before the picture");
    }
    base->width = WebPDemuxGetI(self->demuxer, WEBP_FF_CANVAS_WIDTH);
    base->height = WebPDemuxGetI(self->demuxer, WEBP_FF_CANVAS_HEIGHT);
    base->frames = WebPDemuxGetI(self->demuxer, WEBP_FF_FRAME_COUNT);
    base->orientation = orientation_of(self->demuxer);
    self->has_frame = WebPDemuxGetFrame(self->demuxer, 1, &self->frame);
    if (!self->has_frame) return imaging_reader_fail(base, ImagingStatusTruncated, "it has no frame");

    // The demuxer checks this too; the decoder is about to write by it.
    int64_t right = (int64_t)self->frame.x_offset + self->frame.width;
    int64_t bottom = (int64_t)self->frame.y_offset + self->frame.height;
    bool inside = self->frame.x_offset >= 0 && self->frame.y_offset >= 0 && right <= base->width
        && bottom <= base->height;
    WebPBitstreamFeatures features = {0};
    VP8StatusCode status = WebPGetFeatures(self->frame.fragment.bytes, self->frame.fragment.size, &features);
    bool agreed = features.width == self->frame.width && features.height == self->frame.height;
    if (!inside || status != VP8_STATUS_OK || !agreed) {
        return imaging_reader_fail(base, ImagingStatusCorrupt, "a frame of another size than it says");
    }
    // The rows, and libwebp's own: whole pixels of a lossless picture (format 2), or the transparency of a lossy one.
    int own = features.format == 2 ? 4 : features.has_alpha ? 1 : 0;
    base->held_bytes = (uint64_t)base->width * base->height * (uint64_t)(Channels + own);
    return base->status;
}

ImagingReader *imaging_webp_open(const uint8_t *bytes, size_t count, bool tolerates_truncation) {
    WebPReader *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->base.steps = &steps;
    self->base.tolerates_truncation = tolerates_truncation;
    self->base.orientation = 1;
    self->base.buffers_whole = true;
    read_header(self, bytes, count);
    return &self->base;
}
