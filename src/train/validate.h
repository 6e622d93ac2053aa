/* Validation: how good the learner's present parameters are on the validation pairs. */
#ifndef S2S_TRAIN_VALIDATE_H
#define S2S_TRAIN_VALIDATE_H

#include "train/dataset.h"
#include "train/learner.h"
#include "train/valid_metrics.h"

typedef struct s2s_validator s2s_validator;

/* All is borrowed until free.  Where a metric is a decoded one, the first --valid-max sources are prepared; the
 * targets of equal neighbouring sources are all accepted. */
s2s_status s2s_validator_new(s2s_validator **validator, const s2s_train_options *options,
                             const s2s_valid_metrics *metrics, const s2s_dataset *dataset, s2s_learner *learner,
                             s2s_error *err) S2S_MUST_USE;
void s2s_validator_free(s2s_validator *validator); /* NULL is allowed */

size_t s2s_validator_bytes(const s2s_validator *validator); /* held between validations */

/* All metrics, NaN where not measured: more than those asked for where they come with these.  Uses the
 * parameters in learner->params. */
s2s_status s2s_validate(s2s_validator *validator, double metrics[S2S_N_VALID_METRICS],
                        s2s_error *err) S2S_MUST_USE;

#endif
