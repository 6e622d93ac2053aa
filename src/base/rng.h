/* Random numbers.
 *
 * Two kinds.  A stream (xoshiro256**, Blackman and Vigna 2018) for sequential use: initialisation, shuffling,
 * sampling.  A hash of (key, counter) for everything computed in parallel: element i of a dropout mask is
 * a function of the key and of i alone, so it does not depend on who computes it, or in which order. */
#ifndef S2S_BASE_RNG_H
#define S2S_BASE_RNG_H

#include <stdint.h>

typedef struct s2s_rng {
    uint64_t s[4]; /* the whole state; may be stored and restored */
} s2s_rng;

void s2s_rng_seed(s2s_rng *rng, uint64_t seed);
uint64_t s2s_rng_next(s2s_rng *rng);
uint32_t s2s_rng_below(s2s_rng *rng, uint32_t n); /* uniform in [0, n), unbiased; n > 0 */
double s2s_rng_uniform(s2s_rng *rng);             /* uniform in [0, 1) */
double s2s_rng_normal(s2s_rng *rng);              /* mean 0, variance 1 */

/* Well-mixed 64 bits of two numbers (the splitmix64 finaliser). */
static inline uint64_t s2s_hash64(uint64_t key, uint64_t counter)
{
    uint64_t z = key + counter * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

#endif
