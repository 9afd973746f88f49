// SPDX-License-Identifier: Apache-2.0

#include "population.h"

#include <math.h>
#include <string.h>

#include "number.h"

#pragma STDC FP_CONTRACT OFF
// Vectors are passed between functions that are always inlined, so how they would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float lanes __attribute__((vector_size(32)));
typedef int32_t words __attribute__((vector_size(32)));

#define INLINE static inline __attribute__((always_inline))

INLINE lanes load(const float *from)
{
    lanes result;
    memcpy(&result, from, sizeof result);
    return result;
}

INLINE lanes select(words mask, lanes yes, lanes no)
{
    return (lanes)((mask & (words)yes) | (~mask & (words)no));
}

// The exponential of numbers up to 0, within four units in the last place; 0 below -87.
//
// `exp x = 2^k exp r` with |r| up to ln 2 / 2, and the minimax polynomial of Cephes's `expf` (Moshier 1989).
INLINE lanes exponential(lanes x)
{
    words is_possible = x > -87.0f;
    x = select(is_possible, x, x * 0.0f);
    // Added to a small number, this leaves the number's integer part in the low bits.
    lanes shifted = x * 1.44269504f + 12582912.0f;
    lanes power = shifted - 12582912.0f;
    lanes r = (x - power * 0.693359375f) - power * -2.12194440e-4f;
    lanes sum = r * 1.9875691500e-4f + 1.3981999507e-3f;
    sum = sum * r + 8.3334519073e-3f;
    sum = sum * r + 4.1665795894e-2f;
    sum = sum * r + 1.6666665459e-1f;
    sum = sum * r + 5.0000001201e-1f;
    sum = sum * (r * r) + r;
    sum = sum + 1.0f;
    words exponent = ((words)shifted + 127) << 23;
    return (lanes)(is_possible & (words)(sum * (lanes)exponent));
}

// The logits of up to 32 places that begin at `start`, given a row; its own place adds nothing.
INLINE void add_terms(
    const semblance_pairs *p, const uint16_t *row, size_t start, size_t parts, float *logits)
{
    lanes sums[4];
    for (size_t part = 0; part < parts; part++) sums[part] = load(p->bias + start + 8 * part);
    for (size_t j = 0; j < p->attributes; j++) {
        const float *terms = p->terms + row[j] * p->width + start;
        for (size_t part = 0; part < parts; part++) sums[part] += load(terms + 8 * part);
    }
    for (size_t part = 0; part < parts; part++)
        memcpy(logits + 8 * part, &sums[part], sizeof(lanes));
}

INLINE void find_logits(
    const semblance_pairs *p, const uint16_t *row, size_t start, size_t length, float *logits)
{
    while (length >= 32) {
        add_terms(p, row, start, 4, logits);
        start += 32;
        logits += 32;
        length -= 32;
    }
    if (length == 24) add_terms(p, row, start, 3, logits);
    if (length == 16) add_terms(p, row, start, 2, logits);
    if (length == 8) add_terms(p, row, start, 1, logits);
}

// The place, counted from the attribute's first, that a uniform number draws by logits.
INLINE size_t draw(float *logits, size_t length, float uniform)
{
    lanes top = load(logits);
    for (size_t part = 8; part < length; part += 8) {
        lanes next = load(logits + part);
        top = select(next > top, next, top);
    }
    float most = top[0];
    for (int lane = 1; lane < 8; lane++) most = top[lane] > most ? top[lane] : most;
    lanes sums = {0};
    for (size_t part = 0; part < length; part += 8) {
        lanes powers = exponential(load(logits + part) - most);
        memcpy(logits + part, &powers, sizeof powers);
        sums += powers;
    }
    float total = ((sums[0] + sums[4]) + (sums[1] + sums[5]))
        + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    float target = uniform * total, reached = 0;
    for (size_t place = 0; place < length; place++) {
        reached += logits[place];
        if (reached > target) return place;
    }
    // Rounding may leave the sum below: then it is the last possible place.
    size_t place = length - 1;
    while (place > 0 && logits[place] == 0) place--;
    return place;
}

INLINE uint16_t drawn(
    const semblance_pairs *p, const uint16_t *row, size_t attribute, float uniform, float *scratch)
{
    size_t start = p->starts[attribute], length = p->starts[attribute + 1] - start;
    find_logits(p, row, start, length, scratch);
    return (uint16_t)(start + draw(scratch, length, uniform));
}

INLINE void gibbs(
    const semblance_pairs *p, uint16_t *rows, size_t count, const float *uniforms, float *scratch)
{
    for (size_t r = 0; r < count; r++, rows += p->attributes, uniforms += p->attributes)
        for (size_t j = 0; j < p->attributes; j++)
            rows[j] = drawn(p, rows, j, uniforms[j], scratch);
}

// What absolute values change by when one count falls by 1 and another one rises.
INLINE float change(float falling, float rising)
{
    return (fabsf(falling - 1) - fabsf(falling)) + (fabsf(rising + 1) - fabsf(rising));
}

INLINE void gibbs_chosen(
    const semblance_pairs *p, uint16_t *rows, size_t count, const uint16_t *chosen,
    const float *uniforms, float *errors, float *scratch)
{
    for (size_t r = 0; r < count; r++, rows += p->attributes) {
        size_t own = chosen[r];
        size_t old = rows[own], new = drawn(p, rows, own, uniforms[r], scratch);
        if (old == new) continue;
        if (errors) {
            float *left = errors + old * p->width, *right = errors + new * p->width;
            float delta = 0;
            for (size_t j = 0; j < p->attributes; j++)
                if (j != own) delta += change(left[rows[j]], right[rows[j]]);
            if (!(delta < 0)) continue;
            for (size_t j = 0; j < p->attributes; j++) {
                if (j == own) continue;
                left[rows[j]] -= 1;
                right[rows[j]] += 1;
                errors[rows[j] * p->width + old] = left[rows[j]];
                errors[rows[j] * p->width + new] = right[rows[j]];
            }
        }
        rows[own] = (uint16_t)new;
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void wide_gibbs(
    const semblance_pairs *p, uint16_t *rows, size_t count, const float *uniforms, float *scratch)
{
    gibbs(p, rows, count, uniforms, scratch);
}

__attribute__((target("avx2"))) static void wide_gibbs_chosen(
    const semblance_pairs *p, uint16_t *rows, size_t count, const uint16_t *chosen,
    const float *uniforms, float *errors, float *scratch)
{
    gibbs_chosen(p, rows, count, chosen, uniforms, errors, scratch);
}
#endif

void semblance_gibbs(
    const semblance_pairs *pairs, uint16_t *rows, size_t count, const float *uniforms,
    float *scratch)
{
#if defined(__x86_64__)
    if (semblance_has_avx2()) {
        wide_gibbs(pairs, rows, count, uniforms, scratch);
        return;
    }
#endif
    gibbs(pairs, rows, count, uniforms, scratch);
}

void semblance_gibbs_chosen(
    const semblance_pairs *pairs, uint16_t *rows, size_t count, const uint16_t *chosen,
    const float *uniforms, float *errors, float *scratch)
{
#if defined(__x86_64__)
    if (semblance_has_avx2()) {
        wide_gibbs_chosen(pairs, rows, count, chosen, uniforms, errors, scratch);
        return;
    }
#endif
    gibbs_chosen(pairs, rows, count, chosen, uniforms, errors, scratch);
}

void semblance_exchange(
    size_t width, size_t attributes, uint16_t *rows, const uint16_t *candidates, size_t count,
    float *errors)
{
    for (size_t r = 0; r < count; r++, rows += attributes, candidates += attributes) {
        float delta = 0;
        for (size_t i = 0; i < attributes; i++) {
            const float *left = errors + rows[i] * width, *right = errors + candidates[i] * width;
            for (size_t j = i + 1; j < attributes; j++) {
                if (rows[i] == candidates[i] && rows[j] == candidates[j]) continue;
                delta += change(left[rows[j]], right[candidates[j]]);
            }
        }
        if (!(delta < 0)) continue;
        for (size_t i = 0; i < attributes; i++) {
            for (size_t j = i + 1; j < attributes; j++) {
                errors[rows[i] * width + rows[j]] -= 1;
                errors[candidates[i] * width + candidates[j]] += 1;
                errors[rows[j] * width + rows[i]] = errors[rows[i] * width + rows[j]];
                errors[candidates[j] * width + candidates[i]] =
                    errors[candidates[i] * width + candidates[j]];
            }
        }
        memcpy(rows, candidates, attributes * sizeof *rows);
    }
}

void semblance_count_places(
    const uint16_t *rows, size_t count, size_t attributes, size_t first, size_t width,
    uint32_t *counts)
{
    for (size_t r = 0; r < count; r++, rows += attributes) {
        uint32_t *own = counts + rows[first] * width;
        for (size_t j = first + 1; j < attributes; j++) own[rows[j]]++;
    }
}
