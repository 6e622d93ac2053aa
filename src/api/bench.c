/* The bench: its options, and its parts in order. */
#include <limits.h>

#include "base/fail.h"
#include "measure/measure.h"

static const char group[] = "what is measured";

#define S2S_X(NAME, name) "|" name
static const char parts[] = S2S_BENCH_PART_LIST(S2S_X);
static const char precisions[] = S2S_PRECISION_LIST(S2S_X);
#undef S2S_X

typedef s2s_bench_options fields;

/* name, letter, type, offset, min, max, choices, unit, group, help */
static const s2s_option rows[] = {
    {"only", 0, S2S_OPTION_CHOICE, offsetof(fields, only), 0, 0, parts + 1, NULL, group,
     "one part; all means all except growth"},
    {"match", 0, S2S_OPTION_TEXT, offsetof(fields, match), 0, 0, NULL, "TEXT", group,
     "only the rows whose names contain this text"},
    {"precision", 0, S2S_OPTION_CHOICE, offsetof(fields, precision), 0, 0, precisions + 1, NULL, group,
     "number format of the factors in matrix products; auto takes every one that this machine has"},
    {"threads", 't', S2S_OPTION_INT, offsetof(fields, threads), 0, S2S_TEAM_MAX, NULL, "threads", group,
     "threads to work with; 0 takes one per core"},
    {"seconds", 0, S2S_OPTION_REAL, offsetof(fields, seconds), 0.001, 3600, NULL, "seconds", group,
     "time for each row, but at least three repetitions"},
    {"profile", 0, S2S_OPTION_BOOL, offsetof(fields, profile), 0, 0, NULL, NULL, group,
     "after each row of training or decoding, tell where its time went"},
};

static const s2s_bench_options defaults = {.seconds = 0.3};
static const s2s_option_table table = {rows, sizeof rows / sizeof *rows, sizeof(s2s_bench_options), &defaults};

const s2s_option_table *s2s_bench_options_table(void)
{
    return &table;
}

void s2s_bench_options_defaults(s2s_bench_options *options)
{
    *options = defaults;
}

#define S2S_X(NAME, name) name,
const char *s2s_bench_part_name(s2s_bench_part part)
{
    static const char *const names[] = {S2S_BENCH_PART_LIST(S2S_X)};
    return names[part];
}

const char *s2s_bench_figure_name(s2s_bench_figure figure)
{
    static const char *const names[] = {S2S_BENCH_FIGURE_LIST(S2S_X)};
    return names[figure];
}
#undef S2S_X

int s2s_n_cores(void)
{
    return s2s_team_cores();
}

static s2s_status run_parts(s2s_bench *bench, s2s_error *err)
{
    static s2s_status (*const run[])(s2s_bench *, s2s_error *) = {
        [S2S_BENCH_PRODUCTS] = s2s_bench_products, [S2S_BENCH_MACHINE] = s2s_bench_machine,
        [S2S_BENCH_TRAIN] = s2s_bench_train,       [S2S_BENCH_DECODE] = s2s_bench_decode,
        [S2S_BENCH_GROWTH] = s2s_bench_growth,
    };
    int only = bench->options->only;
    for (int part = S2S_BENCH_PRODUCTS; part < S2S_N_BENCH_PARTS; part++)
        if (only == S2S_BENCH_ALL ? part != S2S_BENCH_GROWTH : only == part)
            S2S_TRY(run[part](bench, err));
    if (bench->n_rows == 0)
        return s2s_fail(err, S2S_MISUSE,
                        "no row to measure: --only, --match and --precision have none in common");
    return S2S_OK;
}

s2s_status s2s_bench_run(const s2s_bench_options *options, s2s_bench_row_fn *row, void *arg, s2s_error *err)
{
    if (!options || !row)
        return s2s_fail(err, S2S_MISUSE, "s2s_bench_run: expected options and a function, found NULL");
    for (int i = 0; i < table.n_options; i++)
        S2S_TRY(s2s_option_check(&rows[i], options, err));
    int precision = options->precision;
    S2S_TRY(s2s_precision_resolve(&precision, err)); /* whether the machine has it */
    s2s_bench bench = {.options = options, .row = row, .arg = arg};
    S2S_TRY(s2s_team_new(&bench.team, options->threads, err));
    s2s_status status = run_parts(&bench, err);
    s2s_team_free(bench.team);
    return status;
}
