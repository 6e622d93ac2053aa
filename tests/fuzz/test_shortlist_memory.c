/* Little memory while translations are estimated, and while a worker uses them. */
#include "fuzz/refused.h"

#include "fuzz/no_fsync.h"
#include "unit/predict_bench.h"

enum { N_SINGLE = 300 };

static bench b;
static char pairs[96], list[96];

static int set_up(void **state)
{
    s2s_train_options options = small_options();
    (void)state;
    bench_open(&b, &options);
    snprintf(pairs, sizeof pairs, "%s/pairs", b.folder);
    snprintf(list, sizeof list, "%s/list", b.folder);
    FILE *file = fopen(pairs, "w");
    assert_non_null(file);
    for (int i = 0; i < 300; i++) /* so many different tokens that the table of translations grows */
        fprintf(file, "%c %c %c\t%c %c\n", 'a' + i % 20, 'a' + i * 7 % 19, 'a' + i * 3 % 17, 'a' + i % 12,
                'a' + i * 5 % 11);
    assert_int_equal(fclose(file), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(pairs);
    unlink(list);
    bench_close(&b); /* fails where a temporary file is left */
    return 0;
}

static s2s_status estimate(s2s_error *err)
{
    s2s_shortlist_options options;
    int64_t n_lines;
    s2s_shortlist_options_defaults(&options);
    options.pairs = pairs;
    options.iterations = 2;
    return s2s_shortlist_estimate(b.model, &options, list, &n_lines, NULL, NULL, err);
}

static void test_estimation(void **state)
{
    (void)state;
    refuse_each(&(refused_call){"estimating translations", NULL, estimate, NULL, N_SINGLE});
}

static s2s_status predict(s2s_error *err)
{
    s2s_worker *worker;
    const s2s_result *result;
    s2s_predict_options options = b.options;
    options.shortlist = list;
    s2s_status status = s2s_worker_new(&worker, b.model, &options, err);
    if (status != S2S_OK)
        return status;
    status = s2s_predict(worker, b.inputs, 5, &result, err);
    s2s_worker_free(worker);
    return status;
}

static void test_prediction(void **state)
{
    s2s_error err = {0};
    (void)state;
    must(estimate(&err), &err);
    refuse_each(&(refused_call){"predicting with a shortlist", NULL, predict, NULL, N_SINGLE});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_estimation),
        cmocka_unit_test(test_prediction),
    };
    if (!HEAP_IS_OURS)
        return heap_skip();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
