#include "train/learner.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "base/fail.h"
#include "train/block.h"
#include "train/freeze.h"
#include "train/memory.h"

enum { SAMPLING_RAMP = 5000 }; /* updates until scheduled sampling has its full probability */

static s2s_status open_parts(s2s_learner *learner, const s2s_train_options *options, int source_vocab,
                             int target_vocab, s2s_error *err)
{
    s2s_params *params = &learner->params;
    S2S_TRY(s2s_team_new(&learner->team, options->threads, err));
    S2S_TRY(
        learner->arch->declare(&learner->network, &options->network, source_vocab, target_vocab, params, err));
    S2S_TRY(s2s_freeze(params, options->freeze, err));
    if (options->memory > 0)
        S2S_TRY(s2s_memory_check(options, params, learner->kernels, err));
    S2S_TRY(s2s_params_allocate(params, true, err));
    S2S_TRY(s2s_graph_open(&learner->graph, params, learner->team, learner->kernels, err));
    return s2s_optimiser_open(&learner->optimiser, options, params, err);
}

void s2s_learner_begin(s2s_learner *learner, const s2s_train_options *options)
{
    s2s_params_init(&learner->params, (uint64_t)options->seed);
    s2s_optimiser_begin(&learner->optimiser, &learner->params);
}

s2s_status s2s_learner_open(s2s_learner *learner, const s2s_train_options *options, int source_vocab,
                            int target_vocab, s2s_error *err)
{
    *learner = (s2s_learner){.arch = &s2s_arch_rnn, .kernels = s2s_kernels_of(options->precision)};
    s2s_params_begin(&learner->params);
    s2s_status status = open_parts(learner, options, source_vocab, target_vocab, err);
    if (status != S2S_OK)
        s2s_learner_close(learner);
    return status;
}

void s2s_learner_close(s2s_learner *learner)
{
    s2s_optimiser_close(&learner->optimiser);
    if (learner->graph.step)
        s2s_graph_close(&learner->graph);
    if (learner->network)
        learner->arch->free(learner->network);
    s2s_params_end(&learner->params);
    s2s_team_free(learner->team);
    *learner = (s2s_learner){0};
}

/* ---- divergence ---- */

static bool all_finite(const s2s_tensor *t, const s2s_real *block)
{
    for (int r = 0; r < t->rows; r++)
        for (int c = 0; c < t->cols; c++)
            if (!isfinite(block[(ptrdiff_t)r * t->ld + c]))
                return false;
    return true;
}

static s2s_status diverged(const s2s_progress *progress, int64_t update, const char *subject, double loss,
                           s2s_error *err)
{
    char value[32] = "";
    if (!isnan(loss))
        snprintf(value, sizeof value, " (loss %g)", loss);
    return s2s_fail(err, S2S_DIVERGED, "update %lld: %s%s; the last good checkpoint is at update %lld",
                    (long long)update, subject, value, (long long)progress->saved_update);
}

/* Names the first parameter whose value, or else gradient, is to blame. */
static s2s_status blame(const s2s_learner *learner, const s2s_progress *progress, int64_t update, double loss,
                        s2s_error *err)
{
    const s2s_params *params = &learner->params;
    char subject[128] = "the loss is not finite";
    for (int gradient = 0; gradient < 2; gradient++)
        for (int i = 0; i < params->n; i++) {
            const s2s_tensor *t = &params->items[i]->t;
            if ((gradient && params->items[i]->frozen) || all_finite(t, gradient ? t->grad : t->data))
                continue;
            snprintf(subject, sizeof subject, "%s %s is not finite", gradient ? "the gradient of" : "parameter",
                     params->items[i]->name);
            return diverged(progress, update, subject, loss, err);
        }
    return diverged(progress, update, subject, loss, err);
}

s2s_status s2s_learner_check(const s2s_learner *learner, const s2s_progress *progress, s2s_error *err)
{
    const struct {
        const s2s_real *block;
        const char *subject; /* NULL: the parameters, whose names are known */
    } all[] = {
        {learner->params.data, NULL},
        {learner->optimiser.average, "a parameter's average is not finite"},
        {learner->optimiser.moments[0], "the optimiser's first moment of a gradient is not finite"},
        {learner->optimiser.moments[1], "the optimiser's second moment of a gradient is not finite"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i].block || isfinite(s2s_block_norm(all[i].block, learner->params.n_elements, NULL,
                                                     learner->team, learner->kernels)))
            continue;
        if (all[i].subject)
            return diverged(progress, progress->update, all[i].subject, NAN, err);
        return blame(learner, progress, progress->update, NAN, err);
    }
    return S2S_OK;
}

/* ---- one update ---- */

/* Forward and backward; adds the gradient.  sampling: probability of scheduled sampling. */
static s2s_status run_batch(const s2s_learner *learner, s2s_graph *graph, const s2s_train_options *options,
                            const s2s_batch *batch, uint64_t key, double sampling, s2s_loss *loss,
                            s2s_error *err)
{
    int n_tokens = batch->target.shape.n_tokens;
    s2s_profile *profile = graph->profile;
    s2s_profile_phase(profile, S2S_PHASE_FORWARD);
    s2s_graph_begin(graph, true, true, key);
    s2s_objective objective = {.smoothing = (s2s_real)options->label_smoothing,
                               .r_drop = (s2s_real)options->r_drop,
                               .guided_alignment =
                                   (s2s_real)(options->guided_alignment ? options->guided_alignment_weight : 0),
                               .grad_scale = (s2s_real)(1 / ((double)n_tokens * options->accumulate))};
    learner->arch->forward(learner->network, graph, &batch->source, &batch->target, &objective,
                           (s2s_real)sampling, loss, NULL);
    s2s_profile_phase(profile, S2S_PHASE_BACKWARD);
    s2s_graph_backward(graph);
    return s2s_graph_status(graph, err);
}

static s2s_status learn_batch(s2s_learner *learner, const s2s_train_options *options, s2s_read_ahead *batches,
                              s2s_progress *progress, int index, s2s_loss *loss, s2s_error *err)
{
    s2s_batch batch;
    bool end_of_epoch;
    s2s_profile_phase(learner->graph.profile, S2S_PHASE_READ);
    S2S_TRY(s2s_read_ahead_next(batches, &batch, &end_of_epoch, err));
    double ramp = fmin((double)progress->update / SAMPLING_RAMP, 1);
    uint64_t key = s2s_hash64((uint64_t)options->seed, (uint64_t)progress->update + 1);
    S2S_TRY(run_batch(learner, &learner->graph, options, &batch, s2s_hash64(key, (uint64_t)index),
                      options->scheduled_sampling * ramp, loss, err));
    progress->target_tokens += batch.target.shape.n_tokens;
    progress->epoch_pairs += batch.target.shape.n_seqs / (options->r_drop > 0 ? 2 : 1);
    if (end_of_epoch) {
        progress->epoch++;
        progress->epoch_pairs = 0;
        progress->n_pairs = (int64_t)s2s_read_ahead_n_admitted(batches, progress->epoch);
    }
    return S2S_OK;
}

s2s_status s2s_learner_rehearse(s2s_learner *learner, s2s_graph *graph, const s2s_train_options *options,
                                const s2s_batch *batch, s2s_error *err)
{
    s2s_loss loss = {0};
    s2s_status status = run_batch(learner, graph, options, batch, 0, options->scheduled_sampling, &loss, err);
    s2s_block_clear(learner->params.grad, learner->params.n_elements, learner->team);
    return status;
}

/* Adds up the gradient of an update; S2S_DIVERGED when it is not finite. */
static s2s_status learn_batches(s2s_learner *learner, const s2s_train_options *options, s2s_read_ahead *batches,
                                s2s_progress *progress, s2s_update *update, s2s_error *err)
{
    int64_t tokens_before = progress->target_tokens;
    s2s_loss loss = {0};
    for (int i = 0; i < options->accumulate; i++)
        S2S_TRY(learn_batch(learner, options, batches, progress, i, &loss, err));
    update->nll = loss.nll;
    update->tokens = progress->target_tokens - tokens_before;
    s2s_profile_phase(learner->graph.profile, S2S_PHASE_NORM);
    update->gradient_norm = s2s_gradient_norm(&learner->params, learner->team, learner->kernels);
    progress->update++;
    if (!isfinite(update->gradient_norm) || !isfinite(loss.objective) || !isfinite(loss.nll))
        return blame(learner, progress, progress->update, loss.nll / (double)update->tokens, err);
    return S2S_OK;
}

s2s_status s2s_learner_update(s2s_learner *learner, const s2s_train_options *options, s2s_read_ahead *batches,
                              s2s_progress *progress, s2s_update *update, s2s_error *err)
{
    s2s_params *params = &learner->params;
    double fraction = s2s_progress_fraction(progress, options->after);
    double learn_rate = s2s_schedule_rate(options, progress->update + 1, isnan(fraction) ? 0 : fraction,
                                          (int)fmin((double)progress->halvings, INT_MAX));
    *update = (s2s_update){.learn_rate = learn_rate};
    s2s_status status = learn_batches(learner, options, batches, progress, update, err);
    if (status != S2S_OK) {
        s2s_block_clear(params->grad, params->n_elements, learner->team);
        return status;
    }
    double norm = update->gradient_norm;
    double scale = options->clip_norm > 0 && norm > options->clip_norm ? options->clip_norm / norm : 1;
    s2s_profile_phase(learner->graph.profile, S2S_PHASE_OPTIMISER);
    s2s_optimiser_update(&learner->optimiser, options, params, learn_rate, scale, learner->team,
                         learner->kernels);
    s2s_profile_phase(learner->graph.profile, S2S_PHASE_REST);
    s2s_reader_position position = s2s_read_ahead_tell(batches);
    progress->reader_epoch = position.epoch;
    progress->reader_batch = position.batch;
    return S2S_OK;
}

const s2s_real *s2s_learner_best_block(const s2s_learner *learner)
{
    return learner->optimiser.average ? learner->optimiser.average : learner->params.data;
}

void s2s_learner_swap(s2s_learner *learner)
{
    if (!learner->optimiser.average)
        return;
    s2s_block_swap(learner->params.data, learner->optimiser.average, learner->params.n_elements, learner->team);
    s2s_params_changed(&learner->params);
}
