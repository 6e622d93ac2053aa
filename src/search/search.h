/* Search for the best outputs: greedy, beam, sampling, under constraints.  Knows a network only as encode /
 * step / reorder.
 *
 * Every hypothesis is computed independently of the others in its batch, so outputs do not depend on the batch.
 */
#ifndef S2S_SEARCH_SEARCH_H
#define S2S_SEARCH_SEARCH_H

#include "model/arch.h"
#include "s2s/predict.h"
#include "search/lexicon.h"
#include "search/phrases.h"
#include "search/shortlist.h"

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

/* What is given besides the sources, zero where nothing is; arrays per sentence, in source order. */
typedef struct s2s_search_given {
    const s2s_tokens *prefix;          /* tokens that every output begins with */
    const uint64_t *seeds;             /* of sampling, else NULL */
    const s2s_phrases *const *phrases; /* that every output contains, NULL: any; not when sampling */
    const s2s_lexicon *lexicon;        /* the only outputs; each prefix begins one of them */
    const s2s_shortlist *shortlist;    /* the tokens that outputs may have, besides those of prefixes and
                                          phrases; with a lexicon that alone decides */
} s2s_search_given;

/* All options in their ranges, and none against another: else S2S_MISUSE. */
s2s_status s2s_predict_options_check(const s2s_predict_options *options, s2s_error *err) S2S_MUST_USE;

typedef struct s2s_searcher s2s_searcher;

/* A network that takes part in searches. */
typedef struct s2s_search_model {
    const s2s_arch *arch;
    const s2s_network *network;
    s2s_graph *graph; /* of its parameters, begun anew in every search; those of all share one team */
    double weight;    /* above 0; those of all sum to 1 */
} s2s_search_model;

enum { S2S_MAX_MODELS = 16 };

/* models [n_models], which is copied: several are an ensemble, in which the probability of a token is the mean
 * of theirs, by weight, and so is attention among those that have any. */
s2s_status s2s_searcher_new(s2s_searcher **searcher, const s2s_search_model *models, int n_models,
                            int target_vocab, s2s_error *err) S2S_MUST_USE;
void s2s_searcher_free(s2s_searcher *searcher);

/* Searches all sources of the batch; result [B] in source order (that of the batch), valid until the next call;
 * every source without phrases gets at least one output, one with phrases those that contain them all, or none.
 * Beginning of sequence is said only by a prefix, as is unknown unless it is replaced; the end is not said
 * before min_length.  An output of max_length, or else max_length_factor * source + 10, tokens (or of its
 * prefix, where that is longer) ends there as it is.  Where rules leave no token at all, it ends too.  With a
 * lexicon neither can be: its strings are such as min_length and max_length allow, the longest of them is the
 * limit, and no_repeat_ngram does not concern them.  S2S_BAD_MODEL when log-probabilities are not finite. */
s2s_status s2s_search(s2s_searcher *searcher, const s2s_source_batch *source, const s2s_search_given *given,
                      const s2s_predict_options *options, s2s_search_result *result,
                      s2s_error *err) S2S_MUST_USE;

/* Hypotheses that a search keeps of a sentence with these phrases, or NULL. */
int s2s_search_width(const s2s_predict_options *options, const s2s_phrases *phrases);

/* ((5 + len) / 6)^alpha, Wu et al. 2016: what the length penalty divides by; len includes the end of sequence.
 */
double s2s_length_divisor(double alpha, int len);

#endif
