/* Events of training as JSON, with the names that metrics.jsonl has. */
#ifndef CLI_EVENT_H
#define CLI_EVENT_H

#include <jansson.h>

#include "s2s/s2s.h"

json_t *cli_event_json(const s2s_train_event *event); /* NULL when out of memory */

#endif
