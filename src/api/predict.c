/* Prediction: jobs to batches, batches to searches, outputs to results. */
#include <string.h>

#include "api/worker.h"
#include "base/fail.h"
#include "base/rng.h"

/* A batch may make so many rows of hypotheses and, where all log-probabilities of a step are needed, that many
 * of them; a single input may exceed it. */
enum { MAX_ROWS = 4096, MAX_LOG_PROBS = 1 << 25 };

/* Inputs per batch at most. */
static int max_batch(const s2s_worker *worker)
{
    bool needs_all = worker->options.sample || worker->n_models > 1;
    int width = 1, rows = MAX_ROWS;
    for (int i = 0; i < worker->n_jobs; i++) {
        const s2s_phrases *phrases = s2s_input_phrases(worker, worker->jobs[i].index);
        int job_width = s2s_search_width(&worker->options, phrases);
        width = job_width > width ? job_width : width;
    }
    int n_tables = worker->n_models > 1 ? worker->n_models + 1 : 1,
        n_tokens = s2s_vocab_size(worker->model->file.target_vocab);
    if (needs_all && rows > MAX_LOG_PROBS / n_tables / n_tokens)
        rows = MAX_LOG_PROBS / n_tables / n_tokens;
    return rows > width ? rows / width : 1;
}

/* Name of token t of an output: what was given in the prefix, else a piece of the vocabulary or what an unknown
 * token becomes. */
static const char *output_piece(s2s_worker *worker, const s2s_job *job, const s2s_search_hyp *hyp, int t)
{
    if (t < job->target.tokens.n)
        return job->target.pieces[t];
    if (hyp->tokens[t] != S2S_TOKEN_UNK)
        return s2s_vocab_piece(worker->model->file.target_vocab, hyp->tokens[t]).data;
    return s2s_unknown_token(worker, &job->source, hyp->attention + (size_t)t * (size_t)job->source.tokens.n);
}

static const char *const *output_pieces(s2s_worker *worker, const s2s_job *job, const s2s_search_hyp *hyp)
{
    const char **pieces = s2s_arena_alloc(worker->arena, (size_t)hyp->n * sizeof *pieces);
    for (int t = 0; pieces && t < hyp->n; t++) {
        pieces[t] = output_piece(worker, job, hyp, t);
        if (!pieces[t])
            return NULL;
    }
    return pieces;
}

static const float *copy_floats(s2s_arena *arena, const float *x, size_t n)
{
    float *copy = s2s_arena_alloc(arena, s2s_size_mul(n, sizeof *copy));
    if (copy)
        memcpy(copy, x, n * sizeof *copy);
    return copy;
}

static bool keep_hyp(s2s_worker *worker, const s2s_job *job, const s2s_search_hyp *found, s2s_hypothesis *hyp)
{
    size_t n_scores = (size_t)found->n + 1;
    *hyp = (s2s_hypothesis){
        .score = found->score,
        .log_prob = found->log_prob,
        .n_tokens = found->n,
        .tokens = output_pieces(worker, job, found),
        .token_scores = copy_floats(worker->arena, found->token_scores, n_scores),
        .n_source = job->source.tokens.n,
        .source_tokens = job->source.pieces,
    };
    if (!hyp->tokens || !hyp->token_scores)
        return false;
    if (found->attention && worker->gives_attention) {
        size_t n_weights = s2s_size_mul(n_scores, (size_t)hyp->n_source);
        hyp->attention = copy_floats(worker->arena, found->attention, n_weights);
        if (!hyp->attention)
            return false;
    }
    hyp->text = s2s_job_text(worker, job, hyp->tokens, hyp->n_tokens);
    return hyp->text != NULL;
}

static bool keep_result(s2s_worker *worker, const s2s_job *job, const s2s_search_result *found)
{
    s2s_hypothesis *hyps = s2s_arena_alloc(worker->arena, s2s_size_mul((size_t)found->n_hyps, sizeof *hyps));
    if (!hyps)
        return false;
    for (int h = 0; h < found->n_hyps; h++)
        if (!keep_hyp(worker, job, &found->hyps[h], &hyps[h]))
            return false;
    *job->result = (s2s_result_item){.hyps = hyps, .n_hyps = found->n_hyps};
    return true;
}

static s2s_status predict_batch(s2s_worker *worker, const s2s_job *jobs, int n, s2s_error *err)
{
    s2s_arena_reset(worker->scratch);
    s2s_tokens *sources = s2s_arena_alloc(worker->scratch, (size_t)n * sizeof *sources);
    s2s_tokens *prefixes = s2s_arena_alloc(worker->scratch, (size_t)n * sizeof *prefixes);
    uint64_t *seeds = s2s_arena_alloc(worker->scratch, (size_t)n * sizeof *seeds);
    const s2s_phrases **phrases = s2s_arena_alloc(worker->scratch, (size_t)n * sizeof *phrases);
    s2s_search_result *found = s2s_arena_alloc(worker->scratch, (size_t)n * sizeof *found);
    if (!sources || !prefixes || !seeds || !phrases || !found)
        return s2s_fail_memory(err, "making a batch");
    for (int i = 0; i < n; i++)
        sources[i] = jobs[i].source.tokens;
    s2s_source_batch batch;
    if (!s2s_source_batch_make(&batch, sources, n, worker->scratch))
        return s2s_fail_memory(err, "making a batch");
    for (int b = 0; b < n; b++) {
        prefixes[b] = jobs[batch.order[b]].target.tokens;
        seeds[b] = s2s_hash64((uint64_t)worker->options.seed, jobs[batch.order[b]].hash);
        phrases[b] = s2s_input_phrases(worker, jobs[batch.order[b]].index);
    }
    const s2s_search_given given = {.prefix = prefixes,
                                    .seeds = seeds,
                                    .phrases = phrases,
                                    .lexicon = worker->lexicon,
                                    .shortlist = worker->shortlist};
    S2S_TRY(s2s_search(worker->searcher, &batch, &given, &worker->options, found, err));
    for (int b = 0; b < n; b++) {
        const s2s_job *job = &jobs[batch.order[b]];
        s2s_job_searched(worker, job, found[b].n_hyps > 0);
        if (found[b].n_hyps > 0 && !keep_result(worker, job, &found[b]))
            return s2s_fail_memory(err, "keeping outputs");
    }
    return S2S_OK;
}

static s2s_status predict_jobs(s2s_worker *worker, s2s_error *err)
{
    int max_size = max_batch(worker);
    for (int first = 0, size; first < worker->n_jobs; first += size) {
        size = s2s_shortlist_batch(worker, first, s2s_jobs_batch(worker, first, max_size));
        s2s_profile_begin(worker->graphs[0].profile);
        s2s_status status = predict_batch(worker, worker->jobs + first, size, err);
        s2s_profile_end(worker->graphs[0].profile);
        S2S_TRY(status);
    }
    return S2S_OK;
}

s2s_status s2s_worker_predict(s2s_worker *worker, const s2s_input *inputs, const s2s_constraint *constraints,
                              int n, s2s_error *err)
{
    S2S_TRY(s2s_worker_begin(worker, inputs, n, err));
    S2S_TRY(s2s_jobs_constrain(worker, inputs, constraints, n, err));
    S2S_TRY(s2s_jobs_make(worker, inputs, NULL, n, err));
    S2S_TRY(predict_jobs(worker, err));
    s2s_jobs_take_missed(worker);
    S2S_TRY(predict_jobs(worker, err));
    return s2s_splits_join(worker, err);
}

const char *s2s_worker_output_text(s2s_worker *worker, const char *text)
{
    const s2s_text_pipeline *steps = worker->model->output_text;
    s2s_span out = {text, strlen(text)};
    if (s2s_text_n_steps(steps) == 0)
        return text;
    s2s_status status = s2s_text_apply(steps, &worker->pieces.buffer, out, &out, NULL);
    return status == S2S_OK ? s2s_arena_strndup(worker->arena, out.data, out.len) : NULL;
}

static s2s_status finish_texts(s2s_worker *worker, const s2s_result_item *item, s2s_error *err)
{
    for (int h = 0; h < item->n_hyps; h++) {
        item->hyps[h].text = s2s_worker_output_text(worker, item->hyps[h].text);
        if (!item->hyps[h].text)
            return s2s_fail_memory(err, "keeping outputs");
    }
    return S2S_OK;
}

s2s_status s2s_predict(s2s_worker *worker, const s2s_input *inputs, int n, const s2s_result **result,
                       s2s_error *err)
{
    return s2s_predict_constrained(worker, inputs, NULL, n, result, err);
}

s2s_status s2s_predict_constrained(s2s_worker *worker, const s2s_input *inputs,
                                   const s2s_constraint *constraints, int n, const s2s_result **result,
                                   s2s_error *err)
{
    if (!worker || !result)
        return s2s_fail(err, S2S_MISUSE,
                        "s2s_predict: expected a worker and a place for the result, found NULL");
    *result = NULL;
    S2S_TRY(s2s_worker_predict(worker, inputs, constraints, n, err));
    for (int i = 0; i < n; i++)
        S2S_TRY(finish_texts(worker, &worker->result.items[i], err));
    *result = &worker->result;
    return S2S_OK;
}
