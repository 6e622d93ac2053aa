/* Every allocation of s2s_metrics_measure is refused in turn, alone and with all that follow: each time the call says
 * that memory is short or does without it, and nothing leaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "heap.h"
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

/* Refuses the n-th allocation and perhaps all after it; true when there are so many. */
static bool refuse(long n, bool on)
{
    s2s_error err = {0};
    long n_before = atomic_load(&heap.n_blocks);
    heap_fail_at(n, on);
    s2s_status status = measure(&err);
    bool reached = atomic_load(&heap.n_calls) >= n;
    heap_fail_at(0, false);
    assert_int_equal(atomic_load(&heap.n_blocks), n_before);
    if (status != S2S_OK && (!reached || status != S2S_EXHAUSTED || !strstr(err.msg, "memory")))
        fail_msg("allocation %ld refused: status %d: %s", n, status, err.msg);
    return reached;
}

static void test_each_allocation_refused(void **state)
{
    (void)state;
    assert_false(refuse(1L << 40, false));
    for (int on = 0; on < 2; on++) {
        long n = 1;
        while (refuse(n, on != 0))
            n++;
        assert_true(n > 50);
    }
}

int main(void)
{
    if (!HEAP_IS_OURS)
        return heap_skip();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
