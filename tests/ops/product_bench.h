/* Packed products of random factors, for tests of the tables that round them. */
#ifndef TESTS_OPS_PRODUCT_BENCH_H
#define TESTS_OPS_PRODUCT_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/rng.h"
#include "kernels/kernels.h"

enum { GAP = 3 }; /* elements behind each row of C that nobody may touch */

typedef struct product {
    int M, N, K;
    float *a, *b, *c, *bias; /* c [M, N + GAP] */
} product;

static inline float *numbers(int n, uint64_t seed)
{
    s2s_rng rng;
    s2s_rng_seed(&rng, seed);
    float *x = malloc((size_t)(n + 1) * sizeof *x);
    assert_non_null(x);
    for (int i = 0; i < n; i++)
        x[i] = (float)s2s_rng_below(&rng, 2000001) / 1e6f - 1;
    return x;
}

static inline product random_product(int M, int N, int K)
{
    return (product){M, N, K, numbers(M * K, 1), numbers(K * N, 2), numbers(M * (N + GAP), 3), numbers(N, 4)};
}

static inline void free_product(product *p)
{
    free(p->a);
    free(p->b);
    free(p->c);
    free(p->bias);
}

/* How a product is computed: B stored as [N, K] or not, in shares of rows and panels. */
typedef struct way {
    bool transposed;
    int rows, panels;
    bool accumulate, biased;
    bool a_transposed; /* a is [K, M]; accumulates, and has no bias */
} way;

static inline int least(int a, int b)
{
    return a < b ? a : b;
}

static inline void multiply(const s2s_kernels *k, product *p, way how)
{
    int n_panels = (p->N + k->panel - 1) / k->panel, ldc = p->N + GAP;
    float *packed = malloc((k->packed_size(p->K, p->N) + 1) * sizeof *packed);
    assert_non_null(packed);
    for (int q = 0; q < n_panels; q++)
        k->pack(packed, p->b, how.transposed ? 1 : p->N, how.transposed ? p->K : 1, p->K, p->N, q, q + 1);
    for (int m = 0; m < p->M; m += how.rows)
        for (int q = 0; q < n_panels; q += how.panels)
            if (how.a_transposed)
                k->gemm_t(p->c + m * ldc, ldc, p->a + m, p->M, packed, least(p->M - m, how.rows), p->N, p->K, q,
                          least(q + how.panels, n_panels));
            else
                k->gemm(p->c + m * ldc, ldc, p->a + m * p->K, p->K, packed, least(p->M - m, how.rows), p->N,
                        p->K, q, least(q + how.panels, n_panels), how.accumulate, how.biased ? p->bias : NULL);
    free(packed);
}

#endif
