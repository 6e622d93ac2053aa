/* Learning-rate schedules. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "train/optimiser.h"

static s2s_train_options options_of(int schedule, int warmup)
{
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    options.schedule = schedule;
    options.warmup = warmup;
    options.learn_rate = 0.8;
    return options;
}

static void expect_rate(const s2s_train_options *options, int64_t update, double progress, int halvings,
                        double expected)
{
    double found = s2s_schedule_rate(options, update, progress, halvings);
    if (!(fabs(found - expected) <= 1e-12))
        fail_msg("schedule %d, update %lld: expected %.12g, found %.12g", options->schedule, (long long)update,
                 expected, found);
}

static void test_warm_up_is_linear_for_all(void **state)
{
    (void)state;
    for (int schedule = 0; schedule < S2S_N_SCHEDULES; schedule++) {
        s2s_train_options options = options_of(schedule, 100);
        expect_rate(&options, 1, 0, 0, 0.008);
        expect_rate(&options, 50, 0, 0, 0.4);
        expect_rate(&options, 100, 0, 0, 0.8);
        options.warmup = 0;
        expect_rate(&options, 1, 0, 0, 0.8);
    }
}

static void test_constant(void **state)
{
    (void)state;
    s2s_train_options options = options_of(S2S_SCHEDULE_CONSTANT, 0);
    expect_rate(&options, 1000000, 0.9, 3, 0.8);
}

static void test_inverse_square_root(void **state)
{
    (void)state;
    s2s_train_options options = options_of(S2S_SCHEDULE_INV_SQRT, 100);
    expect_rate(&options, 400, 0, 0, 0.4);
    expect_rate(&options, 10000, 0, 0, 0.08);
    options.warmup = 0;
    expect_rate(&options, 4, 0, 0, 0.4);
}

static void test_cosine(void **state)
{
    (void)state;
    s2s_train_options options = options_of(S2S_SCHEDULE_COSINE, 10);
    expect_rate(&options, 500, 0.5, 0, 0.4);
    expect_rate(&options, 1000, 1, 0, 0);
    expect_rate(&options, 1001, 1.01, 0, 0);
}

static void test_plateau(void **state)
{
    (void)state;
    s2s_train_options options = options_of(S2S_SCHEDULE_PLATEAU, 10);
    expect_rate(&options, 500, 0.5, 0, 0.8);
    expect_rate(&options, 500, 0.5, 1, 0.4);
    expect_rate(&options, 500, 0.5, 3, 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_warm_up_is_linear_for_all),
        cmocka_unit_test(test_constant),
        cmocka_unit_test(test_inverse_square_root),
        cmocka_unit_test(test_cosine),
        cmocka_unit_test(test_plateau),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
