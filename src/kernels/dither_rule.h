/* Dithering: noise that makes rounding right in the mean, by the one rule that every table follows bit for bit.
 *
 * The noise of neighbours in a row or column is a sequence of Weyl's, a constant step around a circle by the
 * golden section, which no few of them fill unevenly.  Where it begins depends on the numbers alone: on the largest
 * magnitude and, as many gradients of logits have the same, on the first number. */
#ifndef S2S_KERNELS_DITHER_RULE_H
#define S2S_KERNELS_DITHER_RULE_H

#include <stdint.h>
#include <string.h>

#include "tensor/tensor.h"

#define S2S_DITHER_STEP UINT32_C(0x9e3779b9)

static inline uint32_t s2s_dither_key(float most, float first)
{
    uint32_t bits[2];
    memcpy(bits, (const float[2]){most, first}, sizeof bits);
    return bits[0] * UINT32_C(0x85ebca6b) + bits[1] * UINT32_C(0xc2b2ae35);
}

/* A number with a sign, of 2^32ths of a step of the integers. */
static inline int32_t s2s_dither_noise(uint32_t key, uint32_t element)
{
    return (int32_t)(key + element * S2S_DITHER_STEP);
}

/* A step of 8-bit integers where `most` is the largest magnitude, by the unit of the noise. */
static inline s2s_real s2s_dither_unit(s2s_real most)
{
    return most / (127 * (s2s_real)0x1p32);
}

#endif
