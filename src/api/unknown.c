/* Unknown words of outputs become what they attend to, or what a dictionary has for it (Jean et al. 2015,
 * arXiv:1412.2007, section 3.3). */
#include <string.h>

#include "api/worker.h"
#include "base/fail.h"

static s2s_status check_tokens(const s2s_tokeniser *tokeniser, const char *side, s2s_error *err)
{
    if (tokeniser->kind != S2S_TOKENISE_CHARACTER)
        return S2S_OK;
    return s2s_fail(err, S2S_MISUSE,
                    "--replace-unknown: expected a model of words or subwords, found characters of the %s",
                    side);
}

static bool has_attention(const s2s_worker *worker)
{
    for (int k = 0; k < worker->n_models; k++)
        if (worker->models[k]->options.network.attention != S2S_ATTENTION_NONE)
            return true;
    return false;
}

s2s_status s2s_unknown_open(s2s_worker *worker, s2s_error *err)
{
    const s2s_model *model = worker->model;
    if (!worker->options.replace_unknown)
        return S2S_OK;
    if (!has_attention(worker))
        return s2s_fail(err, S2S_MISUSE,
                        "--replace-unknown: expected a model with attention, found one without");
    S2S_TRY(check_tokens(&model->source_tokeniser, "source", err));
    S2S_TRY(check_tokens(&model->target_tokeniser, "target", err));
    const char *path = worker->options.unknown_dictionary;
    return path ? s2s_dictionary_open(&worker->dictionary, path, err) : S2S_OK;
}

static int most_attended(const float *weights, int n)
{
    int best = 0;
    for (int s = 1; s < n; s++)
        if (weights[s] > weights[best])
            best = s;
    return best;
}

/* The word that subword s belongs to. */
static const char *word_of(s2s_worker *worker, const s2s_line *source, int s)
{
    const s2s_tokeniser *tokeniser = &worker->model->source_tokeniser;
    int n = source->tokens.n, begin = s, end = s + 1;
    s2s_arena_mark mark = s2s_arena_save(worker->scratch);
    s2s_span *pieces = s2s_spans_new(worker->scratch, source->pieces, n);
    int *words = s2s_arena_alloc(worker->scratch, (size_t)n * sizeof *words);
    if (!pieces || !words)
        return NULL;
    s2s_number_words(tokeniser, pieces, n, words);
    while (begin > 0 && words[begin - 1] == words[s])
        begin--;
    while (end < n && words[end] == words[s])
        end++;
    s2s_str text = {0};
    s2s_detokenise(tokeniser, pieces + begin, end - begin, &text);
    s2s_arena_release(worker->scratch, mark);
    const char *word = text.failed ? NULL : s2s_arena_strndup(worker->arena, s2s_str_text(&text), text.len);
    s2s_str_free(&text);
    return word;
}

const char *s2s_unknown_token(s2s_worker *worker, const s2s_line *source, const float *weights)
{
    const s2s_model *model = worker->model;
    int s = most_attended(weights, source->tokens.n);
    /* Where outputs are in subwords, what is unknown is not a word but a few characters, which are a piece of
     * the source too. */
    bool wants_word = model->source_tokeniser.subwords && !model->target_tokeniser.subwords;
    const char *token = wants_word ? word_of(worker, source, s) : source->pieces[s];
    if (!token || !worker->dictionary)
        return token;
    s2s_span listed = s2s_dictionary_find(worker->dictionary, (s2s_span){token, strlen(token)});
    return listed.data ? s2s_arena_strndup(worker->arena, listed.data, listed.len) : token;
}
