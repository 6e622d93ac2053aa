#define _POSIX_C_SOURCE 200809L

#include "train/learner.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "train/block.h"

enum { SAMPLING_RAMP = 5000 }; /* updates until scheduled sampling has its full probability */

static s2s_status open_parts(s2s_learner *learner, const s2s_train_options *options, int source_vocab,
                             int target_vocab, s2s_error *err)
{
    s2s_params *params = &learner->params;
    S2S_TRY(s2s_team_new(&learner->team, options->threads, err));
    S2S_TRY(
        learner->arch->declare(&learner->network, &options->network, source_vocab, target_vocab, params, err));
    S2S_TRY(s2s_params_allocate(params, true, err));
    S2S_TRY(s2s_graph_open(&learner->graph, params, learner->team, learner->kernels, err));
    S2S_TRY(s2s_optimiser_open(&learner->optimiser, options, params, err));
    if (options->ema == 0)
        return S2S_OK;
    learner->average = s2s_block_new(params);
    if (!learner->average)
        return s2s_fail_memory(err, "allocating the averaged parameters");
    return S2S_OK;
}

void s2s_learner_begin(s2s_learner *learner, const s2s_train_options *options)
{
    s2s_params *params = &learner->params;
    s2s_params_init(params, (uint64_t)options->seed);
    if (learner->average)
        memcpy(learner->average, params->data, params->n_elements * sizeof(s2s_real));
}

s2s_status s2s_learner_open(s2s_learner *learner, const s2s_train_options *options, int source_vocab,
                            int target_vocab, s2s_error *err)
{
    bool bf16 = options->precision == S2S_PRECISION_BF16;
    *learner = (s2s_learner){.arch = &s2s_arch_rnn, .kernels = bf16 ? s2s_kernels_bf16() : s2s_kernels_best()};
    s2s_params_begin(&learner->params);
    s2s_status status = open_parts(learner, options, source_vocab, target_vocab, err);
    if (status != S2S_OK)
        s2s_learner_close(learner);
    return status;
}

void s2s_learner_close(s2s_learner *learner)
{
    free(learner->average);
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
            if (all_finite(t, gradient ? t->grad : t->data))
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
        {learner->average, "a parameter's average is not finite"},
        {learner->optimiser.moments[0], "the optimiser's first moment of a gradient is not finite"},
        {learner->optimiser.moments[1], "the optimiser's second moment of a gradient is not finite"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i].block ||
            isfinite(s2s_block_norm(all[i].block, learner->params.n_elements, learner->team, learner->kernels)))
            continue;
        if (all[i].subject)
            return diverged(progress, progress->update, all[i].subject, NAN, err);
        return blame(learner, progress, progress->update, NAN, err);
    }
    return S2S_OK;
}

/* ---- one update ---- */

/* Forward and backward of the next batch; adds its gradient. */
static s2s_status learn_batch(s2s_learner *learner, const s2s_train_options *options, s2s_reader *reader,
                              s2s_progress *progress, int index, s2s_loss *loss, s2s_error *err)
{
    s2s_batch batch;
    bool end_of_epoch;
    S2S_TRY(s2s_reader_next(reader, &batch, &end_of_epoch, err));
    int n_tokens = batch.target.shape.n_tokens;
    double ramp = fmin((double)progress->update / SAMPLING_RAMP, 1);
    uint64_t key = s2s_hash64((uint64_t)options->seed, (uint64_t)progress->update + 1);
    s2s_graph_begin(&learner->graph, true, true, s2s_hash64(key, (uint64_t)index));
    s2s_objective objective = {.smoothing = (s2s_real)options->label_smoothing,
                               .r_drop = (s2s_real)options->r_drop,
                               .grad_scale = (s2s_real)(1 / ((double)n_tokens * options->accumulate))};
    learner->arch->forward(learner->network, &learner->graph, &batch.source, &batch.target, &objective,
                           (s2s_real)(options->scheduled_sampling * ramp), loss, NULL);
    s2s_graph_backward(&learner->graph);
    progress->target_tokens += n_tokens;
    progress->epoch_pairs += batch.target.shape.n_seqs / (options->r_drop > 0 ? 2 : 1);
    if (end_of_epoch) {
        progress->epoch++;
        progress->epoch_pairs = 0;
    }
    return s2s_graph_status(&learner->graph, err);
}

s2s_status s2s_learner_update(s2s_learner *learner, const s2s_train_options *options, s2s_reader *reader,
                              s2s_progress *progress, s2s_update *update, s2s_error *err)
{
    s2s_params *params = &learner->params;
    double fraction = s2s_progress_fraction(progress, options->after);
    double learn_rate = s2s_schedule_rate(options, progress->update + 1, isnan(fraction) ? 0 : fraction,
                                          (int)fmin((double)progress->halvings, INT_MAX));
    int64_t tokens_before = progress->target_tokens;
    s2s_loss loss = {0};
    s2s_block_clear(params->grad, params->n_elements, learner->team);
    for (int i = 0; i < options->accumulate; i++)
        S2S_TRY(learn_batch(learner, options, reader, progress, i, &loss, err));
    double norm = s2s_gradient_norm(params, learner->team, learner->kernels);
    *update = (s2s_update){loss.nll, progress->target_tokens - tokens_before, learn_rate, norm};
    progress->update++;
    if (!isfinite(norm) || !isfinite(loss.objective) || !isfinite(loss.nll))
        return blame(learner, progress, progress->update, loss.nll / (double)update->tokens, err);
    double scale = options->clip_norm > 0 && norm > options->clip_norm ? options->clip_norm / norm : 1;
    s2s_optimiser_update(&learner->optimiser, options, params, learn_rate, scale, learner->team,
                         learner->kernels);
    if (learner->average) {
        /* a short memory at first, so that the start is forgotten soon */
        double u = (double)progress->update, decay = fmin(options->ema, (1 + u) / (10 + u));
        s2s_block_average(learner->average, params->data, decay, params->n_elements, learner->team);
    }
    s2s_reader_position position = s2s_reader_tell(reader);
    progress->reader_epoch = position.epoch;
    progress->reader_batch = position.batch;
    return S2S_OK;
}

const s2s_real *s2s_learner_best_block(const s2s_learner *learner)
{
    return learner->average ? learner->average : learner->params.data;
}

void s2s_learner_swap(s2s_learner *learner)
{
    if (!learner->average)
        return;
    s2s_block_swap(learner->params.data, learner->average, learner->params.n_elements, learner->team);
    s2s_params_changed(&learner->params);
}
