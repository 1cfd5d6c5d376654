#include "imaging_bilinear.h"
#include "imaging_resamplers.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static inline __attribute__((always_inline)) void sum_columns(
    const Columns *columns, uint32_t first, const uint8_t *row, int16_t *sums) {
    for (uint32_t x = first; x < columns->count; x++) {
        const uint8_t *left = row + columns->starts[x];
        const uint8_t *right = left + columns->steps[x];
        int left_weight = columns->weights[2 * x];
        int right_weight = columns->weights[2 * x + 1];
        for (int channel = 0; channel < Channels; channel++) {
            int sum = left[channel] * left_weight + right[channel] * right_weight;
            sums[x * Channels + channel] = (int16_t)(sum >> RowShift);
        }
    }
}

// (w0 * s0 >> 16) + (w1 * s1 >> 16), rounded from the two bits that are left: 11 + 11 bits of weights, 4 + 16 cut.
static inline __attribute__((always_inline)) void mix(
    const int16_t *upper, const int16_t *lower, int16_t upper_weight, int16_t lower_weight, size_t first, size_t count,
    uint8_t *to) {
    for (size_t index = first; index < count; index++) {
        int sum = (upper[index] * upper_weight >> 16) + (lower[index] * lower_weight >> 16);
        to[index] = (uint8_t)((sum + 2) >> 2);
    }
}

static void sum_row(const Columns *columns, const uint8_t *row, int16_t *sums) { sum_columns(columns, 0, row, sums); }

static void mix_rows(
    const int16_t *upper, const int16_t *lower, int16_t upper_weight, int16_t lower_weight, size_t count,
    uint8_t *to) {
    mix(upper, lower, upper_weight, lower_weight, 0, count, to);
}

#if defined(__x86_64__)

/// Six bytes of two neighbours, spread to pairs (left, right) of 16 bits per channel, times both weights.
__attribute__((target("avx2"))) static inline __m256i pair_sums(
    const Columns *columns, const uint8_t *row, uint32_t x, uint32_t other) {
    const __m256i spread = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
    int32_t weights, other_weights;
    memcpy(&weights, columns->weights + 2 * x, sizeof weights);
    memcpy(&other_weights, columns->weights + 2 * other, sizeof other_weights);
    __m256i bytes = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadl_epi64((const __m128i *)(row + columns->starts[x]))),
        _mm_loadl_epi64((const __m128i *)(row + columns->starts[other])), 1);
    __m256i pairs = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_set1_epi32(weights)), _mm_set1_epi32(other_weights), 1);
    __m256i sums = _mm256_madd_epi16(_mm256_shuffle_epi8(bytes, spread), pairs);
    return _mm256_srai_epi32(sums, RowShift);
}

/// Columns that lie far apart: each is looked up on its own.
__attribute__((target("avx2"))) static void sum_far_columns(
    const Columns *columns, const uint8_t *row, int16_t *sums) {
    const __m256i close = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, -1, -1, -1, -1));
    uint32_t x = 0;
    // Four columns a turn are 12 sums in two stores of 8, the second of which runs 2 over: the next turn, or the
    // columns left for the plain loop, write those again. So one column more than the four has to be there.
    for (; x + 4 < columns->count && x + 4 <= columns->roomy; x += 4) {
        // Columns 0 and 2 beside 1 and 3, so that the packing within lanes puts 0, 1 into the low and 2, 3 into the
        // high half.
        __m256i packed = _mm256_packs_epi32(
            pair_sums(columns, row, x, x + 2), pair_sums(columns, row, x + 1, x + 3));
        packed = _mm256_shuffle_epi8(packed, close);
        _mm_storeu_si128((__m128i *)(sums + x * Channels), _mm256_castsi256_si128(packed));
        _mm_storeu_si128((__m128i *)(sums + (x + 2) * Channels), _mm256_extracti128_si256(packed, 1));
    }
    sum_columns(columns, x, row, sums);
}

/// The sums of the two windows whose places and weights are `half` of all.
__attribute__((target("avx2"))) static inline __m256i window_sums(
    const ColumnWindows *windows, int half, const uint8_t *row) {
    __m256i bytes = _mm256_loadu2_m128i(
        (const __m128i *)(row + windows->starts[half + 2]), (const __m128i *)(row + windows->starts[half]));
    __m256i places = _mm256_load_si256((const __m256i *)windows->places + half);
    __m256i weights = _mm256_load_si256((const __m256i *)windows->weights + half);
    return _mm256_srai_epi32(_mm256_madd_epi16(_mm256_shuffle_epi8(bytes, places), weights), RowShift);
}

__attribute__((target("avx2"))) static void sum_row_avx2(const Columns *columns, const uint8_t *row, int16_t *sums) {
    if (!columns->windows) {
        sum_far_columns(columns, row, sums);
        return;
    }
    size_t turns = (size_t)columns->count * Channels / ValuesPerTurn;
    for (size_t turn = 0; turn < turns; turn++) {
        const ColumnWindows *windows = columns->windows + turn;
        __m256i packed = _mm256_packs_epi32(window_sums(windows, 0, row), window_sums(windows, 1, row));
        _mm256_storeu_si256((__m256i *)(sums + turn * ValuesPerTurn), packed);
    }
    // A column of which the last turn did a part is done once more.
    sum_columns(columns, (uint32_t)(turns * ValuesPerTurn / Channels), row, sums);
}

// A multiplication that keeps the high 16 bits is one instruction here. No result is beyond a byte, so that a packing
// that would saturate does not.
__attribute__((target("avx2"))) static void mix_rows_avx2(
    const int16_t *upper, const int16_t *lower, int16_t upper_weight, int16_t lower_weight, size_t count,
    uint8_t *to) {
    const __m256i weights[2] = {_mm256_set1_epi16(upper_weight), _mm256_set1_epi16(lower_weight)};
    const __m256i half = _mm256_set1_epi16(2);
    size_t index = 0;
    for (; index + 32 <= count; index += 32) {
        __m256i mixed[2];
        for (int part = 0; part < 2; part++) {
            __m256i above = _mm256_loadu_si256((const __m256i *)(upper + index + 16 * part));
            __m256i below = _mm256_loadu_si256((const __m256i *)(lower + index + 16 * part));
            __m256i sum = _mm256_add_epi16(
                _mm256_mulhi_epi16(above, weights[0]), _mm256_mulhi_epi16(below, weights[1]));
            mixed[part] = _mm256_srai_epi16(_mm256_add_epi16(sum, half), 2);
        }
        __m256i bytes = _mm256_permute4x64_epi64(_mm256_packus_epi16(mixed[0], mixed[1]), 0xD8);
        _mm256_storeu_si256((__m256i *)(to + index), bytes);
    }
    mix(upper, lower, upper_weight, lower_weight, index, count, to);
}

#endif

BilinearKernels imaging_bilinear_kernels(ImagingKernels choice) {
#if defined(__x86_64__)
    if (choice == ImagingKernelsFastest && __builtin_cpu_supports("avx2")) {
        return (BilinearKernels){sum_row_avx2, mix_rows_avx2};
    }
#else
    (void)choice;
#endif
    return (BilinearKernels){sum_row, mix_rows};
}
