/* From a file of strings to the lexicon of a worker. */
#include <stdlib.h>

#include "api/worker.h"
#include "base/fail.h"
#include "data/text_file.h"

/* The tokens of all strings in a row. */
typedef struct reading {
    s2s_worker *worker;
    s2s_text_file file;
    int *ids;
    size_t n_ids, cap_ids;
    s2s_tokens *strings; /* [n_strings] their ids are set when all are read */
    size_t n_strings;
} reading;

static bool grow(reading *r, size_t n)
{
    size_t needed = s2s_size_add(r->n_ids, n), cap = needed + needed / 2;
    if (needed <= r->cap_ids)
        return true;
    if (cap > SIZE_MAX / sizeof *r->ids)
        return false;
    int *ids = realloc(r->ids, cap * sizeof *ids);
    if (!ids)
        return false;
    r->ids = ids;
    r->cap_ids = cap;
    return true;
}

/* What is wrong with a string that the search cannot say, or NULL. */
static const char *why_not(const s2s_predict_options *options, const int *ids, int n)
{
    for (int i = 0; i < n; i++)
        if (ids[i] == S2S_TOKEN_UNK)
            return "has tokens that the model does not know";
    if (n < options->min_length)
        return "is shorter than --min-length";
    return options->max_length > 0 && n > options->max_length ? "is longer than --max-length" : NULL;
}

/* The pieces of line i, if they can be an output. */
static s2s_status add_string(reading *r, size_t i, s2s_error *err)
{
    s2s_worker *worker = r->worker;
    s2s_lexicon_info *info = &worker->lexicon_info;
    int n = worker->pieces.n, *ids;
    if (!grow(r, (size_t)n))
        return s2s_fail_memory(err, "reading a lexicon");
    ids = r->ids + r->n_ids;
    for (int t = 0; t < n; t++)
        ids[t] = s2s_vocab_find(worker->model->file.target_vocab, worker->pieces.items[t]);
    const char *why = why_not(&worker->options, ids, n);
    info->n_strings++;
    if (!why) {
        r->strings[r->n_strings++].n = n;
        r->n_ids += (size_t)n;
        return S2S_OK;
    }
    if (info->n_unusable++ == 0) {
        info->first_unusable = (int64_t)i + 1;
        info->why = why;
    }
    return S2S_OK;
}

static s2s_status read_strings(reading *r, const char *name, s2s_error *err)
{
    const s2s_lexicon_info *info = &r->worker->lexicon_info;
    r->strings = calloc(r->file.n_lines, sizeof *r->strings);
    if (!r->strings)
        return s2s_fail_memory(err, "reading a lexicon");
    for (size_t i = 0; i < r->file.n_lines; i++) {
        s2s_span line = s2s_text_file_line(&r->file, i);
        S2S_TRY(
            s2s_tokenise(&r->worker->model->target_tokeniser, line.data, line.len, &r->worker->pieces, err));
        if (r->worker->pieces.n > 0)
            S2S_TRY(add_string(r, i, err));
    }
    if (info->n_strings == 0)
        return s2s_fail(err, S2S_BAD_DATA, "%s: expected strings, one a line, found blank lines only", name);
    if (r->n_strings == 0)
        return s2s_fail(err, S2S_BAD_DATA,
                        "%s:%lld: expected strings that can be outputs, found none in %lld; this one %s", name,
                        (long long)info->first_unusable, (long long)info->n_strings, info->why);
    for (size_t i = 0, at = 0; i < r->n_strings; at += (size_t)r->strings[i++].n)
        r->strings[i].ids = r->ids + at;
    return s2s_lexicon_new(&r->worker->lexicon, r->strings, r->n_strings, err);
}

s2s_status s2s_worker_read_lexicon(s2s_worker *worker, s2s_error *err)
{
    const char *path = worker->options.lexicon;
    reading r = {.worker = worker};
    S2S_TRY(s2s_text_file_open(&r.file, path, NULL, NULL, NULL, err));
    s2s_status status = read_strings(&r, s2s_text_file_name(path), err);
    s2s_text_file_close(&r.file);
    free(r.ids);
    free(r.strings);
    return status;
}

void s2s_worker_lexicon(const s2s_worker *worker, s2s_lexicon_info *info)
{
    *info = worker->lexicon_info;
}

s2s_status s2s_job_check_prefix(const s2s_worker *worker, const s2s_job *job, s2s_error *err)
{
    int node = S2S_LEXICON_ROOT;
    for (int t = 0; worker->lexicon && t < job->target.tokens.n && node >= 0; t++)
        node = s2s_lexicon_follow(worker->lexicon, node, job->target.tokens.ids[t]);
    if (node < 0)
        return s2s_fail_input(
            err, S2S_BAD_DATA, job->index,
            ", prefix: expected the first tokens of a string in the lexicon, found other ones");
    return S2S_OK;
}
