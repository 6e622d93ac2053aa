/* Little memory in making a lexicon and in prediction under constraints. */
#include "fuzz/refused.h"

#include "unit/predict_bench.h"

static bench b;
static char lexicon[96];

static s2s_status use(const char *path, s2s_error *err)
{
    static const char *const phrases[] = {"a b", "c"}, *const unknown[] = {"zebra"};
    static const s2s_constraint constraints[] = {{phrases, 2}, {unknown, 1}, {NULL, 0}, {phrases + 1, 1}};
    s2s_worker *worker;
    const s2s_result *result;
    b.options.lexicon = path;
    s2s_status status = s2s_worker_new(&worker, b.model, &b.options, err);
    if (status != S2S_OK)
        return status;
    status = s2s_predict_constrained(worker, b.inputs, constraints, 4, &result, err);
    if (status == S2S_OK) {
        bool has = !path; /* strings of the lexicon do not contain the phrases of input 0 */
        assert_int_equal(s2s_result_constraint(result, 0), has ? S2S_CONSTRAINT_MET : S2S_CONSTRAINT_MISSED);
        assert_int_equal(s2s_result_constraint(result, 1), S2S_CONSTRAINT_UNKNOWN);
        assert_int_equal(s2s_result_constraint(result, 3), S2S_CONSTRAINT_MET);
    }
    s2s_worker_free(worker);
    return status;
}

static s2s_status predict(s2s_error *err)
{
    s2s_status status = use(NULL, err);
    return status == S2S_OK ? use(lexicon, err) : status;
}

static void test_constraints(void **state)
{
    (void)state;
    refuse_each(&(refused_call){.name = "predicting under constraints", .run = predict});
}

static int set_up(void **state)
{
    s2s_train_options options = small_options();
    (void)state;
    bench_open(&b, &options);
    snprintf(lexicon, sizeof lexicon, "%s/lexicon.txt", b.folder);
    FILE *file = fopen(lexicon, "w");
    assert_non_null(file);
    for (int i = 0; i < 300; i++)
        fprintf(file, "%c %c c %c\n", 'a' + i % 12, 'd' + i % 9, i % 7 ? 'd' + i % 5 : 'x');
    return fclose(file);
}

static int tear_down(void **state)
{
    (void)state;
    unlink(lexicon);
    bench_close(&b);
    return 0;
}

int main(void)
{
    if (!HEAP_IS_OURS)
        return heap_skip();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constraints),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
