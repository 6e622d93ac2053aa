/* How sure a score is: scores of corpora that chance made of the sentences of one or two systems.
 *
 * stats is [n_lines, metric->n_stats]: what metric->kind->compare gave for each sentence.  The sentences that
 * are drawn are a function of the seed and their number alone, so that all systems and metrics see the same
 * ones. */
#ifndef S2S_EVAL_RESAMPLE_H
#define S2S_EVAL_RESAMPLE_H

#include "eval/metric.h"

/* The sums over all sentences. */
void s2s_metric_sum(const s2s_metric *metric, const int *stats, int n_lines, int64_t *sums);

/* Scores of n_samples corpora of n_lines sentences drawn with replacement (Efron 1979; Koehn 2004). */
void s2s_bootstrap(const s2s_metric *metric, const int *stats, int n_lines, uint64_t seed, int n_samples,
                   double *scores);
/* Mean of the scores, and half the width of the interval that holds 95 % of them; sorts them. */
void s2s_bootstrap_interval(double *scores, int n_samples, double *mean, double *interval);

/* p-value of the difference between two systems.  A p-value is (c + 1) / (n + 1), where c of n samples differ
 * at least as much as the systems do (sacreBLEU: more, which finds a system significantly different from
 * itself).
 *
 * Paired bootstrap (Koehn 2004, "Statistical significance tests for machine translation evaluation"): from the
 * scores of the same samples of both, their differences centred by their mean. */
double s2s_paired_bootstrap(const double *scores_a, const double *scores_b, int n_samples, double difference);
/* Paired approximate randomisation (Riezler and Maxwell 2005, "On some pitfalls in automatic evaluation and
 * significance testing for MT"): in each trial every sentence changes sides with probability 1/2.  differences
 * has room for as many numbers as stats. */
double s2s_randomisation(const s2s_metric *metric, const int *stats_a, const int *stats_b, int n_lines,
                         uint64_t seed, int n_trials, int *differences);

#endif
