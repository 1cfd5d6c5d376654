#ifndef HEADCOUNT_IMAGING_READER_H
#define HEADCOUNT_IMAGING_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imaging_status.h"

typedef struct ImagingReader ImagingReader;

/// The steps that a format implements. Each returns the status it also leaves in the reader.
typedef struct ImagingReaderSteps {
    ImagingStatus (*start)(ImagingReader *reader);
    ImagingStatus (*read_row)(ImagingReader *reader, uint8_t *rgb);
    ImagingStatus (*finish)(ImagingReader *reader);
    void (*close)(ImagingReader *reader);
} ImagingReaderSteps;

/// One picture being read: open (header only), start, one row after the other, finish, close.
///
/// No longjmp of a picture library leaves these functions, and nothing is printed.
struct ImagingReader {
    /// Columns and rows as stored, before the orientation is applied; at least 1 each after a good open.
    uint32_t width;
    uint32_t height;
    /// EXIF orientation, 1 to 8.
    int orientation;
    /// Pages or frames in the file.
    uint32_t frames;
    /// True for a page that shows what another one does: smaller, or as a mask.
    bool is_copy;
    /// True where the library must hold the whole picture before it can hand out the first row.
    bool buffers_whole;
    /// Bytes that grow with the picture, rows among them, and are held while it is read, the caller's own apart.
    uint64_t held_bytes;
    /// Rows that are missing or damaged are filled in (how is the format's business) and are no error.
    bool tolerates_truncation;
    ImagingStatus status;
    /// Why `status` is not ok, one line.
    char reason[ImagingReasonSize];
    const ImagingReaderSteps *steps;
};

/// Opens a picture and reads its header; no pixel is decoded and nothing of the picture's size is allocated.
///
/// The bytes are borrowed until the reader is closed. Returns NULL only where memory for the reader cannot be
/// had; otherwise look at `status`, and close the reader whatever it says.
ImagingReader *imaging_jpeg_open(const uint8_t *bytes, size_t count, bool tolerates_truncation);
ImagingReader *imaging_png_open(const uint8_t *bytes, size_t count, bool tolerates_truncation);
ImagingReader *imaging_webp_open(const uint8_t *bytes, size_t count, bool tolerates_truncation);

/// The same for one page of a TIFF, the first being 0; where there are not so many it is the first that is opened.
ImagingReader *imaging_tiff_open(const uint8_t *bytes, size_t count, uint32_t page, bool tolerates_truncation);

/// Makes ready for the first row.
ImagingStatus imaging_reader_start(ImagingReader *reader);

/// Writes the next row, `width * 3` bytes of 8-bit red, green, blue. To be called `height` times at most.
ImagingStatus imaging_reader_read_row(ImagingReader *reader, uint8_t *rgb);

/// Reads what follows the last row, which is where a file cut short near its end shows.
ImagingStatus imaging_reader_finish(ImagingReader *reader);

/// Frees the reader; NULL is fine.
void imaging_reader_close(ImagingReader *reader);

/// Records why a reader failed; the first reason stays. Returns the reader's status. For the formats' own use.
ImagingStatus imaging_reader_fail(ImagingReader *reader, ImagingStatus status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
