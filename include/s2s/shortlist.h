/* Vocabulary shortlists: the output layer of each sentence knows only the tokens that its source is likely to
 * become (Jean et al. 2015, arXiv:1412.2007, section 3.3), which makes prediction with large vocabularies
 * faster.
 *
 * The list comes from translation probabilities of tokens, t(target | source), by IBM Model 1 (Brown et al.
 * 1993, "The Mathematics of Statistical Machine Translation").  Prediction reads it where the field shortlist of
 * s2s_predict_options names its file: "target source probability" a line. */
#ifndef S2S_SHORTLIST_H
#define S2S_SHORTLIST_H

#include <stdint.h>

#include "s2s/predict.h"

#define S2S_MAX_ITERATIONS 100

/* All fields are described by s2s_shortlist_options_table(). */
typedef struct s2s_shortlist_options {
    const char *pairs;      /* tab-separated file "source<TAB>target[<TAB>target...]", as for training; or */
    const char *src, *tgt;  /* two parallel files */
    int best;               /* translations kept of a source token at most */
    double min_probability; /* of those that are kept */
    int iterations;         /* of expectation maximisation */
    int max_length;         /* tokens; pairs with a longer side are left out */
    int max_translations;   /* held while estimating, in millions; the least likely are dropped */
} s2s_shortlist_options;

S2S_API const s2s_option_table *s2s_shortlist_options_table(void);
S2S_API void s2s_shortlist_options_defaults(s2s_shortlist_options *options);

/* How far the estimation is. */
typedef struct s2s_shortlist_progress {
    int iteration;         /* from 1 */
    double fraction;       /* of its pairs; 1: it has ended, and what follows is known */
    int64_t n_pairs;       /* used */
    int64_t n_skipped;     /* left out: too long, or a side without tokens */
    int64_t n_tokens;      /* of their targets */
    double log_likelihood; /* of these, nats, under the probabilities that the iteration began with */
    int64_t n_dropped;     /* translations, to hold no more than max_translations */
} s2s_shortlist_progress;
typedef void s2s_shortlist_progress_fn(void *arg, const s2s_shortlist_progress *progress);

/* Estimates translation probabilities of the model's tokens from the pairs, which each iteration reads anew and
 * cuts as the model cuts them, and writes lines "target source probability", a blank between them, the best of
 * each source token first; NULL is the source of tokens that come from none.  The file is replaced atomically.
 * *n_lines: how many.  progress (NULL: nobody is told) is called from time to time and at the end of an
 * iteration.  S2S_BAD_DATA where the pairs are none. */
S2S_API s2s_status s2s_shortlist_estimate(const s2s_model *model, const s2s_shortlist_options *options,
                                          const char *output, int64_t *n_lines,
                                          s2s_shortlist_progress_fn *progress, void *arg,
                                          s2s_error *err) S2S_MUST_USE;

/* What a worker took from its shortlist's file. */
typedef struct s2s_shortlist_info {
    int64_t n_translations; /* in use */
    int64_t n_unknown;      /* lines with a token that the model does not know, which were left out */
} s2s_shortlist_info;

/* All 0 for a worker without a shortlist. */
S2S_API void s2s_worker_shortlist(const s2s_worker *worker, s2s_shortlist_info *info);

#endif
