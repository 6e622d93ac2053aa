/* The product of bfloat16 equals that of the reference on factors that bfloat16 holds, rounds others to
 * nearest, and gives the same bits for any share of rows and panels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
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

static const int shapes[][3] = {{1, 40, 3},     {3, 33, 1},     {2, 300, 70},   {5, 31, 7},   {14, 64, 64},
                                {57, 100, 129}, {120, 70, 600}, {58, 33, 2049}, {4, 5, 1025}, {13, 96, 0}};

static void check_shape(const int shape[3], bool transposed, bool accumulate)
{
    product x = new_product(shape[0], shape[1], shape[2]), expected = new_product(shape[0], shape[1], shape[2]);
    for (int i = 0; i < x.M * x.K; i++)
        expected.a[i] = rounded(x.a[i]);
    for (int i = 0; i < x.K * x.N; i++)
        expected.b[i] = rounded(x.b[i]);
    multiply(&s2s_kernels_ref, &expected, transposed, x.M, x.N, accumulate);
    multiply(s2s_kernels_bf16(), &x, transposed, x.M, x.N, accumulate);
    for (int i = 0; i < x.M * x.N; i++)
        if (fabs((double)x.c[i] - (double)expected.c[i]) > 1e-5 * sqrt(x.K + 1))
            fail_msg("%d x %d x %d: element %d is %.9g, expected %.9g", x.M, x.N, x.K, i, (double)x.c[i],
                     (double)expected.c[i]);
    free_product(&x);
    free_product(&expected);
}

static void test_product_equals_ref(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int way = 0; way < 4; way++)
            check_shape(shapes[i], way % 2 != 0, way / 2 != 0);
}

static void test_shares_give_the_same_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const int *s = shapes[i];
        product whole = new_product(s[0], s[1], s[2]), parts = new_product(s[0], s[1], s[2]);
        multiply(s2s_kernels_bf16(), &whole, false, s[0], s[1], false);
        multiply(s2s_kernels_bf16(), &parts, false, 3, 1, false);
        assert_memory_equal(whole.c, parts.c, (size_t)(s[0] * s[1]) * sizeof *whole.c);
        free_product(&whole);
        free_product(&parts);
    }
}

int main(void)
{
    if (!s2s_kernels_bf16())
        return 77; /* skipped, as CTest knows it */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product_equals_ref),
        cmocka_unit_test(test_shares_give_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
