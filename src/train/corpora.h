/* The corpora of a run: options hold several files as lines, and their weights as a list. */
#ifndef S2S_TRAIN_CORPORA_H
#define S2S_TRAIN_CORPORA_H

#include "s2s/train.h"

/* Whether files and weights of the training data go together: S2S_BAD_CONFIG naming the option. */
s2s_status s2s_corpora_check(const s2s_train_options *options, s2s_error *err) S2S_MUST_USE;

/* The weights of options that were checked, one for each corpus, for the caller to free; *weights is NULL where
 * there are none. */
s2s_status s2s_corpora_weights(double **weights, const s2s_train_options *options, s2s_error *err) S2S_MUST_USE;

/* How many of the files, lines of which each is one or NULL, are standard input. */
int s2s_corpora_n_standard_input(const char *files);

#endif
