#include "eval/picture_parts.h"

#include <string.h>

#include "base/fail.h"

s2s_status s2s_picture_check(const s2s_hypothesis *hyp, s2s_error *err)
{
    if (!hyp->attention || hyp->n_source < 1)
        return s2s_fail(err, S2S_MISUSE, "expected a hypothesis with attention, found none");
    return S2S_OK;
}

int s2s_picture_rows(const s2s_hypothesis *hyp)
{
    return hyp->n_tokens + 1;
}

const char *s2s_picture_row_token(const s2s_hypothesis *hyp, int row)
{
    return row < hyp->n_tokens ? hyp->tokens[row] : "</s>";
}

double s2s_picture_weight(const s2s_hypothesis *hyp, int row, int col)
{
    double w = (double)hyp->attention[(size_t)row * (size_t)hyp->n_source + (size_t)col];
    if (!(w > 0)) /* NaN as well */
        return 0;
    return w < 1 ? w : 1;
}

s2s_span s2s_visible_next(const char **p, const char *end)
{
    static const s2s_span unknown = {"\ufffd", 3};
    const unsigned char *u = (const unsigned char *)*p;
    int n = s2s_utf8_length(*p, end);
    s2s_span c = {*p, (size_t)n};
    *p += n > 0 ? n : 1;
    bool control = n == 0 || u[0] < 0x20 || u[0] == 0x7f || (u[0] == 0xc2 && u[1] < 0xa0);
    bool noncharacter = n == 3 && u[0] == 0xef && u[1] == 0xbf && u[2] >= 0xbe;
    return control || noncharacter ? unknown : c;
}

int s2s_label_next(const char **p, const char *end, s2s_span *glyph)
{
    const char *begin = *p;
    int width = s2s_utf8_width(begin, end);
    do
        *p += s2s_utf8_length(*p, end);
    while (*p < end && s2s_utf8_width(*p, end) == 0);
    *glyph = (s2s_span){begin, (size_t)(*p - begin)};
    return width;
}

/* Columns of the longest beginning of label that takes at most limit; its end goes to *cut. */
static int fit(const s2s_str *label, int limit, const char **cut)
{
    const char *p = s2s_str_text(label), *end = p + label->len;
    int width = 0;
    for (*cut = p; p < end; *cut = p) {
        s2s_span glyph;
        int more = s2s_label_next(&p, end, &glyph);
        if (more > limit - width)
            break;
        width += more;
    }
    return width;
}

int s2s_label_set(s2s_str *label, const char *token, int limit)
{
    const char *p = token, *end = token + strlen(token), *cut;
    s2s_str_clear(label);
    while (p < end) {
        s2s_span c = s2s_visible_next(&p, end);
        if (c.data[0] == ' ')
            s2s_str_add_text(label, "\u2423");
        else
            s2s_str_add(label, c.data, c.len);
    }
    int width = fit(label, limit, &cut);
    if (cut == s2s_str_text(label) + label->len)
        return width;
    width = fit(label, limit - 1, &cut);
    label->len = (size_t)(cut - label->data);
    s2s_str_add_text(label, "\u2026");
    return width + 1;
}

int s2s_label_widest_source(const s2s_hypothesis *hyp, s2s_str *label, int limit)
{
    int widest = 0;
    for (int i = 0; i < hyp->n_source; i++) {
        int width = s2s_label_set(label, hyp->source_tokens[i], limit);
        widest = width > widest ? width : widest;
    }
    return widest;
}

int s2s_label_widest_row(const s2s_hypothesis *hyp, s2s_str *label, int limit)
{
    int widest = 0;
    for (int i = 0; i < s2s_picture_rows(hyp); i++) {
        int width = s2s_label_set(label, s2s_picture_row_token(hyp, i), limit);
        widest = width > widest ? width : widest;
    }
    return widest;
}
