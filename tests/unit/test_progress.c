/* The state of a run: stored and read back; what falls due; when it ends. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "train/progress.h"

static s2s_progress some_progress(void)
{
    return (s2s_progress){.update = 100,
                          .epoch = 2,
                          .epoch_pairs = 25,
                          .target_tokens = 123456,
                          .reader_epoch = 2,
                          .reader_batch = 3,
                          .valid_update = 90,
                          .best_update = 45,
                          .stale = 1,
                          .halvings = 1,
                          .metrics_bytes = 999,
                          .saved_update = 90,
                          .seconds = 0.1 + 0.2,
                          .best = 1.0 / 3,
                          .n_pairs = 49};
}

static void test_json_round_trip(void **state)
{
    (void)state;
    s2s_progress progress = some_progress(), again = {.n_pairs = 49};
    char *json = s2s_progress_to_json(&progress);
    assert_non_null(json);
    assert_int_equal(s2s_progress_from_json(&again, json, "x", NULL), S2S_OK);
    assert_memory_equal(&progress, &again, sizeof progress);
    free(json);

    progress.best_update = 0;
    progress.best = NAN;
    json = s2s_progress_to_json(&progress);
    assert_int_equal(s2s_progress_from_json(&again, json, "x", NULL), S2S_OK);
    assert_true(isnan(again.best));
    free(json);
}

static void test_json_hostile(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "[]", "{}", "{\"update\":-1}", "{\"update\":\"1\"}", "{\"update\":1e400}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        s2s_progress progress;
        s2s_error err = {0};
        assert_int_equal(s2s_progress_from_json(&progress, texts[i], "last.ckpt", &err), S2S_BAD_MODEL);
        assert_non_null(strstr(err.msg, "last.ckpt"));
    }
}

static void test_passed(void **state)
{
    (void)state;
    s2s_progress before = some_progress(), now = before;
    now.update = 101;
    assert_false(s2s_progress_passed(&before, &now, (s2s_duration){0, 'u'}));
    assert_true(s2s_progress_passed(&before, &now, (s2s_duration){1, 'u'}));
    assert_false(s2s_progress_passed(&before, &now, (s2s_duration){50, 'u'}));
    now.epoch_pairs = 26;
    assert_false(s2s_progress_passed(&before, &now, (s2s_duration){1, 'e'}));
    now.epoch = 3;
    now.epoch_pairs = 0;
    assert_true(s2s_progress_passed(&before, &now, (s2s_duration){1, 'e'}));
    assert_false(s2s_progress_passed(&before, &now, (s2s_duration){2, 'e'}));
    now.target_tokens = 130000;
    assert_true(s2s_progress_passed(&before, &now, (s2s_duration){10000, 't'}));
    now.seconds = 119;
    assert_true(s2s_progress_passed(&before, &now, (s2s_duration){1, 'm'}));
    assert_false(s2s_progress_passed(&before, &now, (s2s_duration){2, 'm'}));
}

static void test_validated(void **state)
{
    (void)state;
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    s2s_progress progress = {.update = 10, .best = NAN};
    options.warmup = 11;
    assert_true(s2s_progress_validated(&progress, &options, 2.0));
    assert_int_equal(progress.best_update, 10);
    progress.update = 11;
    assert_false(s2s_progress_validated(&progress, &options, 3.0));
    assert_int_equal(progress.stale, 0);
    assert_int_equal(progress.halvings, 0);
    progress.update = 20;
    assert_false(s2s_progress_validated(&progress, &options, 2.0));
    assert_int_equal(progress.stale, 1);
    assert_int_equal(progress.halvings, 1);
    progress.update = 30;
    assert_true(s2s_progress_validated(&progress, &options, 1.0));
    assert_int_equal(progress.stale, 0);
    assert_int_equal(progress.halvings, 1);
    assert_int_equal(progress.valid_update, 30);

    options.valid_metric = S2S_VALID_SEQUENCE_ACCURACY;
    options.schedule = S2S_SCHEDULE_CONSTANT;
    progress = (s2s_progress){.update = 10, .best = NAN};
    assert_true(s2s_progress_validated(&progress, &options, 0));
    assert_true(s2s_progress_validated(&progress, &options, 50));
    assert_false(s2s_progress_validated(&progress, &options, 40));
    assert_int_equal(progress.halvings, 0);
}

static void test_end(void **state)
{
    (void)state;
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    s2s_progress progress = some_progress();
    assert_null(s2s_progress_end(&progress, &options));
    options.after = (s2s_duration){2, 'e'};
    assert_string_equal(s2s_progress_end(&progress, &options), "epoch limit");
    options.after = (s2s_duration){100, 'u'};
    assert_string_equal(s2s_progress_end(&progress, &options), "update limit");
    options.after = (s2s_duration){100, 't'};
    assert_string_equal(s2s_progress_end(&progress, &options), "token limit");
    options.after = (s2s_duration){0.001, 'm'};
    assert_string_equal(s2s_progress_end(&progress, &options), "time limit");
    options.early_stopping = 1;
    assert_string_equal(s2s_progress_end(&progress, &options), "early stopping");
    options.target_metric = 0.5;
    assert_string_equal(s2s_progress_end(&progress, &options), "target reached");
    progress.update = 0;
    assert_null(s2s_progress_end(&progress, &options));
    progress = some_progress();
    options.after.amount = 0;
    options.early_stopping = 0;
    options.target_metric = 0.2;
    assert_null(s2s_progress_end(&progress, &options));
    assert_true(isnan(s2s_progress_fraction(&progress, options.after)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_round_trip),
        cmocka_unit_test(test_json_hostile),
        cmocka_unit_test(test_passed),
        cmocka_unit_test(test_validated),
        cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
