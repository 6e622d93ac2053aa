/* From a file of translations to the shortlist of a worker. */
#include "s2s/shortlist.h"

#include <stdlib.h>

#include "api/worker.h"
#include "base/fail.h"
#include "lexical/table.h"

/* Weights of the sentences' parts of the output layer that a batch may have: each step reads all of them, so
 * they should stay in cache. */
enum { MAX_PART_ELEMENTS = 1 << 23 };

static const char reading[] = "reading a shortlist";

/* ---- making it ---- */

/* The special tokens and those that come from no source token, the most probable first; what is missing of so
 * many comes from the beginning of the vocabulary. */
static bool fill_always(s2s_shortlist *shortlist, const s2s_translation *null, size_t n_null, int n_frequent)
{
    int n_targets = shortlist->n_targets;
    bool *taken = calloc((size_t)n_targets, sizeof *taken);
    if (!taken)
        return false;
    for (int token = 0; token < S2S_N_SPECIALS; token++) {
        shortlist->always[shortlist->n_always++] = token;
        taken[token] = true;
    }
    for (size_t i = 0; i < n_null + (size_t)n_targets && n_frequent > 0; i++) {
        int token = i < n_null ? null[i].target : (int)(i - n_null);
        if (taken[token])
            continue;
        shortlist->always[shortlist->n_always++] = token;
        taken[token] = true;
        n_frequent--;
    }
    free(taken);
    return true;
}

/* Translations in order, and the target token spelt like the source token, so that names can be copied. */
static void fill_targets(s2s_shortlist *shortlist, const s2s_translation *list, size_t n,
                         const s2s_lexical_vocabs *vocabs)
{
    size_t used = 0, n_targets = 0;
    for (int source = 0; source < shortlist->n_sources; source++) {
        shortlist->begin[source] = n_targets;
        for (; used < n && list[used].source == source; used++)
            shortlist->targets[n_targets++] = list[used].target;
        int same = s2s_vocab_find(vocabs->target, s2s_vocab_piece(vocabs->source, source));
        if (same != S2S_TOKEN_UNK)
            shortlist->targets[n_targets++] = same;
    }
    shortlist->begin[shortlist->n_sources] = n_targets;
}

/* list [n]: in order, those of NULL last. */
static s2s_status make(s2s_worker *worker, const s2s_translation *list, size_t n,
                       const s2s_lexical_vocabs *vocabs, s2s_error *err)
{
    int n_sources = s2s_vocab_size(vocabs->source), n_targets = s2s_vocab_size(vocabs->target);
    size_t n_listed = n;
    while (n_listed > 0 && list[n_listed - 1].source == n_sources)
        n_listed--;
    s2s_shortlist *new = calloc(1, sizeof *new);
    worker->shortlist = new;
    if (!new)
        return s2s_fail_memory(err, reading);
    new->n_sources = n_sources;
    new->n_targets = n_targets;
    new->begin = malloc(((size_t)n_sources + 1) * sizeof *new->begin);
    new->targets = malloc(s2s_size_mul(s2s_size_add(n_listed, (size_t)n_sources), sizeof *new->targets));
    new->always = malloc((size_t)n_targets * sizeof *new->always);
    if (!new->begin || !new->targets || !new->always ||
        !fill_always(new, list + n_listed, n - n_listed, worker->options.shortlist_frequent))
        return s2s_fail_memory(err, reading);
    fill_targets(new, list, n_listed, vocabs);
    worker->shortlist_info.n_translations = (int64_t)n_listed;
    return S2S_OK;
}

s2s_status s2s_worker_read_shortlist(s2s_worker *worker, s2s_error *err)
{
    const s2s_lexical_vocabs vocabs = {worker->model->file.source_vocab, worker->model->file.target_vocab};
    s2s_translation *list;
    size_t n, n_unknown;
    s2s_status status;
    S2S_TRY(s2s_lexical_read(worker->options.shortlist, &vocabs, &list, &n, &n_unknown, err));
    worker->shortlist_info.n_unknown = (int64_t)n_unknown;
    n = s2s_translations_best(list, n, worker->options.shortlist_best);
    if (n > 0)
        status = make(worker, list, n, &vocabs, err);
    else
        status = s2s_fail(err, S2S_BAD_DATA, "%s: expected translations of the model's tokens, found none",
                          worker->options.shortlist);
    free(list);
    return status;
}

void s2s_worker_free_shortlist(s2s_worker *worker)
{
    s2s_shortlist *shortlist = worker->shortlist;
    if (!shortlist)
        return;
    free(shortlist->begin);
    free(shortlist->targets);
    free(shortlist->always);
    free(shortlist);
}

void s2s_worker_shortlist(const s2s_worker *worker, s2s_shortlist_info *info)
{
    *info = worker->shortlist_info;
}

/* ---- using it ---- */

int s2s_shortlist_batch(const s2s_worker *worker, int first, int n)
{
    size_t n_elements = 0, width = 0;
    for (int k = 0; k < worker->n_models; k++)
        width += (size_t)s2s_output_width(&worker->models[k]->options.network);
    for (int i = 0; worker->shortlist && i < n; i++) {
        n_elements += width * s2s_shortlist_bound(worker->shortlist, worker->jobs[first + i].source.tokens);
        if (i > 0 && n_elements > MAX_PART_ELEMENTS)
            return i;
    }
    return n;
}
