// SPDX-License-Identifier: Apache-2.0
// The block function for LANES blocks at once: lane i of every vector belongs to block counter + i.
// Included once for each instruction set, with LANES, TARGET and NAME defined.

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)
#define VECTOR PASTE(NAME, _vector)

typedef uint32_t VECTOR __attribute__((vector_size(4 * LANES)));

#define ROTATE(x, n) ((x) << (n) | (x) >> (32 - (n)))
#define QUARTER(a, b, c, d)                                  \
    a += b; d ^= a; d = ROTATE(d, 16);                       \
    c += d; b ^= c; b = ROTATE(b, 12);                       \
    a += b; d ^= a; d = ROTATE(d, 8);                        \
    c += d; b ^= c; b = ROTATE(b, 7);

// `out` has room for LANES blocks.
TARGET static void NAME(const uint32_t start[16], uint8_t *out) {
    VECTOR x[16], s[16];
    for (int i = 0; i < 16; i++) s[i] = (VECTOR){0} + start[i];
    for (uint32_t lane = 0; lane < LANES; lane++) s[12][lane] += lane;
    for (int i = 0; i < 16; i++) x[i] = s[i];
    for (int round = 0; round < 10; round++) {
        QUARTER(x[0], x[4], x[8], x[12])
        QUARTER(x[1], x[5], x[9], x[13])
        QUARTER(x[2], x[6], x[10], x[14])
        QUARTER(x[3], x[7], x[11], x[15])
        QUARTER(x[0], x[5], x[10], x[15])
        QUARTER(x[1], x[6], x[11], x[12])
        QUARTER(x[2], x[7], x[8], x[13])
        QUARTER(x[3], x[4], x[9], x[14])
    }
    uint32_t words[16][LANES] __attribute__((aligned(64)));
    for (int i = 0; i < 16; i++) {
        x[i] += s[i];
        memcpy(words[i], &x[i], sizeof x[i]);
    }
    // The key stream is little-endian, as are the processors this is compiled for (checked above).
    for (int lane = 0; lane < LANES; lane++)
        for (int i = 0; i < 16; i++) memcpy(out + 64 * lane + 4 * i, &words[i][lane], 4);
    explicit_bzero(words, sizeof words);
}

#undef QUARTER
#undef ROTATE
#undef VECTOR
#undef PASTE
#undef PASTE_
#undef NAME
#undef TARGET
#undef LANES
