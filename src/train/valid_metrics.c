#include "train/valid_metrics.h"

#include <string.h>

#include "base/fail.h"
#include "base/str.h"

#define S2S_X(NAME, name) name,
static const char *const all[] = {S2S_VALID_METRIC_LIST(S2S_X)};
#undef S2S_X

const char *s2s_valid_metric_name(s2s_valid_metric metric)
{
    return all[metric];
}

static s2s_status fail_name(s2s_span name, s2s_error *err)
{
    enum { MOST = 60 }; /* bytes of a name that are shown */
#define S2S_X(NAME, name) ", " name
    static const char list[] = S2S_VALID_METRIC_LIST(S2S_X);
#undef S2S_X
    return s2s_fail(err, S2S_BAD_CONFIG,
                    "--valid-metric: expected some of %s, separated by commas, found \"%.*s\"",
                    list + strlen(", "), name.len < MOST ? (int)name.len : MOST, name.data);
}

static s2s_status add(s2s_valid_metrics *metrics, s2s_span name, s2s_error *err)
{
    int which = 0;
    while (which < S2S_N_VALID_METRICS && !s2s_span_is(name, all[which]))
        which++;
    if (which == S2S_N_VALID_METRICS)
        return fail_name(name, err);
    for (int i = 0; i < metrics->n; i++)
        if ((int)metrics->items[i] == which)
            return s2s_fail(err, S2S_BAD_CONFIG, "--valid-metric: expected each metric once, found %s twice",
                            all[which]);
    metrics->items[metrics->n++] = (s2s_valid_metric)which;
    return S2S_OK;
}

s2s_status s2s_valid_metrics_read(s2s_valid_metrics *metrics, const char *names, s2s_error *err)
{
    s2s_span name;
    metrics->n = 0;
    for (const char *rest = names ? names : ""; s2s_list_next(&rest, &name);)
        S2S_TRY(add(metrics, name, err));
    return S2S_OK;
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
