/* The product of 8-bit integers: plain C is as near to the exact product as its header says, and all tables
 * give the same bits, for any share of rows and panels. */
#include <math.h>
#include <string.h>

#include "kernels/int8/int8.h"
#include "ops/product_bench.h"

/* Rows of A differ in size, and every third has one number that is much larger than the others. */
static product new_product(int M, int N, int K)
{
    product p = random_product(M, N, K);
    for (int m = 0; m < M && K > 0; m++) {
        for (int k = 0; k < K; k++)
            p.a[m * K + k] *= powf(10, (float)(m % 5 - 2));
        if (m % 3 == 0)
            p.a[m * K + m % K] *= 50;
    }
    return p;
}

/* K that words of four, vectors of 16 and rows of a multiple of 4096 bytes do not divide, and that they do. */
static const int shapes[][3] = {{1, 40, 3},     {3, 33, 1},     {2, 300, 70},   {5, 31, 7},
                                {14, 64, 64},   {57, 100, 129}, {120, 70, 600}, {58, 33, 2049},
                                {4, 5, 1025},   {13, 96, 0},    {29, 40, 4032}, {5, 33, 2048},
                                {70, 65, 4099}, {64, 257, 18},  {1, 513, 512},  {230, 33, 512}};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static double largest(const float *x, ptrdiff_t stride, int n)
{
    double max = 0;
    for (int i = 0; i < n; i++)
        max = fmax(max, fabs((double)x[i * stride]));
    return max;
}

/* The element before, the exact sum on it, and how far the product may be from it: numbers that are dithered are
 * rounded by a step at most, others by half of one. */
static void check_element(const product *p, const product *before, way how, int m, int n)
{
    const float *a = p->a + (how.a_transposed ? m : m * p->K), *b = p->b + (how.transposed ? n * p->K : n);
    ptrdiff_t a_stride = how.a_transposed ? p->M : 1, k_stride = how.transposed ? 1 : p->N;
    double sum_a = 0, sum_b = 0, r_a = largest(a, a_stride, p->K), r_b = largest(b, k_stride, p->K);
    double expected = how.accumulate || how.a_transposed ? (double)before->c[m * (p->N + GAP) + n] : 0;
    expected += how.biased ? (double)p->bias[n] : 0;
    for (int k = 0; k < p->K; k++) {
        expected += (double)a[k * a_stride] * (double)b[k * k_stride];
        sum_a += fabs((double)a[k * a_stride]);
        sum_b += fabs((double)b[k * k_stride]);
    }
    double steps = how.a_transposed ? 2 : 1;
    double bound = (sum_a * r_b + steps * sum_b * r_a) / 254 + steps * p->K * r_a * r_b / (254 * 254);
    double found = (double)p->c[m * (p->N + GAP) + n];
    if (!(fabs(found - expected) <= bound * 1.0001 + 1e-6 * (1 + fabs(expected))))
        fail_msg("%d x %d x %d: element %d, %d is %.9g, expected %.9g within %.3g", p->M, p->N, p->K, m, n,
                 found, expected, bound);
}

static void check_shape(const int shape[3], way how)
{
    product x = new_product(shape[0], shape[1], shape[2]), before = new_product(shape[0], shape[1], shape[2]);
    multiply(s2s_kernels_all_int8()[0], &x, how);
    for (int m = 0; m < x.M; m++) {
        for (int n = 0; n < x.N; n++)
            check_element(&x, &before, how, m, n);
        assert_memory_equal(x.c + m * (x.N + GAP) + x.N, before.c + m * (x.N + GAP) + x.N, GAP * sizeof *x.c);
    }
    free_product(&x);
    free_product(&before);
}

/* The ways of a product; some have a limit of K. */
enum { N_WAYS = 10 };

static bool way_of(int number, const int shape[3], way *how)
{
    *how = (way){.rows = shape[0], .panels = shape[1], .transposed = number % 2 != 0};
    if (number < 8) {
        how->accumulate = number / 2 % 2 != 0;
        how->biased = number / 4 != 0;
    } else {
        how->a_transposed = true;
    }
    return !how->a_transposed || shape[2] <= S2S_GEMM_T_K;
}

static void plain_c_is_near_the_exact_product(void **state)
{
    (void)state;
    for (int i = 0; i < N_SHAPES; i++)
        for (int j = 0; j < N_WAYS; j++) {
            way how;
            if (way_of(j, shapes[i], &how))
                check_shape(shapes[i], how);
        }
}

static void check_shares(const int shape[3], way how)
{
    const int shares[][2] = {{shape[0], shape[1]}, {3, 1}, {1, 2}}; /* rows and panels at a time */
    const s2s_kernels *const *tables = s2s_kernels_all_int8();
    product expected = new_product(shape[0], shape[1], shape[2]);
    multiply(tables[0], &expected, how);
    for (int t = 0; tables[t]; t++)
        for (int w = 0; w < 3; w++) {
            product x = new_product(shape[0], shape[1], shape[2]);
            how.rows = shares[w][0];
            how.panels = shares[w][1];
            multiply(tables[t], &x, how);
            if (memcmp(x.c, expected.c, (size_t)(shape[0] * (shape[1] + GAP)) * sizeof *x.c) != 0)
                fail_msg("%d x %d x %d: table %d, share %d gives other bits", shape[0], shape[1], shape[2], t,
                         w);
            free_product(&x);
        }
    free_product(&expected);
}

static void tables_and_shares_give_the_same_bits(void **state)
{
    (void)state;
    for (int i = 0; i < N_SHAPES; i++)
        for (int j = 0; j < N_WAYS; j++) {
            way how;
            if (way_of(j, shapes[i], &how))
                check_shares(shapes[i], how);
        }
}

/* What 8 bits hold is multiplied without an error, at the ends of their range above all. */
static void check_whole_numbers(const s2s_kernels *kernels, int seed, bool a_transposed)
{
    product x = new_product(9, 70, 509), before = new_product(9, 70, 509);
    s2s_rng rng;
    s2s_rng_seed(&rng, (uint64_t)seed);
    for (int i = 0; i < x.M * x.K; i++)
        x.a[i] = i % x.K == 0 || i < x.M || seed < 2 ? 127.0f : (float)s2s_rng_below(&rng, 255) - 127;
    for (int i = 0; i < x.K * x.N; i++)
        x.b[i] =
            i < x.N || seed < 2 ? 127.0f - 254.0f * (float)(seed % 2) : (float)s2s_rng_below(&rng, 255) - 127;
    for (int i = 0; i < x.M * (x.N + GAP); i++)
        x.c[i] = before.c[i] = (float)i;
    multiply(kernels, &x, (way){.rows = x.M, .panels = x.N, .accumulate = true, .a_transposed = a_transposed});
    for (int m = 0; m < x.M; m++)
        for (int n = 0; n < x.N; n++) {
            int at = m * (x.N + GAP) + n;
            double sum = (double)before.c[at];
            for (int k = 0; k < x.K; k++)
                sum += (double)x.a[a_transposed ? k * x.M + m : m * x.K + k] * (double)x.b[k * x.N + n];
            if ((double)x.c[at] != sum)
                fail_msg("%.9g, expected %.9g", (double)x.c[at], sum);
        }
    free_product(&x);
    free_product(&before);
}

static void whole_numbers_are_exact(void **state)
{
    (void)state;
    for (const s2s_kernels *const *table = s2s_kernels_all_int8(); *table; table++)
        for (int seed = 0; seed < 4; seed++) {
            check_whole_numbers(*table, seed, false);
            check_whole_numbers(*table, seed, true);
        }
}

static void long_sums_are_exact(void **state)
{
    enum { LONGEST = 1 << 17 };
    (void)state;
    const s2s_kernels *const *tables = s2s_kernels_all_int8();
    for (int t = 0; tables[t]; t++) {
        product x = new_product(1, 2, LONGEST);
        for (int k = 0; k < x.K; k++) {
            x.a[k] = 127;
            x.b[2 * k] = 127;
            x.b[2 * k + 1] = -127;
        }
        multiply(tables[t], &x, (way){.rows = 1, .panels = 1});
        assert_true(x.c[0] == 127.0f * 127.0f * (float)LONGEST);
        assert_true(x.c[1] == -127.0f * 127.0f * (float)LONGEST);
        free_product(&x);
    }
}

enum { ZERO, TINY, NOT_A_NUMBER, INFINITE, ORDINARY, ROWS, COLUMNS = 40, LENGTH = 21, POISONED = 33 };

static void check_strange_numbers(const s2s_kernels *kernels, bool a_transposed)
{
    const int row = a_transposed ? 1 : LENGTH, k_stride = a_transposed ? ROWS : 1;
    product x = new_product(ROWS, COLUMNS, LENGTH);
    memset(x.c, 0, ROWS * (COLUMNS + GAP) * sizeof *x.c);
    for (int k = 0; k < LENGTH; k++) {
        x.a[ZERO * row + k * k_stride] = 0;
        x.a[TINY * row + k * k_stride] *= 1e-42f;
    }
    x.a[NOT_A_NUMBER * row + 2 * k_stride] = NAN;
    x.a[INFINITE * row + (LENGTH - 1) * k_stride] = -INFINITY;
    x.b[5 * COLUMNS + POISONED] = NAN;
    multiply(kernels, &x, (way){.rows = ROWS, .panels = COLUMNS, .a_transposed = a_transposed});
    for (int m = 0; m < ROWS; m++)
        for (int n = 0; n < COLUMNS; n++) {
            float c = x.c[m * (COLUMNS + GAP) + n];
            if (m == NOT_A_NUMBER || m == INFINITE || n == POISONED)
                assert_true(isnan(c));
            else if (m == ORDINARY)
                assert_true(isfinite(c) && c != 0);
            else
                assert_true(c == 0);
        }
    free_product(&x);
}

static void zeros_tiny_numbers_and_those_that_are_not_finite(void **state)
{
    (void)state;
    for (const s2s_kernels *const *table = s2s_kernels_all_int8(); *table; table++) {
        check_strange_numbers(*table, false);
        check_strange_numbers(*table, true);
    }
}

/* What is too small for a step counts in the mean, in products of A^T. */
static void small_gradients_do_not_vanish(void **state)
{
    enum { LENGTH_OF_SUM = 512, TRIES = 100 };
    (void)state;
    for (const s2s_kernels *const *table = s2s_kernels_all_int8(); *table; table++)
        for (int i = 0; i < TRIES; i++) {
            product x = new_product(1, 1, LENGTH_OF_SUM);
            double expected = 0;
            x.c[0] = 0;
            for (int k = 0; k < x.K; k++) {
                x.a[k] = (1 + 0.01f * (float)i) * (k == 0 ? 1 : 0.001f);
                x.b[k] = 1;
                expected += (double)x.a[k];
            }
            multiply(*table, &x, (way){.rows = 1, .panels = 1, .a_transposed = true});
            if (!(fabs((double)x.c[0] - expected) < 0.05 * expected))
                fail_msg("%g, expected %g", (double)x.c[0], expected);
            free_product(&x);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_c_is_near_the_exact_product),
        cmocka_unit_test(tables_and_shares_give_the_same_bits),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(long_sums_are_exact),
        cmocka_unit_test(small_gradients_do_not_vanish),
        cmocka_unit_test(zeros_tiny_numbers_and_those_that_are_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
