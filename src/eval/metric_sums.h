/* Metrics of outputs that come one by one: those of `s2s metrics` with its defaults. */
#ifndef S2S_EVAL_METRIC_SUMS_H
#define S2S_EVAL_METRIC_SUMS_H

#include "eval/metric.h"

typedef struct s2s_metric_sums s2s_metric_sums;

/* For n_references a line; NULL when out of memory. */
s2s_metric_sums *s2s_metric_sums_new(const s2s_metric_list *list, int n_references);
void s2s_metric_sums_free(s2s_metric_sums *sums); /* NULL is allowed */

/* The output of a line and its references [n_references]; false when out of memory. */
bool s2s_metric_sums_add(s2s_metric_sums *sums, s2s_span output, const s2s_span *references);

/* Scores in %, at the places of their metrics; NaN at those that the list does not have. */
void s2s_metric_sums_scores(const s2s_metric_sums *sums, double scores[S2S_N_METRICS]);

#endif
