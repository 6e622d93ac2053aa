/* What models must have in common to be put together. */
#ifndef S2S_API_ALIKE_H
#define S2S_API_ALIKE_H

#include "api/model.h"

typedef enum s2s_alike {
    S2S_ALIKE_IN_TEXT, /* text steps, tokens and vocabularies: the same text is the same numbers */
    S2S_ALIKE_WHOLLY,  /* the network too: their parameters are of the same names and shapes */
} s2s_alike;

/* S2S_BAD_MODEL naming both models and what differs. */
s2s_status s2s_models_check_alike(const s2s_model *first, const s2s_model *model, s2s_alike alike,
                                  s2s_error *err) S2S_MUST_USE;

#endif
