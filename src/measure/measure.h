/* What s2s_bench_run is made of: one file per part, and what the parts share. */
#ifndef S2S_MEASURE_MEASURE_H
#define S2S_MEASURE_MEASURE_H

#include "base/team.h"
#include "kernels/kernels.h"
#include "measure/timing.h"
#include "s2s/bench.h"
#include "s2s/profile.h"

enum { S2S_N_BENCH_PRODUCTS = 5 };

typedef struct s2s_bench {
    const s2s_bench_options *options;
    s2s_bench_row_fn *row; /* with its argument */
    void *arg;
    s2s_team *team;
    double gflops[S2S_N_PRECISIONS][S2S_N_BENCH_PRODUCTS]; /* of the products; 0: not measured yet */
    int n_rows;                                            /* told so far */
    s2s_profile_summary summary;                           /* of the last row that has one */
} s2s_bench;

/* The rows of one part that the options ask for, each as soon as it is measured. */
s2s_status s2s_bench_products(s2s_bench *bench, s2s_error *err) S2S_MUST_USE;
s2s_status s2s_bench_machine(s2s_bench *bench, s2s_error *err) S2S_MUST_USE;
s2s_status s2s_bench_train(s2s_bench *bench, s2s_error *err) S2S_MUST_USE;
s2s_status s2s_bench_decode(s2s_bench *bench, s2s_error *err) S2S_MUST_USE;
s2s_status s2s_bench_growth(s2s_bench *bench, s2s_error *err) S2S_MUST_USE;

/* Whether a row of that name is asked for. */
bool s2s_bench_wants(const s2s_bench *bench, const char *name);
/* Whether an s2s_precision is asked for, and there on this machine. */
bool s2s_bench_uses(const s2s_bench *bench, int precision);
/* A row without figures but for the time of one repetition. */
s2s_bench_row s2s_bench_row_new(const s2s_bench *bench, s2s_bench_part part, const char *name,
                                const s2s_timing *timing);
/* precision: S2S_PRECISION_AUTO where it does not matter. */
s2s_status s2s_bench_tell(s2s_bench *bench, s2s_bench_row *row, int precision, s2s_error *err) S2S_MUST_USE;

/* GFLOP/s of the best product of a precision; those that are not known yet are measured. */
s2s_status s2s_bench_ceiling(s2s_bench *bench, int precision, double *gflops, s2s_error *err) S2S_MUST_USE;

#endif
