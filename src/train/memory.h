/* Fitting a run to the memory that --memory allows.
 *
 * Everything that grows with the network or the corpus is counted from its size.  What a batch takes is not
 * estimated but tried: forward and backward of batches as unfavourable as the corpus may give, of growing size,
 * for as long as the next one is sure to fit.  Validation, without gradients, takes less. */
#ifndef S2S_TRAIN_MEMORY_H
#define S2S_TRAIN_MEMORY_H

#include "train/dataset.h"
#include "train/learner.h"
#include "train/validate.h"

/* S2S_BAD_CONFIG where the parameters that are declared, and what is parallel to them, exceed the budget even
 * before they are allocated. */
s2s_status s2s_memory_check(const s2s_train_options *options, const s2s_params *params,
                            const s2s_kernels *kernels, s2s_error *err) S2S_MUST_USE;

/* Makes options->batch_tokens smaller, and accumulate larger by as much, until the run fits options->memory,
 * and brings the readers to it; all before anything is read or learned.  S2S_BAD_CONFIG, naming the smallest
 * budget that works, where not even the longest pair fits, or, resumed, the batches of the run do not. */
s2s_status s2s_memory_fit(s2s_memory_plan *plan, s2s_train_options *options, bool resumed,
                          const s2s_dataset *dataset, s2s_learner *learner, const s2s_validator *validator,
                          s2s_error *err) S2S_MUST_USE;

#endif
