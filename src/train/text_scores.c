#include "train/text_scores.h"

#include <stdlib.h>

#include "base/fail.h"
#include "eval/metric_sums.h"

struct s2s_text_scores {
    const s2s_dataset *dataset;
    s2s_metric_sums *sums;
    int n, n_references;  /* metrics; references of a line */
    s2s_span *references; /* [n_references] */
    s2s_span output;      /* borrowed from the buffer */
    s2s_text_buffer buffer;
};

/* What validation calls them. */
static const struct {
    s2s_valid_metric valid;
    int metric;
} names[] = {
    {S2S_VALID_BLEU, S2S_METRIC_BLEU}, {S2S_VALID_CHRF, S2S_METRIC_CHRF}, {S2S_VALID_TER, S2S_METRIC_TER}};
enum { N_NAMES = sizeof names / sizeof *names };

static s2s_status out_of_memory(s2s_error *err)
{
    return s2s_fail_memory(err, "scoring validation outputs");
}

static s2s_metric_list list_metrics(const s2s_valid_metrics *metrics)
{
    s2s_metric_list list = {.n = 0};
    for (int i = 0; i < metrics->n; i++)
        for (int k = 0; k < N_NAMES; k++)
            if ((int)names[k].valid == metrics->items[i])
                list.items[list.n++] = names[k].metric;
    return list;
}

s2s_status s2s_text_scores_new(s2s_text_scores **scores, const s2s_valid_metrics *metrics,
                               const s2s_dataset *dataset, int n_references, s2s_error *err)
{
    s2s_metric_list list = list_metrics(metrics);
    s2s_text_scores *made = *scores = calloc(1, sizeof *made);
    if (!made)
        return out_of_memory(err);
    made->dataset = dataset;
    made->n = list.n;
    made->n_references = n_references;
    made->references = calloc((size_t)n_references, sizeof *made->references);
    made->sums = s2s_metric_sums_new(&list, n_references);
    if (made->references && made->sums)
        return S2S_OK;
    s2s_text_scores_free(made);
    *scores = NULL;
    return out_of_memory(err);
}

void s2s_text_scores_free(s2s_text_scores *scores)
{
    if (!scores)
        return;
    s2s_metric_sums_free(scores->sums);
    free(scores->references);
    s2s_text_buffer_free(&scores->buffer);
    free(scores);
}

s2s_status s2s_text_scores_output(s2s_text_scores *scores, size_t pair, s2s_tokens output, s2s_arena *arena,
                                  s2s_error *err)
{
    const s2s_dataset *dataset = scores->dataset;
    if (scores->n == 0)
        return S2S_OK; /* nobody asks for the text */
    s2s_span source = s2s_corpus_source(dataset->valid, pair);
    S2S_TRY(s2s_text_remember(dataset->source_text, &scores->buffer, source, err));
    s2s_span *pieces = s2s_arena_alloc(arena, (size_t)output.n * sizeof *pieces);
    if (!pieces)
        return out_of_memory(err);
    for (int i = 0; i < output.n; i++)
        pieces[i] = s2s_vocab_piece(dataset->target_vocab, output.ids[i]);
    s2s_span text;
    S2S_TRY(s2s_joined_text(&dataset->target_tokeniser, pieces, output.n, &scores->buffer, &text, err));
    return s2s_text_apply(dataset->output_text, &scores->buffer, text, &scores->output, err);
}

s2s_status s2s_text_scores_add(s2s_text_scores *scores, size_t pair, s2s_error *err)
{
    const s2s_corpus *corpus = scores->dataset->valid;
    int n_targets = s2s_corpus_n_targets(corpus, pair);
    for (int k = 0; k < scores->n_references; k++)
        scores->references[k] = s2s_corpus_target(corpus, pair, k < n_targets ? k : 0);
    return s2s_metric_sums_add(scores->sums, scores->output, scores->references) ? S2S_OK : out_of_memory(err);
}

void s2s_text_scores_result(const s2s_text_scores *scores, double metrics[S2S_N_VALID_METRICS])
{
    double values[S2S_N_METRICS];
    s2s_metric_sums_scores(scores->sums, values);
    for (int k = 0; k < N_NAMES; k++)
        metrics[names[k].valid] = values[names[k].metric];
}
