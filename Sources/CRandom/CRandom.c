// SPDX-License-Identifier: Apache-2.0
#define _DEFAULT_SOURCE
#include "CRandom.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "words of the key stream are little-endian"
#endif

#define LANES 4
#define TARGET
#define NAME portable
#include "chacha20.h"

#if defined(__x86_64__)
#define LANES 8
#define TARGET __attribute__((target("avx2")))
#define NAME avx2
#include "chacha20.h"

#define LANES 16
#define TARGET __attribute__((target("avx512f,avx512vl,avx512bw")))
#define NAME avx512
#include "chacha20.h"
#endif

int crandom_best_width(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return crandom_avx512;
    if (__builtin_cpu_supports("avx2")) return crandom_avx2;
#endif
    return crandom_portable;
}

void crandom_chacha20(
    const uint32_t key[8], uint32_t counter, const uint32_t nonce[3], uint8_t *out, size_t blocks,
    int width) {
    void (*many)(const uint32_t[16], uint8_t *) = portable;
    size_t lanes = 4;
#if defined(__x86_64__)
    if (width == crandom_avx2) many = avx2, lanes = 8;
    if (width == crandom_avx512) many = avx512, lanes = 16;
#else
    (void)width;
#endif
    uint32_t start[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    memcpy(start + 4, key, 32);
    start[12] = counter;
    memcpy(start + 13, nonce, 12);
    while (blocks >= lanes) {
        many(start, out);
        start[12] += (uint32_t)lanes;
        out += 64 * lanes;
        blocks -= lanes;
    }
    if (blocks > 0) {
        // The last blocks go through a buffer, as the vectors are always full.
        uint8_t last[64 * 16];
        many(start, last);
        memcpy(out, last, 64 * blocks);
        explicit_bzero(last, sizeof last);
    }
    explicit_bzero(start, sizeof start);
}
