// SPDX-License-Identifier: Apache-2.0

#include "inflate.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

struct semblance_inflater {
    struct inflate_state state;
};

semblance_inflater *semblance_inflate_create(void) {
    semblance_inflater *inflater = malloc(sizeof *inflater);
    if (!inflater) return NULL;
    isal_inflate_init(&inflater->state);
    inflater->state.crc_flag = ISAL_GZIP;
    return inflater;
}

void semblance_inflate_destroy(semblance_inflater *inflater) { free(inflater); }

void semblance_inflate_reset(semblance_inflater *inflater) {
    isal_inflate_reset(&inflater->state);
    inflater->state.crc_flag = ISAL_GZIP;
}

semblance_inflate_result semblance_inflate(
    semblance_inflater *inflater, const uint8_t *input, size_t available, size_t *used,
    uint8_t *output, size_t capacity, size_t *written)
{
    struct inflate_state *state = &inflater->state;
    // The library counts in 32 bits.
    const size_t most = 1 << 30;
    if (available > most) available = most;
    if (capacity > most) capacity = most;
    // It does not write through this pointer.
    state->next_in = (uint8_t *)input;
    state->avail_in = (uint32_t)available;
    state->next_out = output;
    state->avail_out = (uint32_t)capacity;
    int code = isal_inflate(state);
    *used = available - state->avail_in;
    *written = capacity - state->avail_out;
    if (code < 0 || code == ISAL_NEED_DICT) return semblance_inflate_damaged;
    return state->block_state == ISAL_BLOCK_FINISH ? semblance_inflate_end : semblance_inflate_more;
}
