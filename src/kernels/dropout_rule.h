/* Which elements dropout keeps: the one rule that every table follows bit for bit.
 *
 * One 64-bit hash serves two neighbours: element e has the lower half of hash(key, e / 2) if e is even, the
 * upper half if it is odd, and is kept if that half is at least p * 2^32. */
#ifndef S2S_KERNELS_DROPOUT_RULE_H
#define S2S_KERNELS_DROPOUT_RULE_H

#include <stdbool.h>

#include "base/rng.h"
#include "tensor/tensor.h"

/* p in [0, 1) */
static inline uint32_t s2s_dropout_threshold(s2s_real p)
{
    return (uint32_t)((double)p * 4294967296.0);
}

static inline bool s2s_dropout_keeps(uint64_t key, uint64_t element, uint32_t threshold)
{
    uint64_t hash = s2s_hash64(key, element >> 1);
    return (uint32_t)(hash >> ((element & 1) * 32)) >= threshold;
}

#endif
