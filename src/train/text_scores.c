#include "train/text_scores.h"

#include <stdlib.h>

#include "base/fail.h"
#include "eval/metric.h"

typedef struct text_score {
    s2s_valid_metric which;
    s2s_metric *metric;
    int64_t sums[S2S_METRIC_MAX_STATS]; /* over the lines so far */
} text_score;

struct s2s_text_scores {
    const s2s_dataset *dataset;
    s2s_metrics_options options; /* the defaults */
    text_score items[S2S_N_VALID_METRICS];
    int n, n_references;
    s2s_span *references; /* [n_references] of a line */
    s2s_span output;      /* borrowed from the buffer */
    s2s_text_buffer buffer;
};

static s2s_status out_of_memory(s2s_error *err)
{
    return s2s_fail_memory(err, "scoring validation outputs");
}

static s2s_metric *new_metric(const s2s_text_scores *scores, s2s_valid_metric which)
{
    int n = scores->n_references;
    if (which == S2S_VALID_BLEU)
        return s2s_bleu_new(&scores->options, n);
    if (which == S2S_VALID_CHRF)
        return s2s_chrf_new(&scores->options, n, 0);
    return s2s_ter_new(&scores->options, n);
}

static bool open_metrics(s2s_text_scores *scores, const s2s_valid_metrics *metrics)
{
    scores->references = calloc((size_t)scores->n_references, sizeof *scores->references);
    if (!scores->references)
        return false;
    for (int i = 0; i < metrics->n; i++) {
        if (!s2s_metric_is_of_text(metrics->items[i]))
            continue;
        text_score *score = &scores->items[scores->n];
        score->which = metrics->items[i];
        score->metric = new_metric(scores, score->which);
        if (!score->metric)
            return false;
        scores->n++;
    }
    return true;
}

s2s_status s2s_text_scores_new(s2s_text_scores **scores, const s2s_valid_metrics *metrics,
                               const s2s_dataset *dataset, int n_references, s2s_error *err)
{
    *scores = calloc(1, sizeof **scores);
    if (!*scores)
        return out_of_memory(err);
    (*scores)->dataset = dataset;
    (*scores)->n_references = n_references;
    s2s_metrics_options_defaults(&(*scores)->options);
    if (open_metrics(*scores, metrics))
        return S2S_OK;
    s2s_text_scores_free(*scores);
    *scores = NULL;
    return out_of_memory(err);
}

void s2s_text_scores_free(s2s_text_scores *scores)
{
    if (!scores)
        return;
    for (int i = 0; i < scores->n; i++)
        s2s_metric_free(scores->items[i].metric);
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
    return s2s_output_text(&dataset->target_tokeniser, pieces, output.n, &scores->buffer, &scores->output, err);
}

s2s_status s2s_text_scores_add(s2s_text_scores *scores, size_t pair, s2s_error *err)
{
    const s2s_corpus *corpus = scores->dataset->valid;
    int n_targets = s2s_corpus_n_targets(corpus, pair);
    for (int k = 0; k < scores->n_references; k++)
        scores->references[k] = s2s_corpus_target(corpus, pair, k < n_targets ? k : 0);
    for (int i = 0; i < scores->n; i++) {
        text_score *score = &scores->items[i];
        s2s_metric *metric = score->metric;
        int stats[S2S_METRIC_MAX_STATS];
        if (!metric->kind->set_references(metric, scores->references) ||
            !metric->kind->compare(metric, scores->output, stats))
            return out_of_memory(err);
        for (int k = 0; k < metric->n_stats; k++)
            score->sums[k] += stats[k];
    }
    return S2S_OK;
}

void s2s_text_scores_result(const s2s_text_scores *scores, double metrics[S2S_N_VALID_METRICS])
{
    for (int i = 0; i < scores->n; i++) {
        s2s_metrics_score score;
        const text_score *item = &scores->items[i];
        item->metric->kind->score(item->metric, item->sums, &score);
        metrics[item->which] = score.score;
    }
}
