#include "eval/resample.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"

enum { TAIL = 40 }; /* 1/40 of the scores are left out at either end */

static double score_of(const s2s_metric *metric, const int64_t *sums)
{
    s2s_metrics_score score;
    metric->kind->score(metric, sums, &score);
    return score.score;
}

void s2s_metric_sum(const s2s_metric *metric, const int *stats, int n_lines, int64_t *sums)
{
    int n = metric->n_stats;
    for (int k = 0; k < n; k++)
        sums[k] = 0;
    for (int i = 0; i < n_lines; i++, stats += n)
        for (int k = 0; k < n; k++)
            sums[k] += stats[k];
}

void s2s_bootstrap(const s2s_metric *metric, const int *stats, int n_lines, uint64_t seed, int n_samples,
                   double *scores)
{
    int n = metric->n_stats;
    s2s_rng rng;
    s2s_rng_seed(&rng, seed);
    for (int sample = 0; sample < n_samples; sample++) {
        int64_t sums[S2S_METRIC_MAX_STATS] = {0};
        for (int i = 0; i < n_lines; i++) {
            const int *row = stats + (size_t)s2s_rng_below(&rng, (uint32_t)n_lines) * (size_t)n;
            for (int k = 0; k < n; k++)
                sums[k] += row[k];
        }
        scores[sample] = score_of(metric, sums);
    }
}

static int compare_scores(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void s2s_bootstrap_interval(double *scores, int n_samples, double *mean, double *interval)
{
    double sum = 0;
    int left_out = n_samples / TAIL;
    qsort(scores, (size_t)n_samples, sizeof *scores, compare_scores);
    for (int i = 0; i < n_samples; i++)
        sum += scores[i];
    *mean = sum / n_samples;
    *interval = (scores[n_samples - 1 - left_out] - scores[left_out]) / 2;
}

static double p_value(int n_as_large, int n)
{
    return (n_as_large + 1.0) / (n + 1.0);
}

double s2s_paired_bootstrap(const double *scores_a, const double *scores_b, int n_samples, double difference)
{
    double mean = 0;
    int n_as_large = 0;
    for (int i = 0; i < n_samples; i++)
        mean += fabs(scores_a[i] - scores_b[i]) / n_samples;
    for (int i = 0; i < n_samples; i++)
        n_as_large += fabs(scores_a[i] - scores_b[i]) - mean >= fabs(difference);
    return p_value(n_as_large, n_samples);
}

/* Adds the differences of a random half of the sentences to sums. */
static void change_sides(s2s_rng *rng, const int *differences, int n_lines, int n, int64_t *sums)
{
    uint64_t bits = 0;
    for (int i = 0; i < n_lines; i++, bits >>= 1, differences += n) {
        if (i % 64 == 0)
            bits = s2s_rng_next(rng);
        int mask = -(int)(bits & 1);
        for (int k = 0; k < n; k++)
            sums[k] += differences[k] & mask;
    }
}

double s2s_randomisation(const s2s_metric *metric, const int *stats_a, const int *stats_b, int n_lines,
                         uint64_t seed, int n_trials, int *differences)
{
    int n = metric->n_stats, n_as_large = 0;
    int64_t sums_a[S2S_METRIC_MAX_STATS], sums_b[S2S_METRIC_MAX_STATS];
    s2s_metric_sum(metric, stats_a, n_lines, sums_a);
    s2s_metric_sum(metric, stats_b, n_lines, sums_b);
    double difference = fabs(score_of(metric, sums_a) - score_of(metric, sums_b));
    for (size_t i = 0; i < (size_t)n_lines * (size_t)n; i++)
        differences[i] = stats_b[i] - stats_a[i];
    s2s_rng rng;
    s2s_rng_seed(&rng, seed);
    for (int trial = 0; trial < n_trials; trial++) {
        int64_t changed_a[S2S_METRIC_MAX_STATS] = {0}, changed_b[S2S_METRIC_MAX_STATS];
        change_sides(&rng, differences, n_lines, n, changed_a);
        for (int k = 0; k < n; k++) {
            changed_b[k] = sums_b[k] - changed_a[k];
            changed_a[k] += sums_a[k];
        }
        n_as_large += fabs(score_of(metric, changed_a) - score_of(metric, changed_b)) >= difference;
    }
    return p_value(n_as_large, n_trials);
}
