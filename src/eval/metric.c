#include "eval/metric.h"

#include "base/name_list.h"

s2s_metric *s2s_metric_new(int which, const s2s_metrics_options *options, int n_references)
{
    if (which == S2S_METRIC_BLEU)
        return s2s_bleu_new(options, n_references);
    if (which == S2S_METRIC_TER)
        return s2s_ter_new(options, n_references);
    return s2s_chrf_new(options, n_references, which == S2S_METRIC_CHRF ? 0 : S2S_CHRF_WORD_ORDER);
}

s2s_status s2s_metric_list_read(s2s_metric_list *list, const char *names, s2s_error *err)
{
    static const char *const all[S2S_N_METRICS] = {[S2S_METRIC_BLEU] = "bleu",
                                                   [S2S_METRIC_CHRF] = "chrf",
                                                   [S2S_METRIC_CHRF_WORDS] = "chrf++",
                                                   [S2S_METRIC_TER] = "ter"};
    static const s2s_known_names known = {"--metrics", S2S_MISUSE, all, S2S_N_METRICS};
    return s2s_name_list_read(&known, names, list->items, &list->n, err);
}
