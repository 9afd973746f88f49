// SPDX-License-Identifier: Apache-2.0
//
// Counting pairs of codes, sixteen records at a time.
//
// The indices of sixteen cells are made at once; what remains for each record is one increment. The twin
// in Swift (`PortableCount`) counts a record at a time.

#ifndef SEMBLANCE_COUNT_H
#define SEMBLANCE_COUNT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>

// Adds 1 to `cells[first[r] << shift | second[r]]` for each of `count` records.
//
// Codes of `second` are below `1 << shift`, `shift` is at most 8, and `cells` has room for
// `256 << shift` counters or for the largest code of `first`.
static inline void semblance_count_pairs(
    const uint8_t *first, const uint8_t *second, size_t count, int shift, uint32_t *cells)
{
    __m128i zero = _mm_setzero_si128();
    __m128i distance = _mm_cvtsi32_si128(shift);
    size_t row = 0;
    for (; row + 16 <= count; row += 16) {
        __m128i a = _mm_loadu_si128((const __m128i *)(first + row));
        __m128i b = _mm_loadu_si128((const __m128i *)(second + row));
        __m128i low = _mm_or_si128(
            _mm_sll_epi16(_mm_unpacklo_epi8(a, zero), distance), _mm_unpacklo_epi8(b, zero));
        __m128i high = _mm_or_si128(
            _mm_sll_epi16(_mm_unpackhi_epi8(a, zero), distance), _mm_unpackhi_epi8(b, zero));
        uint64_t words[4];
        _mm_storeu_si128((__m128i *)words, low);
        _mm_storeu_si128((__m128i *)(words + 2), high);
        for (int word = 0; word < 4; word++) {
            uint64_t four = words[word];
            cells[four & 0xFFFF]++;
            cells[four >> 16 & 0xFFFF]++;
            cells[four >> 32 & 0xFFFF]++;
            cells[four >> 48]++;
        }
    }
    for (; row < count; row++) cells[(size_t)first[row] << shift | second[row]]++;
}
#endif

#endif
