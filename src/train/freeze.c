#include "train/freeze.h"

#include <fnmatch.h>
#include <string.h>

#include "base/fail.h"
#include "base/str.h"

int s2s_n_frozen(const s2s_params *params)
{
    int n = 0;
    for (int i = 0; i < params->n; i++)
        n += params->items[i]->frozen;
    return n;
}

static s2s_status fail_unmatched(const s2s_params *params, const char *pattern, s2s_error *err)
{
    s2s_str names = {0};
    for (int i = 0; i < params->n; i++)
        s2s_str_printf(&names, "%s%s", i > 0 ? ", " : "", params->items[i]->name);
    s2s_status status =
        names.failed ? s2s_fail_memory(err, "reading --freeze")
                     : s2s_fail(err, S2S_BAD_CONFIG, "--freeze: \"%.64s\" fits no parameter, these are: %s",
                                pattern, s2s_str_text(&names));
    s2s_str_free(&names);
    return status;
}

static s2s_status freeze_pattern(s2s_params *params, const char *pattern, s2s_error *err)
{
    bool fits = false;
    for (int i = 0; i < params->n; i++) {
        if (fnmatch(pattern, params->items[i]->name, 0) != 0)
            continue;
        params->items[i]->frozen = true;
        fits = true;
    }
    return fits ? S2S_OK : fail_unmatched(params, pattern, err);
}

s2s_status s2s_freeze(s2s_params *params, const char *patterns, s2s_error *err)
{
    s2s_status status = S2S_OK;
    s2s_str pattern = {0};
    s2s_span item;
    for (const char *rest = patterns; status == S2S_OK && s2s_list_next(&rest, &item);) {
        s2s_str_clear(&pattern);
        s2s_str_add(&pattern, item.data, item.len);
        status = pattern.failed ? s2s_fail_memory(err, "reading --freeze")
                                : freeze_pattern(params, s2s_str_text(&pattern), err);
    }
    s2s_str_free(&pattern);
    if (status == S2S_OK && params->n > 0 && s2s_n_frozen(params) == params->n)
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--freeze: expected a parameter that is left to train, found none");
    return status;
}
