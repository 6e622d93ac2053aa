/* Training steps: forward, backward, gradient norm, Adam. */
#include "base/fail.h"
#include "measure/trial.h"
#include "train/optimiser.h"

typedef struct lesson {
    s2s_trial trial;
    s2s_train_options options;
    s2s_optimiser optimiser;
    uint64_t step;
} lesson;

static s2s_status run_step(void *arg, s2s_error *err)
{
    lesson *l = arg;
    s2s_params *params = &l->trial.params;
    s2s_graph *graph = &l->trial.graph;
    s2s_objective objective = {.grad_scale = 1 / (s2s_real)l->trial.target.shape.n_tokens};
    s2s_loss loss = {0};
    s2s_profile_begin(graph->profile);
    s2s_profile_phase(graph->profile, S2S_PHASE_FORWARD);
    s2s_graph_begin(graph, true, true, l->step++);
    l->trial.arch->forward(l->trial.network, graph, &l->trial.source, &l->trial.target, &objective, 0, &loss,
                           NULL);
    s2s_profile_phase(graph->profile, S2S_PHASE_BACKWARD);
    s2s_graph_backward(graph);
    s2s_profile_phase(graph->profile, S2S_PHASE_NORM);
    double norm = s2s_gradient_norm(params, graph->team, graph->kernels);
    s2s_profile_phase(graph->profile, S2S_PHASE_OPTIMISER);
    s2s_optimiser_update(&l->optimiser, &l->options, params, l->options.learn_rate, norm > 1 ? 1 / norm : 1,
                         graph->team, graph->kernels);
    s2s_profile_end(graph->profile);
    return s2s_graph_status(graph, err);
}

/* Floating-point operations of the products of a step, as the operations count them for a profile: two for
 * every multiply-add.  Of N source and N target tokens, with E, H, V and a cell of G gates, in the reference
 * network
 *
 *   encoder  N 2 (G H/2 E + G H/2 H/2)    decoder  N (G H E + G H H)
 *   keys     N H H                        attentional vector  N 2H H      output  N H V
 *
 * each once forward and twice backward, for the gradients of its input and of its weights.  Tokens that
 * are folded (ops/fold.c) count once.  Scores and contexts of attention are not among them: they are loops over
 * vectors. */
static s2s_status count_flops(lesson *l, s2s_profile *profile, s2s_error *err)
{
    l->trial.graph.profile = profile;
    s2s_status status = run_step(l, err);
    l->trial.graph.profile = NULL;
    return status;
}

static s2s_status measure(s2s_bench *bench, lesson *l, const s2s_trial_shape *shape, int precision,
                          s2s_bench_row *row, s2s_error *err)
{
    double ceiling;
    s2s_profile profile = {0};
    s2s_timing timing;
    l->options = (s2s_train_options){
        .optimizer = S2S_OPTIMISER_ADAM, .learn_rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    S2S_TRY(s2s_trial_open(&l->trial, shape, true, bench->team, s2s_kernels_of(precision), err));
    S2S_TRY(s2s_optimiser_open(&l->optimiser, &l->options, &l->trial.params, err));
    S2S_TRY(count_flops(l, &profile, err));
    S2S_TRY(s2s_time(run_step, l, bench->options->seconds, &timing, err));
    S2S_TRY(s2s_bench_ceiling(bench, precision, &ceiling, err));
    *row = s2s_bench_row_new(bench, S2S_BENCH_TRAIN, shape->name, &timing);
    row->figures[S2S_BENCH_GFLOPS] = 1e-9 * s2s_profile_flops(&profile) / timing.seconds;
    row->figures[S2S_BENCH_SHARE] = 100 * row->figures[S2S_BENCH_GFLOPS] / ceiling;
    row->figures[S2S_BENCH_TOKENS] = l->trial.target.shape.n_tokens / timing.seconds;
    return s2s_trial_profile(bench, &l->trial, run_step, l, row, err);
}

s2s_status s2s_trial_train(s2s_bench *bench, const s2s_trial_shape *shape, int precision, s2s_bench_row *row,
                           s2s_error *err)
{
    lesson l = {0};
    s2s_status status = measure(bench, &l, shape, precision, row, err);
    s2s_optimiser_close(&l.optimiser);
    s2s_trial_close(&l.trial);
    return status;
}

s2s_status s2s_bench_train(s2s_bench *bench, s2s_error *err)
{
    for (int i = 0; i < s2s_n_trial_shapes; i++)
        for (int precision = S2S_PRECISION_F32; precision < S2S_N_PRECISIONS; precision++) {
            if (!s2s_bench_wants(bench, s2s_trial_shapes[i].name) || !s2s_bench_uses(bench, precision))
                continue;
            s2s_bench_row row;
            S2S_TRY(s2s_trial_train(bench, &s2s_trial_shapes[i], precision, &row, err));
            S2S_TRY(s2s_bench_tell(bench, &row, precision, err));
        }
    return S2S_OK;
}
