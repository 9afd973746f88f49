// SPDX-License-Identifier: Apache-2.0

#include "number.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

bool semblance_has_avx2(void) { return __builtin_cpu_supports("avx2"); }

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline uint64_t word(const uint8_t *text) {
    uint64_t value;
    memcpy(&value, text, sizeof value);
    return value;
}

AVX2 static inline uint32_t half(const uint8_t *text) {
    uint32_t value;
    memcpy(&value, text, sizeof value);
    return value;
}

// Numbers of four fields in units of the last decimal; lanes of `*odd` are all ones where a field is of another
// form.
AVX2 static inline __m256i numbers(
    const uint8_t *text, const uint32_t start[4], const uint32_t end[4], __m256i powers,
    int32_t decimals, __m256i *odd)
{
    const __m256i zero = _mm256_setzero_si256(), ones = _mm256_set1_epi64x(-1);
    const __m256i one = _mm256_set1_epi64x(1);
    __m128i from = _mm_set_epi32((int)start[3], (int)start[2], (int)start[1], (int)start[0]);
    __m128i to = _mm_set_epi32((int)end[3], (int)end[2], (int)end[1], (int)end[0]);
    __m128i heads = _mm_set_epi32(
        (int)half(text + start[3]), (int)half(text + start[2]), (int)half(text + start[1]),
        (int)half(text + start[0]));
    // -1 where the first character is a minus.
    __m128i sign = _mm_cmpeq_epi32(
        _mm_and_si128(heads, _mm_set1_epi32(0xFF)), _mm_set1_epi32('-'));
    __m128i count = _mm_add_epi32(_mm_sub_epi32(to, from), sign);
    __m256i negative = _mm256_cvtepi32_epi64(sign);
    // The last eight bytes of each field, and those before each of them.
    __m256i bytes = _mm256_set_epi64x(
        (int64_t)word(text + end[3] - 8), (int64_t)word(text + end[2] - 8),
        (int64_t)word(text + end[1] - 8), (int64_t)word(text + end[0] - 8));
    __m256i before = _mm256_set_epi64x(
        (int64_t)word(text + end[3] - 9), (int64_t)word(text + end[2] - 9),
        (int64_t)word(text + end[1] - 9), (int64_t)word(text + end[0] - 9));
    // Only the field's own bytes, of which the last one is highest. A shift by 64 gives 0.
    __m128i within = _mm_min_epi32(count, _mm_set1_epi32(8));
    __m256i unused = _mm256_cvtepi32_epi64(
        _mm_sub_epi32(_mm_set1_epi32(64), _mm_slli_epi32(within, 3)));
    __m256i points = _mm256_and_si256(
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('.')), _mm256_sllv_epi64(ones, unused));
    __m256i no_point = _mm256_cmpeq_epi64(points, zero);
    // The digits before the first point move up by one; a second point stays and is no digit.
    __m256i lowest = _mm256_and_si256(points, _mm256_sub_epi64(zero, points));
    __m256i moved = _mm256_andnot_si256(
        no_point, _mm256_sub_epi64(_mm256_slli_epi64(lowest, 8), one));
    __m256i text_digits = _mm256_or_si256(
        _mm256_andnot_si256(moved, bytes), _mm256_and_si256(moved, before));
    // Bytes behind the point.
    __m256i fraction = _mm256_andnot_si256(
        no_point,
        _mm256_sad_epu8(_mm256_andnot_si256(moved, _mm256_set1_epi8(1)), zero));
    // One less where there is a point.
    __m256i digits = _mm256_add_epi64(
        _mm256_cvtepi32_epi64(count), _mm256_andnot_si256(no_point, ones));
    __m256i kept = _mm256_sllv_epi64(
        ones, _mm256_sub_epi64(_mm256_set1_epi64x(64), _mm256_slli_epi64(digits, 3)));
    __m256i value = _mm256_and_si256(
        kept, _mm256_xor_si256(text_digits, _mm256_set1_epi8('0')));
    const __m256i nine = _mm256_set1_epi8(9);
    __m256i valid = _mm256_cmpeq_epi64(
        _mm256_cmpeq_epi8(_mm256_max_epu8(value, nine), nine), ones);
    // Pairs, fours and eights of digits.
    value = _mm256_maddubs_epi16(value, _mm256_set1_epi16(1 << 8 | 10));
    value = _mm256_madd_epi16(value, _mm256_set1_epi32(1 << 16 | 100));
    value = _mm256_add_epi64(
        _mm256_mul_epu32(value, _mm256_set1_epi64x(10000)), _mm256_srli_epi64(value, 32));
    __m256i zeros = _mm256_sub_epi64(_mm256_set1_epi64x(decimals), fraction);
    value = _mm256_mul_epu32(value, _mm256_permutevar8x32_epi32(powers, zeros));
    // One to eight digits, some on each side of a point, and no more decimals than the unit has.
    __m256i wrong = _mm256_or_si256(
        _mm256_cmpgt_epi64(digits, _mm256_set1_epi64x(8)), _mm256_cmpgt_epi64(one, digits));
    __m256i sides = _mm256_or_si256(
        _mm256_cmpgt_epi64(one, fraction),
        _mm256_cmpgt_epi64(_mm256_add_epi64(fraction, one), digits));
    wrong = _mm256_or_si256(wrong, _mm256_andnot_si256(no_point, sides));
    wrong = _mm256_or_si256(wrong, _mm256_cmpgt_epi64(zero, zeros));
    *odd = _mm256_or_si256(wrong, _mm256_andnot_si256(valid, ones));
    return _mm256_sub_epi64(_mm256_xor_si256(value, negative), negative);
}

// The loop, made anew for each usual number of steps.
AVX2 static inline __attribute__((always_inline)) size_t encode(
    const semblance_fields *fields, size_t rows, const semblance_bins *bins, uint8_t *codes,
    int32_t *misses, int32_t steps, int32_t specials)
{
    // Copies: stores into `codes` could change the originals for all that the compiler knows.
    const uint8_t *text = fields->text;
    const uint32_t *from = fields->starts, *to = fields->ends;
    const size_t start_stride = fields->start_stride, end_stride = fields->end_stride;
    const semblance_bins own = *bins;
    const __m256i powers = _mm256_setr_epi32(
        1, 10, 100, 1000, 10000, 100000, 1000000, 10000000);
    const __m256i minimum = _mm256_set1_epi64x(own.minimum);
    const __m256i range = _mm256_set1_epi64x(own.range);
    const __m128i shift = _mm_cvtsi32_si128(own.shift);
    size_t missed = 0;
    for (size_t row = 0; row + 4 <= rows; row += 4) {
        uint32_t start[4], end[4];
        for (int lane = 0; lane < 4; lane++) {
            start[lane] = *from + 1;
            end[lane] = *to;
            from += start_stride;
            to += end_stride;
        }
        __m256i odd;
        __m256i value = numbers(text, start, end, powers, own.decimals, &odd);
        __m256i offset = _mm256_sub_epi64(value, minimum);
        odd = _mm256_or_si256(odd, _mm256_cmpgt_epi64(_mm256_setzero_si256(), offset));
        odd = _mm256_or_si256(odd, _mm256_cmpgt_epi64(offset, range));
        // In bounds: a bucket of the range, or 0.
        uint64_t buckets[4];
        int64_t values[4];
        _mm256_storeu_si256(
            (__m256i *)buckets, _mm256_andnot_si256(odd, _mm256_srl_epi64(offset, shift)));
        _mm256_storeu_si256((__m256i *)values, value);
        uint32_t lanes = (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(odd));
        for (int lane = 0; lane < 4; lane++) {
            uint32_t code = own.first[buckets[lane]];
            for (int32_t step = 0; step < steps; step++)
                code += values[lane] >= own.starts[code + 1];
            for (int32_t special = 0; special < specials; special++)
                code = values[lane] == own.special[special] ? own.special_codes[special] : code;
            codes[row + (size_t)lane] = (uint8_t)code;
        }
        if (lanes) {
            for (int lane = 0; lane < 4; lane++) {
                misses[missed] = (int32_t)row + lane;
                missed += lanes >> lane & 1;
            }
        }
    }
    return missed;
}

AVX2 size_t semblance_numbers(
    const semblance_fields *fields, size_t rows, const semblance_bins *bins, uint8_t *codes,
    int32_t *misses, size_t *done)
{
    *done = rows & ~(size_t)3;
    if (bins->specials == 0 && bins->steps == 0)
        return encode(fields, rows, bins, codes, misses, 0, 0);
    if (bins->specials == 0 && bins->steps == 1)
        return encode(fields, rows, bins, codes, misses, 1, 0);
    return encode(fields, rows, bins, codes, misses, bins->steps, bins->specials);
}

#else

bool semblance_has_avx2(void) { return false; }

size_t semblance_numbers(
    const semblance_fields *fields, size_t rows, const semblance_bins *bins, uint8_t *codes,
    int32_t *misses, size_t *done)
{
    (void)fields, (void)rows, (void)bins, (void)codes, (void)misses;
    *done = 0;
    return 0;
}

#endif
