#include "imaging_orient.h"

#include <stdbool.h>
#include <string.h>

#include "imaging_pixels.h"

void imaging_orient_rows(
    const uint8_t *rows, size_t first, size_t count, size_t width, size_t height, int orientation, uint8_t *picture) {
    // EXIF 2.32, tag 0x0112: where the stored first row and first column are seen.
    bool sideways = orientation >= 5;
    bool columns_reversed = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool rows_reversed = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;

    if (!sideways) {
        for (size_t row = 0; row < count; row++) {
            size_t y = rows_reversed ? height - 1 - (first + row) : first + row;
            const uint8_t *from = rows + row * width * Channels;
            uint8_t *to = picture + y * width * Channels;
            if (!columns_reversed) {
                memcpy(to, from, width * Channels);
                continue;
            }
            for (size_t x = 0; x < width; x++) {
                memcpy(to + (width - 1 - x) * Channels, from + x * Channels, Channels);
            }
        }
        return;
    }

    // A stored column becomes a displayed row, a stored row a displayed column.
    for (size_t x = 0; x < width; x++) {
        size_t y = columns_reversed ? width - 1 - x : x;
        uint8_t *to = picture + y * height * Channels;
        for (size_t row = 0; row < count; row++) {
            size_t column = rows_reversed ? height - 1 - (first + row) : first + row;
            memcpy(to + column * Channels, rows + (row * width + x) * Channels, Channels);
        }
    }
}
