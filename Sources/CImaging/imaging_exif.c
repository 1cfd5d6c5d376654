#include "imaging_exif.h"

#include <stdbool.h>

// Sources: TIFF 6.0, section 2 (header, directory, entries of 12 bytes); EXIF 2.32, table 4 (tag 0x0112, SHORT).
enum { OrientationTag = 0x0112, ShortType = 3, EntrySize = 12, Upright = 1 };

static uint32_t number16(const uint8_t *at, bool little) {
    return little ? (uint32_t)at[0] | (uint32_t)at[1] << 8 : (uint32_t)at[0] << 8 | (uint32_t)at[1];
}

static uint32_t number32(const uint8_t *at, bool little) {
    return little ? number16(at, true) | number16(at + 2, true) << 16
                  : number16(at, false) << 16 | number16(at + 2, false);
}

int imaging_exif_orientation(const uint8_t *block, size_t count) {
    if (count < 8) return Upright;
    bool little = block[0] == 'I' && block[1] == 'I';
    bool big = block[0] == 'M' && block[1] == 'M';
    if ((!little && !big) || number16(block + 2, little) != 42) return Upright;

    size_t directory = number32(block + 4, little);
    if (directory > count - 2) return Upright;
    size_t entries = number16(block + directory, little);
    size_t room = (count - directory - 2) / EntrySize;
    if (entries > room) entries = room;

    for (size_t index = 0; index < entries; index++) {
        const uint8_t *entry = block + directory + 2 + index * EntrySize;
        if (number16(entry, little) != OrientationTag) continue;
        if (number16(entry + 2, little) != ShortType || number32(entry + 4, little) != 1) return Upright;
        uint32_t value = number16(entry + 8, little);
        return value >= 1 && value <= 8 ? (int)value : Upright;
    }
    return Upright;
}
