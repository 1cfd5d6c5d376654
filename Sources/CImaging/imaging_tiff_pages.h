#ifndef HEADCOUNT_IMAGING_TIFF_PAGES_H
#define HEADCOUNT_IMAGING_TIFF_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "imaging_status.h"

/// Counts the directories of a TIFF or BigTIFF, one per page, by following their chain and reading nothing in them.
///
/// `pages` is how many lie wholly within the bytes; the status says whether the chain ended there, ran out of the
/// file (which is what a file cut short does), or went in a circle.
ImagingStatus imaging_tiff_count_pages(const uint8_t *bytes, size_t count, uint32_t *pages);

#endif
