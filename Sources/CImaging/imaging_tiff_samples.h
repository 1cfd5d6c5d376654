#ifndef HEADCOUNT_IMAGING_TIFF_SAMPLES_H
#define HEADCOUNT_IMAGING_TIFF_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>
#include <tiffio.h>

/// True for gray and RGB of the depths that libtiff reads and does not turn into colours: 3, 5 to 7 and 9 to 15 bits,
/// and RGB of 1, 2 and 4. Scanners and cameras write 10, 12 and 14.
bool imaging_tiff_samples_apply(TIFF *library);

/// Decodes `rows` rows from row `first` on, which start a strip or a row of tiles, packed as TIFFRGBAImageGet packs
/// them. More than 8 bits lose their low ones, fewer are spread over 0 to 255. False where libtiff fails.
bool imaging_tiff_samples_read(TIFF *library, uint32_t first, uint32_t rows, uint32_t width, uint32_t *band);

#endif
