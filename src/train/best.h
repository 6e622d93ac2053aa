/* The model of a run as it stands: model.s2s where that is the best so far. */
#ifndef S2S_TRAIN_BEST_H
#define S2S_TRAIN_BEST_H

#include "train/dataset.h"
#include "train/learner.h"

/* The file is a function of seed, configuration and data alone: nothing in it tells the time or the machine. */
s2s_status s2s_best_write(const char *path, const s2s_train_options *options, const s2s_dataset *dataset,
                          const s2s_learner *learner, const s2s_progress *progress,
                          s2s_error *err) S2S_MUST_USE;

#endif
