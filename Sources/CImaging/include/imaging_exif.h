#ifndef HEADCOUNT_IMAGING_EXIF_H
#define HEADCOUNT_IMAGING_EXIF_H

#include <stddef.h>
#include <stdint.h>

/// The orientation (1 to 8) in an EXIF block that starts with its TIFF header ("II*\0" or "MM\0*").
///
/// 1, the upright one, where there is none or the block is damaged: a picture is not refused for its metadata.
int imaging_exif_orientation(const uint8_t *block, size_t count);

#endif
