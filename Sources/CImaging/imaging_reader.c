#include "imaging_reader.h"

#include <stdarg.h>
#include <stdio.h>

ImagingStatus imaging_reader_start(ImagingReader *reader) {
    return reader->status == ImagingStatusOk ? reader->steps->start(reader) : reader->status;
}

ImagingStatus imaging_reader_read_row(ImagingReader *reader, uint8_t *rgb) {
    return reader->status == ImagingStatusOk ? reader->steps->read_row(reader, rgb) : reader->status;
}

ImagingStatus imaging_reader_finish(ImagingReader *reader) {
    return reader->status == ImagingStatusOk ? reader->steps->finish(reader) : reader->status;
}

void imaging_reader_close(ImagingReader *reader) {
    if (reader) reader->steps->close(reader);
}

ImagingStatus imaging_reader_fail(ImagingReader *reader, ImagingStatus status, const char *format, ...) {
    if (reader->status != ImagingStatusOk) return reader->status;
    reader->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reader->reason, sizeof reader->reason, format, arguments);
    va_end(arguments);
    return status;
}
