/* Estimating the translation probabilities of a model's tokens. */
#include <stdlib.h>

#include "api/model.h"
#include "base/fail.h"
#include "data/corpus.h"
#include "lexical/ibm1.h"
#include "lexical/table.h"
#include "s2s/shortlist.h"

enum { TOLD_PAIRS = 1000 }; /* between two calls that tell how far it is */

static const char data[] = "data";
static const char estimation[] = "estimation";
static const char kept[] = "what is kept";

typedef s2s_shortlist_options fields;

/* name, letter, type, offset, min, max, choices, unit, group, help */
static const s2s_option rows[] = {
    {"pairs", 'i', S2S_OPTION_TEXT, offsetof(fields, pairs), 0, 0, NULL, "FILE", data,
     "lines \"source<TAB>target\", preferably the training pairs; may be gzip, zstd or a pipe, - is standard "
     "input"},
    {"src", 0, S2S_OPTION_TEXT, offsetof(fields, src), 0, 0, NULL, "FILE", data, "sources, one a line"},
    {"tgt", 0, S2S_OPTION_TEXT, offsetof(fields, tgt), 0, 0, NULL, "FILE", data, "their targets, one a line"},
    {"max-length", 0, S2S_OPTION_INT, offsetof(fields, max_length), 1, 10000, NULL, "tokens", data,
     "pairs with a longer side are left out"},
    {"iterations", 0, S2S_OPTION_INT, offsetof(fields, iterations), 1, S2S_MAX_ITERATIONS, NULL, "iterations",
     estimation, "iterations of expectation maximisation"},
    {"max-translations", 0, S2S_OPTION_INT, offsetof(fields, max_translations), 1, 10000, NULL, "millions",
     estimation,
     "two tokens that occur in one pair are a translation; at most N are held, 32 to 64 bytes each, twice that "
     "while their table grows; where there are more, the least likely are dropped"},
    {"best", 0, S2S_OPTION_INT, offsetof(fields, best), 1, 1000000, NULL, "tokens", kept,
     "at most N translations of each source token"},
    {"min-probability", 0, S2S_OPTION_REAL, offsetof(fields, min_probability), 0, 1, NULL, "probability", kept,
     "only translations that are at least this probable"},
};

static const s2s_shortlist_options defaults = {
    .best = 100,
    .min_probability = 1e-4,
    .iterations = 5,
    .max_length = 200,
    .max_translations = 20,
};

static const s2s_option_table table = {rows, sizeof rows / sizeof *rows, sizeof(s2s_shortlist_options),
                                       &defaults};

const s2s_option_table *s2s_shortlist_options_table(void)
{
    return &table;
}

void s2s_shortlist_options_defaults(s2s_shortlist_options *options)
{
    *options = defaults;
}

/* The tokens of one side of a pair. */
typedef struct text_side {
    const s2s_tokeniser *tokeniser;
    const s2s_vocab *vocab;
    int *ids;
    int cap;
    s2s_tokens tokens;
} text_side;

typedef struct estimator {
    const s2s_shortlist_options *options;
    text_side source, target;
    s2s_pieces pieces; /* of both sides, so that what one protects is the other's too */
    s2s_corpus *corpus;
    s2s_ibm1 *model;
    s2s_shortlist_progress progress;
    s2s_shortlist_progress_fn *tell;
    void *tell_arg;
} estimator;

static s2s_status cut(estimator *e, text_side *side, s2s_span text, s2s_error *err)
{
    S2S_TRY(s2s_tokenise(side->tokeniser, text.data, text.len, &e->pieces, err));
    int n = e->pieces.n;
    if (n > side->cap) {
        int *ids = realloc(side->ids, 2 * (size_t)n * sizeof *ids);
        if (!ids)
            return s2s_fail_memory(err, "estimating translations");
        side->ids = ids;
        side->cap = 2 * n;
    }
    for (int i = 0; i < n; i++)
        side->ids[i] = s2s_vocab_find(side->vocab, e->pieces.items[i]);
    side->tokens = (s2s_tokens){side->ids, n};
    return S2S_OK;
}

static bool is_fit(const estimator *e, const text_side *side)
{
    return side->tokens.n > 0 && side->tokens.n <= e->options->max_length;
}

/* Source i with each of its targets. */
static s2s_status add_source(estimator *e, size_t i, s2s_error *err)
{
    int n_targets = s2s_corpus_n_targets(e->corpus, i);
    S2S_TRY(cut(e, &e->source, s2s_corpus_source(e->corpus, i), err));
    for (int k = 0; k < n_targets; k++) {
        S2S_TRY(cut(e, &e->target, s2s_corpus_target(e->corpus, i, k), err));
        if (!is_fit(e, &e->source) || !is_fit(e, &e->target)) {
            e->progress.n_skipped++;
            continue;
        }
        S2S_TRY(s2s_ibm1_add(e->model, e->source.tokens, e->target.tokens, err));
        e->progress.n_pairs++;
        e->progress.n_tokens += e->target.tokens.n;
    }
    return S2S_OK;
}

static void tell(estimator *e, double fraction)
{
    e->progress.fraction = fraction;
    if (e->tell)
        e->tell(e->tell_arg, &e->progress);
}

static s2s_status iterate(estimator *e, int iteration, s2s_error *err)
{
    size_t size = s2s_corpus_size(e->corpus);
    e->progress = (s2s_shortlist_progress){.iteration = iteration};
    for (size_t i = 0; i < size; i++) {
        if (i % TOLD_PAIRS == 0)
            tell(e, (double)i / (double)size);
        S2S_TRY(add_source(e, i, err));
    }
    if (e->progress.n_pairs == 0)
        return s2s_fail(err, S2S_BAD_DATA, "%s: expected pairs of 1 to %d tokens, found none in %zu lines",
                        s2s_corpus_name(e->corpus), e->options->max_length, size);
    e->progress.log_likelihood = s2s_ibm1_update(e->model);
    e->progress.n_dropped = (int64_t)s2s_ibm1_n_dropped(e->model);
    tell(e, 1);
    return S2S_OK;
}

static s2s_status write(estimator *e, const char *output, int64_t *n_lines, s2s_error *err)
{
    const s2s_lexical_vocabs vocabs = {e->source.vocab, e->target.vocab};
    s2s_translation *list;
    size_t n, n_written;
    S2S_TRY(s2s_ibm1_list(e->model, e->options->min_probability, &list, &n, err));
    n = s2s_translations_best(list, n, e->options->best);
    s2s_status status = s2s_lexical_write(output, list, n, &vocabs, &n_written, err);
    free(list);
    *n_lines = (int64_t)n_written;
    return status;
}

static s2s_status estimate(estimator *e, const char *output, int64_t *n_lines, s2s_error *err)
{
    const s2s_shortlist_options *options = e->options;
    const s2s_corpus_options corpus = {.pairs = options->pairs, .source = options->src, .target = options->tgt};
    S2S_TRY(s2s_corpus_open(&e->corpus, &corpus, err));
    S2S_TRY(s2s_ibm1_new(&e->model, s2s_vocab_size(e->source.vocab), s2s_vocab_size(e->target.vocab),
                         (size_t)options->max_translations * 1000000, err));
    for (int i = 1; i <= options->iterations; i++)
        S2S_TRY(iterate(e, i, err));
    return write(e, output, n_lines, err);
}

static s2s_status check_arguments(const s2s_shortlist_options *options, const char *output, s2s_error *err)
{
    if (!output || !*output)
        return s2s_fail(err, S2S_MISUSE, "s2s_shortlist_estimate: expected a file to write to, found nothing");
    for (int i = 0; i < table.n_options; i++)
        S2S_TRY(s2s_option_check(&rows[i], options, err));
    return S2S_OK;
}

s2s_status s2s_shortlist_estimate(const s2s_model *model, const s2s_shortlist_options *options,
                                  const char *output, int64_t *n_lines, s2s_shortlist_progress_fn *progress,
                                  void *arg, s2s_error *err)
{
    if (!model || !options || !n_lines)
        return s2s_fail(
            err, S2S_MISUSE,
            "s2s_shortlist_estimate: expected a model, options and a place for a count, found NULL");
    S2S_TRY(check_arguments(options, output, err));
    estimator e = {
        .options = options,
        .source = {.tokeniser = &model->source_tokeniser, .vocab = model->file.source_vocab},
        .target = {.tokeniser = &model->target_tokeniser, .vocab = model->file.target_vocab},
        .tell = progress,
        .tell_arg = arg,
    };
    s2s_status status = estimate(&e, output, n_lines, err);
    s2s_ibm1_free(e.model);
    s2s_corpus_close(e.corpus);
    s2s_pieces_free(&e.pieces);
    free(e.source.ids);
    free(e.target.ids);
    return status;
}
