#ifndef HEADCOUNT_IMAGING_PIXELS_H
#define HEADCOUNT_IMAGING_PIXELS_H

/// Bytes of a pixel in every row that is handed on: red, green, blue.
enum { Channels = 3 };

#endif
