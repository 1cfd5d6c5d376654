#include "packing.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

// A shuffle looks up 16 entries. A table of 256 is 16 shuffles, in two halves: pixels below 128, and pixels from 128 with
// their top bit turned. Before each step but the first, 16 is taken from the index; a pixel that lay in an earlier
// sixteenth is negative from there on, for which the shuffle gives zero. So the shuffles of all sixteenths up to the
// pixel's own count, and the steps hold what each sixteenth has over the one before (by exclusive or): together they
// give the entry, in three instructions a step.

/// The 16 steps of one table.
struct steps {
    __m128i step[16];
};

AVX2 static struct steps steps_of(const int8_t *table) {
    struct steps steps;
    __m128i before = _mm_setzero_si128();
    for (int i = 0; i < 16; i++) {
        const __m128i sixteenth = _mm_loadu_si128((const __m128i *)(table + 16 * i));
        // The second half starts afresh: a pixel takes part in one half alone.
        steps.step[i] = i == 8 ? sixteenth : _mm_xor_si128(sixteenth, before);
        before = sixteenth;
    }
    return steps;
}

AVX2 static inline __m256i look_up(const struct steps *steps, __m256i pixels) {
    const __m256i sixteen = _mm256_set1_epi8(16);
    __m256i low = pixels;
    __m256i high = _mm256_xor_si256(pixels, _mm256_set1_epi8(-128));
    __m256i found = _mm256_setzero_si256();
    for (int i = 0; i < 8; i++) {
        const __m256i low_step = _mm256_broadcastsi128_si256(steps->step[i]);
        const __m256i high_step = _mm256_broadcastsi128_si256(steps->step[i + 8]);
        found = _mm256_xor_si256(found, _mm256_shuffle_epi8(low_step, low));
        found = _mm256_xor_si256(found, _mm256_shuffle_epi8(high_step, high));
        // Saturating, so that what is negative stays negative.
        low = _mm256_subs_epi8(low, sixteen);
        high = _mm256_subs_epi8(high, sixteen);
    }
    return found;
}

AVX2 void headcount_split_avx2(const uint8_t *pixels, size_t count, enum headcount_colour colour,
                               uint8_t planes[3][HEADCOUNT_STRIP]) {
    headcount_split(pixels, count, colour, planes);
}

AVX2 void headcount_plane_avx2(const uint8_t *plane, size_t count, const int8_t *table, int8_t *out) {
    const struct steps steps = steps_of(table);
    size_t x = 0;
    for (; x + 32 <= count; x += 32) {
        const __m256i pixels = _mm256_loadu_si256((const __m256i *)(plane + x));
        _mm256_storeu_si256((__m256i *)(out + x), look_up(&steps, pixels));
    }
    headcount_plane_portable(plane + x, count - x, table, out + x);
}

AVX2 void headcount_lanes_avx2(const uint8_t *const lanes[4], size_t count, const int8_t *table, int8_t *out) {
    const struct steps steps = steps_of(table);
    size_t x = 0;
    for (; x + 32 <= count; x += 32) {
        __m256i lane[4];
        for (int n = 0; n < 4; n++) {
            lane[n] = lanes[n] ? look_up(&steps, _mm256_loadu_si256((const __m256i *)(lanes[n] + x)))
                               : _mm256_setzero_si256();
        }
        const __m256i low01 = _mm256_unpacklo_epi8(lane[0], lane[1]);
        const __m256i high01 = _mm256_unpackhi_epi8(lane[0], lane[1]);
        const __m256i low23 = _mm256_unpacklo_epi8(lane[2], lane[3]);
        const __m256i high23 = _mm256_unpackhi_epi8(lane[2], lane[3]);
        // Each holds four pixels from either half of the 32: the halves are put in order by the stores.
        const __m256i word0 = _mm256_unpacklo_epi16(low01, low23);
        const __m256i word1 = _mm256_unpackhi_epi16(low01, low23);
        const __m256i word2 = _mm256_unpacklo_epi16(high01, high23);
        const __m256i word3 = _mm256_unpackhi_epi16(high01, high23);
        __m256i *target = (__m256i *)(out + 4 * x);
        _mm256_storeu_si256(target, _mm256_permute2x128_si256(word0, word1, 0x20));
        _mm256_storeu_si256(target + 1, _mm256_permute2x128_si256(word2, word3, 0x20));
        _mm256_storeu_si256(target + 2, _mm256_permute2x128_si256(word0, word1, 0x31));
        _mm256_storeu_si256(target + 3, _mm256_permute2x128_si256(word2, word3, 0x31));
    }
    const uint8_t *rest[4];
    for (int n = 0; n < 4; n++) {
        rest[n] = lanes[n] ? lanes[n] + x : NULL;
    }
    headcount_lanes_portable(rest, count - x, table, out + 4 * x);
}

#else

typedef int headcount_no_avx2;

#endif
