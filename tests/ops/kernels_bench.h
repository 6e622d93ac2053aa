/* Random numbers for kernels, and comparing what they make of them. */
#ifndef KERNELS_BENCH_H
#define KERNELS_BENCH_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "kernels/kernels.h"

static inline s2s_real random_real(s2s_rng *rng)
{
    return (s2s_real)(s2s_rng_uniform(rng) * 6 - 3);
}

static inline void fill(s2s_real *x, size_t n, uint64_t seed)
{
    s2s_rng rng;
    s2s_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++)
        x[i] = random_real(&rng);
}

static inline s2s_real *new_reals(size_t n, uint64_t seed)
{
    s2s_real *x = malloc(n * sizeof *x);
    assert_non_null(x);
    fill(x, n, seed);
    return x;
}

static inline bool same_bits(s2s_real a, s2s_real b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static inline bool is_close(s2s_real a, s2s_real b, double tolerance)
{
    if (tolerance == 0 || !isfinite(a) || !isfinite(b))
        return a == b || same_bits(a, b);
    return fabs((double)a - (double)b) <= tolerance * (1 + fabs((double)b));
}

#endif
