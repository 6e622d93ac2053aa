/* Warm start: parameters that begin as those of another model, whose network and vocabularies may differ. */
#ifndef S2S_TRAIN_PRETRAINED_H
#define S2S_TRAIN_PRETRAINED_H

#include "base/log.h"
#include "io/model_file.h"

typedef struct s2s_pretrained {
    char *path;
    s2s_model_file file;
} s2s_pretrained;

/* path: a model file or a run folder. */
s2s_status s2s_pretrained_open(s2s_pretrained *pretrained, const char *path, s2s_error *err) S2S_MUST_USE;
void s2s_pretrained_close(s2s_pretrained *pretrained); /* a zeroed one is allowed */

/* Copies what fits into initialised parameters and logs, in one line, how much that is and what does not fit.
 * What has a row or an element for each piece of a vocabulary is copied for the pieces that both models have,
 * unless these are special ones alone; any other parameter as a whole, where the model has one of its name and
 * shape.  S2S_BAD_MODEL where nothing fits, or where a tensor is unsound. */
s2s_status s2s_pretrained_copy(const s2s_pretrained *pretrained, s2s_params *params,
                               const s2s_vocab *source_vocab, const s2s_vocab *target_vocab,
                               const s2s_logger *logger, s2s_error *err) S2S_MUST_USE;

#endif
