/* Little memory in s2s_metrics_measure. */
#include "fuzz/refused.h"

#include "s2s/s2s.h"

static s2s_status count_score(void *arg, const s2s_metrics_score *score, s2s_error *err)
{
    int *n = arg;
    (void)score, (void)err;
    ++*n;
    return S2S_OK;
}

/* Every metric of two systems with intervals and p-values; tokenisers and normalisation as well. */
static s2s_status measure(s2s_error *err)
{
    char paths[4][1024];
    static const char *const suffixes[] = {"ref1", "ref2", "hyp", "ref1"};
    const char *root = getenv("S2S_SOURCE_DIR");
    const char *references[] = {paths[0], paths[1]}, *outputs[] = {paths[2], paths[3]};
    s2s_metrics_files files = {references, 2, outputs, 2};
    s2s_metrics_options options;
    int n = 0;
    for (int i = 0; i < 4; i++)
        snprintf(paths[i], sizeof paths[i], "%s/tests/golden/metrics/hostile.%s.txt", root ? root : ".",
                 suffixes[i]);
    s2s_metrics_options_defaults(&options);
    options.metrics = "bleu,chrf,chrf++,ter";
    options.ter_normalized = options.confidence = true;
    options.paired = S2S_PAIRED_APPROX;
    options.resamples = options.trials = 10;
    s2s_status status = s2s_metrics_measure(&files, &options, count_score, &n, err);
    if (status == S2S_OK)
        assert_int_equal(n, 8);
    return status;
}

static void test_measuring(void **state)
{
    (void)state;
    refuse_each(&(refused_call){.name = "measuring", .run = measure});
}

int main(void)
{
    if (!HEAP_IS_OURS)
        return heap_skip();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_measuring)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
