/* moses:LANG, moses-escape:LANG: rules of Moses' tokenizer.perl (Koehn and others), as passes over a line. */
#include <string.h>

#include "text/letter.h"
#include "text/step.h"

/* White space becomes single blanks, none at the ends; other characters below U+0020 go. */
static void clean(s2s_span text, s2s_str *out)
{
    const char *end = text.data + text.len;
    bool waiting = false;
    s2s_letter l;
    for (const char *p = text.data; (l = s2s_letter_at(p, end)).len; p += l.len) {
        if (s2s_is_space(l.code)) {
            waiting = out->len > 0;
            continue;
        }
        if (l.code < ' ')
            continue;
        if (waiting)
            s2s_str_add_char(out, ' ');
        waiting = false;
        s2s_str_add(out, p, (size_t)l.len);
    }
}

static void add_apart(s2s_str *out, const char *p, size_t n)
{
    s2s_str_add_char(out, ' ');
    s2s_str_add(out, p, n);
    s2s_str_add_char(out, ' ');
}

/* A comma stays where it is between digits, and where it begins the line before a digit. */
static bool comma_stays(int32_t before, int32_t after)
{
    return (before == 0 || s2s_is_digit(before)) && s2s_is_digit(after);
}

/* Blanks around runs of full stops and around all that is no letter, digit, single full stop, hyphen, grave
 * accent, comma in a number or, but where it goes apart, apostrophe. */
static void separate(s2s_apostrophe apostrophe, s2s_span text, s2s_str *out)
{
    const char *end = text.data + text.len;
    int32_t before = 0; /* 0 at the start */
    s2s_letter l;
    for (const char *p = text.data; (l = s2s_letter_at(p, end)).len; p += l.len) {
        size_t n = (size_t)l.len;
        bool apart;
        switch (l.code) {
        case '.':
            while (p + n < end && p[n] == '.')
                n++;
            apart = n > 1;
            break;
        case ',':
            apart = !comma_stays(before, s2s_letter_at(p + 1, end).code);
            break;
        case '\'':
            apart = apostrophe == S2S_APOSTROPHE_APART;
            break;
        case '-':
        case '`':
        case ' ':
            apart = false;
            break;
        default:
            apart = !s2s_is_alpha(l.code) && !s2s_is_digit(l.code);
        }
        if (apart)
            add_apart(out, p, n);
        else
            s2s_str_add(out, p, n);
        before = l.code;
        p += n - (size_t)l.len;
    }
}

enum { ALPHA = 1, DIGIT = 2, LETTER_S = 4 };

/* What an apostrophe between two characters becomes; like a regular expression, each character is part of one
 * match at most, so that of the two in "a'b'c" only the first one is found. */
typedef struct apostrophe_rule {
    unsigned before, after; /* bits looked at */
    bool has_before, has_after;
    const char *to;
} apostrophe_rule;

static const apostrophe_rule right_rules[] = {
    {ALPHA, ALPHA, false, false, " ' "}, {ALPHA | DIGIT, ALPHA, false, true, " ' "},
    {ALPHA, ALPHA, true, false, " ' "},  {ALPHA, ALPHA, true, true, " '"},
    {DIGIT, LETTER_S, true, true, " '"},
};
static const apostrophe_rule left_rules[] = {
    {ALPHA, ALPHA, false, false, " ' "},
    {ALPHA, ALPHA, false, true, " ' "},
    {ALPHA, ALPHA, true, false, " ' "},
    {ALPHA, ALPHA, true, true, "' "},
};

static unsigned bits_of(int32_t code)
{
    return (s2s_is_alpha(code) ? ALPHA : 0u) | (s2s_is_digit(code) ? DIGIT : 0u) |
           (code == 's' ? LETTER_S : 0u);
}

/* Whether the rule holds for l, the apostrophe behind it and *next. */
static bool matches(const apostrophe_rule *rule, s2s_letter l, const char *behind, const char *end,
                    s2s_letter *next)
{
    if (behind >= end || *behind != '\'')
        return false;
    *next = s2s_letter_at(behind + 1, end);
    return next->len && ((bits_of(l.code) & rule->before) != 0) == rule->has_before &&
           ((bits_of(next->code) & rule->after) != 0) == rule->has_after;
}

static void split_apostrophes(const apostrophe_rule *rule, s2s_span text, s2s_str *out)
{
    const char *end = text.data + text.len;
    s2s_letter l, next;
    for (const char *p = text.data; (l = s2s_letter_at(p, end)).len; p += l.len) {
        s2s_str_add(out, p, (size_t)l.len);
        if (!matches(rule, l, p + l.len, end, &next))
            continue;
        p += l.len + 1;
        s2s_str_add_text(out, rule->to);
        s2s_str_add(out, p, (size_t)next.len);
        l = next;
    }
}

/* All rules of the language in turn, from *text to *other and back; *text is what they leave. */
static void split_all_apostrophes(s2s_apostrophe apostrophe, s2s_str **text, s2s_str **other)
{
    bool right = apostrophe == S2S_APOSTROPHE_RIGHT;
    const apostrophe_rule *rules = right ? right_rules : left_rules;
    size_t n = right ? sizeof right_rules / sizeof *rules : sizeof left_rules / sizeof *rules;
    for (size_t i = 0; i < n; i++) {
        s2s_str_clear(*other);
        split_apostrophes(&rules[i], s2s_str_span(*text), *other);
        s2s_str *swap = *text;
        *text = *other;
        *other = swap;
    }
}

static bool is_listed(const char *list, s2s_span word)
{
    s2s_span listed;
    for (const char *p = list, *end = list ? list + strlen(list) : NULL; s2s_next_word(&p, end, &listed);)
        if (s2s_same_span(word, listed))
            return true;
    return false;
}

static bool has_alpha(s2s_span text)
{
    const char *end = text.data + text.len;
    s2s_letter l;
    for (const char *p = text.data; (l = s2s_letter_at(p, end)).len; p += l.len)
        if (s2s_is_alpha(l.code))
            return true;
    return false;
}

/* 1 to 99. */
static bool is_ordinal(s2s_span stem)
{
    bool one = stem.len == 1, two = stem.len == 2;
    return (one || two) && *stem.data >= '1' && *stem.data <= '9' &&
           (one || (stem.data[1] >= '0' && stem.data[1] <= '9'));
}

/* Whether a stem keeps the full stop behind it; next: the word after, empty at the end. */
static bool stop_stays(const s2s_moses_language *language, s2s_span stem, s2s_span next)
{
    if (memchr(stem.data, '.', stem.len) && has_alpha(stem))
        return true;
    if (next.len && s2s_is_lower(s2s_letter_at(next.data, next.data + next.len).code))
        return true;
    if (is_listed(language->abbreviations, stem) || (language->ordinals && is_ordinal(stem)))
        return true;
    return next.len && *next.data >= '0' && *next.data <= '9' && is_listed(language->before_digits, stem);
}

static bool is_all_stops(s2s_span word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.data[i] != '.')
            return false;
    return true;
}

/* A word with a blank before a full stop that ends it or, in the last word, before a stop and an apostrophe. */
static void add_word(const s2s_moses_language *language, s2s_span word, s2s_span next, s2s_str *out)
{
    s2s_span stem = {word.data, word.len - 1};
    if (out->len > 0)
        s2s_str_add_char(out, ' ');
    if (word.data[stem.len] == '.' && !is_all_stops(word) && !stop_stays(language, stem, next)) {
        s2s_str_add_span(out, stem);
        s2s_str_add_text(out, " .");
    } else if (!next.len && word.len > 1 && memcmp(word.data + word.len - 2, ".'", 2) == 0) {
        s2s_str_add(out, word.data, word.len - 2);
        s2s_str_add_text(out, word.len > 2 ? " . '" : ". '");
    } else {
        s2s_str_add_span(out, word);
    }
}

static void split(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    const s2s_moses_language *language = step->own;
    s2s_str *from = &buffer->scratch[0], *to = &buffer->scratch[1];
    s2s_str_clear(from);
    clean(text, from);
    s2s_str_clear(to);
    separate(language->apostrophe, s2s_str_span(from), to);
    if (language->apostrophe != S2S_APOSTROPHE_APART && memchr(s2s_str_text(to), '\'', to->len))
        split_all_apostrophes(language->apostrophe, &to, &from);
    const char *p = s2s_str_text(to), *end = p + to->len;
    s2s_span word, next;
    for (bool more = s2s_next_word(&p, end, &word); more; word = next) {
        more = s2s_next_word(&p, end, &next);
        add_word(language, word, next, out);
    }
    out->failed |= from->failed || to->failed;
}

static void join(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    (void)buffer;
    s2s_moses_join(step->own, text, out);
}

typedef struct entity {
    char character;
    const char *name;
} entity;

/* The first name of a character is the one that is written. */
static const entity entities[] = {
    {'&', "&amp;"}, {'|', "&#124;"}, {'<', "&lt;"},  {'>', "&gt;"},  {'\'', "&apos;"}, {'"', "&quot;"},
    {'[', "&#91;"}, {']', "&#93;"},  {'|', "&bar;"}, {'[', "&bra;"}, {']', "&ket;"},
};
enum { N_ENTITIES = sizeof entities / sizeof *entities };

static void escape(s2s_span text, s2s_str *out)
{
    for (size_t i = 0; i < text.len; i++) {
        int e = 0;
        while (e < N_ENTITIES && entities[e].character != text.data[i])
            e++;
        if (e < N_ENTITIES)
            s2s_str_add_text(out, entities[e].name);
        else
            s2s_str_add_char(out, text.data[i]);
    }
}

static void unescape(s2s_span text, s2s_str *out)
{
    for (size_t i = 0; i < text.len;) {
        int e = 0;
        while (e < N_ENTITIES && strncmp(text.data + i, entities[e].name, strlen(entities[e].name)) != 0)
            e++;
        s2s_str_add_char(out, e < N_ENTITIES ? entities[e].character : text.data[i]);
        i += e < N_ENTITIES ? strlen(entities[e].name) : 1;
    }
}

static void split_escaped(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    split(step, buffer, text, out);
    s2s_str *words = &buffer->scratch[0];
    s2s_str_clear(words);
    s2s_str_add(words, s2s_str_text(out), out->len);
    s2s_str_clear(out);
    escape(s2s_str_span(words), out);
    out->failed |= words->failed;
}

static void join_escaped(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    s2s_str *copy = &buffer->scratch[0], *words = &buffer->scratch[1];
    s2s_str_clear(copy);
    s2s_str_add_span(copy, text); /* terminated, which the text need not be */
    s2s_str_clear(words);
    unescape(s2s_str_span(copy), words);
    s2s_moses_join(step->own, s2s_str_span(words), out);
    out->failed |= copy->failed || words->failed;
}

const s2s_text_kind s2s_step_moses = {
    .name = "moses", .argument = "LANG", .open = s2s_moses_open, .apply = split, .invert = join};
const s2s_text_kind s2s_step_moses_escape = {.name = "moses-escape",
                                             .argument = "LANG",
                                             .open = s2s_moses_open,
                                             .apply = split_escaped,
                                             .invert = join_escaped};
