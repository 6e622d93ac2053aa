#include "base/rng.h"

#include <math.h>

#define TWO_PI 6.283185307179586

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

/* Four outputs of splitmix64, as the authors of xoshiro advise; never all zero. */
void s2s_rng_seed(s2s_rng *rng, uint64_t seed)
{
    for (uint64_t i = 0; i < 4; i++)
        rng->s[i] = s2s_hash64(seed, i + 1);
}

uint64_t s2s_rng_next(s2s_rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

/* Lemire 2019, arXiv:1805.10941: the high half of a product; the few low halves that would make some results
 * more likely are drawn again. */
uint32_t s2s_rng_below(s2s_rng *rng, uint32_t n)
{
    uint64_t product = (s2s_rng_next(rng) >> 32) * n;
    uint32_t threshold = -n % n; /* 2^32 mod n */
    while ((uint32_t)product < threshold)
        product = (s2s_rng_next(rng) >> 32) * n;
    return (uint32_t)(product >> 32);
}

double s2s_rng_uniform(s2s_rng *rng)
{
    return (double)(s2s_rng_next(rng) >> 11) * 0x1p-53;
}

/* Box and Muller 1958.  The second value of each pair is not kept: the state stays four words. */
double s2s_rng_normal(s2s_rng *rng)
{
    double radius = sqrt(-2 * log(1 - s2s_rng_uniform(rng)));
    return radius * cos(TWO_PI * s2s_rng_uniform(rng));
}
