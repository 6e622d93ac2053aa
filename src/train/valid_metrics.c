#include "train/valid_metrics.h"

#include "base/name_list.h"

#define S2S_X(NAME, name) name,
static const char *const all[] = {S2S_VALID_METRIC_LIST(S2S_X)};
#undef S2S_X

const char *s2s_valid_metric_name(s2s_valid_metric metric)
{
    return all[metric];
}

s2s_status s2s_valid_metrics_read(s2s_valid_metrics *metrics, const char *names, s2s_error *err)
{
    static const s2s_known_names known = {"--valid-metric", S2S_BAD_CONFIG, all, S2S_N_VALID_METRICS};
    return s2s_name_list_read(&known, names, metrics->items, &metrics->n, err);
}

bool s2s_metric_lower_is_better(s2s_valid_metric metric)
{
    return metric == S2S_VALID_LOSS || metric == S2S_VALID_PERPLEXITY || metric == S2S_VALID_ERROR_RATE ||
           metric == S2S_VALID_TER;
}

bool s2s_metric_is_decoded(s2s_valid_metric metric)
{
    return metric == S2S_VALID_SEQUENCE_ACCURACY || metric == S2S_VALID_ERROR_RATE ||
           s2s_metric_is_of_text(metric);
}

bool s2s_metric_is_of_text(s2s_valid_metric metric)
{
    return metric == S2S_VALID_BLEU || metric == S2S_VALID_CHRF || metric == S2S_VALID_TER;
}
