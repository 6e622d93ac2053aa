/* A run that was stopped after two of its four updates: tests make its calls fail, and compare with its end. */
#ifndef HALFWAY_H
#define HALFWAY_H

#include "run_bench.h"

static bench b;
static bench_files half, whole; /* as the run was left, and at its end */

static inline s2s_train_options halfway_options(void)
{
    s2s_train_options options = bench_options(&b, 4);
    options.keep_best = 1;
    return options;
}

static inline s2s_status halfway_train(s2s_error *err)
{
    s2s_train_options options = halfway_options();
    return bench_train(&options, err);
}

/* The run goes on from wherever it is, to the same bits as one that was not disturbed. */
static inline void halfway_assert_undamaged(const char *what)
{
    s2s_error err = {0};
    size_t n;
    bench_no_temporaries(b.output);
    s2s_status status = halfway_train(&err);
    if (status != S2S_OK)
        fail_msg("%s: the run cannot go on: status %d: %s", what, status, err.msg);
    char *model = bench_read(b.output, "model.s2s", &n);
    if (n != whole.n_model || memcmp(model, whole.model, n) != 0)
        fail_msg("%s: the run ends with another model", what);
    free(model);
    char *best = s2s_path_join(b.output, "best");
    bench_no_temporaries(best);
    free(best);
}

static inline int halfway_set_up(void **state)
{
    (void)state;
    s2s_error err = {0};
    bench_open(&b, 40);
    s2s_train_options options = halfway_options();
    assert_int_equal(bench_train_until(&options, 2, &err), S2S_STOPPED);
    half = bench_keep(b.output);
    bench_must(halfway_train(&err), &err);
    whole = bench_keep(b.output);
    return 0;
}

static inline int halfway_tear_down(void **state)
{
    (void)state;
    bench_forget(&half);
    bench_forget(&whole);
    bench_close(&b);
    return 0;
}

#endif
