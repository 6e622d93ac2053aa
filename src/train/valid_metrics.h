/* --valid-metric: what a run is judged by. */
#ifndef S2S_TRAIN_VALID_METRICS_H
#define S2S_TRAIN_VALID_METRICS_H

#include <stdbool.h>

#include "s2s/train.h"

typedef struct s2s_valid_metrics {
    int items[S2S_N_VALID_METRICS]; /* s2s_valid_metric; the first decides which model is the best */
    int n;
} s2s_valid_metrics;

/* Names separated by commas; S2S_BAD_CONFIG for one that there is not, or that is there twice. */
s2s_status s2s_valid_metrics_read(s2s_valid_metrics *metrics, const char *names, s2s_error *err) S2S_MUST_USE;

bool s2s_metric_lower_is_better(s2s_valid_metric metric);
/* Whether it compares outputs, and whether as text rather than as tokens. */
bool s2s_metric_is_decoded(s2s_valid_metric metric);
bool s2s_metric_is_of_text(s2s_valid_metric metric);

#endif
