#include "eval/metric_sums.h"

#include <math.h>
#include <stdlib.h>

struct s2s_metric_sums {
    s2s_metrics_options options; /* the defaults */
    s2s_metric_list list;
    s2s_metric *metrics[S2S_N_METRICS]; /* as listed */
    int64_t sums[S2S_N_METRICS][S2S_METRIC_MAX_STATS];
};

s2s_metric_sums *s2s_metric_sums_new(const s2s_metric_list *list, int n_references)
{
    s2s_metric_sums *sums = calloc(1, sizeof *sums);
    if (!sums)
        return NULL;
    sums->list = *list;
    s2s_metrics_options_defaults(&sums->options);
    for (int i = 0; i < list->n; i++) {
        sums->metrics[i] = s2s_metric_new(list->items[i], &sums->options, n_references);
        if (!sums->metrics[i]) {
            s2s_metric_sums_free(sums);
            return NULL;
        }
    }
    return sums;
}

void s2s_metric_sums_free(s2s_metric_sums *sums)
{
    for (int i = 0; sums && i < sums->list.n; i++)
        s2s_metric_free(sums->metrics[i]);
    free(sums);
}

bool s2s_metric_sums_add(s2s_metric_sums *sums, s2s_span output, const s2s_span *references)
{
    for (int i = 0; i < sums->list.n; i++) {
        s2s_metric *metric = sums->metrics[i];
        int stats[S2S_METRIC_MAX_STATS];
        if (!metric->kind->set_references(metric, references) || !metric->kind->compare(metric, output, stats))
            return false;
        for (int k = 0; k < metric->n_stats; k++)
            sums->sums[i][k] += stats[k];
    }
    return true;
}

void s2s_metric_sums_scores(const s2s_metric_sums *sums, double scores[S2S_N_METRICS])
{
    for (int which = 0; which < S2S_N_METRICS; which++)
        scores[which] = NAN;
    for (int i = 0; i < sums->list.n; i++) {
        s2s_metrics_score score;
        sums->metrics[i]->kind->score(sums->metrics[i], sums->sums[i], &score);
        scores[sums->list.items[i]] = score.score;
    }
}
