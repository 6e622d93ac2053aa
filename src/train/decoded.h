/* Decoded validation: greedy outputs against all accepted targets of each source, and their text against the
 * targets of each line. */
#ifndef S2S_TRAIN_DECODED_H
#define S2S_TRAIN_DECODED_H

#include "train/dataset.h"
#include "train/learner.h"
#include "train/valid_metrics.h"

typedef struct s2s_decoded s2s_decoded;

/* Tokenises the first --valid-max sources of the validation part, neighbours that are equal taken as one,
 * with all their targets.  Sources without tokens or longer than --max-length are left out.  All but err is
 * borrowed until free. */
s2s_status s2s_decoded_new(s2s_decoded **decoded, const s2s_train_options *options,
                           const s2s_valid_metrics *metrics, const s2s_dataset *dataset, s2s_learner *learner,
                           s2s_error *err) S2S_MUST_USE;
void s2s_decoded_free(s2s_decoded *decoded); /* NULL is allowed */

size_t s2s_decoded_bytes(const s2s_decoded *decoded); /* held between measurements */

/* Puts in their places: sequence accuracy, outputs equal to one of their targets, %; error rate, edits to the
 * nearest target, % of the tokens of those targets; those of text that were asked for. */
s2s_status s2s_decoded_measure(s2s_decoded *decoded, double metrics[S2S_N_VALID_METRICS],
                               s2s_error *err) S2S_MUST_USE;

#endif
