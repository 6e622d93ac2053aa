/* The noise of dithering: the one rule that every table follows bit for bit.
 *
 * One 64-bit hash serves four neighbours: element e has the 16 bits of hash(key, e / 4) that begin at the 16 (e %
 * 4)-th, as a number with a sign, of 65536ths of a step. */
#ifndef S2S_KERNELS_DITHER_RULE_H
#define S2S_KERNELS_DITHER_RULE_H

#include "base/rng.h"
#include "tensor/tensor.h"

static inline int16_t s2s_dither_noise(uint64_t key, uint64_t element)
{
    return (int16_t)(uint16_t)(s2s_hash64(key, element >> 2) >> ((element & 3) * 16));
}

/* A step of 8-bit integers where `most` is the largest magnitude, by the unit of the noise. */
static inline s2s_real s2s_dither_unit(s2s_real most)
{
    return most / (127 * (s2s_real)65536);
}

#endif
