/* base/rng.h */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"

/* The first outputs of the authors' xoshiro256starstar.c from the state {1, 2, 3, 4}. */
static void the_stream_is_xoshiro(void **state)
{
    (void)state;
    s2s_rng rng = {.s = {1, 2, 3, 4}};
    const uint64_t expected[] = {
        11520u, 0u, 1509978240u, 1215971899390074240u, 1216172134540287360u, 607988272756665600u};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(s2s_rng_next(&rng), expected[i]);
}

/* The outputs of the authors' splitmix64.c from the state 0 are the hash of key 0 and counters 1, 2, 3. */
static void the_hash_is_splitmix(void **state)
{
    (void)state;
    assert_int_equal(s2s_hash64(0, 1), 0xe220a8397b1dcdafu);
    assert_int_equal(s2s_hash64(0, 2), 0x6e789e6aa1b965f4u);
    assert_int_equal(s2s_hash64(0, 3), 0x06c45d188009454fu);
}

static void a_seed_gives_one_stream(void **state)
{
    (void)state;
    s2s_rng a, b, c;
    s2s_rng_seed(&a, 1);
    s2s_rng_seed(&b, 1);
    s2s_rng_seed(&c, 2);
    int n_equal = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t x = s2s_rng_next(&a);
        assert_int_equal(x, s2s_rng_next(&b));
        n_equal += x == s2s_rng_next(&c);
    }
    assert_int_equal(n_equal, 0);

    s2s_rng stored = a;
    double normal = s2s_rng_normal(&a);
    assert_true(normal == s2s_rng_normal(&stored)); /* the state is the whole of it */
}

static void below_is_uniform(void **state)
{
    (void)state;
    s2s_rng rng;
    s2s_rng_seed(&rng, 3);
    int counts[7] = {0};
    for (int i = 0; i < 70000; i++) {
        uint32_t x = s2s_rng_below(&rng, 7);
        assert_true(x < 7);
        counts[x]++;
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(counts[i], 9600, 10400); /* 4 standard deviations of 93 */
    for (int i = 0; i < 100; i++)
        assert_int_equal(s2s_rng_below(&rng, 1), 0);

    /* For n = 3 * 2^30, a biased draw (without rejection) puts 1/2 instead of 1/3 on multiples of 3. */
    int n_multiples = 0;
    for (int i = 0; i < 30000; i++)
        n_multiples += s2s_rng_below(&rng, 3221225472u) % 3 == 0;
    assert_in_range(n_multiples, 9670, 10330);
}

static void moments_are_right(void **state)
{
    (void)state;
    enum { N = 200000 };
    s2s_rng rng;
    s2s_rng_seed(&rng, 4);
    double sum = 0, squares = 0, normal_sum = 0, normal_squares = 0, normal_fourth = 0;
    for (int i = 0; i < N; i++) {
        double u = s2s_rng_uniform(&rng);
        assert_true(u >= 0 && u < 1);
        sum += u;
        squares += u * u;
        double z = s2s_rng_normal(&rng);
        assert_true(isfinite(z));
        normal_sum += z;
        normal_squares += z * z;
        normal_fourth += z * z * z * z;
    }
    assert_true(fabs(sum / N - 0.5) < 0.003);
    assert_true(fabs(squares / N - 1.0 / 3) < 0.003);
    assert_true(fabs(normal_sum / N) < 0.01);
    assert_true(fabs(normal_squares / N - 1) < 0.015);
    assert_true(fabs(normal_fourth / N - 3) < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stream_is_xoshiro),   cmocka_unit_test(the_hash_is_splitmix),
        cmocka_unit_test(a_seed_gives_one_stream), cmocka_unit_test(below_is_uniform),
        cmocka_unit_test(moments_are_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
