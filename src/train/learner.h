/* A network and what one update of it needs: gradients, optimiser, averaged parameters, team. */
#ifndef S2S_TRAIN_LEARNER_H
#define S2S_TRAIN_LEARNER_H

#include "data/read_ahead.h"
#include "model/arch.h"
#include "train/optimiser.h"
#include "train/progress.h"

/* Not to be moved once open: the graph knows where the parameters are. */
typedef struct s2s_learner {
    const s2s_arch *arch;
    const s2s_kernels *kernels;
    s2s_team *team;
    s2s_params params;
    s2s_network *network;
    s2s_graph graph;
    s2s_optimiser optimiser;
} s2s_learner;

/* What one update saw. */
typedef struct s2s_update {
    double nll;     /* sum over target tokens, nats */
    int64_t tokens; /* target tokens */
    double learn_rate;
    double gradient_norm; /* before clipping */
} s2s_update;

/* The parameters are undefined until s2s_learner_begin, or a checkpoint is read.  S2S_BAD_CONFIG where the
 * network cannot fit options->memory, or options->freeze does not fit the network. */
s2s_status s2s_learner_open(s2s_learner *learner, const s2s_train_options *options, int source_vocab,
                            int target_vocab, s2s_error *err) S2S_MUST_USE;
/* Initialises the parameters from the seed. */
void s2s_learner_begin(s2s_learner *learner, const s2s_train_options *options);
void s2s_learner_close(s2s_learner *learner); /* a zeroed one is allowed */

/* One update: `accumulate` batches; the gradient is the mean of the batches' means over their target tokens,
 * and zero between updates.  It is a function of the learner's blocks, the progress and the options alone.
 * S2S_DIVERGED, with the parameters as they were, when the loss or the gradient is not finite. */
s2s_status s2s_learner_update(s2s_learner *learner, const s2s_train_options *options, s2s_read_ahead *batches,
                              s2s_progress *progress, s2s_update *update, s2s_error *err) S2S_MUST_USE;

/* Forward and backward of a batch as an update does it, but in a graph of the caller, who wants to know what
 * memory that takes; nothing else changes. */
s2s_status s2s_learner_rehearse(s2s_learner *learner, s2s_graph *graph, const s2s_train_options *options,
                                const s2s_batch *batch, s2s_error *err) S2S_MUST_USE;

/* The block that is validated and saved: averaged parameters where there are some. */
const s2s_real *s2s_learner_best_block(const s2s_learner *learner);
/* Puts the averaged parameters in the place of the learned ones, or back. */
void s2s_learner_swap(s2s_learner *learner);
/* S2S_DIVERGED naming what a checkpoint would hold that is not finite: a parameter, an average, a moment. */
s2s_status s2s_learner_check(const s2s_learner *learner, const s2s_progress *progress,
                             s2s_error *err) S2S_MUST_USE;

#endif
