/* Events as JSON: the lines of metrics.jsonl, which callers get too. */
#ifndef S2S_TRAIN_EVENT_H
#define S2S_TRAIN_EVENT_H

#include "s2s/train.h"

/* The object of an event on one line, to free(); NULL when out of memory.  Events of a kind have the same keys,
 * null where a number is not known or not finite. */
char *s2s_event_to_json(const s2s_train_event *event);

#endif
