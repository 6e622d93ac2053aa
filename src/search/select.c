/* Beam search: the best continuations of each row, merged per sentence.
 *
 * A row needs to offer only as many candidates as the beam is wide, and one more in case one of them ends. With
 * a beam of one that is one candidate, which makes greedy search. */
#include <math.h>

#include "search/searcher.h"

#define SCAN_BLOCK 16 /* tokens compared at once with the least of the top */

static bool any_above(const s2s_real *x, s2s_real threshold)
{
    int any = 0;
    for (int i = 0; i < SCAN_BLOCK; i++)
        any |= x[i] > threshold;
    return any;
}

/* Inserts in order; *count grows up to n. */
static void insert(s2s_candidate *top, int *count, int n, s2s_candidate candidate)
{
    int place = *count < n ? (*count)++ : n - 1;
    for (; place > 0 && top[place - 1].log_prob < candidate.log_prob; place--)
        top[place] = top[place - 1];
    top[place] = candidate;
}

int s2s_select_top(const s2s_real *log_probs, int vocab, s2s_candidate *top, int n)
{
    int count = 0;
    s2s_real least = -INFINITY; /* what a token must exceed */
    for (int begin = 0; begin < vocab; begin += SCAN_BLOCK) {
        int end = begin + SCAN_BLOCK;
        if (end > vocab)
            end = vocab;
        else if (!any_above(log_probs + begin, least))
            continue;
        for (int token = begin; token < end; token++) {
            if (!(log_probs[token] > least))
                continue;
            insert(top, &count, n, (s2s_candidate){(float)log_probs[token], token});
            if (count == n)
                least = top[n - 1].log_prob;
        }
    }
    return count;
}

void s2s_select_rows(s2s_searcher *searcher, int begin, int end)
{
    for (int row = begin; row < end; row++) {
        s2s_candidate *out = searcher->candidates + (size_t)row * searcher->n_choices;
        s2s_candidate only;
        int n = 0;
        if (s2s_filter_row(searcher, row, &only))
            n = s2s_select_top(s2s_row(&searcher->log_probs, row), searcher->vocab, out, searcher->n_choices);
        if (n == 0)
            out[n++] = only;
        searcher->n_candidates[row] = n;
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
