/* s2s/metrics.h and eval/resample.h; that scores are sacreBLEU's is shown by golden/metrics. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "eval/resample.h"
#include "s2s/s2s.h"
#include "write_text.h"

static char folder[] = "/tmp/s2s-metrics-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"ref", "same", "near", "short", "empty", "latin"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(names[i]);
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

typedef struct collected {
    s2s_metrics_score scores[16];
    char metrics[16][32];
    int n, stop_at;
} collected;

static s2s_status collect(void *arg, const s2s_metrics_score *score, s2s_error *err)
{
    collected *c = arg;
    (void)err;
    snprintf(c->metrics[c->n], sizeof c->metrics[c->n], "%s", score->metric);
    c->scores[c->n++] = *score;
    return c->n == c->stop_at ? S2S_STOPPED : S2S_OK;
}

static s2s_status measure(const char *reference, const char *first, const char *second,
                          const s2s_metrics_options *options, collected *c, s2s_error *err)
{
    const char *outputs[] = {first, second};
    s2s_metrics_files files = {&reference, 1, outputs, second ? 2 : 1};
    *c = (collected){.stop_at = c->stop_at};
    *err = (s2s_error){0};
    return s2s_metrics_measure(&files, options, collect, c, err);
}

static void refuse(s2s_status expected, const char *message, const char *reference, const char *first,
                   const char *second, const s2s_metrics_options *options)
{
    collected c = {0};
    s2s_error err;
    assert_int_equal(measure(reference, first, second, options, &c, &err), expected);
    assert_string_equal(err.msg, message);
    assert_int_equal(c.n, 0);
}

static void write_texts(void)
{
    write_text("ref", "one two three four\nfive six seven\neight nine ten eleven twelve\n");
    write_text("same", "one two three four\nfive six seven\neight nine ten eleven twelve"); /* no newline */
    write_text("near", "one two four four\r\nfive six seven\r\neight nine ten twelve\r\n");
    write_text("short", "one two three four\nfive six seven\n");
    write_text("empty", "");
    write_text("latin", "one\ntwo \xe9t\xe9\nthree\n");
}

static void test_bad_files(void **state)
{
    (void)state;
    s2s_metrics_options options;
    s2s_metrics_options_defaults(&options);
    write_texts();
    refuse(S2S_BAD_DATA, "short: expected 3 lines, as many as ref has, found 2", "ref", "short", NULL,
           &options);
    refuse(S2S_BAD_DATA, "same: expected 2 lines, as many as short has, found 3", "short", "same", NULL,
           &options);
    refuse(S2S_BAD_DATA, "empty: expected at least one line, found an empty file", "ref", "empty", NULL,
           &options);
    refuse(S2S_BAD_DATA, "latin:2: expected UTF-8, found byte 0xe9 at byte offset 4", "ref", "latin", NULL,
           &options);
    refuse(S2S_MISUSE, "expected standard input for one file, found it for 2", "-", "-", NULL, &options);
    collected c = {0};
    s2s_error err;
    assert_int_equal(measure("ref", "none", NULL, &options, &c, &err), S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, "none: "));
    s2s_metrics_files nothing = {0};
    assert_int_equal(s2s_metrics_measure(&nothing, &options, collect, &c, &err), S2S_MISUSE);
    assert_int_equal(s2s_metrics_measure(NULL, &options, collect, &c, &err), S2S_MISUSE);
}

static void refuse_names(const char *names, const char *message)
{
    s2s_metrics_options options;
    s2s_metrics_options_defaults(&options);
    options.metrics = names;
    refuse(S2S_MISUSE, message, "ref", "same", NULL, &options);
}

static void test_bad_options(void **state)
{
    (void)state;
    write_texts();
    refuse_names("bleu,meteor",
                 "--metrics: expected some of bleu, chrf, chrf++, ter, separated by commas, found \"meteor\"");
    refuse_names("bleu,",
                 "--metrics: expected some of bleu, chrf, chrf++, ter, separated by commas, found \"\"");
    refuse_names(NULL, "--metrics: expected some of bleu, chrf, chrf++, ter, separated by commas, found \"\"");
    refuse_names("ter,bleu,ter", "--metrics: expected each name once, found ter twice");
    s2s_metrics_options options;
    s2s_metrics_options_defaults(&options);
    options.smooth_value = 0.1;
    refuse(S2S_MISUSE, "--smooth-value: expected --smooth-method floor or add-k, found another", "ref", "same",
           NULL, &options);
    options.smooth_method = S2S_BLEU_SMOOTH_FLOOR;
    options.smooth_value = -1;
    refuse(S2S_MISUSE, "--smooth-value: expected a number from 0 to 2147483647, found -1", "ref", "same", NULL,
           &options);
    s2s_metrics_options_defaults(&options);
    options.paired = S2S_PAIRED_APPROX;
    refuse(S2S_MISUSE, "--paired: expected the outputs of two systems at least, found one", "ref", "same", NULL,
           &options);
    options.resamples = 0;
    collected c = {0};
    s2s_error err;
    assert_int_equal(measure("ref", "same", "near", &options, &c, &err), S2S_MISUSE);
}

static void test_order(void **state)
{
    (void)state;
    collected c = {0};
    s2s_error err;
    s2s_metrics_options options;
    s2s_metrics_options_defaults(&options);
    options.metrics = "ter,chrf++,bleu,chrf";
    write_texts();
    assert_int_equal(measure("ref", "same", "near", &options, &c, &err), S2S_OK);
    static const char *const metrics[] = {"TER", "chrF2++", "BLEU", "chrF2"};
    static const double perfect[] = {0, 100, 100, 100};
    assert_int_equal(c.n, 8);
    for (int i = 0; i < 8; i++) {
        assert_string_equal(c.metrics[i], metrics[i / 2]);
        assert_string_equal(c.scores[i].system, i % 2 ? "near" : "same");
        if (i % 2 == 0 && !(fabs(c.scores[i].score - perfect[i / 2]) <= 1e-9))
            fail_msg("%s: expected %g, found %g", metrics[i / 2], perfect[i / 2], c.scores[i].score);
        assert_true(isnan(c.scores[i].mean) && isnan(c.scores[i].interval) && isnan(c.scores[i].p_value));
    }
    assert_true(fabs(c.scores[1].score - 100.0 * 2 / 12) < 1e-12);
    assert_int_equal(c.scores[1].edits, 2);
    assert_int_equal(c.scores[5].output_tokens, 11);
    assert_true(c.scores[5].reference_tokens == 12 && c.scores[5].brevity_penalty == exp(1 - 12.0 / 11));
    c.stop_at = 3;
    assert_int_equal(measure("ref", "same", "near", &options, &c, &err), S2S_STOPPED);
    assert_int_equal(c.n, 3);
}

static void test_seed(void **state)
{
    (void)state;
    s2s_metrics_options options;
    s2s_metrics_options_defaults(&options);
    options.confidence = true;
    options.resamples = 50;
    write_texts();
    collected a = {0}, b = {0}, other = {0};
    s2s_error err;
    assert_int_equal(measure("ref", "near", NULL, &options, &a, &err), S2S_OK);
    assert_int_equal(measure("ref", "near", NULL, &options, &b, &err), S2S_OK);
    options.seed = 2;
    assert_int_equal(measure("ref", "near", NULL, &options, &other, &err), S2S_OK);
    for (int i = 0; i < 3; i++) {
        assert_true(a.scores[i].mean == b.scores[i].mean && a.scores[i].interval == b.scores[i].interval);
        assert_true(a.scores[i].mean != other.scores[i].mean);
    }
}

/* A system does not differ from itself. */
static void test_equal_systems(void **state)
{
    (void)state;
    s2s_metrics_options options;
    s2s_metrics_options_defaults(&options);
    options.resamples = options.trials = 100;
    write_texts();
    for (options.paired = S2S_PAIRED_BOOTSTRAP; options.paired < S2S_N_PAIRED; options.paired++) {
        collected c = {0};
        s2s_error err;
        assert_int_equal(measure("ref", "near", "near", &options, &c, &err), S2S_OK);
        for (int i = 0; i < 6; i += 2) {
            assert_true(isnan(c.scores[i].p_value));
            assert_true(c.scores[i + 1].p_value == 1);
            assert_int_equal(isnan(c.scores[i].mean), options.paired != S2S_PAIRED_BOOTSTRAP);
        }
    }
}

static void test_interval(void **state)
{
    (void)state;
    double scores[80], mean, interval;
    for (int i = 0; i < 80; i++)
        scores[i] = (i * 37) % 80; /* 0 ... 79 */
    s2s_bootstrap_interval(scores, 80, &mean, &interval);
    assert_true(mean == 39.5);
    assert_true(interval == (77 - 2) / 2.0);                    /* 2 of 80 are left out at either end */
    static const double a[] = {1, 2, 3, 4}, b[] = {2, 2, 3, 9}; /* differ by 1, 0, 0, 5; the mean is 1.5 */
    assert_true(s2s_paired_bootstrap(a, b, 4, 3) == 2.0 / 5);
    assert_true(s2s_paired_bootstrap(a, b, 4, -3.5) == 2.0 / 5);
    assert_true(s2s_paired_bootstrap(a, b, 4, 4) == 1.0 / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_files), cmocka_unit_test(test_bad_options),   cmocka_unit_test(test_order),
        cmocka_unit_test(test_seed),      cmocka_unit_test(test_equal_systems), cmocka_unit_test(test_interval),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
