// SPDX-License-Identifier: Apache-2.0
// The block function of ChaCha20 (RFC 8439, section 2.3), many blocks at a time.
//
// C because the compiler's vector types with run-time dispatch give four times the speed of the Swift
// twin, `ChaCha20` in the Privacy room, which the tests hold it to.
#ifndef CRANDOM_H
#define CRANDOM_H

#include <stddef.h>
#include <stdint.h>

// The instruction sets that the block function is compiled for.
enum crandom_width {
    crandom_portable = 1,
    crandom_avx2 = 8,
    crandom_avx512 = 16,
};

// The widest set that this processor has.
int crandom_best_width(void);

// Writes `blocks` blocks of 64 bytes to `out`: the key stream of `key` and `nonce` from block `counter`
// on. The counter has 32 bits and must not run over: counter + blocks <= 2^32. `width` is one of the
// sets above that the processor has.
void crandom_chacha20(
    const uint32_t key[8], uint32_t counter, const uint32_t nonce[3], uint8_t *out, size_t blocks,
    int width);

#endif
