// SPDX-License-Identifier: Apache-2.0
//
// Rows of a model with a term for each pair of cells: Gibbs steps, and changes that bring counts of pairs
// nearer to wanted ones.
//
// A row holds a place for each attribute: attributes lie side by side, each beginning at a multiple of
// eight, so that attribute j has the places `starts[j] ..< starts[j + 1]`; starts[0] is 0. Tables are
// square and symmetric, with `width` columns, and 0 for two places of one attribute. Places that stand for
// no cell have a bias under -90, which gives them the probability 0. Each operation is rounded by itself,
// so every processor gives the same bits.

#ifndef SEMBLANCE_POPULATION_H
#define SEMBLANCE_POPULATION_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const float *terms;  // by place and place
    const float *bias;   // by place
    size_t width;
    const uint32_t *starts;
    size_t attributes;
} semblance_pairs;

// Draws each attribute of each row anew given the others, one after the other: a sweep of the Gibbs sampler.
//
// `uniforms` holds a number of [0, 1) for each attribute of each row, `scratch` has room for the places of
// the longest attribute.
void semblance_gibbs(
    const semblance_pairs *pairs, uint16_t *rows, size_t count, const float *uniforms,
    float *scratch);

// Draws one attribute of each row anew given the others.
//
// `chosen` says which. Where `errors` is not null it holds counts of pairs of places over all rows less those
// wanted, symmetric; then only draws that lower the sum of its absolute values are kept, and it follows.
void semblance_gibbs_chosen(
    const semblance_pairs *pairs, uint16_t *rows, size_t count, const uint16_t *chosen,
    const float *uniforms, float *errors, float *scratch);

// Puts a candidate in the place of its row where that lowers the sum of the absolute values of `errors`.
void semblance_exchange(
    size_t width, size_t attributes, uint16_t *rows, const uint16_t *candidates, size_t count,
    float *errors);

// Adds 1 to `counts[row[first] * width + row[j]]` for each row and each attribute j behind `first`.
void semblance_count_places(
    const uint16_t *rows, size_t count, size_t attributes, size_t first, size_t width,
    uint32_t *counts);

#endif
