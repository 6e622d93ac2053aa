/* Search for the best outputs: greedy, beam, sampling.  Knows a network only as encode / step / reorder.
 *
 * Every hypothesis is computed independently of the others in its batch, so outputs do not depend on the batch.
 */
#ifndef S2S_SEARCH_SEARCH_H
#define S2S_SEARCH_SEARCH_H

#include "model/arch.h"
#include "s2s/predict.h"

/* One finished output; arrays live in the searcher's result arena. */
typedef struct s2s_search_hyp {
    const int *tokens;         /* [n], end of sequence left out */
    const float *token_scores; /* [n + 1] log-probabilities, the last is that of the end */
    const float *attention; /* [n + 1][source_len]; NULL unless the options ask for it and the network has it */
    int n;
    double log_prob; /* sum of token_scores */
    double score;    /* ranked by: log_prob / length penalty + coverage penalty */
} s2s_search_hyp;

typedef struct s2s_search_result {
    const s2s_search_hyp *hyps; /* best first */
    int n_hyps;
} s2s_search_result;

typedef struct s2s_searcher s2s_searcher;

s2s_status s2s_searcher_new(s2s_searcher **searcher, const s2s_arch *arch, const s2s_network *network,
                            int target_vocab, s2s_error *err) S2S_MUST_USE;
void s2s_searcher_free(s2s_searcher *searcher);

/* Searches all sources of the batch; result [B] in source order (that of the batch), valid until the next call;
 * every source gets at least one output.  prefix: per sentence (source order) tokens that every output begins
 * with, or NULL.  seeds: per sentence, NULL unless sampling.  Unknown and beginning of sequence are said only
 * by a prefix; the end is not said before min_length.  An output of max_length, or else max_length_factor *
 * source + 10, tokens (or of its prefix, where that is longer) ends there as it is.  Where rules leave no token
 * at all, it ends too.  The graph is begun anew inside.  S2S_BAD_MODEL when log-probabilities are not finite.
 */
s2s_status s2s_search(s2s_searcher *searcher, s2s_graph *graph, const s2s_source_batch *source,
                      const s2s_tokens *prefix, const uint64_t *seeds, const s2s_predict_options *options,
                      s2s_search_result *result, s2s_error *err) S2S_MUST_USE;

/* ((5 + len) / 6)^alpha, Wu et al. 2016: what the length penalty divides by; len includes the end of sequence.
 */
double s2s_length_divisor(double alpha, int len);

#endif
