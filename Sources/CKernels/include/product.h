// SPDX-License-Identifier: Apache-2.0
//
// Products of matrices of single precision.

#ifndef SEMBLANCE_PRODUCT_H
#define SEMBLANCE_PRODUCT_H

#include <stddef.h>

// c[m * c_row + n] = sum over l of a[l * a_term + m * a_row] * b[l * b_term + n], for m < rows and n < columns.
//
// `columns` is a multiple of 16. Terms are added in ascending order, and each product and each sum is rounded by
// itself, so every processor gives the same bits: those of three plain loops.
void semblance_product(
    const float *a, size_t a_term, size_t a_row, const float *b, size_t b_term, float *c,
    size_t c_row, size_t rows, size_t columns, size_t terms);

#endif
