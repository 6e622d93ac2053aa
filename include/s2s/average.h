/* Averaging: one model whose parameters are the means of those of others.
 *
 * Models of one run, as `keep_best` leaves them, lie around a place that is usually better than each of them:
 * Polyak and Juditsky 1992; of checkpoints Vaswani et al. 2017, arXiv:1706.03762.  Models of runs that began at
 * different parameters have nothing in common to average. */
#ifndef S2S_AVERAGE_H
#define S2S_AVERAGE_H

#include "s2s/status.h"

/* Writes the mean of n_models >= 1 models, each a model file or a run folder, to the file `output`, which is
 * replaced atomically and may be one of them.  One that is given twice counts twice.  Sums are in double, in
 * the order given.  The options of training that the file tells are those of the first model; its history lists
 * those of all, as "averaged", for a model that is a mean itself those of its own list.
 *
 * All models have the same network (but for dropout), tokens, text steps, vocabularies and subword models; else
 * S2S_BAD_MODEL naming the file and what differs. */
S2S_API s2s_status s2s_average(const char *output, const char *const *models, int n_models,
                               s2s_error *err) S2S_MUST_USE;

#endif
