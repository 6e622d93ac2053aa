/* Checkpoints: everything that a run needs to go on as if it had never stopped.
 *
 * A safetensors file.  Tensors, flat blocks laid out as the parameters: "params", "moments.0", "moments.1"
 * (as many as the optimiser has), "average" (unless --ema is 0).  Texts: "format" ("s2s-checkpoint"),
 * "version", "config" (JSON), "progress" (JSON), "data" (hashes of corpora,
 * vocabularies and subword models: these are read or trained again, to the same bits). */
#ifndef S2S_TRAIN_CHECKPOINT_H
#define S2S_TRAIN_CHECKPOINT_H

#include "train/dataset.h"
#include "train/learner.h"

#define S2S_CHECKPOINT_VERSION "1"

s2s_status s2s_checkpoint_write(const char *path, const s2s_train_options *options, const s2s_dataset *dataset,
                                const s2s_learner *learner, const s2s_progress *progress,
                                s2s_error *err) S2S_MUST_USE;

/* Whether the run may go on with these options, S2S_BAD_CONFIG where not; precision auto becomes the run's. */
s2s_status s2s_checkpoint_check(const char *path, s2s_train_options *options, s2s_error *err) S2S_MUST_USE;

/* Into a learner and a dataset that were opened with options that s2s_checkpoint_check found good; a learner
 * whose read failed is good for nothing but closing.  S2S_BAD_DATA when the data changed, S2S_BAD_MODEL when
 * the file is not a sound checkpoint. */
s2s_status s2s_checkpoint_read(const char *path, const s2s_dataset *dataset, s2s_learner *learner,
                               s2s_progress *progress, s2s_error *err) S2S_MUST_USE;

#endif
