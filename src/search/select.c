/* Beam search: the best continuations of each row, merged per sentence.
 *
 * A row needs to offer only as many candidates as the beam is wide, and one more in case one of them ends. With
 * a beam of one that is one candidate, which makes greedy search. */
#include <math.h>

#include "search/searcher.h"

void s2s_select_rows(s2s_searcher *searcher)
{
    const s2s_output *output = &searcher->output;
    s2s_candidate *only = searcher->only;
    int n_rows = searcher->layer->n_rows, n = searcher->n_choices;
    for (int row = 0; row < n_rows; row++) {
        int forced = s2s_filter_forced(searcher, row);
        only[row].token = forced < 0 ? S2S_TOKEN_EOS : forced;
    }
    s2s_output_top(searcher->graph,
                   &(s2s_top){.tokens = searcher->candidates,
                              .n_tokens = searcher->n_candidates,
                              .n = n,
                              .asked = only,
                              .ban = s2s_filter_ban,
                              .ban_arg = searcher},
                   &output->x, output->w, output->b);
    for (int row = 0; row < n_rows && searcher->graph->status == S2S_OK; row++) {
        if (searcher->n_candidates[row] > 0 && s2s_filter_forced(searcher, row) < 0)
            continue;
        searcher->candidates[(size_t)row * n] = only[row];
        searcher->n_candidates[row] = 1;
    }
}

/* The best candidate not taken yet of rows [begin, end): its row, or -1.  heads: first untaken of each row. */
static int best_row(const s2s_searcher *searcher, int begin, int end)
{
    int best = -1;
    double best_score = -INFINITY;
    for (int row = begin; row < end; row++) {
        int head = searcher->heads[row - begin];
        if (head == searcher->n_candidates[row])
            continue;
        double score = searcher->layer->log_prob[row] +
                       searcher->candidates[(size_t)row * searcher->n_choices + head].log_prob;
        if (best < 0 || score > best_score) {
            best = row;
            best_score = score;
        }
    }
    return best;
}

/* Rows [begin, end) belong to one sentence. */
static void advance_sentence(s2s_searcher *searcher, s2s_layer *next, int begin, int end)
{
    const s2s_layer *layer = searcher->layer;
    s2s_sentence *sentence = &searcher->sentences[layer->sentence[begin]];
    int first = next->n_rows;
    for (int i = 0; i < end - begin; i++)
        searcher->heads[i] = 0;
    while (next->n_rows - first < searcher->width) {
        int row = best_row(searcher, begin, end);
        if (row < 0)
            break;
        int head = searcher->heads[row - begin]++;
        const s2s_candidate *candidate = &searcher->candidates[(size_t)row * searcher->n_choices + head];
        if (candidate->token == S2S_TOKEN_EOS)
            s2s_rank_finish(searcher, row, candidate->log_prob, sentence->n_arrived++);
        else
            s2s_layer_push(next, layer, row, candidate, 0);
    }
    while (next->n_rows > first && !s2s_rank_hopeful(searcher, sentence, next->log_prob[next->n_rows - 1]))
        next->n_rows--;
}

void s2s_select_next(s2s_searcher *searcher, s2s_layer *next)
{
    const s2s_layer *layer = searcher->layer;
    for (int begin = 0, end; begin < layer->n_rows; begin = end) {
        for (end = begin + 1; end < layer->n_rows && layer->sentence[end] == layer->sentence[begin];)
            end++;
        advance_sentence(searcher, next, begin, end);
    }
}
