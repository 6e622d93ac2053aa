/* The products of bfloat16 equal those of the reference on factors that bfloat16 holds, round others to
 * nearest, and give the same bits for any share of rows and panels.  That of AMX is tested on its emulated tile
 * unit too. */
#include <math.h>
#include <string.h>

#include "kernels/bf16/bf16.h"
#include "kernels/kernels.h"
#include "ops/product_bench.h"

/* To nearest, ties to even, as the processor does it. */
static float rounded(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static const int shapes[][3] = {{1, 40, 3},   {3, 33, 1},     {2, 300, 70},   {5, 31, 7},
                                {14, 64, 64}, {57, 100, 129}, {120, 70, 600}, {58, 33, 2049},
                                {4, 5, 1025}, {13, 96, 0},    {33, 48, 31},   {64, 79, 64}};

static void check_shape(const s2s_kernels *k, const int shape[3], way how)
{
    product x = random_product(shape[0], shape[1], shape[2]);
    product expected = random_product(shape[0], shape[1], shape[2]);
    how.rows = x.M;
    how.panels = x.N;
    for (int i = 0; i < x.M * x.K; i++)
        expected.a[i] = rounded(x.a[i]);
    for (int i = 0; i < x.K * x.N; i++)
        expected.b[i] = rounded(x.b[i]);
    multiply(&s2s_kernels_ref, &expected, how);
    multiply(k, &x, how);
    for (int i = 0; i < x.M * (x.N + GAP); i++)
        if (!(fabs((double)x.c[i] - (double)expected.c[i]) <= 1e-5 * sqrt(x.K + 1)))
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
            for (int j = 0; j < 4; j++)
                check_shape(tables[t], shapes[i],
                            (way){.transposed = j % 2 != 0, .accumulate = j / 2 != 0, .biased = i % 2 != 0});
}

static void test_product_of_transposed_equals_ref(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            if (shapes[i][2] <= S2S_GEMM_T_K)
                check_shape(tables[t], shapes[i], (way){.transposed = i % 2 != 0, .a_transposed = true});
}

static void check_shares(const s2s_kernels *k, const int shape[3], way how)
{
    const int M = shape[0], N = shape[1], K = shape[2];
    product whole = random_product(M, N, K), parts = random_product(M, N, K);
    how.rows = M;
    how.panels = N;
    multiply(k, &whole, how);
    how.rows = 3;
    how.panels = 1;
    multiply(k, &parts, how);
    assert_memory_equal(whole.c, parts.c, (size_t)(M * (N + GAP)) * sizeof *whole.c);
    free_product(&whole);
    free_product(&parts);
}

static void test_shares_give_the_same_bits(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            for (int j = 0; j < 3; j++)
                if (j < 2 || shapes[i][2] <= S2S_GEMM_T_K)
                    check_shares(tables[t], shapes[i], (way){.accumulate = j == 1, .a_transposed = j == 2});
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
        cmocka_unit_test(test_product_of_transposed_equals_ref),
        cmocka_unit_test(test_shares_give_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
