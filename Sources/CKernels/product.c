// SPDX-License-Identifier: Apache-2.0

#include "product.h"

#include <string.h>

#include "number.h"

#pragma STDC FP_CONTRACT OFF

typedef float lanes __attribute__((vector_size(32)));

#define INLINE static inline __attribute__((always_inline))

// Four rows of sixteen columns at a time stay in registers while the terms are added.
INLINE void product(
    const float *a, size_t a_term, size_t a_row, const float *b, size_t b_term, float *c,
    size_t c_row, size_t rows, size_t columns, size_t terms)
{
    for (size_t n = 0; n < columns; n += 16) {
        size_t m = 0;
        for (; m + 4 <= rows; m += 4) {
            lanes sums[4][2] = {0};
            const float *left = a + m * a_row, *right = b + n;
            for (size_t l = 0; l < terms; l++, left += a_term, right += b_term) {
                lanes low, high;
                memcpy(&low, right, sizeof low);
                memcpy(&high, right + 8, sizeof high);
#pragma clang loop unroll(full)
                for (int row = 0; row < 4; row++) {
                    float factor = left[row * a_row];
                    sums[row][0] += low * factor;
                    sums[row][1] += high * factor;
                }
            }
            for (int row = 0; row < 4; row++)
                memcpy(c + (m + row) * c_row + n, sums[row], sizeof sums[row]);
        }
        for (; m < rows; m++) {
            lanes sums[2] = {0};
            const float *left = a + m * a_row, *right = b + n;
            for (size_t l = 0; l < terms; l++, left += a_term, right += b_term) {
                lanes low, high;
                memcpy(&low, right, sizeof low);
                memcpy(&high, right + 8, sizeof high);
                sums[0] += low * *left;
                sums[1] += high * *left;
            }
            memcpy(c + m * c_row + n, sums, sizeof sums);
        }
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void wide_product(
    const float *a, size_t a_term, size_t a_row, const float *b, size_t b_term, float *c,
    size_t c_row, size_t rows, size_t columns, size_t terms)
{
    product(a, a_term, a_row, b, b_term, c, c_row, rows, columns, terms);
}
#endif

void semblance_product(
    const float *a, size_t a_term, size_t a_row, const float *b, size_t b_term, float *c,
    size_t c_row, size_t rows, size_t columns, size_t terms)
{
#if defined(__x86_64__)
    if (semblance_has_avx2()) {
        wide_product(a, a_term, a_row, b, b_term, c, c_row, rows, columns, terms);
        return;
    }
#endif
    product(a, a_term, a_row, b, b_term, c, c_row, rows, columns, terms);
}
