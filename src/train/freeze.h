/* Parameters that keep their values in training. */
#ifndef S2S_TRAIN_FREEZE_H
#define S2S_TRAIN_FREEZE_H

#include "tensor/params.h"

/* Freezes the declared parameters whose names fit a pattern, before they are allocated.  patterns: as a shell
 * has them, separated by commas ("src.embedding,enc.*"); NULL: none.  S2S_BAD_CONFIG where one fits no name,
 * listing the names, or where nothing is left to train. */
s2s_status s2s_freeze(s2s_params *params, const char *patterns, s2s_error *err) S2S_MUST_USE;

/* Parameters that are frozen. */
int s2s_n_frozen(const s2s_params *params);

#endif
