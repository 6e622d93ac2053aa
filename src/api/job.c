/* From lines of text to jobs, and from jobs to batches. */
#include <string.h>

#include "api/worker.h"
#include "base/fail.h"
#include "base/rng.h"
#include "data/text_file.h"

/* Where a line comes from, for messages, and what is done with it. */
typedef struct side {
    const s2s_tokeniser *tokeniser;
    const s2s_vocab *vocab;
    const char *name; /* "" or ", prefix" */
} side;

static s2s_status check_text(s2s_span text, int index, const char *name, s2s_error *err)
{
    s2s_error why;
    if (s2s_line_flaw(text, NULL, &why))
        return s2s_fail_input(err, S2S_BAD_DATA, index, "%s: %s", name, why.msg);
    const char *line_feed = memchr(text.data, '\n', text.len);
    if (line_feed)
        return s2s_fail_input(err, S2S_BAD_DATA, index,
                              "%s: expected one line, found a line feed at byte offset %zu", name,
                              (size_t)(line_feed - text.data));
    return S2S_OK;
}

/* Numbers and terminated copies of the pieces, in the worker's arena. */
static bool copy_pieces(s2s_worker *worker, const s2s_vocab *vocab, s2s_line *line)
{
    size_t n = (size_t)worker->pieces.n, bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += worker->pieces.items[i].len + 1;
    int *ids = s2s_arena_alloc(worker->arena, n * sizeof *ids);
    const char **pieces = s2s_arena_alloc(worker->arena, n * sizeof *pieces);
    char *text = s2s_arena_alloc(worker->arena, bytes);
    if (!ids || !pieces || !text)
        return false;
    for (size_t i = 0; i < n; i++) {
        s2s_span piece = worker->pieces.items[i];
        ids[i] = s2s_vocab_find(vocab, piece);
        pieces[i] = text;
        memcpy(text, piece.data, piece.len);
        text += piece.len;
        *text++ = '\0';
    }
    *line = (s2s_line){.tokens = {.ids = ids, .n = (int)n}, .pieces = pieces};
    return true;
}

static s2s_status make_line(s2s_worker *worker, s2s_line *line, const side *from, s2s_span text, int index,
                            s2s_error *err)
{
    S2S_TRY(check_text(text, index, from->name, err));
    S2S_TRY(s2s_tokenise(from->tokeniser, text.data, text.len, &worker->pieces, err));
    return copy_pieces(worker, from->vocab, line) ? S2S_OK : s2s_fail_memory(err, "reading inputs");
}

s2s_status s2s_job_line(s2s_worker *worker, s2s_line *line, bool target, s2s_span text, int index,
                        const char *name, s2s_error *err)
{
    const s2s_model *model = worker->model;
    const side of = {target ? &model->target_tokeniser : &model->source_tokeniser,
                     target ? model->file.target_vocab : model->file.source_vocab, name};
    return make_line(worker, line, &of, text, index, err);
}

/* Copies what the steps of the source took from its text to the worker's arena. */
static s2s_status copy_protected(s2s_worker *worker, s2s_job *job, s2s_error *err)
{
    const s2s_protected *all = &worker->pieces.buffer.protected;
    if (all->n == 0)
        return S2S_OK;
    const s2s_protected_text *last = &all->items[all->n - 1];
    size_t n_bytes = last->begin + last->len;
    s2s_protected_text *items = s2s_arena_alloc(worker->arena, (size_t)all->n * sizeof *items);
    char *text = s2s_arena_alloc(worker->arena, n_bytes);
    if (!items || !text)
        return s2s_fail_memory(err, "reading inputs");
    memcpy(items, all->items, (size_t)all->n * sizeof *items);
    memcpy(text, all->text, n_bytes);
    job->protected = (s2s_protected){items, all->n, text};
    return S2S_OK;
}

static s2s_status check_length(const s2s_model *model, const s2s_line *source, int index, s2s_error *err)
{
    const s2s_network_options *network = &model->options.network;
    if (network->attention != S2S_ATTENTION_LOCATION || source->tokens.n <= network->max_source)
        return S2S_OK;
    return s2s_fail_input(err, S2S_BAD_DATA, index,
                          ": expected at most %d source tokens, which is what the model's "
                          "location attention knows, found %d",
                          network->max_source, source->tokens.n);
}

static uint64_t hash_of(s2s_span text)
{
    uint64_t hash = text.len;
    for (size_t i = 0; i < text.len; i++)
        hash = s2s_hash64(hash, (unsigned char)text.data[i] + 1u);
    return hash;
}

/* What a blank source yields for certain: nothing. */
static bool blank_result(s2s_worker *worker, s2s_result_item *result)
{
    s2s_hypothesis *hyp = s2s_arena_alloc_zero(worker->arena, sizeof *hyp);
    float *score = s2s_arena_alloc_zero(worker->arena, sizeof *score);
    if (!hyp || !score)
        return false;
    *hyp = (s2s_hypothesis){.text = "", .token_scores = score};
    *result = (s2s_result_item){.hyps = hyp, .n_hyps = 1};
    return true;
}

/* Puts the job behind the others. */
static bool push(s2s_worker *worker, const s2s_job *job)
{
    if (worker->n_jobs == worker->jobs_cap) {
        int cap = worker->jobs_cap + worker->jobs_cap / 2 + 16;
        s2s_job *jobs = s2s_arena_alloc(worker->arena, s2s_size_mul((size_t)cap, sizeof *jobs));
        if (!jobs)
            return false;
        if (worker->n_jobs > 0)
            memcpy(jobs, worker->jobs, (size_t)worker->n_jobs * sizeof *jobs);
        worker->jobs = jobs;
        worker->jobs_cap = cap;
    }
    worker->jobs[worker->n_jobs++] = *job;
    return true;
}

s2s_status s2s_jobs_add(s2s_worker *worker, const s2s_input *input, const s2s_span *target, int index,
                        s2s_result_item *result, s2s_error *err)
{
    const s2s_model *model = worker->model;
    const side from = {&model->source_tokeniser, model->file.source_vocab, ""};
    const side to = {&model->target_tokeniser, model->file.target_vocab, target ? ", target" : ", prefix"};
    s2s_span text = {input->text, input->n},
             prefix = {input->prefix, input->prefix ? strlen(input->prefix) : 0};
    bool whole = result == &worker->result.items[index]; /* else a part, which is as short as can be */
    bool constrained = worker->lexicon || s2s_input_phrases(worker, index); /* as a whole, so it stays one */
    s2s_job job = {.index = index, .hash = worker->options.sample ? hash_of(text) : 0, .result = result};
    S2S_TRY(make_line(worker, &job.source, &from, text, index, err));
    if (!target && whole && !constrained && job.source.tokens.n > worker->max_source)
        return s2s_split_input(worker, input, index, err);
    S2S_TRY(check_length(model, &job.source, index, err));
    S2S_TRY(copy_protected(worker, &job, err));
    if (target || input->prefix)
        S2S_TRY(make_line(worker, &job.target, &to, target ? *target : prefix, index, err));
    if (!target)
        S2S_TRY(s2s_job_check_prefix(worker, &job, err));
    if (target && job.source.tokens.n == 0 && job.target.tokens.n > 0)
        return s2s_fail_input(err, S2S_BAD_DATA, index,
                              ": expected a source beside the target, found a blank one");
    bool kept = job.source.tokens.n > 0 ? push(worker, &job) : blank_result(worker, result);
    return kept ? S2S_OK : s2s_fail_memory(err, "reading inputs");
}

/* Puts the jobs in order: longest source first, then as the inputs came.  A counting sort: stable, linear in
 * tokens, and unlike qsort it never calls malloc. */
static bool sort_by_length(s2s_worker *worker)
{
    int longest = 0, n = worker->n_jobs;
    for (int i = 0; i < n; i++)
        longest = worker->jobs[i].source.tokens.n > longest ? worker->jobs[i].source.tokens.n : longest;
    s2s_job *sorted = s2s_arena_alloc(worker->arena, s2s_size_mul((size_t)n, sizeof *sorted));
    int *place = s2s_arena_alloc_zero(worker->arena, s2s_size_mul((size_t)longest + 1, sizeof *place));
    if (!sorted || !place)
        return false;
    for (int i = 0; i < n; i++)
        place[worker->jobs[i].source.tokens.n]++;
    for (int length = longest, sum = 0; length >= 0; length--) {
        int count = place[length];
        place[length] = sum;
        sum += count;
    }
    for (int i = 0; i < n; i++)
        sorted[place[worker->jobs[i].source.tokens.n]++] = worker->jobs[i];
    worker->jobs = sorted;
    return true;
}

s2s_status s2s_jobs_make(s2s_worker *worker, const s2s_input *inputs, const s2s_span *targets, int n,
                         s2s_error *err)
{
    worker->n_jobs = 0;
    worker->splits = NULL;
    worker->jobs_cap = n; /* more only where one is split */
    worker->jobs = s2s_arena_alloc(worker->arena, s2s_size_mul((size_t)n, sizeof *worker->jobs));
    if (!worker->jobs)
        return s2s_fail_memory(err, "reading inputs");
    for (int i = 0; i < n; i++)
        S2S_TRY(
            s2s_jobs_add(worker, &inputs[i], targets ? &targets[i] : NULL, i, &worker->result.items[i], err));
    return sort_by_length(worker) ? S2S_OK : s2s_fail_memory(err, "reading inputs");
}

int s2s_jobs_batch(const s2s_worker *worker, int first, int max_size)
{
    int64_t n_tokens = 0;
    int n = 0;
    if (worker->options.batch_size > 0 && worker->options.batch_size < max_size)
        max_size = worker->options.batch_size;
    for (; first + n < worker->n_jobs; n++) {
        const s2s_job *job = &worker->jobs[first + n];
        n_tokens += job->source.tokens.n > job->target.tokens.n ? job->source.tokens.n : job->target.tokens.n;
        if (n > 0 && (n >= max_size || n_tokens > worker->options.batch_tokens))
            break;
    }
    return n;
}

s2s_span *s2s_spans_new(s2s_arena *arena, const char *const *pieces, int n)
{
    s2s_span *spans = s2s_arena_alloc(arena, (size_t)n * sizeof *spans);
    for (int i = 0; spans && i < n; i++)
        spans[i] = (s2s_span){pieces[i], strlen(pieces[i])};
    return spans;
}

const char *s2s_job_text(s2s_worker *worker, const s2s_job *job, const char *const *pieces, int n)
{
    s2s_arena_mark mark = s2s_arena_save(worker->scratch);
    s2s_span *spans = s2s_spans_new(worker->scratch, pieces, n);
    if (!spans)
        return NULL;
    s2s_span text;
    worker->pieces.buffer.protected = job->protected;
    s2s_status status =
        s2s_joined_text(&worker->model->target_tokeniser, spans, n, &worker->pieces.buffer, &text, NULL);
    worker->pieces.buffer.protected = (s2s_protected){0}; /* lies in the arena, for no longer than this call */
    s2s_arena_release(worker->scratch, mark);
    return status == S2S_OK ? s2s_arena_strdup(worker->arena, text.data) : NULL;
}
