// SPDX-License-Identifier: Apache-2.0
//
// gzip (RFC 1952) by Intel's ISA-L, which takes a third of zlib's time; decompression is the larger part of
// reading a compressed table.
//
// A header of its own, because Swift cannot import the library's state, a structure of large arrays.

#ifndef SEMBLANCE_INFLATE_H
#define SEMBLANCE_INFLATE_H

#include <stddef.h>
#include <stdint.h>

// The state of one decoder.
typedef struct semblance_inflater semblance_inflater;

// What a call came to.
typedef enum {
    semblance_inflate_more,   // the member goes on: more input or more room is needed
    semblance_inflate_end,    // the member ended; its length and checksum are right
    semblance_inflate_damaged // not gzip, or damaged
} semblance_inflate_result;

// Makes a decoder that stands before a member; NULL where there is no memory.
semblance_inflater *semblance_inflate_create(void);
void semblance_inflate_destroy(semblance_inflater *inflater);

// Goes before the next member.
void semblance_inflate_reset(semblance_inflater *inflater);

// Decodes as much as there is input and room for; `used` and `written` get how much that was.
semblance_inflate_result semblance_inflate(
    semblance_inflater *inflater, const uint8_t *input, size_t available, size_t *used,
    uint8_t *output, size_t capacity, size_t *written);

#endif
