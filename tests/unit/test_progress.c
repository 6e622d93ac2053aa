/* The state of a run: stored and read back; what falls due; when it ends. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

static void expect_refused(const char *text, const char *word)
{
    s2s_progress progress;
    s2s_error err = {0};
    s2s_status status = s2s_progress_from_json(&progress, text, "last.ckpt", &err);
    if (status != S2S_BAD_MODEL || !strstr(err.msg, word))
        fail_msg("%s: expected it to be refused for %s, found status %d: %s", text, word, status, err.msg);
}

static void test_json_hostile(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "[]", "1", "{", "{\"update\":1e400}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_refused(texts[i], "last.ckpt");
}

static const char *const fields[] = {
#define X(name) #name,
    S2S_PROGRESS_LIST(X)
#undef X
        "seconds",
    "best"};
enum { N_FIELDS = sizeof fields / sizeof *fields };

/* A good state in which one field, named by its number, has that value, or is missing where value is NULL. */
static void write_state(char *text, size_t size, int field, const char *value)
{
    size_t n = (size_t)snprintf(text, size, "{\"other\":0");
    for (int i = 0; i < N_FIELDS; i++)
        if (i != field)
            n += (size_t)snprintf(text + n, size - n, ",\"%s\":7", fields[i]);
        else if (value)
            n += (size_t)snprintf(text + n, size - n, ",\"%s\":%s", fields[i], value);
    assert_true(n + 2 <= size);
    memcpy(text + n, "}", 2);
}

static void test_json_with_one_bad_field(void **state)
{
    (void)state;
    static const char *const values[] = {
        NULL, "null", "\"7\"", "[7]", "true", "-1", "7.5", "9007199254740993", "9223372036854775807"};
    enum { N_BAD = sizeof values / sizeof *values, N_BAD_SECONDS = 6, N_BAD_BEST = 5 };
    char text[512], name[32];
    s2s_progress progress;
    write_state(text, sizeof text, 0, "9007199254740992");
    assert_int_equal(s2s_progress_from_json(&progress, text, "last.ckpt", NULL), S2S_OK);
    for (int i = 0; i < N_FIELDS; i++) {
        int n_bad = i == N_FIELDS - 1 ? N_BAD_BEST : i == N_FIELDS - 2 ? N_BAD_SECONDS : N_BAD;
        snprintf(name, sizeof name, "'%s'", fields[i]);
        for (int k = 0; k < n_bad; k++) {
            write_state(text, sizeof text, i, values[k]);
            expect_refused(text, name);
        }
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
        cmocka_unit_test(test_json_with_one_bad_field),
        cmocka_unit_test(test_passed),
        cmocka_unit_test(test_validated),
        cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
