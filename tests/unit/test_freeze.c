/* train/freeze.h: which patterns freeze which parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "train/freeze.h"

static const char *const names[] = {"src.embedding", "enc.0.fwd.w_ih", "enc.0.fwd.b", "out.b"};
enum { N_NAMES = sizeof names / sizeof *names };

static int begin(void **state)
{
    static s2s_params params;
    s2s_params_begin(&params);
    for (int i = 0; i < N_NAMES; i++)
        s2s_param_declare(&params, names[i], S2S_INIT_ZERO, 2, 3);
    *state = &params;
    return 0;
}

static int end(void **state)
{
    s2s_params_end(*state);
    return 0;
}

/* frozen: a letter per parameter, x where it is. */
static void expect_frozen(s2s_params *params, const char *patterns, const char *frozen)
{
    s2s_error err = {0};
    if (s2s_freeze(params, patterns, &err) != S2S_OK)
        fail_msg("%s: %s", patterns, err.msg);
    for (int i = 0; i < N_NAMES; i++) {
        if (params->items[i]->frozen != (frozen[i] == 'x'))
            fail_msg("%s: expected %s to be %s", patterns, names[i], frozen[i] == 'x' ? "frozen" : "trained");
        params->items[i]->frozen = false;
    }
}

static void patterns_freeze_what_they_fit(void **state)
{
    expect_frozen(*state, NULL, "----");
    expect_frozen(*state, "src.embedding", "x---");
    expect_frozen(*state, "enc.*", "-xx-");
    expect_frozen(*state, "*.b", "--xx");
    expect_frozen(*state, "out.b,src.*,out.?", "x--x");
    expect_frozen(*state, "[se]*", "xxx-");
}

static void expect_refused(s2s_params *params, const char *patterns, const char *message)
{
    s2s_error err = {0};
    assert_int_equal(s2s_freeze(params, patterns, &err), S2S_BAD_CONFIG);
    assert_string_equal(err.msg, message);
}

static void patterns_that_fit_nothing_are_refused(void **state)
{
    expect_refused(
        *state, "src.*,dec.*",
        "--freeze: \"dec.*\" fits no parameter, these are: src.embedding, enc.0.fwd.w_ih, enc.0.fwd.b, "
        "out.b");
    expect_refused(
        *state, "out.b,",
        "--freeze: \"\" fits no parameter, these are: src.embedding, enc.0.fwd.w_ih, enc.0.fwd.b, out.b");
}

static void something_is_left_to_train(void **state)
{
    expect_refused(*state, "*", "--freeze: expected a parameter that is left to train, found none");
    expect_refused(*state, "???.*,enc.*", "--freeze: expected a parameter that is left to train, found none");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(patterns_freeze_what_they_fit),
        TEST(patterns_that_fit_nothing_are_refused),
        TEST(something_is_left_to_train),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
