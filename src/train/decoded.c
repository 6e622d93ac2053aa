#include "train/decoded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "eval/edit.h"
#include "search/search.h"
#include "train/options.h"
#include "train/text_scores.h"

enum { UNMATCHED = -1 }; /* a target piece that is not in the vocabulary: no output equals it */

/* One source with its accepted targets: targets [first_target, first_target + n_targets), and its lines: the
 * pairs of [first_pair, end_pair) that belong to the part. */
typedef struct item {
    s2s_tokens source;
    int first_target, n_targets;
    size_t first_pair, end_pair;
} item;

struct s2s_decoded {
    const s2s_train_options *options;
    const s2s_valid_metrics *metrics;
    const s2s_dataset *dataset;
    s2s_learner *learner;
    s2s_searcher *searcher;
    s2s_arena *tokens;  /* of sources and targets */
    s2s_arena *scratch; /* of one batch */
    item *items;
    s2s_tokens *targets;
    s2s_tokens *batch;          /* sources of one batch */
    s2s_search_result *results; /* of one batch */
    int n_items, cap_items, n_targets, cap_targets;
    int most_targets; /* of a line */
};

typedef struct measured {
    int64_t n_correct, edits, reference_tokens;
    s2s_text_scores *texts;
} measured;

/* ---- preparation ---- */

/* The n items, moved where needed, with room for one more; NULL when out of memory, then they stay. */
static void *with_room(void *items, int n, int *cap, size_t size)
{
    if (items && n < *cap)
        return items;
    if (*cap > (1 << 29))
        return NULL;
    int larger = *cap ? 2 * *cap : 256;
    void *moved = realloc(items, (size_t)larger * size);
    if (moved)
        *cap = larger;
    return moved;
}

static s2s_status to_tokens(s2s_tokens *tokens, s2s_decoded *decoded, const s2s_pieces *pieces,
                            const s2s_vocab *vocab, int unknown, s2s_error *err)
{
    int *ids = s2s_arena_alloc(decoded->tokens, s2s_size_mul((size_t)pieces->n, sizeof *ids));
    if (!ids)
        return s2s_fail_memory(err, "preparing validation");
    for (int i = 0; i < pieces->n; i++) {
        ids[i] = s2s_vocab_find(vocab, pieces->items[i]);
        if (ids[i] == S2S_TOKEN_UNK)
            ids[i] = unknown;
    }
    *tokens = (s2s_tokens){ids, pieces->n};
    return S2S_OK;
}

static s2s_status add_targets(s2s_decoded *decoded, item *source, const s2s_dataset *dataset, size_t i,
                              s2s_pieces *pieces, s2s_error *err)
{
    int n = s2s_corpus_n_targets(dataset->valid, i);
    for (int k = 0; k < n; k++) {
        s2s_span line = s2s_corpus_target(dataset->valid, i, k);
        S2S_TRY(s2s_tokenise(&dataset->target_tokeniser, line.data, line.len, pieces, err));
        s2s_tokens *targets =
            with_room(decoded->targets, decoded->n_targets, &decoded->cap_targets, sizeof *targets);
        if (!targets)
            return s2s_fail_memory(err, "preparing validation");
        decoded->targets = targets;
        S2S_TRY(
            to_tokens(&targets[decoded->n_targets], decoded, pieces, dataset->target_vocab, UNMATCHED, err));
        decoded->n_targets++;
        source->n_targets++;
    }
    source->end_pair = i + 1;
    decoded->most_targets = n > decoded->most_targets ? n : decoded->most_targets;
    return S2S_OK;
}

/* Adds the source of pair i, unless it is to be left out: NULL.  It stays where it is until one is added. */
static s2s_status add_source(s2s_decoded *decoded, item **added, const s2s_dataset *dataset, size_t i,
                             s2s_pieces *pieces, s2s_error *err)
{
    s2s_span line = s2s_corpus_source(dataset->valid, i);
    *added = NULL;
    S2S_TRY(s2s_tokenise(&dataset->source_tokeniser, line.data, line.len, pieces, err));
    if (pieces->n == 0 || pieces->n > s2s_train_longest_source(decoded->options))
        return S2S_OK;
    item *items = with_room(decoded->items, decoded->n_items, &decoded->cap_items, sizeof *items);
    if (!items)
        return s2s_fail_memory(err, "preparing validation");
    decoded->items = items;
    item *it = &decoded->items[decoded->n_items];
    *it = (item){.first_target = decoded->n_targets, .first_pair = i};
    S2S_TRY(to_tokens(&it->source, decoded, pieces, dataset->source_vocab, S2S_TOKEN_UNK, err));
    decoded->n_items++;
    *added = it;
    return S2S_OK;
}

static s2s_status prepare(s2s_decoded *decoded, const s2s_dataset *dataset, s2s_pieces *pieces, s2s_error *err)
{
    int limit = decoded->options->valid_max;
    item *source = NULL; /* that of the last pair, unless left out */
    s2s_span last = {"", 0};
    for (size_t i = 0; i < s2s_corpus_size(dataset->valid); i++) {
        if (!s2s_part_has(dataset->valid_part, dataset->valid, i))
            continue;
        s2s_span line = s2s_corpus_source(dataset->valid, i);
        if (!s2s_same_span(line, last)) {
            if (limit > 0 && decoded->n_items == limit)
                return S2S_OK;
            S2S_TRY(add_source(decoded, &source, dataset, i, pieces, err));
            last = line;
        }
        if (source)
            S2S_TRY(add_targets(decoded, source, dataset, i, pieces, err));
    }
    return S2S_OK;
}

static s2s_status open_parts(s2s_decoded *decoded, const s2s_dataset *dataset, s2s_error *err)
{
    decoded->tokens = s2s_arena_new(1 << 16);
    decoded->scratch = s2s_arena_new(1 << 16);
    if (!decoded->tokens || !decoded->scratch)
        return s2s_fail_memory(err, "preparing validation");
    s2s_pieces pieces = {0};
    s2s_status status = prepare(decoded, dataset, &pieces, err);
    s2s_pieces_free(&pieces);
    S2S_TRY(status);
    if (decoded->n_items == 0)
        return s2s_fail(err, S2S_BAD_DATA, "none of the validation sources has at most %d tokens",
                        s2s_train_longest_source(decoded->options));
    decoded->batch = calloc((size_t)decoded->n_items, sizeof *decoded->batch);
    decoded->results = calloc((size_t)decoded->n_items, sizeof *decoded->results);
    if (!decoded->batch || !decoded->results)
        return s2s_fail_memory(err, "preparing validation");
    const s2s_search_model model = {decoded->learner->arch, decoded->learner->network, &decoded->learner->graph,
                                    1};
    return s2s_searcher_new(&decoded->searcher, &model, 1, s2s_vocab_size(dataset->target_vocab), err);
}

s2s_status s2s_decoded_new(s2s_decoded **decoded, const s2s_train_options *options,
                           const s2s_valid_metrics *metrics, const s2s_dataset *dataset, s2s_learner *learner,
                           s2s_error *err)
{
    *decoded = calloc(1, sizeof **decoded);
    if (!*decoded)
        return s2s_fail_memory(err, "preparing validation");
    (*decoded)->options = options;
    (*decoded)->metrics = metrics;
    (*decoded)->dataset = dataset;
    (*decoded)->learner = learner;
    s2s_status status = open_parts(*decoded, dataset, err);
    if (status != S2S_OK) {
        s2s_decoded_free(*decoded);
        *decoded = NULL;
    }
    return status;
}

void s2s_decoded_free(s2s_decoded *decoded)
{
    if (!decoded)
        return;
    if (decoded->searcher)
        s2s_searcher_free(decoded->searcher);
    s2s_arena_free(decoded->tokens);
    s2s_arena_free(decoded->scratch);
    free(decoded->items);
    free(decoded->targets);
    free(decoded->batch);
    free(decoded->results);
    free(decoded);
}

size_t s2s_decoded_bytes(const s2s_decoded *decoded)
{
    return s2s_arena_bytes(decoded->tokens) + (size_t)decoded->cap_items * sizeof *decoded->items +
           (size_t)decoded->cap_targets * sizeof *decoded->targets +
           (size_t)decoded->n_items * (sizeof *decoded->batch + sizeof *decoded->results);
}

/* ---- measuring ---- */

/* The nearest target counts: fewest edits, then the longer one. */
static s2s_status compare_tokens(s2s_decoded *decoded, const item *it, const s2s_search_hyp *hyp,
                                 measured *total, s2s_error *err)
{
    int fewest = -1, length = 0;
    for (int k = 0; k < it->n_targets; k++) {
        const s2s_tokens *target = &decoded->targets[it->first_target + k];
        int edits = s2s_edit_distance(target->ids, target->n, hyp->tokens, hyp->n, decoded->scratch);
        if (edits < 0)
            return s2s_fail_memory(err, "validation");
        if (fewest < 0 || edits < fewest || (edits == fewest && target->n > length)) {
            fewest = edits;
            length = target->n;
        }
    }
    total->n_correct += fewest == 0;
    total->edits += fewest;
    total->reference_tokens += length;
    return S2S_OK;
}

/* Every line of the source counts. */
static s2s_status compare_texts(s2s_decoded *decoded, const item *it, const s2s_search_hyp *hyp,
                                s2s_text_scores *texts, s2s_error *err)
{
    const s2s_dataset *dataset = decoded->dataset;
    S2S_TRY(s2s_text_scores_output(texts, it->first_pair, (s2s_tokens){hyp->tokens, hyp->n}, decoded->scratch,
                                   err));
    for (size_t i = it->first_pair; i < it->end_pair; i++)
        if (s2s_part_has(dataset->valid_part, dataset->valid, i))
            S2S_TRY(s2s_text_scores_add(texts, i, err));
    return S2S_OK;
}

/* Decodes items [first, first + n) and adds to the total. */
static s2s_status measure_batch(s2s_decoded *decoded, int first, int n, measured *total, s2s_error *err)
{
    s2s_predict_options greedy;
    s2s_source_batch batch;
    s2s_predict_options_defaults(&greedy);
    greedy.beam_size = 1;
    s2s_arena_reset(decoded->scratch);
    if (!s2s_source_batch_make(&batch, decoded->batch, n, decoded->scratch))
        return s2s_fail_memory(err, "validation");
    S2S_TRY(s2s_search(decoded->searcher, &batch, &(s2s_search_given){0}, &greedy, decoded->results, err));
    for (int b = 0; b < n; b++) {
        const item *it = &decoded->items[first + batch.order[b]];
        const s2s_search_hyp *hyp = &decoded->results[b].hyps[0];
        S2S_TRY(compare_tokens(decoded, it, hyp, total, err));
        S2S_TRY(compare_texts(decoded, it, hyp, total->texts, err));
    }
    return S2S_OK;
}

static s2s_status measure_all(s2s_decoded *decoded, measured *total, s2s_error *err)
{
    int n = 0, n_tokens = 0;
    for (int i = 0; i < decoded->n_items; i++) {
        decoded->batch[n++] = decoded->items[i].source;
        n_tokens += decoded->items[i].source.n;
        if (n_tokens < decoded->options->batch_tokens && i + 1 < decoded->n_items)
            continue;
        S2S_TRY(measure_batch(decoded, i + 1 - n, n, total, err));
        n = n_tokens = 0;
    }
    return S2S_OK;
}

s2s_status s2s_decoded_measure(s2s_decoded *decoded, double metrics[S2S_N_VALID_METRICS], s2s_error *err)
{
    measured total = {0};
    S2S_TRY(s2s_text_scores_new(&total.texts, decoded->metrics, decoded->dataset, decoded->most_targets, err));
    s2s_status status = measure_all(decoded, &total, err);
    if (status == S2S_OK) {
        metrics[S2S_VALID_SEQUENCE_ACCURACY] = 100.0 * (double)total.n_correct / decoded->n_items;
        metrics[S2S_VALID_ERROR_RATE] = 100.0 * (double)total.edits / fmax((double)total.reference_tokens, 1);
        s2s_text_scores_result(total.texts, metrics);
    }
    s2s_text_scores_free(total.texts);
    return status;
}
