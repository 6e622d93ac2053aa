/* What a model file holds of text steps. */
#ifndef S2S_IO_TEXT_JSON_H
#define S2S_IO_TEXT_JSON_H

#include "text/pipeline.h"

/* The data of all steps as a JSON array of texts, to free(); NULL when out of memory. */
char *s2s_text_to_json(const s2s_text_pipeline *pipeline);

/* Opens the steps of a list with their data; json NULL: there is none, which is right for an empty list only.
 * S2S_BAD_MODEL with path and key, the option of the list, where they do not fit. */
s2s_status s2s_text_from_json(s2s_text_pipeline **pipeline, const char *list, const char *key, const char *json,
                              const char *path, s2s_error *err) S2S_MUST_USE;

#endif
