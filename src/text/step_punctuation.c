/* punctuation[:LANG]: the substitutions of Moses' normalize-punctuation.perl, one after the other. */
#include <string.h>

#include "text/letter.h"
#include "text/step.h"

#define NO_BREAK "\u00a0"

typedef enum around { ANYWHERE, AFTER_DIGIT, BETWEEN_DIGITS } around;

typedef struct rule {
    const char *from, *to; /* from " +": a run of blanks */
    around around;
} rule;

static const char blanks[] = " +";

static const rule rules[] = {
    {"\r", "", ANYWHERE},
    {"(", " (", ANYWHERE},
    {")", ") ", ANYWHERE},
    {blanks, " ", ANYWHERE},
    {") .", ").", ANYWHERE},
    {") !", ")!", ANYWHERE},
    {") :", "):", ANYWHERE},
    {") ?", ")?", ANYWHERE},
    {") ;", ");", ANYWHERE},
    {") ,", "),", ANYWHERE},
    {"( ", "(", ANYWHERE},
    {" )", ")", ANYWHERE},
    {" %", "%", AFTER_DIGIT},
    {" :", ":", ANYWHERE},
    {" ;", ";", ANYWHERE},
    {"`", "'", ANYWHERE},
    {"''", " \" ", ANYWHERE},
    {"\u201e", "\"", ANYWHERE},
    {"\u201c", "\"", ANYWHERE},
    {"\u201d", "\"", ANYWHERE},
    {"\u2013", "-", ANYWHERE},
    {"\u2014", " - ", ANYWHERE},
    {blanks, " ", ANYWHERE},
    {"\u00b4", "'", ANYWHERE},
    {"\u2018", "'", ANYWHERE},
    {"\u201a", "'", ANYWHERE},
    {"\u2019", "'", ANYWHERE},
    {"''", "\"", ANYWHERE},
    {"\u2026", "...", ANYWHERE},
    {NO_BREAK "\u00ab" NO_BREAK, "\"", ANYWHERE},
    {"\u00ab" NO_BREAK, "\"", ANYWHERE},
    {"\u00ab", "\"", ANYWHERE},
    {NO_BREAK "\u00bb" NO_BREAK, "\"", ANYWHERE},
    {NO_BREAK "\u00bb", "\"", ANYWHERE},
    {"\u00bb", "\"", ANYWHERE},
    {NO_BREAK "%", "%", ANYWHERE},
    {"n\u00ba" NO_BREAK, "n\u00ba ", ANYWHERE},
    {NO_BREAK ":", ":", ANYWHERE},
    {NO_BREAK "\u00baC", " \u00baC", ANYWHERE},
    {NO_BREAK "cm", " cm", ANYWHERE},
    {NO_BREAK "?", "?", ANYWHERE},
    {NO_BREAK "!", "!", ANYWHERE},
    {NO_BREAK ";", ";", ANYWHERE},
    {"," NO_BREAK, ", ", ANYWHERE},
    {blanks, " ", ANYWHERE},
};
static const rule quote_comma = {",\"", "\",", ANYWHERE};

static bool is_ascii_digit(const char *p, const char *begin, const char *end)
{
    return p >= begin && p < end && *p >= '0' && *p <= '9';
}

/* The next place at or behind p where the rule applies, NULL if none; no character of the last match, which
 * ended at `last`, counts again. */
static const char *find(const rule *r, const char *p, const char *last, const char *end)
{
    size_t n = strlen(r->from);
    for (; p < end && (p = memchr(p, *r->from, (size_t)(end - p))) != NULL; p++) {
        if ((size_t)(end - p) < n)
            return NULL;
        if (memcmp(p, r->from, n) == 0 && (r->around == ANYWHERE || is_ascii_digit(p - 1, last, end)) &&
            (r->around != BETWEEN_DIGITS || is_ascii_digit(p + n, last, end)))
            return p;
    }
    return NULL;
}

static void squeeze(s2s_span text, s2s_str *out)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != ' ' || i == 0 || text.data[i - 1] != ' ')
            s2s_str_add_char(out, text.data[i]);
}

/* Whether anything of the text changed, which is then in out. */
static bool substitute(const rule *r, s2s_span text, s2s_str *out)
{
    const char *p = text.data, *end = text.data + text.len, *last = p;
    const char *found = find(r->from == blanks ? &(rule){"  ", NULL, ANYWHERE} : r, p, last, end);
    if (!found)
        return false;
    if (r->from == blanks) {
        squeeze(text, out);
        return true;
    }
    for (; found; found = find(r, p, last, end)) {
        s2s_str_add(out, p, (size_t)(found - p));
        s2s_str_add_text(out, r->to);
        p = found + strlen(r->from);
        last = r->around == BETWEEN_DIGITS ? p + 1 : p;
    }
    s2s_str_add(out, p, (size_t)(end - p));
    return true;
}

/* Commas and full stops behind a quotation mark go before it. */
static void move_inside(s2s_span text, s2s_str *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '"') {
            s2s_str_add_char(out, text.data[i]);
            continue;
        }
        while (i + 1 < text.len && (text.data[i + 1] == ',' || text.data[i + 1] == '.'))
            s2s_str_add_char(out, text.data[++i]);
        s2s_str_add_char(out, '"');
    }
}

/* Full stops before a quotation mark go behind it, but at the end of the line and before a tag. */
static void move_outside(s2s_span text, s2s_str *out)
{
    const char *end = text.data + text.len;
    for (const char *p = text.data; p < end;) {
        const char *stops = p;
        while (p < end && *p == '.')
            p++;
        size_t n = (size_t)(p - stops);
        bool moves = n > 0 && end - p > 1 && *p == '"' && p[1] != '<';
        if (moves)
            s2s_str_add_char(out, *p++);
        s2s_str_add(out, stops, n);
        while (moves && end - p > 1 && *p == ' ')
            s2s_str_add_char(out, *p++); /* part of the match, as the character behind is */
        if (p < end && (moves || n == 0))
            s2s_str_add_char(out, *p++);
    }
}

static void swap(s2s_str **a, s2s_str **b)
{
    s2s_str *c = *a;
    *a = *b;
    *b = c;
}

static void add_trimmed(s2s_span text, s2s_str *out)
{
    const char *p = text.data, *end = text.data + text.len, *first = end, *behind = end;
    s2s_letter l;
    for (; (l = s2s_letter_at(p, end)).len; p += l.len) {
        if (s2s_is_space(l.code))
            continue;
        first = first == end ? p : first;
        behind = p + l.len;
    }
    s2s_str_add(out, first, (size_t)(behind - first));
}

static void normalise(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    const s2s_moses_language *language = step->own;
    s2s_str *from = &buffer->scratch[0], *to = &buffer->scratch[1];
    const rule numbers = {NO_BREAK, (const char[]){language->digit_mark, '\0'}, BETWEEN_DIGITS};
    s2s_str_clear(from);
    s2s_str_add_span(from, text);
    for (size_t i = 0; i <= sizeof rules / sizeof *rules; i++) {
        bool listed = i < sizeof rules / sizeof *rules;
        const rule *r = listed ? &rules[i] : language->quoted == S2S_QUOTED_OUTSIDE ? &quote_comma : NULL;
        s2s_str_clear(to);
        if (r && substitute(r, s2s_str_span(from), to))
            swap(&from, &to);
    }
    s2s_str_clear(to);
    if (language->quoted == S2S_QUOTED_AS_IS)
        swap(&from, &to);
    else
        (language->quoted == S2S_QUOTED_INSIDE ? move_inside : move_outside)(s2s_str_span(from), to);
    s2s_str_clear(from);
    if (!substitute(&numbers, s2s_str_span(to), from))
        swap(&from, &to);
    add_trimmed(s2s_str_span(from), out);
    out->failed |= from->failed || to->failed;
}

const s2s_text_kind s2s_step_punctuation = {
    .name = "punctuation", .argument = "LANG", .implied = "en", .open = s2s_moses_open, .apply = normalise};
