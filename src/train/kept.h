/* best/UPDATE.s2s and last/UPDATE.s2s: the models of the best and of the last validations of a run, as many as
 * --keep-best and --keep-last say.  Their names do not change, so that no moment is without one of them: a new
 * one is written, the checkpoint then tells which are kept, and only then the others are removed. */
#ifndef S2S_TRAIN_KEPT_H
#define S2S_TRAIN_KEPT_H

#include "train/best.h"

/* Writes the learner's model as that of the present update; makes the folder. */
s2s_status s2s_kept_write(const char *folder, const s2s_train_options *options, const s2s_dataset *dataset,
                          const s2s_learner *learner, const s2s_progress *progress,
                          s2s_error *err) S2S_MUST_USE;
/* Removes the models that are not in the list, what a killed run left half-written, and a folder that is then
 * empty; other files stay.  A folder that there is not is as good as an empty one. */
s2s_status s2s_kept_prune(const char *folder, const s2s_kept_list *list, s2s_error *err) S2S_MUST_USE;
/* The path of a model of any update in the folder, to free(); NULL where there is none. */
char *s2s_kept_find(const char *folder);

#endif
