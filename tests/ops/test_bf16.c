/* The products of bfloat16 equal those of the reference on factors that bfloat16 holds, round others to
 * nearest, and give the same bits for any share of rows and panels.  That of AMX is tested on its emulated tile
 * unit too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "kernels/bf16/bf16.h"
#include "kernels/kernels.h"

typedef struct product {
    int M, N, K;
    float *a, *b, *c;
} product;

/* To nearest, ties to even, as the processor does it. */
static float rounded(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static float *numbers(int n, uint64_t seed)
{
    s2s_rng rng;
    s2s_rng_seed(&rng, seed);
    float *x = malloc((size_t)(n + 1) * sizeof *x);
    assert_non_null(x);
    for (int i = 0; i < n; i++)
        x[i] = (float)s2s_rng_below(&rng, 2000001) / 1e6f - 1;
    return x;
}

static product new_product(int M, int N, int K)
{
    return (product){M, N, K, numbers(M * K, 1), numbers(K * N, 2), numbers(M * N, 3)};
}

static void free_product(product *p)
{
    free(p->a);
    free(p->b);
    free(p->c);
}

/* B is stored as [N, K] if transposed.  Rows and panels are computed in shares of `rows` and `panels`. */
static void multiply(const s2s_kernels *k, product *p, bool transposed, int rows, int panels, bool accumulate)
{
    int n_panels = (p->N + k->panel - 1) / k->panel;
    float *packed = malloc((k->packed_size(p->K, p->N) + 1) * sizeof *packed);
    assert_non_null(packed);
    for (int q = 0; q < n_panels; q++)
        k->pack(packed, p->b, transposed ? 1 : p->N, transposed ? p->K : 1, p->K, p->N, q, q + 1);
    for (int m = 0; m < p->M; m += rows)
        for (int q = 0; q < n_panels; q += panels)
            k->gemm(p->c + m * p->N, p->N, p->a + m * p->K, p->K, packed, p->M - m < rows ? p->M - m : rows,
                    p->N, p->K, q, q + panels < n_panels ? q + panels : n_panels, accumulate);
    free(packed);
}

static const int shapes[][3] = {{1, 40, 3},   {3, 33, 1},     {2, 300, 70},   {5, 31, 7},
                                {14, 64, 64}, {57, 100, 129}, {120, 70, 600}, {58, 33, 2049},
                                {4, 5, 1025}, {13, 96, 0},    {33, 48, 31},   {64, 79, 64}};

static void check_shape(const s2s_kernels *k, const int shape[3], bool transposed, bool accumulate)
{
    product x = new_product(shape[0], shape[1], shape[2]), expected = new_product(shape[0], shape[1], shape[2]);
    for (int i = 0; i < x.M * x.K; i++)
        expected.a[i] = rounded(x.a[i]);
    for (int i = 0; i < x.K * x.N; i++)
        expected.b[i] = rounded(x.b[i]);
    multiply(&s2s_kernels_ref, &expected, transposed, x.M, x.N, accumulate);
    multiply(k, &x, transposed, x.M, x.N, accumulate);
    for (int i = 0; i < x.M * x.N; i++)
        if (fabs((double)x.c[i] - (double)expected.c[i]) > 1e-5 * sqrt(x.K + 1))
            fail_msg("%s: %d x %d x %d: element %d is %.9g, expected %.9g", k->name, x.M, x.N, x.K, i,
                     (double)x.c[i], (double)expected.c[i]);
    free_product(&x);
    free_product(&expected);
}

/* What the processor is given, and all else that runs on it. */
static const s2s_kernels *tables[3];

static void test_product_equals_ref(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            for (int way = 0; way < 4; way++)
                check_shape(tables[t], shapes[i], way % 2 != 0, way / 2 != 0);
}

static void check_shares(const s2s_kernels *k, const int shape[3], bool accumulate)
{
    const int M = shape[0], N = shape[1], K = shape[2];
    product whole = new_product(M, N, K), parts = new_product(M, N, K);
    multiply(k, &whole, false, M, N, accumulate);
    multiply(k, &parts, false, 3, 1, accumulate);
    assert_memory_equal(whole.c, parts.c, (size_t)(M * N) * sizeof *whole.c);
    free_product(&whole);
    free_product(&parts);
}

static void test_shares_give_the_same_bits(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            for (int accumulate = 0; accumulate < 2; accumulate++)
                check_shares(tables[t], shapes[i], accumulate != 0);
}

int main(void)
{
    if (!s2s_kernels_bf16())
        return 77; /* skipped, as CTest knows it */
    tables[0] = s2s_kernels_bf16();
    tables[1] = s2s_avx512_bf16_open();
    tables[2] = s2s_emulated_bf16_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product_equals_ref),
        cmocka_unit_test(test_shares_give_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
