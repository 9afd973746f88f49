// SPDX-License-Identifier: Apache-2.0
//
// Decimal numbers of a column and the bins that they fall into, four records at a time.
//
// For processors with AVX2, which `semblance_has_avx2` asks for at run time. The twin in Swift is `NumberLoop`,
// which others run and tests compare with.

#ifndef SEMBLANCE_NUMBER_H
#define SEMBLANCE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The bins of a column; values count units of its last decimal.
typedef struct {
    int32_t decimals;       // decimals of the unit, 0...7
    int32_t shift;          // values of one bucket differ by less than `1 << shift`
    int64_t minimum;        // the least value inside
    int64_t range;          // the greatest one less the least one
    const uint16_t *first;  // code of the first bin of each bucket; with `steps` 0 the code of each value
    const int64_t *starts;  // first value of each bin, and `steps` + 1 times the greatest integer
    int32_t steps;          // the most bins that begin inside a bucket
    int32_t specials;       // values that have codes of their own
    const int64_t *special;
    const uint16_t *special_codes;
} semblance_bins;

// Where the fields of a column lie: field r is `text[starts[r * start_stride] + 1 ..< ends[r * end_stride]]`. The
// text must be readable nine bytes before and four bytes behind each start.
typedef struct {
    const uint8_t *text;
    const uint32_t *starts;
    size_t start_stride;
    const uint32_t *ends;
    size_t end_stride;
} semblance_fields;

// Whether the processor has AVX2.
bool semblance_has_avx2(void);

// Encodes the first records of a column, a multiple of four; `*done` gets how many.
//
// Plain numbers `[-] digits [. digits]` of one to eight digits inside the bins get their code; what `codes` gets
// for the others means nothing. Those are written to `misses`, whose count is returned. All codes must be below
// 256, `codes` has room for `rows`, and `misses` for one more than that.
size_t semblance_numbers(
    const semblance_fields *fields, size_t rows, const semblance_bins *bins, uint8_t *codes,
    int32_t *misses, size_t *done);

#endif
