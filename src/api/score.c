/* Scoring: the log-probabilities of given targets. */
#include <math.h>
#include <string.h>

#include "api/worker.h"
#include "base/fail.h"

/* Scores of sequence b of the batch; nll of its token t is that of row (b, t). */
static bool keep_scores(s2s_worker *worker, const s2s_job *job, const s2s_target_batch *batch, int b,
                        const s2s_real *nll)
{
    int n = job->target.tokens.n;
    s2s_hypothesis *hyp = s2s_arena_alloc(worker->arena, sizeof *hyp);
    float *scores = s2s_arena_alloc(worker->arena, s2s_size_mul((size_t)n + 1, sizeof *scores));
    if (!hyp || !scores)
        return false;
    *hyp = (s2s_hypothesis){
        .text = s2s_job_text(worker, job, job->target.pieces, n),
        .n_tokens = n,
        .tokens = job->target.pieces,
        .token_scores = scores,
        .n_source = job->source.tokens.n,
        .source_tokens = job->source.pieces,
    };
    for (int t = 0; t <= n; t++) {
        scores[t] = (float)-nll[s2s_ragged_row(&batch->shape, b, t)];
        hyp->log_prob += scores[t];
    }
    hyp->score = hyp->log_prob / s2s_length_divisor(worker->options.length_penalty, n + 1);
    *job->result = (s2s_result_item){.hyps = hyp, .n_hyps = 1};
    return hyp->text != NULL;
}

/* Adds what model k says, own [T], to the probabilities of all, exp(-nll) [T]. */
static s2s_status add_model(s2s_worker *worker, int k, const s2s_source_batch *source,
                            const s2s_target_batch *target, s2s_real *own, s2s_real *nll, s2s_error *err)
{
    const s2s_model *model = worker->models[k];
    s2s_graph *graph = &worker->graphs[k];
    double log_weight = log(worker->weights[k]);
    s2s_loss loss = {0};
    s2s_graph_begin(graph, false, false, 0);
    model->arch->forward(model->network, graph, source, target, &(s2s_objective){0}, 0, &loss, own);
    S2S_TRY(s2s_graph_status(graph, err));
    if (!isfinite(loss.nll))
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected finite log-probabilities, found none", model->path);
    for (int i = 0; i < target->shape.n_tokens; i++)
        nll[i] = (s2s_real)-s2s_log_add(-(double)nll[i], log_weight - (double)own[i]);
    return S2S_OK;
}

static s2s_status score_batch(s2s_worker *worker, const s2s_job *jobs, int n, s2s_error *err)
{
    s2s_source_batch source;
    s2s_target_batch target;
    s2s_arena_reset(worker->scratch);
    s2s_tokens *sources = s2s_arena_alloc(worker->scratch, (size_t)n * sizeof *sources);
    s2s_tokens *targets = s2s_arena_alloc(worker->scratch, (size_t)n * sizeof *targets);
    if (!sources || !targets)
        return s2s_fail_memory(err, "making a batch");
    for (int i = 0; i < n; i++) {
        sources[i] = jobs[i].source.tokens;
        targets[i] = jobs[i].target.tokens;
    }
    if (!s2s_source_batch_make(&source, sources, n, worker->scratch) ||
        !s2s_target_batch_make(&target, targets, n, &source, worker->scratch))
        return s2s_fail_memory(err, "making a batch");
    size_t size = s2s_size_mul((size_t)target.shape.n_tokens, sizeof(s2s_real));
    s2s_real *nll = s2s_arena_alloc(worker->scratch, size), *own = s2s_arena_alloc(worker->scratch, size);
    if (!nll || !own)
        return s2s_fail_memory(err, "making a batch");
    for (int i = 0; i < target.shape.n_tokens; i++)
        nll[i] = INFINITY;
    for (int k = 0; k < worker->n_models; k++)
        S2S_TRY(add_model(worker, k, &source, &target, own, nll, err));
    for (int b = 0; b < n; b++)
        if (!keep_scores(worker, &jobs[target.order[b]], &target, b, nll))
            return s2s_fail_memory(err, "keeping scores");
    return S2S_OK;
}

s2s_status s2s_worker_score(s2s_worker *worker, const s2s_input *inputs, const s2s_span *targets, int n,
                            s2s_error *err)
{
    S2S_TRY(s2s_jobs_make(worker, inputs, targets, n, err));
    for (int first = 0, size; first < worker->n_jobs; first += size) {
        size = s2s_jobs_batch(worker, first, worker->n_jobs);
        S2S_TRY(score_batch(worker, worker->jobs + first, size, err));
    }
    return S2S_OK;
}

s2s_status s2s_score(s2s_worker *worker, const s2s_input *inputs, const char *const *targets, int n,
                     const s2s_result **result, s2s_error *err)
{
    if (!worker || !result || (n > 0 && !targets))
        return s2s_fail(err, S2S_MISUSE,
                        "s2s_score: expected a worker, targets and a place for the result, found NULL");
    *result = NULL;
    S2S_TRY(s2s_worker_begin(worker, inputs, n, err));
    s2s_span *spans = s2s_arena_alloc(worker->arena, s2s_size_mul((size_t)n, sizeof *spans));
    if (!spans)
        return s2s_fail_memory(err, "reading targets");
    for (int i = 0; i < n; i++) {
        if (!targets[i])
            return s2s_fail_input(err, S2S_MISUSE, i, ": expected a target, found NULL");
        spans[i] = (s2s_span){targets[i], strlen(targets[i])};
    }
    S2S_TRY(s2s_worker_score(worker, inputs, spans, n, err));
    *result = &worker->result;
    return S2S_OK;
}
