/* Constraints: phrases that outputs must contain. */
#include <stdio.h>
#include <string.h>

#include "api/worker.h"
#include "base/fail.h"

/* The phrases of one input. */
typedef struct phrase_list {
    s2s_tokens phrases[S2S_MAX_PHRASES];
    int n, n_tokens;
    bool unknown; /* one has a token that the model does not know */
} phrase_list;

static s2s_status add_phrase(phrase_list *list, const s2s_line *line, int index, s2s_error *err)
{
    const s2s_tokens *tokens = &line->tokens;
    if (tokens->n == 0)
        return S2S_OK;
    if (list->n == S2S_MAX_PHRASES)
        return s2s_fail_input(err, S2S_BAD_DATA, index, ", phrases: expected at most %d, found more",
                              S2S_MAX_PHRASES);
    if (tokens->n > S2S_MAX_PHRASE_TOKENS - list->n_tokens)
        return s2s_fail_input(err, S2S_BAD_DATA, index,
                              ", phrases: expected at most %d tokens in all, found more",
                              S2S_MAX_PHRASE_TOKENS);
    for (int t = 0; t < tokens->n; t++)
        list->unknown |= tokens->ids[t] == S2S_TOKEN_UNK;
    list->phrases[list->n++] = *tokens;
    list->n_tokens += tokens->n;
    return S2S_OK;
}

static s2s_status constrain(s2s_worker *worker, const s2s_input *input, const s2s_constraint *constraint,
                            int index, s2s_error *err)
{
    phrase_list list = {.n = 0};
    s2s_line line;
    if (constraint->n_phrases > 0 && !constraint->phrases)
        return s2s_fail_input(err, S2S_MISUSE, index, ", phrases: expected a list, found NULL");
    if (constraint->n_phrases > 0) /* phrases come after their source, as targets do: some steps remember it */
        S2S_TRY(s2s_job_line(worker, &line, false, (s2s_span){input->text, input->n}, index, "", err));
    for (int i = 0; i < constraint->n_phrases; i++) {
        char name[32];
        snprintf(name, sizeof name, ", phrase %d", i + 1);
        if (!constraint->phrases[i])
            return s2s_fail_input(err, S2S_MISUSE, index, "%s: expected a text, found NULL", name);
        s2s_span phrase = {constraint->phrases[i], strlen(constraint->phrases[i])};
        S2S_TRY(s2s_job_line(worker, &line, true, phrase, index, name, err));
        S2S_TRY(add_phrase(&list, &line, index, err));
    }
    if (list.n == 0)
        return S2S_OK;
    worker->result.constraints[index] = list.unknown ? S2S_CONSTRAINT_UNKNOWN : S2S_CONSTRAINT_MISSED;
    if (!list.unknown && !(worker->phrases[index] = s2s_phrases_new(worker->arena, list.phrases, list.n)))
        return s2s_fail_memory(err, "reading phrases");
    return S2S_OK;
}

s2s_status s2s_jobs_constrain(s2s_worker *worker, const s2s_input *inputs, const s2s_constraint *constraints,
                              int n, s2s_error *err)
{
    if (!constraints)
        return S2S_OK;
    if (worker->options.sample)
        return s2s_fail(err, S2S_MISUSE, "--sample: expected a search, which alone can keep to constraints");
    size_t n_inputs = (size_t)n;
    worker->phrases = s2s_arena_alloc_zero(worker->arena, s2s_size_mul(n_inputs, sizeof *worker->phrases));
    worker->result.constraints =
        s2s_arena_alloc_zero(worker->arena, s2s_size_mul(n_inputs, sizeof *worker->result.constraints));
    worker->missed = s2s_arena_alloc(worker->arena, s2s_size_mul(n_inputs, sizeof *worker->missed));
    if (!worker->phrases || !worker->result.constraints || !worker->missed)
        return s2s_fail_memory(err, "reading phrases");
    for (int i = 0; i < n; i++)
        S2S_TRY(constrain(worker, &inputs[i], &constraints[i], i, err));
    return S2S_OK;
}

const s2s_phrases *s2s_input_phrases(const s2s_worker *worker, int index)
{
    return worker->phrases ? worker->phrases[index] : NULL;
}

void s2s_job_searched(s2s_worker *worker, const s2s_job *job, bool found)
{
    if (found && s2s_input_phrases(worker, job->index))
        worker->result.constraints[job->index] = S2S_CONSTRAINT_MET;
    if (!found)
        worker->missed[worker->n_missed++] = *job;
}

void s2s_jobs_take_missed(s2s_worker *worker)
{
    worker->jobs = worker->missed;
    worker->n_jobs = worker->n_missed;
    for (int i = 0; i < worker->n_jobs; i++)
        worker->phrases[worker->jobs[i].index] = NULL;
    worker->n_missed = 0;
}

s2s_constraint_state s2s_result_constraint(const s2s_result *result, int i)
{
    return result->constraints && i >= 0 && i < result->n ? result->constraints[i] : S2S_CONSTRAINT_MET;
}
