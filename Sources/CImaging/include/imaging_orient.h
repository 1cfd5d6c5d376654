#ifndef HEADCOUNT_IMAGING_ORIENT_H
#define HEADCOUNT_IMAGING_ORIENT_H

#include <stddef.h>
#include <stdint.h>

/// Puts `count` rows of a stored picture, from row `first` on, where its EXIF orientation shows them.
///
/// `rows` are RGB rows of `width` pixels without padding; `picture` is the whole displayed picture, which is
/// `height` pixels wide and `width` high where the orientation is 5 to 8. Many rows at once are faster there,
/// because what is a row in one is a column in the other.
void imaging_orient_rows(
    const uint8_t *rows, size_t first, size_t count, size_t width, size_t height, int orientation, uint8_t *picture);

#endif
