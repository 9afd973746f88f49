// SPDX-License-Identifier: Apache-2.0
//
// Sixteen bytes at a time: where the fields of delimited text and JSON lie.
//
// These are the few loops that need SSE2's byte masks, which Swift's vector types cannot make. Each has
// a twin in pure Swift (`PortableScan`), which other processors run and tests compare with.
// All read from memory that the caller owns, 64 bytes at a time: the caller's buffer must be readable
// up to 64 bytes behind `end`.

#ifndef SEMBLANCE_SCAN_H
#define SEMBLANCE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#define SEMBLANCE_HAS_SSE2 1

// Bit i is set where byte i of 64 equals `byte`.
static inline uint64_t semblance_mask(const __m128i block[4], uint8_t byte) {
    __m128i wanted = _mm_set1_epi8((char)byte);
    uint64_t m0 = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block[0], wanted));
    uint64_t m1 = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block[1], wanted));
    uint64_t m2 = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block[2], wanted));
    uint64_t m3 = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block[3], wanted));
    return m0 | m1 << 16 | m2 << 32 | m3 << 48;
}

static inline void semblance_load(__m128i block[4], const uint8_t *text) {
    for (int i = 0; i < 4; i++) block[i] = _mm_loadu_si128((const __m128i *)(text + 16 * i));
}

// Bit i is the parity of the bits 0...i: set from an opening quote up to before its closing one.
static inline uint64_t semblance_parity(uint64_t bits) {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^= bits << 32;
    return bits;
}

static inline uint32_t semblance_count(uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return (uint32_t)(bits * 0x0101010101010101 >> 56);
}

// What is carried from one block of 64 bytes to the next.
typedef struct {
    uint64_t inside;      // all ones while a quote is open
    uint64_t after_start; // bit 0: the next byte may open a field
    uint64_t after_close; // bit 0: the previous byte closed a quote
    uint64_t after_cr;    // bit 0: the previous byte was a carriage return outside quotes
} semblance_quotes;

// The bytes outside quotes, and whether every quote stands where RFC 4180 wants one: an opening quote
// begins a field or follows a closing one (a doubled quote), and a closing quote is followed by a
// delimiter, a line end or a quote. A carriage return outside quotes must be followed by a line feed.
static inline uint64_t semblance_outside(
    semblance_quotes *carry, uint64_t quotes, uint64_t delimiters, uint64_t feeds,
    uint64_t returns, uint64_t valid, uint64_t *bad)
{
    uint64_t inside = semblance_parity(quotes) ^ carry->inside;
    uint64_t opening = quotes & inside, closing = quotes & ~inside;
    uint64_t before = (delimiters | feeds | closing) << 1 | carry->after_start;
    uint64_t behind = closing << 1 | carry->after_close;
    uint64_t cr = returns & ~inside;
    uint64_t behind_cr = cr << 1 | carry->after_cr;
    *bad = ((opening & ~before) | (behind & ~(delimiters | feeds | returns | quotes))
        | (behind_cr & ~feeds)) & valid;
    carry->after_start = (delimiters | feeds | closing) >> 63;
    carry->after_close = closing >> 63;
    carry->after_cr = cr >> 63;
    carry->inside = (uint64_t)((int64_t)inside >> 63);
    return ~inside;
}

// Counts the line feeds of `text[begin..<end]`.
static inline size_t semblance_feeds(const uint8_t *text, size_t begin, size_t end) {
    size_t feeds = 0;
    for (size_t at = begin; at < end; at += 64) {
        __m128i block[4];
        semblance_load(block, text + at);
        uint64_t valid = end - at >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << (end - at)) - 1;
        feeds += semblance_count(semblance_mask(block, '\n') & valid);
    }
    return feeds;
}

typedef struct {
    size_t count;   // positions written
    size_t records; // line feeds among them
    size_t feeds;   // line feeds in all, in quotes or not
    bool clean;     // whether quotes and line ends are where RFC 4180 wants them
    bool returns;   // whether there is a carriage return outside quotes
} semblance_index;

// Writes the offset of every delimiter and line feed outside quotes, ascending.
//
// `text[begin..<end]` must begin with a record; `positions` has room for `end - begin + 8` offsets. What
// is found in text that is not clean means nothing.
static inline semblance_index semblance_index_fields(
    const uint8_t *text, size_t begin, size_t end, uint8_t delimiter, uint8_t quote,
    uint32_t *positions)
{
    semblance_quotes carry = { 0, 1, 0, 0 };
    semblance_index found = { 0, 0, 0, true, false };
    uint32_t *out = positions;
    for (size_t at = begin; at < end; at += 64) {
        __m128i block[4];
        semblance_load(block, text + at);
        uint64_t valid = end - at >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << (end - at)) - 1;
        uint64_t quotes = semblance_mask(block, quote) & valid;
        uint64_t feeds = semblance_mask(block, '\n') & valid;
        uint64_t returns = semblance_mask(block, '\r') & valid;
        uint64_t delimiters = semblance_mask(block, delimiter) & valid;
        uint64_t stops = feeds | delimiters;
        uint64_t all = feeds;
        if (quotes | returns | carry.inside | carry.after_close | carry.after_cr) {
            uint64_t bad;
            uint64_t outside = semblance_outside(
                &carry, quotes, delimiters, feeds, returns, valid, &bad);
            if (bad) found.clean = false;
            stops &= outside;
            feeds &= outside;
            if (returns & outside) found.returns = true;
        } else {
            carry.after_start = stops >> 63;
        }
        uint32_t ends = semblance_count(feeds);
        found.records += ends;
        found.feeds += all == feeds ? ends : semblance_count(all);
        uint32_t base = (uint32_t)at;
        uint32_t count = semblance_count(stops);
        // Eight at a time without a branch for each; what is written too much is overwritten.
        for (uint32_t *next = out; stops; next += 8) {
            for (int i = 0; i < 8; i++) {
                next[i] = base + (uint32_t)__builtin_ctzll(stops | (uint64_t)1 << 63);
                stops &= stops - 1;
            }
        }
        out += count;
    }
    found.count = (size_t)(out - positions);
    return found;
}

// A place of the table that `semblance_lookup` looks in; `FieldKeys.Slot` of the same layout.
typedef struct {
    uint64_t low, high; // the text, padded with zeros
    int32_t length;     // -1 for a free place
    int32_t code;
} semblance_slot;

// Looks the fields of a column up, without a branch that depends on them.
//
// Field r is `text[starts[r * start_stride] + 1 ..< ends[r * end_stride]]`. Fields of at most 16 bytes that
// stand in the first place that their hash names get their code; all others are written to `misses`.
// Returns how many those are. `text` must be readable 16 bytes behind each field.
static inline size_t semblance_lookup(
    const uint8_t *text, const uint32_t *starts, size_t start_stride, const uint32_t *ends,
    size_t end_stride, size_t rows, const semblance_slot *slots, uint64_t multiplier, int shift,
    uint8_t *codes, int32_t *misses)
{
    static const uint8_t window[32] = {
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF
    };
    size_t missed = 0;
    for (size_t row = 0; row < rows; row++) {
        uint32_t start = starts[row * start_stride] + 1;
        uint32_t length = ends[row * end_stride] - start;
        uint32_t kept = length < 16 ? length : 16;
        __m128i mask = _mm_loadu_si128((const __m128i *)(window + 16 - kept));
        __m128i field = _mm_and_si128(mask, _mm_loadu_si128((const __m128i *)(text + start)));
        uint64_t low = (uint64_t)_mm_cvtsi128_si64(field);
        uint64_t high = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(field, field));
        uint64_t mixed = low ^ high * 0x9E3779B97F4A7C15;
        mixed ^= mixed >> 32;
        const semblance_slot *slot = slots + (mixed * multiplier >> shift);
        uint32_t differs = (uint32_t)(slot->length ^ (int32_t)length);
        uint64_t other = (slot->low ^ low) | (slot->high ^ high) | differs | (length > 16);
        codes[row] = (uint8_t)slot->code;
        misses[missed] = (int32_t)row;
        missed += other != 0;
    }
    return missed;
}

// Length of a JSON string's text up to its closing quote; -1 where it has an escape, a control character
// or a byte that is not ASCII, which need a closer look. The text must be followed by a line feed.
static inline int64_t semblance_plain_string(const uint8_t *text) {
    for (int64_t at = 0;; at += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(text + at));
        uint32_t quotes =
            (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')));
        uint32_t special = (uint32_t)_mm_movemask_epi8(_mm_or_si128(
            _mm_or_si128(block, _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'))),
            _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block)));
        uint32_t stops = quotes | special;
        if (!stops) continue;
        uint32_t first = stops & (0 - stops);
        return first & quotes ? at + __builtin_ctz(first) : -1;
    }
}

// Length of a JSON number of at most 15 characters without an exponent; 0 for everything else.
static inline int semblance_plain_number(const uint8_t *text) {
    __m128i block = _mm_loadu_si128((const __m128i *)text);
    __m128i less = _mm_sub_epi8(block, _mm_set1_epi8('0'));
    uint32_t digits = (uint32_t)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_min_epu8(less, _mm_set1_epi8(9)), less));
    uint32_t points = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8('.')));
    uint32_t sign = text[0] == '-';
    uint32_t others = ~(digits | points | sign) & 0xFFFF;
    if (!others) return 0;
    int length = __builtin_ctz(others);
    uint32_t token = ((uint32_t)1 << length) - 1;
    digits &= token;
    points &= token;
    // A digit first; no other after a zero; at most one point, and a digit behind it.
    uint32_t first = (uint32_t)1 << sign;
    if (!(digits & first)) return 0;
    if (text[sign] == '0' && (digits & first << 1)) return 0;
    if (points & (points - 1)) return 0;
    if (points && !(digits & points << 1)) return 0;
    return length;
}
#endif

#endif
