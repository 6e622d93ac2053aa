#include "measure/trial.h"

#include "base/fail.h"
#include "base/rng.h"
#include "base/token.h"

const s2s_trial_shape s2s_trial_shapes[] = {
    {"reference", 256, 512, 8192, 15, 64, 5, S2S_CELL_LSTM, S2S_ATTENTION_GENERAL, false},
    {"input feeding", 256, 512, 8192, 15, 64, 5, S2S_CELL_LSTM, S2S_ATTENTION_GENERAL, true},
    {"additive attention", 256, 512, 8192, 15, 64, 5, S2S_CELL_LSTM, S2S_ATTENTION_ADDITIVE, false},
    {"gru", 256, 512, 8192, 15, 64, 5, S2S_CELL_GRU, S2S_ATTENTION_GENERAL, false},
    {"characters", 128, 256, 96, 20, 64, 5, S2S_CELL_LSTM, S2S_ATTENTION_GENERAL, false},
};
const int s2s_n_trial_shapes = sizeof s2s_trial_shapes / sizeof *s2s_trial_shapes;

static s2s_status declare(s2s_trial *trial, const s2s_trial_shape *shape, s2s_error *err)
{
    s2s_network_options options = {
        .dim_emb = shape->emb,
        .dim_hidden = shape->hidden,
        .enc_cell = shape->cell,
        .dec_cell = shape->cell,
        .enc_depth = 1,
        .dec_depth = 1,
        .bidirectional = true,
        .bridge = S2S_BRIDGE_COPY,
        .attention = shape->attention,
        .input_feeding = shape->feeding,
    };
    return trial->arch->declare(&trial->network, &options, shape->vocab, shape->vocab, &trial->params, err);
}

/* Small numbers: nothing is learnt, and s2s_params_init takes a second for its orthogonal matrices. */
static void fill(s2s_params *params, s2s_rng *rng)
{
    for (int i = 0; i < params->n; i++) {
        const s2s_tensor *t = &params->items[i]->t;
        for (int r = 0; r < t->rows; r++)
            for (int c = 0; c < t->cols; c++)
                s2s_row(t, r)[c] = (s2s_real)(0.1 * (s2s_rng_uniform(rng) - 0.5));
    }
}

/* Random words, none of them special. */
static bool make_batch(s2s_trial *trial, const s2s_trial_shape *shape, s2s_rng *rng)
{
    int B = shape->sentences, T = shape->length;
    trial->arena = s2s_arena_new(1 << 16);
    int *ids = trial->arena ? s2s_ints_new(trial->arena, 2 * (size_t)B * (size_t)T) : NULL;
    s2s_tokens *tokens = ids ? s2s_arena_alloc(trial->arena, 2 * (size_t)B * sizeof *tokens) : NULL;
    if (!tokens)
        return false;
    for (int i = 0; i < 2 * B * T; i++)
        ids[i] = S2S_N_SPECIALS + (int)s2s_rng_below(rng, (uint32_t)(shape->vocab - S2S_N_SPECIALS));
    for (int i = 0; i < 2 * B; i++)
        tokens[i] = (s2s_tokens){ids + i * T, i < B ? T : T - 1};
    return s2s_source_batch_make(&trial->source, tokens, B, trial->arena) &&
           s2s_target_batch_make(&trial->target, tokens + B, B, &trial->source, trial->arena);
}

s2s_status s2s_trial_open(s2s_trial *trial, const s2s_trial_shape *shape, bool training, s2s_team *team,
                          const s2s_kernels *kernels, s2s_error *err)
{
    s2s_rng rng;
    s2s_rng_seed(&rng, 1);
    *trial = (s2s_trial){.arch = &s2s_arch_rnn};
    s2s_params_begin(&trial->params);
    S2S_TRY(declare(trial, shape, err));
    S2S_TRY(s2s_params_allocate(&trial->params, training, err));
    fill(&trial->params, &rng);
    S2S_TRY(s2s_graph_open(&trial->graph, &trial->params, team, kernels, err));
    return make_batch(trial, shape, &rng) ? S2S_OK : s2s_fail_memory(err, "making a batch");
}

void s2s_trial_close(s2s_trial *trial)
{
    s2s_graph_close(&trial->graph);
    if (trial->network)
        trial->arch->free(trial->network);
    s2s_params_end(&trial->params);
    s2s_arena_free(trial->arena);
}

s2s_status s2s_trial_profile(s2s_bench *bench, s2s_trial *trial, s2s_timed_fn *fn, void *arg,
                             s2s_bench_row *row, s2s_error *err)
{
    if (!bench->options->profile)
        return S2S_OK;
    s2s_profile profile = {0};
    s2s_timing timing;
    trial->graph.profile = &profile;
    s2s_status status = s2s_time(fn, arg, bench->options->seconds, &timing, err);
    trial->graph.profile = NULL;
    s2s_profile_summarise(&profile, &bench->summary);
    row->profile = &bench->summary;
    return status;
}
