/* s2s/option.h */
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "s2s/option.h"

typedef struct values {
    bool lower;
    int size;
    double rate, target;
    const char *train;
    int cell;
    s2s_duration after;
    int64_t memory;
} values;

enum { LOWER, SIZE, RATE, TARGET, TRAIN, CELL, AFTER, MEMORY };

static const s2s_option options[] = {
    [LOWER] = {.name = "lower", .type = S2S_OPTION_BOOL, .offset = offsetof(values, lower)},
    [SIZE] =
        {.name = "beam-size", .type = S2S_OPTION_INT, .offset = offsetof(values, size), .min = 1, .max = 100},
    [RATE] =
        {.name = "learn-rate", .type = S2S_OPTION_REAL, .offset = offsetof(values, rate), .min = 0, .max = 10},
    [TARGET] = {.name = "target",
                .type = S2S_OPTION_REAL,
                .offset = offsetof(values, target),
                .min = -INFINITY,
                .max = INFINITY},
    [TRAIN] = {.name = "train", .type = S2S_OPTION_TEXT, .offset = offsetof(values, train)},
    [CELL] = {.name = "enc-cell",
              .type = S2S_OPTION_CHOICE,
              .offset = offsetof(values, cell),
              .choices = "rnn|gru|lstm|lstm-article"},
    [AFTER] = {.name = "after", .type = S2S_OPTION_DURATION, .offset = offsetof(values, after)},
    [MEMORY] = {.name = "memory", .type = S2S_OPTION_SIZE, .offset = offsetof(values, memory)},
};
static const s2s_option_table table = {
    .options = options, .n_options = sizeof options / sizeof *options, .struct_size = sizeof(values)};

static void accepts(int option, values *v, const char *text)
{
    s2s_error err = {0};
    if (s2s_option_set(&options[option], v, text, &err) != S2S_OK)
        fail_msg("%s", err.msg);
}

/* The message, and the value unchanged. */
static void refuses(int option, const char *text, const char *message)
{
    s2s_error err = {0};
    values v, before;
    memset(&v, 0x5a, sizeof v);
    before = v;
    assert_int_equal(s2s_option_set(&options[option], &v, text, &err), S2S_MISUSE);
    assert_memory_equal(&v, &before, sizeof v);
    if (message)
        assert_string_equal(err.msg, message);
}

static void assert_prints(int option, const values *v, const char *expected)
{
    char buf[200];
    size_t n = s2s_option_print(&options[option], v, buf, sizeof buf);
    assert_string_equal(buf, expected);
    assert_int_equal(n, strlen(expected));
    char small[4] = "xxx";
    assert_int_equal(s2s_option_print(&options[option], v, small, sizeof small), n);
    assert_int_equal(strncmp(small, expected, 3), 0);
    assert_int_equal(small[n < 3 ? n : 3], '\0');
    assert_int_equal(s2s_option_print(&options[option], v, NULL, 0), n);
}

static void names_are_found(void **state)
{
    (void)state;
    assert_ptr_equal(s2s_option_find(&table, "beam-size"), &options[SIZE]);
    assert_ptr_equal(s2s_option_find(&table, "beam_size"), &options[SIZE]);
    assert_null(s2s_option_find(&table, "beam"));
    assert_null(s2s_option_find(&table, "beam-sizes"));
    assert_null(s2s_option_find(&table, ""));
    assert_string_equal(s2s_option_nearest(&table, "beamsize"), "beam-size");
    assert_string_equal(s2s_option_nearest(&table, "learning-rate"), "learn-rate");
    assert_string_equal(s2s_option_nearest(&table, "trian"), "train");
    assert_null(s2s_option_nearest(&table, "colour"));
    assert_null(s2s_option_nearest(&table, "x"));
    assert_null(s2s_option_nearest(&table, ""));
}

static void bools(void **state)
{
    (void)state;
    values v = {0};
    const char *const yes[] = {"yes", "true", "on", "1", "True"}, *const no[] = {"no", "false", "off", "0",
                                                                                 "NO"};
    for (int i = 0; i < 5; i++) {
        accepts(LOWER, &v, yes[i]);
        assert_true(v.lower);
        assert_prints(LOWER, &v, "yes");
        accepts(LOWER, &v, no[i]);
        assert_false(v.lower);
        assert_prints(LOWER, &v, "no");
    }
    refuses(LOWER, "maybe", "--lower: expected yes or no, found \"maybe\"");
    refuses(LOWER, "", NULL);
}

static void ints(void **state)
{
    (void)state;
    values v = {0};
    accepts(SIZE, &v, "1");
    assert_int_equal(v.size, 1);
    accepts(SIZE, &v, "100");
    assert_prints(SIZE, &v, "100");
    refuses(SIZE, "0", "--beam-size: expected a whole number from 1 to 100, found \"0\"");
    const char *const bad[] = {"101", "-5", "", " 5", "5 ", "5x", "1.5", "0x10", "99999999999999999999",
                               "nan", "inf"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuses(SIZE, bad[i], NULL);

    s2s_option open = options[SIZE];
    open.max = INT_MAX;
    s2s_error err;
    accepts(SIZE, &v, "7");
    assert_int_equal(s2s_option_set(&open, &v, "2147483647", &err), S2S_OK);
    assert_int_equal(v.size, INT_MAX);
    assert_int_equal(s2s_option_set(&open, &v, "2147483648", &err), S2S_MISUSE);
    assert_string_equal(err.msg, "--beam-size: expected a whole number of at least 1, found \"2147483648\"");
}

static void reals(void **state)
{
    (void)state;
    values v = {0};
    accepts(RATE, &v, "3e-4");
    assert_true(v.rate == 3e-4);
    assert_prints(RATE, &v, "0.0003");
    accepts(RATE, &v, "+.5");
    assert_prints(RATE, &v, "0.5");
    refuses(RATE, "10.5", "--learn-rate: expected a number from 0 to 10, found \"10.5\"");
    const char *const bad[] = {"nan", "inf", "", "-", ".", "1e", "0x1p3", " 1", "1,5", "1 ", "-0.1", "1e999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuses(RATE, bad[i], NULL);

    const double exact[] = {0.1,  1.0 / 3,   1e-300,    5e-324, 1.7976931348623157e308,
                            -0.0, 123456789, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
        char buf[40];
        values before = {.target = exact[i]}, after = {.target = 42};
        s2s_option_print(&options[TARGET], &before, buf, sizeof buf);
        accepts(TARGET, &after, buf);
        assert_true(isnan(exact[i]) ? isnan(after.target)
                                    : memcmp(&after.target, &exact[i], sizeof(double)) == 0);
    }
    v.target = 0.1;
    assert_prints(TARGET, &v, "0.1");
    v.target = -NAN;
    assert_prints(TARGET, &v, "nan");
}

static void texts(void **state)
{
    (void)state;
    values v = {0};
    const char *text = "pairs.tsv";
    assert_prints(TRAIN, &v, "");
    accepts(TRAIN, &v, text);
    assert_ptr_equal(v.train, text);
    assert_prints(TRAIN, &v, "pairs.tsv");
    accepts(TRAIN, &v, "");
    assert_null(v.train);
}

static void choices(void **state)
{
    (void)state;
    values v = {0};
    const char *const names[] = {"rnn", "gru", "lstm", "lstm-article"};
    for (int i = 0; i < 4; i++) {
        accepts(CELL, &v, names[i]);
        assert_int_equal(v.cell, i);
        assert_prints(CELL, &v, names[i]);
    }
    refuses(CELL, "ltsm",
            "--enc-cell: expected one of rnn, gru, lstm, lstm-article, found \"ltsm\"; did you mean lstm?");
    refuses(CELL, "transformer",
            "--enc-cell: expected one of rnn, gru, lstm, lstm-article, found \"transformer\"");
    refuses(CELL, "", NULL);
    refuses(CELL, "rnn|gru", NULL);
    refuses(CELL, "lst", NULL);
}

static void durations(void **state)
{
    (void)state;
    values v = {0};
    accepts(AFTER, &v, "20e");
    assert_true(v.after.amount == 20 && v.after.unit == 'e');
    accepts(AFTER, &v, "3e6t");
    assert_true(v.after.amount == 3e6 && v.after.unit == 't');
    assert_prints(AFTER, &v, "3000000t");
    accepts(AFTER, &v, "0");
    assert_true(v.after.amount == 0);
    assert_prints(AFTER, &v, "0");
    const char *const exact[] = {"5000u", "0.5m", "20e", "0e", "1e+20u", "0.1e"};
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
        accepts(AFTER, &v, exact[i]);
        assert_prints(AFTER, &v, exact[i]);
    }
    const char *const bad[] = {"",     "e",    "20",  "20h",  "-1e",  "20 e",
                               "20ee", "infe", "inf", "0x1e", "1.5h", "-0u"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuses(AFTER, bad[i], NULL);
}

static void sizes(void **state)
{
    (void)state;
    values v = {0};
    const struct {
        const char *text, *printed;
        int64_t bytes;
    } good[] = {{"300M", "300M", 300 << 20},
                {"2G", "2G", INT64_C(2) << 30},
                {"1.5G", "1536M", INT64_C(3) << 29},
                {"2048K", "2M", 2 << 20},
                {"1000", "1000", 1000},
                {"4096", "4K", 4096},
                {"0", "0", 0},
                {"0M", "0", 0}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        accepts(MEMORY, &v, good[i].text);
        assert_true(v.memory == good[i].bytes);
        assert_prints(MEMORY, &v, good[i].printed);
    }
    refuses(MEMORY, "300MB", "--memory: expected a size in bytes such as 300M or 2G, or 0, found \"300MB\"");
    const char *const bad[] = {"",     "M",   "300m", "-1M", "-0",   "3 M", "1.5",
                               "0.3K", "inf", "infG", "nan", "1e9G", "2T"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuses(MEMORY, bad[i], NULL);
}

static void assert_check(int option, const values *v, const char *message)
{
    s2s_error err = {0};
    assert_int_equal(s2s_option_check(&options[option], v, &err), *message ? S2S_MISUSE : S2S_OK);
    assert_string_equal(err.msg, message);
}

/* What a program put into a field is held to the rules of what is read into it. */
static void fields_are_checked(void **state)
{
    (void)state;
    values v = {.size = 1, .rate = 10, .target = NAN, .cell = 3, .after = {20, 'e'}};
    for (int i = 0; i < table.n_options; i++)
        assert_check(i, &v, "");
    v = (values){.size = 101, .rate = -0.5, .target = INFINITY, .cell = 4, .after = {20, 'x'}};
    assert_check(SIZE, &v, "--beam-size: expected a whole number from 1 to 100, found \"101\"");
    assert_check(RATE, &v, "--learn-rate: expected a number from 0 to 10, found \"-0.5\"");
    assert_check(TARGET, &v, "");
    assert_check(CELL, &v, "--enc-cell: expected one of rnn, gru, lstm, lstm-article, found \"4\"");
    assert_check(
        AFTER, &v,
        "--after: expected a duration such as 20e (epochs), 5000u (updates), 3e6t (target tokens), 90m "
        "(minutes) or 0, found \"20x\"");
    v = (values){.size = -1, .rate = NAN, .cell = -1, .after = {0}};
    assert_check(SIZE, &v, "--beam-size: expected a whole number from 1 to 100, found \"-1\"");
    assert_check(RATE, &v, "--learn-rate: expected a number from 0 to 10, found \"nan\"");
    assert_check(CELL, &v, "--enc-cell: expected one of rnn, gru, lstm, lstm-article, found \"-1\"");
    v.memory = -1;
    assert_check(MEMORY, &v, "--memory: expected a size in bytes such as 300M or 2G, or 0, found \"-1\"");
    v.memory = 1;
    assert_check(MEMORY, &v, "");
    assert_check(AFTER, &v, ""); /* no limit, whatever the unit */
    assert_prints(AFTER, &v, "0");

    s2s_option counter = options[SIZE];
    s2s_error err;
    counter.max = INT_MAX;
    counter.min = 1 << 30;
    assert_int_equal(s2s_option_check(&counter, &v, &err), S2S_MISUSE);
    assert_string_equal(err.msg, "--beam-size: expected a whole number of at least 1073741824, found \"-1\"");
}

static void long_values_do_not_hide_the_message(void **state)
{
    (void)state;
    char lengthy[1000] = "";
    memset(lengthy, 'a', sizeof lengthy - 1);
    for (int i = 0; i < table.n_options; i++)
        if (i != TRAIN)
            refuses(i, lengthy, NULL);
}

/* In a locale that writes 0,5 values are still read and written as 0.5; without one, nothing is tested. */
static void the_locale_does_not_matter(void **state)
{
    (void)state;
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        skip();
    values v = {0};
    accepts(RATE, &v, "0.5");
    assert_prints(RATE, &v, "0.5");
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(bools),
        cmocka_unit_test(ints),
        cmocka_unit_test(reals),
        cmocka_unit_test(texts),
        cmocka_unit_test(choices),
        cmocka_unit_test(durations),
        cmocka_unit_test(sizes),
        cmocka_unit_test(fields_are_checked),
        cmocka_unit_test(long_values_do_not_hide_the_message),
        cmocka_unit_test(the_locale_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
