/* Counting results over a test set, and the figures made of the counts. */
#ifndef S2S_EVAL_TALLY_H
#define S2S_EVAL_TALLY_H

#include "eval/edit.h"
#include "s2s/evaluate.h"

typedef struct s2s_tally s2s_tally;

s2s_tally *s2s_tally_new(void); /* NULL when out of memory */
void s2s_tally_free(s2s_tally *tally);

/* One output against its references (at least one), as pieces and (for character rates) as texts.  The nearest
 * reference counts: fewest token edits, then the longer one, then the first; its index goes to *nearest and its
 * alignment (valid until the next call) to *alignment (both may be NULL). */
s2s_status s2s_tally_add(s2s_tally *tally, const s2s_span *hyp, int n_hyp, s2s_span hyp_text,
                         const s2s_span *const *refs, const int *n_refs, const s2s_span *ref_texts,
                         int n_references, int *nearest, const s2s_alignment **alignment,
                         s2s_error *err) S2S_MUST_USE;
/* Log-probability in nats of a scored sequence of n_tokens, its end included. */
void s2s_tally_add_log_prob(s2s_tally *tally, double log_prob, int64_t n_tokens);
/* All figures so far; log_prob and perplexity are NaN unless log-probabilities were added.  A rate over nothing
 * is 0, or 100 % when there are errors all the same. */
void s2s_tally_result(const s2s_tally *tally, s2s_evaluation *evaluation);

#endif
