#include "eval/metric.h"
#include "base/fail.h"

s2s_metric *s2s_metric_new(int which, const s2s_metrics_options *options, int n_references)
{
    if (which == S2S_METRIC_BLEU)
        return s2s_bleu_new(options, n_references);
    if (which == S2S_METRIC_TER)
        return s2s_ter_new(options, n_references);
    return s2s_chrf_new(options, n_references, which == S2S_METRIC_CHRF ? 0 : S2S_CHRF_WORD_ORDER);
}

static s2s_status add(s2s_metric_list *list, s2s_span name, s2s_error *err)
{
    static const char *const names[S2S_N_METRICS] = {[S2S_METRIC_BLEU] = "bleu",
                                                     [S2S_METRIC_CHRF] = "chrf",
                                                     [S2S_METRIC_CHRF_WORDS] = "chrf++",
                                                     [S2S_METRIC_TER] = "ter"};
    int which = 0;
    while (which < S2S_N_METRICS && !s2s_span_is(name, names[which]))
        which++;
    if (which == S2S_N_METRICS)
        return s2s_fail(err, S2S_MISUSE, "--metrics: expected bleu, chrf, chrf++ or ter, found \"%.*s\"",
                        name.len < 60 ? (int)name.len : 60, name.data);
    for (int i = 0; i < list->n; i++)
        if (list->items[i] == which)
            return s2s_fail(err, S2S_MISUSE, "--metrics: expected each metric once, found %s twice",
                            names[which]);
    list->items[list->n++] = which;
    return S2S_OK;
}

s2s_status s2s_metric_list_read(s2s_metric_list *list, const char *names, s2s_error *err)
{
    s2s_span name;
    list->n = 0;
    for (const char *rest = names ? names : ""; s2s_list_next(&rest, &name);)
        S2S_TRY(add(list, name, err));
    return S2S_OK;
}
