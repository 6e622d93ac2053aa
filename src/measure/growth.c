/* How the cost grows: one dimension at a time is varied, from the reference network, 64 sentences of 15 tokens
 * and beam 5.
 *
 * All else is held constant, the embedding too; but sentences of other lengths come in batches of about as many
 * tokens, 960, so that no row needs much time or memory for them.  The largest networks, of 2048 units or 65536
 * words, take less than 2 GiB with gradients, moments and packed weights, and a step of theirs about 0.3e12
 * operations. */
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "measure/trial.h"

typedef enum dimension { HIDDEN, LENGTH, VOCABULARY, BATCH, THREADS, BEAM, N_DIMENSIONS } dimension;

enum { MAX_VALUES = 16, MAX_VARIED = 5, MAX_NAME = 64 };

static const struct {
    const char *name;
    int values[MAX_VALUES]; /* up to the first 0 */
} dimensions[N_DIMENSIONS] = {
    [HIDDEN] = {"hidden", {128, 256, 512, 1024, 2048}},
    [LENGTH] = {"length", {5, 10, 20, 50, 100, 200, 400}},
    [VOCABULARY] = {"vocabulary", {1024, 2048, 4096, 8192, 16384, 32768, 65536}},
    [BATCH] = {"batch", {1, 2, 4, 8, 16, 32, 64, 128, 256}},
    [THREADS] = {"threads", {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128}},
    [BEAM] = {"beam", {1, 2, 3, 5, 8, 16}},
};

typedef struct workload {
    const char *name;
    s2s_trial_fn *measure;
    dimension varied[MAX_VARIED];
} workload;

static const workload workloads[] = {
    {"train", s2s_trial_train, {HIDDEN, LENGTH, VOCABULARY, BATCH, THREADS}},
    {"decode", s2s_trial_decode, {HIDDEN, LENGTH, VOCABULARY, BATCH, BEAM}},
};
enum { N_WORKLOADS = sizeof workloads / sizeof *workloads };

static s2s_trial_shape shape_of(dimension varied, int value)
{
    s2s_trial_shape shape = s2s_trial_shapes[0];
    switch (varied) {
    case HIDDEN:
        shape.hidden = value;
        break;
    case LENGTH:
        shape.sentences = shape.sentences * shape.length / value;
        shape.length = value;
        break;
    case VOCABULARY:
        shape.vocab = value;
        break;
    case BATCH:
        shape.sentences = value;
        break;
    case BEAM:
        shape.beam_size = value;
        break;
    default: /* the team's */
        break;
    }
    return shape;
}

/* A row per precision. */
static s2s_status measure(s2s_bench *bench, const workload *work, dimension varied, int value, s2s_error *err)
{
    char name[MAX_NAME];
    snprintf(name, sizeof name, "%s, %s %d", work->name, dimensions[varied].name, value);
    s2s_trial_shape shape = shape_of(varied, value);
    for (int precision = S2S_PRECISION_F32; precision < S2S_N_PRECISIONS; precision++) {
        if (!s2s_bench_wants(bench, name) || !s2s_bench_uses(bench, precision))
            continue;
        s2s_bench_row row;
        S2S_TRY(work->measure(bench, &shape, precision, &row, err));
        row.part = S2S_BENCH_GROWTH;
        row.name = name;
        row.work = work->name;
        row.dimension = dimensions[varied].name;
        row.value = value;
        S2S_TRY(s2s_bench_tell(bench, &row, precision, err));
    }
    return S2S_OK;
}

/* With a team of another size, which has another ceiling. */
static s2s_status measure_threads(s2s_bench *bench, const workload *work, int n_threads, s2s_error *err)
{
    if (n_threads > s2s_team_size(bench->team))
        return S2S_OK;
    s2s_bench other = *bench;
    memset(other.gflops, 0, sizeof other.gflops);
    S2S_TRY(s2s_team_new(&other.team, n_threads, err));
    s2s_status status = measure(&other, work, THREADS, n_threads, err);
    s2s_team_free(other.team);
    bench->n_rows = other.n_rows;
    return status;
}

static s2s_status measure_dimension(s2s_bench *bench, const workload *work, dimension varied, s2s_error *err)
{
    const int *values = dimensions[varied].values;
    for (int i = 0; i < MAX_VALUES && values[i] > 0; i++)
        S2S_TRY(varied == THREADS ? measure_threads(bench, work, values[i], err)
                                  : measure(bench, work, varied, values[i], err));
    return S2S_OK;
}

s2s_status s2s_bench_growth(s2s_bench *bench, s2s_error *err)
{
    for (int i = 0; i < N_WORKLOADS; i++)
        for (int k = 0; k < MAX_VARIED; k++)
            S2S_TRY(measure_dimension(bench, &workloads[i], workloads[i].varied[k], err));
    return S2S_OK;
}
