/* Scores and the list of finished hypotheses. */
#include <math.h>
#include <string.h>

#include "search/searcher.h"

/* Attention that a source token never got counts as this much, so that its logarithm stays finite. */
#define LEAST_COVERAGE 1e-9

double s2s_length_divisor(double alpha, int len)
{
    return alpha == 0 ? 1 : pow((5.0 + len) / 6, alpha);
}

/* sum over source tokens s of log(min(sum over steps t of attention[t][s], 1)), the end's step included. */
static double coverage(const s2s_searcher *searcher, const s2s_layer *layer, int row, int source_len)
{
    double total = 0;
    for (int s = 0; s < source_len; s++) {
        double sum = 0;
        int at = row;
        for (const s2s_layer *l = layer; l; at = l->parent[at], l = l->prev)
            sum += l->weights[(size_t)at * searcher->max_source + s];
        total += log(fmin(fmax(sum, LEAST_COVERAGE), 1));
    }
    return total;
}

static double score_of(const s2s_searcher *searcher, int row, double log_prob)
{
    const s2s_layer *layer = searcher->layer;
    const s2s_predict_options *options = searcher->options;
    double score = log_prob / s2s_length_divisor(options->length_penalty, layer->step + 1);
    if (options->coverage_penalty > 0 && layer->weights) {
        int source_len = searcher->sentences[layer->sentence[row]].source_len;
        score += options->coverage_penalty * coverage(searcher, layer, row, source_len);
    }
    return score;
}

static bool comes_before(const s2s_finished *a, const s2s_finished *b)
{
    return a->score > b->score || (a->score == b->score && a->order < b->order);
}

void s2s_rank_finish(s2s_searcher *searcher, int row, float end_score, int order)
{
    s2s_sentence *sentence = &searcher->sentences[searcher->layer->sentence[row]];
    s2s_finished new = {.layer = searcher->layer, .row = row, .order = order, .end_score = end_score};
    new.log_prob = searcher->layer->log_prob[row] + end_score;
    new.score = score_of(searcher, row, new.log_prob);
    int place = sentence->n_kept;
    while (place > 0 && comes_before(&new, &sentence->kept[place - 1]))
        place--;
    if (place == searcher->options->n_best)
        return;
    if (sentence->n_kept < searcher->options->n_best)
        sentence->n_kept++;
    memmove(&sentence->kept[place + 1], &sentence->kept[place],
            (size_t)(sentence->n_kept - 1 - place) * sizeof *sentence->kept);
    sentence->kept[place] = new;
}

bool s2s_rank_hopeful(const s2s_searcher *searcher, const s2s_sentence *sentence, double log_prob)
{
    if (sentence->n_kept < searcher->options->n_best)
        return true;
    /* The log-probability can only fall and the coverage penalty is at most 0; the longest output is divided
     * by most. */
    double bound = log_prob / s2s_length_divisor(searcher->options->length_penalty, sentence->max_len + 1);
    return bound > sentence->kept[sentence->n_kept - 1].score;
}

void s2s_layer_push(const s2s_searcher *searcher, s2s_layer *next, int row, const s2s_candidate *candidate,
                    int draw)
{
    const s2s_layer *layer = searcher->layer;
    const s2s_phrases *phrases = searcher->sentences[layer->sentence[row]].phrases;
    int r = next->n_rows++;
    next->parent[r] = row;
    next->token[r] = candidate->token;
    next->sentence[r] = layer->sentence[row];
    next->draw[r] = draw;
    next->token_score[r] = candidate->log_prob;
    next->log_prob[r] = layer->log_prob[row] + candidate->log_prob;
    if (next->node)
        next->node[r] = s2s_lexicon_follow(searcher->lexicon, layer->node[row], candidate->token);
    if (phrases)
        next->progress[r] = s2s_phrases_step(phrases, layer->progress[row], candidate->token);
}
