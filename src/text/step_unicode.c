/* nfc, nfkc, lower, spaces: steps that know nothing of a language. */
#include <stdlib.h>
#include <utf8proc.h>

#include "text/letter.h"
#include "text/step.h"

enum { FIRST_CAP = 256 };

static bool is_ascii(s2s_span text)
{
    unsigned char bits = 0;
    for (size_t i = 0; i < text.len; i++)
        bits |= (unsigned char)text.data[i];
    return bits < 0x80;
}

/* The code points of the text, decomposed, in buffer->codes; their number, or -1. */
static ptrdiff_t decompose(s2s_text_buffer *buffer, s2s_span text, utf8proc_option_t options)
{
    for (;;) {
        ptrdiff_t n = utf8proc_decompose((const uint8_t *)text.data, (ptrdiff_t)text.len, buffer->codes,
                                         (ptrdiff_t)buffer->codes_cap, options);
        if (n < 0 || (size_t)n <= buffer->codes_cap)
            return n;
        size_t cap = (size_t)n + (size_t)n / 2 + FIRST_CAP;
        int32_t *codes = realloc(buffer->codes, cap * sizeof *codes);
        if (!codes)
            return UTF8PROC_ERROR_NOMEM;
        buffer->codes = codes;
        buffer->codes_cap = cap;
    }
}

static void normalise(s2s_text_buffer *buffer, s2s_span text, utf8proc_option_t options, s2s_str *out)
{
    if (is_ascii(text)) {
        s2s_str_add_span(out, text);
        return;
    }
    ptrdiff_t n = decompose(buffer, text, options);
    if (n >= 0)
        n = utf8proc_normalize_utf32(buffer->codes, n, options);
    if (n == UTF8PROC_ERROR_NOMEM)
        out->failed = true;
    else if (n < 0) /* not UTF-8: has no normal form */
        s2s_str_add_span(out, text);
    for (ptrdiff_t i = 0; i < n; i++)
        s2s_str_add_code(out, buffer->codes[i]);
}

static void nfc(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    (void)step;
    normalise(buffer, text, UTF8PROC_STABLE | UTF8PROC_COMPOSE, out);
}

static void nfkc(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    (void)step;
    normalise(buffer, text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT, out);
}

static void lower(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    (void)step, (void)buffer;
    s2s_str_add_lower(out, text);
}

static void spaces(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    (void)step, (void)buffer;
    const char *end = text.data + text.len;
    bool waiting = false; /* a blank, for what follows it */
    s2s_letter l;
    for (const char *p = text.data; (l = s2s_letter_at(p, end)).len; p += l.len) {
        if (s2s_is_space(l.code) || s2s_is_control(l.code)) {
            waiting = out->len > 0;
            continue;
        }
        if (waiting)
            s2s_str_add_char(out, ' ');
        waiting = false;
        s2s_str_add(out, p, (size_t)l.len);
    }
}

const s2s_text_kind s2s_step_nfc = {.name = "nfc", .apply = nfc};
const s2s_text_kind s2s_step_nfkc = {.name = "nfkc", .apply = nfkc};
const s2s_text_kind s2s_step_lower = {.name = "lower", .apply = lower};
const s2s_text_kind s2s_step_spaces = {.name = "spaces", .apply = spaces};
