#include "imaging_tiff_pages.h"

#include <stdbool.h>

/// The sizes of a directory's parts, in bytes. TIFF 6.0, section 2; for BigTIFF, libtiff's own description of it.
typedef struct Layout {
    size_t number_of_entries;
    size_t entry;
    size_t link;
} Layout;

static uint64_t number(const uint8_t *at, size_t size, bool little) {
    uint64_t value = 0;
    for (size_t index = 0; index < size; index++) {
        value = value << 8 | at[little ? size - 1 - index : index];
    }
    return value;
}

ImagingStatus imaging_tiff_count_pages(const uint8_t *bytes, size_t count, uint32_t *pages) {
    *pages = 0;
    if (count < 16) return ImagingStatusTruncated;
    bool little = bytes[0] == 'I';
    bool big = number(bytes + 2, 2, little) == 43;
    Layout layout = big ? (Layout){8, 20, 8} : (Layout){2, 12, 4};
    uint64_t directory = number(bytes + (big ? 8 : 4), layout.link, little);

    // Directories that do not share bytes cannot be more than fit.
    size_t most = count / (layout.number_of_entries + layout.entry + layout.link) + 1;
    while (directory != 0) {
        if (directory > count || count - directory < layout.number_of_entries) return ImagingStatusTruncated;
        uint64_t entries = number(bytes + directory, layout.number_of_entries, little);
        size_t left = count - (size_t)directory - layout.number_of_entries;
        if (left < layout.link || entries > (left - layout.link) / layout.entry) return ImagingStatusTruncated;
        *pages += 1;
        if (*pages > most) return ImagingStatusCorrupt;
        directory = number(
            bytes + directory + layout.number_of_entries + entries * layout.entry, layout.link, little);
    }
    return *pages > 0 ? ImagingStatusOk : ImagingStatusCorrupt;
}
