#include "base/name_list.h"

#include "base/str.h"

static s2s_status fail_name(const s2s_known_names *known, s2s_span name, s2s_error *err)
{
    enum { MOST = 60 }; /* bytes of a name that are shown */
    s2s_str all = {0};
    for (int i = 0; i < known->n; i++)
        s2s_str_printf(&all, "%s%s", i > 0 ? ", " : "", known->names[i]);
    s2s_status status =
        all.failed
            ? s2s_fail_memory(err, known->where)
            : s2s_fail(err, known->code, "%s: expected some of %s, separated by commas, found \"%.*s\"",
                       known->where, s2s_str_text(&all), name.len < MOST ? (int)name.len : MOST, name.data);
    s2s_str_free(&all);
    return status;
}

static s2s_status add(const s2s_known_names *known, s2s_span name, int *items, int *n, s2s_error *err)
{
    int which = 0;
    while (which < known->n && !s2s_span_is(name, known->names[which]))
        which++;
    if (which == known->n)
        return fail_name(known, name, err);
    for (int i = 0; i < *n; i++)
        if (items[i] == which)
            return s2s_fail(err, known->code, "%s: expected each name once, found %s twice", known->where,
                            known->names[which]);
    items[(*n)++] = which;
    return S2S_OK;
}

s2s_status s2s_name_list_read(const s2s_known_names *known, const char *list, int *items, int *n,
                              s2s_error *err)
{
    s2s_span name;
    *n = 0;
    for (const char *rest = list ? list : ""; s2s_list_next(&rest, &name);)
        S2S_TRY(add(known, name, items, n, err));
    return S2S_OK;
}
