/* Decoding: every sentence gets as many tokens as it has. */
#include "base/fail.h"
#include "measure/trial.h"
#include "search/search.h"

static const struct {
    const char *name;
    int beam_size, sentences;
} rows[] = {
    {"greedy, 64 sentences", 1, 64},
    {"beam 5, 64 sentences", 5, 64},
    {"beam 5, 1 sentence", 5, 1},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

typedef struct decoding {
    s2s_trial trial;
    s2s_searcher *searcher;
    s2s_predict_options options;
    s2s_search_result *results; /* [sentences] */
} decoding;

static s2s_status decode(void *arg, s2s_error *err)
{
    decoding *d = arg;
    s2s_profile *profile = d->trial.graph.profile;
    s2s_profile_begin(profile);
    s2s_status status =
        s2s_search(d->searcher, &d->trial.source, &(s2s_search_given){0}, &d->options, d->results, err);
    s2s_profile_end(profile);
    return status;
}

static s2s_status measure(s2s_bench *bench, decoding *d, const s2s_trial_shape *shape, int precision,
                          s2s_bench_row *row, s2s_error *err)
{
    s2s_timing timing;
    d->options = (s2s_predict_options){
        .beam_size = shape->beam_size,
        .n_best = 1,
        .min_length = shape->length,
        .max_length = shape->length,
    };
    S2S_TRY(s2s_trial_open(&d->trial, shape, false, bench->team, s2s_kernels_of(precision), err));
    const s2s_search_model model = {d->trial.arch, d->trial.network, &d->trial.graph, 1};
    S2S_TRY(s2s_searcher_new(&d->searcher, &model, 1, shape->vocab, err));
    d->results = s2s_arena_alloc(d->trial.arena, (size_t)shape->sentences * sizeof *d->results);
    if (!d->results)
        return s2s_fail_memory(err, "measuring decoding");
    S2S_TRY(s2s_time(decode, d, bench->options->seconds, &timing, err));
    *row = s2s_bench_row_new(bench, S2S_BENCH_DECODE, shape->name, &timing);
    row->figures[S2S_BENCH_SENTENCES] = shape->sentences / timing.seconds;
    row->figures[S2S_BENCH_TOKENS] = shape->sentences * shape->length / timing.seconds;
    return s2s_trial_profile(bench, &d->trial, decode, d, row, err);
}

s2s_status s2s_trial_decode(s2s_bench *bench, const s2s_trial_shape *shape, int precision, s2s_bench_row *row,
                            s2s_error *err)
{
    decoding d = {0};
    s2s_status status = measure(bench, &d, shape, precision, row, err);
    s2s_searcher_free(d.searcher);
    s2s_trial_close(&d.trial);
    return status;
}

s2s_status s2s_bench_decode(s2s_bench *bench, s2s_error *err)
{
    for (int i = 0; i < N_ROWS; i++)
        for (int precision = S2S_PRECISION_F32; precision < S2S_N_PRECISIONS; precision++) {
            if (!s2s_bench_wants(bench, rows[i].name) || !s2s_bench_uses(bench, precision))
                continue;
            s2s_trial_shape shape = s2s_trial_shapes[0];
            shape.name = rows[i].name;
            shape.beam_size = rows[i].beam_size;
            shape.sentences = rows[i].sentences;
            s2s_bench_row row;
            S2S_TRY(s2s_trial_decode(bench, &shape, precision, &row, err));
            S2S_TRY(s2s_bench_tell(bench, &row, precision, err));
        }
    return S2S_OK;
}
