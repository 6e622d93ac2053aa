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
                          .halvings = 1,
                          .metrics_bytes = 999,
                          .saved_update = 90,
                          .seconds = 0.1 + 0.2,
                          .standings = {{1.0 / 3, 1}},
                          .metrics = {{S2S_VALID_LOSS}, 1},
                          .n_pairs = 49};
}

static void test_json_round_trip(void **state)
{
    (void)state;
    s2s_progress progress = some_progress(), again = {.metrics = progress.metrics, .n_pairs = 49};
    char *json = s2s_progress_to_json(&progress);
    assert_non_null(json);
    assert_int_equal(s2s_progress_from_json(&again, json, "x", NULL), S2S_OK);
    assert_memory_equal(&progress, &again, sizeof progress);
    free(json);

    progress.best_update = 0;
    progress.standings[0].best = NAN;
    json = s2s_progress_to_json(&progress);
    assert_int_equal(s2s_progress_from_json(&again, json, "x", NULL), S2S_OK);
    assert_true(isnan(again.standings[0].best));
    free(json);
}

static s2s_progress some_metrics_and_models(void)
{
    s2s_progress progress = some_progress();
    progress.metrics = (s2s_valid_metrics){{S2S_VALID_BLEU, S2S_VALID_LOSS, S2S_VALID_TER}, 3};
    progress.standings[1] = (s2s_standing){0.1, 2};
    progress.standings[2] = (s2s_standing){88.8, 0};
    progress.kept[S2S_KEEP_BEST] = (s2s_kept_list){.items = {{45, 1.0 / 3}, {90, 0.3}}, .n = 2};
    progress.kept[S2S_KEEP_LAST] = (s2s_kept_list){.items = {{90, 0.3}}, .n = 1};
    return progress;
}

static void test_json_of_several_metrics_and_kept_models(void **state)
{
    (void)state;
    s2s_progress progress = some_metrics_and_models();
    s2s_progress again = {.metrics = progress.metrics, .n_pairs = 49};
    char *json = s2s_progress_to_json(&progress);
    assert_non_null(json);
    assert_int_equal(s2s_progress_from_json(&again, json, "x", NULL), S2S_OK);
    assert_memory_equal(&progress, &again, sizeof progress);
    again.metrics.n = 2;
    s2s_error err = {0};
    assert_int_equal(s2s_progress_from_json(&again, json, "x", &err), S2S_BAD_MODEL);
    assert_non_null(strstr(err.msg, "'further'"));
    again.metrics.n = 1;
    assert_int_equal(s2s_progress_from_json(&again, json, "x", NULL), S2S_BAD_MODEL);
    free(json);
}

static void expect_refused(const char *text, const char *word)
{
    s2s_progress progress = {.metrics = {{S2S_VALID_LOSS}, 1}};
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
        "stale",
    "seconds", "best"};
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
    s2s_progress progress = {.metrics = {{S2S_VALID_LOSS}, 1}};
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

static void test_json_with_bad_lists(void **state)
{
    (void)state;
    static const struct {
        const char *field, *value;
    } cases[] = {
        {"'further'", "\"further\":[[1,2]]"}, {"'kept'", "\"kept\":[1]"},
        {"'kept'", "\"kept\":[[1]]"},         {"'kept'", "\"kept\":[[-1,2]]"},
        {"'kept'", "\"kept\":[[1,\"2\"]]"},   {"'kept'", "\"kept\":[[1,2],[3]]"},
        {"'last'", "\"last\":[[1,2],[3]]"},
    };
    char text[4096];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_state(text, sizeof text, N_FIELDS, NULL);
        snprintf(strrchr(text, '}'), 64, ",%s}", cases[i].value);
        expect_refused(text, cases[i].field);
    }
    write_state(text, sizeof text, N_FIELDS, NULL);
    char *end = strrchr(text, '}');
    end += sprintf(end, ",\"kept\":[[1,2]");
    for (int i = 0; i < S2S_MAX_KEPT; i++)
        end += sprintf(end, ",[1,2]");
    sprintf(end, "]}");
    expect_refused(text, "'kept'");
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

/* A validation at that update, of which the two metrics of the run have these values. */
static bool validated(s2s_progress *progress, const s2s_train_options *options, int64_t update, double first,
                      double second)
{
    double values[S2S_N_VALID_METRICS] = {0};
    values[progress->metrics.items[1]] = second;
    values[progress->metrics.items[0]] = first;
    progress->update = update;
    return s2s_progress_validated(progress, options, values);
}

static void test_validated(void **state)
{
    (void)state;
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    s2s_progress progress = {.metrics = {{S2S_VALID_LOSS}, 1}};
    options.warmup = 11;
    assert_true(validated(&progress, &options, 10, 2.0, 0));
    assert_int_equal(progress.best_update, 10);
    assert_false(validated(&progress, &options, 11, 3.0, 0));
    assert_int_equal(progress.standings[0].stale, 0);
    assert_int_equal(progress.halvings, 0);
    assert_false(validated(&progress, &options, 20, 2.0, 0));
    assert_int_equal(progress.standings[0].stale, 1);
    assert_int_equal(progress.halvings, 1);
    assert_true(validated(&progress, &options, 30, 1.0, 0));
    assert_int_equal(progress.standings[0].stale, 0);
    assert_int_equal(progress.halvings, 1);
    assert_int_equal(progress.valid_update, 30);
    assert_int_equal(progress.kept[S2S_KEEP_BEST].n, 0);

    options.schedule = S2S_SCHEDULE_CONSTANT;
    progress = (s2s_progress){.metrics = {{S2S_VALID_SEQUENCE_ACCURACY}, 1}};
    assert_true(validated(&progress, &options, 10, 0, 0));
    assert_true(validated(&progress, &options, 20, 50, 0));
    assert_false(validated(&progress, &options, 30, 40, 0));
    assert_int_equal(progress.halvings, 0);
}

static void test_several_metrics(void **state)
{
    (void)state;
    static const struct {
        double bleu, ter;
        int64_t stale[2];
        bool best;
    } cases[] = {
        {10, 90, {0, 0}, true}, {9, 80, {1, 0}, false},  {8, 85, {2, 1}, false},
        {11, 85, {0, 2}, true}, {11, 79, {1, 0}, false}, {11, 79, {2, 1}, false},
    };
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    options.warmup = 0;
    s2s_progress progress = {.metrics = {{S2S_VALID_BLEU, S2S_VALID_TER}, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t update = 10 * ((int64_t)i + 1);
        assert_int_equal(validated(&progress, &options, update, cases[i].bleu, cases[i].ter), cases[i].best);
        for (int k = 0; k < 2; k++)
            assert_int_equal(progress.standings[k].stale, cases[i].stale[k]);
    }
    assert_int_equal(progress.best_update, 40);
    assert_true(progress.standings[0].best == 11 && progress.standings[1].best == 79);
    assert_int_equal(progress.halvings, 4);
}

static void test_early_stopping_on(void **state)
{
    (void)state;
    static const struct {
        int64_t first, second;
        bool stops[S2S_N_EARLY_STOPPING_ON]; /* first, any, all */
    } cases[] = {
        {2, 2, {false, false, false}},
        {3, 0, {true, true, false}},
        {0, 4, {false, true, false}},
        {3, 4, {true, true, true}},
    };
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    options.early_stopping = 3;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s2s_progress progress = some_progress();
        progress.metrics = (s2s_valid_metrics){{S2S_VALID_LOSS, S2S_VALID_CHRF}, 2};
        progress.standings[0].stale = cases[i].first;
        progress.standings[1].stale = cases[i].second;
        for (int on = 0; on < S2S_N_EARLY_STOPPING_ON; on++) {
            options.early_stopping_on = on;
            if ((s2s_progress_end(&progress, &options) != NULL) != cases[i].stops[on])
                fail_msg("case %zu, early stopping on %d: expected the run to %s", i, on,
                         cases[i].stops[on] ? "end" : "go on");
        }
    }
}

static void expect_kept(const s2s_progress *progress, s2s_keep keep, int n, const int64_t *updates)
{
    const s2s_kept_list *list = &progress->kept[keep];
    assert_int_equal(list->n, n);
    for (int i = 0; i < n; i++) {
        assert_int_equal(list->items[i].update, updates[i]);
        assert_true(s2s_kept_list_has(list, updates[i]));
    }
}

static void test_kept(void **state)
{
    (void)state;
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    options.keep_best = 3;
    options.keep_last = 2;
    s2s_progress progress = {.metrics = {{S2S_VALID_LOSS}, 1}};
    validated(&progress, &options, 10, 5, 0);
    validated(&progress, &options, 20, 7, 0);
    expect_kept(&progress, S2S_KEEP_BEST, 2, (int64_t[]){10, 20});
    expect_kept(&progress, S2S_KEEP_LAST, 2, (int64_t[]){20, 10});
    validated(&progress, &options, 30, 6, 0);
    validated(&progress, &options, 40, 7, 0); /* no better than the last one that is kept */
    expect_kept(&progress, S2S_KEEP_BEST, 3, (int64_t[]){10, 30, 20});
    expect_kept(&progress, S2S_KEEP_LAST, 2, (int64_t[]){40, 30});
    assert_false(s2s_kept_list_has(&progress.kept[S2S_KEEP_BEST], 40));
    validated(&progress, &options, 50, 4, 0);
    validated(&progress, &options, 60, 5, 0);
    expect_kept(&progress, S2S_KEEP_BEST, 3, (int64_t[]){50, 10, 60});
    expect_kept(&progress, S2S_KEEP_LAST, 2, (int64_t[]){60, 50});
    assert_false(s2s_kept_list_has(&progress.kept[S2S_KEEP_BEST], 30));
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
        cmocka_unit_test(test_json_of_several_metrics_and_kept_models),
        cmocka_unit_test(test_json_hostile),
        cmocka_unit_test(test_json_with_one_bad_field),
        cmocka_unit_test(test_json_with_bad_lists),
        cmocka_unit_test(test_passed),
        cmocka_unit_test(test_validated),
        cmocka_unit_test(test_several_metrics),
        cmocka_unit_test(test_early_stopping_on),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
