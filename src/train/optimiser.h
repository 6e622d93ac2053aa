/* Optimisers and learning-rate schedules. */
#ifndef S2S_TRAIN_OPTIMISER_H
#define S2S_TRAIN_OPTIMISER_H

#include "base/team.h"
#include "kernels/kernels.h"
#include "s2s/train.h"
#include "tensor/params.h"

typedef struct s2s_optimiser {
    s2s_optimiser_kind kind;
    s2s_real *moments[2]; /* blocks parallel to the parameters; NULL where the kind needs none */
    s2s_real *average;    /* block of averaged parameters; NULL when options->ema is 0 */
    int64_t updates;      /* done so far */
} s2s_optimiser;

int s2s_optimiser_n_moments(const s2s_train_options *options); /* blocks that the optimiser needs */
s2s_status s2s_optimiser_open(s2s_optimiser *optimiser, const s2s_train_options *options,
                              const s2s_params *params, s2s_error *err) S2S_MUST_USE;
void s2s_optimiser_close(s2s_optimiser *optimiser);

/* The average begins at the parameters. */
void s2s_optimiser_begin(s2s_optimiser *optimiser, const s2s_params *params);

/* Global norm of the gradient of what is trained, summed in blocks of fixed size so that it does not depend on
 * the team. */
double s2s_gradient_norm(const s2s_params *params, s2s_team *team, const s2s_kernels *kernels);

/* One update of what is trained, with gradients multiplied by grad_scale (clipping), of the average too, in one
 * sweep.  Afterwards all gradients are zero, and the parameters marked as changed. */
void s2s_optimiser_update(s2s_optimiser *optimiser, const s2s_train_options *options, s2s_params *params,
                          double learn_rate, double grad_scale, s2s_team *team, const s2s_kernels *kernels);

/* Learning rate of update `update` (from 1).  progress: share of `after` done, for cosine; halvings: for
 * plateau. */
double s2s_schedule_rate(const s2s_train_options *options, int64_t update, double progress, int halvings);

#endif
