/* Beam search: the best continuations of each row, merged per sentence.
 *
 * A row needs to offer only as many candidates as the beam is wide, and one more in case one of them ends. With
 * a beam of one that is one candidate, which makes greedy search. */
#include <math.h>

#include "search/searcher.h"

/* How many candidates a row of this sentence offers: no more than it would in another batch. */
static int n_offered(const s2s_searcher *searcher, int row)
{
    int width = searcher->sentences[searcher->layer->sentence[row]].width;
    return width == 1 ? 1 : width + 1;
}

static s2s_candidate *asked_by(const s2s_searcher *searcher, int row)
{
    return searcher->asked + (size_t)row * (size_t)(1 + searcher->most_phrase_tokens);
}

/* What the network is asked for. */
static void ask(s2s_searcher *searcher)
{
    for (int row = 0; row < searcher->layer->n_rows; row++) {
        s2s_candidate *asked = asked_by(searcher, row);
        asked[0].token = s2s_filter_only(searcher, row);
        s2s_banks_ask(searcher, row, asked + 1);
        if (searcher->lexicon)
            searcher->allowed[row] = s2s_filter_allowed(searcher, row);
    }
}

/* Leaves a row what it offers; where that is nothing, what it says then, unless it dies of it. */
static void settle(s2s_searcher *searcher, int row)
{
    int *n = &searcher->n_candidates[row], n_most = n_offered(searcher, row);
    if (*n > n_most)
        *n = n_most;
    if (*n > 0 && s2s_filter_forced(searcher, row) < 0)
        return;
    s2s_candidate only = *asked_by(searcher, row);
    searcher->candidates[(size_t)row * searcher->n_choices] = only;
    *n = only.token != S2S_TOKEN_EOS || s2s_filter_may_end(searcher, row);
}

void s2s_select_rows(s2s_searcher *searcher)
{
    const s2s_top top = {.tokens = searcher->candidates,
                         .n_tokens = searcher->n_candidates,
                         .n = searcher->n_choices,
                         .asked = searcher->asked,
                         .n_asked = 1 + searcher->most_phrase_tokens,
                         .ban = s2s_filter_ban,
                         .ban_arg = searcher,
                         .allowed = searcher->allowed};
    ask(searcher);
    s2s_ensemble_top(searcher, &top);
    for (int row = 0; row < searcher->layer->n_rows && searcher->graph->status == S2S_OK; row++)
        settle(searcher, row);
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
    while (next->n_rows - first < sentence->width) {
        int row = best_row(searcher, begin, end);
        if (row < 0)
            break;
        int head = searcher->heads[row - begin]++;
        const s2s_candidate *candidate = &searcher->candidates[(size_t)row * searcher->n_choices + head];
        if (candidate->token == S2S_TOKEN_EOS)
            s2s_rank_finish(searcher, row, candidate->log_prob, sentence->n_arrived++);
        else
            s2s_layer_push(searcher, next, row, candidate, 0);
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
        if (searcher->sentences[layer->sentence[begin]].phrases)
            s2s_banks_next(searcher, next, begin, end);
        else
            advance_sentence(searcher, next, begin, end);
    }
}
