/* How a run turns text into tokens: the tokenisers and vocabularies of its dataset. */
#ifndef S2S_TRAIN_VOCABULARIES_H
#define S2S_TRAIN_VOCABULARIES_H

#include "train/dataset.h"

/* Fills tokenisers, subword models and vocabularies of a dataset whose corpora are open: reads or trains the
 * subword models, or counts the pieces of the training part.  The same pairs and options give the same. */
s2s_status s2s_vocabularies_make(s2s_dataset *dataset, const s2s_train_options *options,
                                 s2s_error *err) S2S_MUST_USE;
void s2s_vocabularies_free(s2s_dataset *dataset); /* those that were made */

#endif
