#include "base/weight_list.h"

#include <string.h>

#include "base/str.h"

enum { SHOWN_BYTES = 32 }; /* of a bad weight */

static bool read_weight(s2s_span text, double *weight)
{
    char *end;
    bool decimal = text.len > 0 && strspn(text.data, "0123456789.eE+-") >= text.len && *text.data != '+';
    *weight = decimal ? s2s_str_to_real(text.data, &end) : 0;
    return decimal && end == text.data + text.len && *weight >= S2S_MIN_WEIGHT && *weight <= S2S_MAX_WEIGHT;
}

s2s_status s2s_weight_list_read(double *weights, int n, const char *list, const char *where, const char *each,
                                s2s_error *err)
{
    s2s_span text;
    int n_found = 0;
    for (; s2s_list_next(&list, &text); n_found++) {
        double weight;
        if (!read_weight(text, &weight))
            return s2s_fail(err, S2S_BAD_CONFIG, "%s: expected numbers of %g to %d, found \"%.*s\"", where,
                            S2S_MIN_WEIGHT, S2S_MAX_WEIGHT,
                            text.len < SHOWN_BYTES ? (int)text.len : SHOWN_BYTES, text.data);
        if (weights && n_found < n)
            weights[n_found] = weight;
    }
    if (n_found != n)
        return s2s_fail(err, S2S_BAD_CONFIG, "%s: expected one number for each %s, %d, found %d", where, each,
                        n, n_found);
    return S2S_OK;
}
