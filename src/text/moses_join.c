/* Words to text: the rules of Moses' detokenizer.perl. */
#include <string.h>
#include <utf8proc.h>

#include "text/letter.h"
#include "text/step.h"

/* Whether the word is nothing but characters that fit. */
static bool is_made_of(s2s_span word, bool (*fits)(int32_t code))
{
    const char *end = word.data + word.len;
    s2s_letter l;
    for (const char *p = word.data; (l = s2s_letter_at(p, end)).len; p += l.len)
        if (!fits(l.code))
            return false;
    return word.len > 0;
}

static bool opens(int32_t code)
{
    enum { INVERTED_EXCLAMATION = 0xa1, INVERTED_QUESTION = 0xbf };
    return code == '(' || code == '[' || code == '{' || code == INVERTED_QUESTION ||
           code == INVERTED_EXCLAMATION || utf8proc_category(code) == UTF8PROC_CATEGORY_SC;
}

static bool is_in(const char *ascii, int32_t code)
{
    return code > 0 && code < 0x80 && strchr(ascii, code);
}

static bool closes(int32_t code)
{
    return is_in(",.?!:;\\%}])", code);
}

static bool quotes(int32_t code)
{
    enum { LOW_DOUBLE = 0x201e, LEFT_DOUBLE = 0x201c };
    return is_in("'\"`", code) || code == LOW_DOUBLE || code == LEFT_DOUBLE;
}

static bool begins_with_alpha(s2s_span word)
{
    return word.len && s2s_is_alpha(s2s_letter_at(word.data, word.data + word.len).code);
}

/* 's */
static bool is_right_part(s2s_span word)
{
    return word.len > 1 && *word.data == '\'' && begins_with_alpha((s2s_span){word.data + 1, word.len - 1});
}

/* l' */
static bool is_left_part(s2s_span word)
{
    if (word.len < 2 || word.data[word.len - 1] != '\'')
        return false;
    size_t begin = word.len - 2;
    while (begin > 0 && ((unsigned char)word.data[begin] & 0xc0) == 0x80)
        begin--;
    return s2s_is_alpha(s2s_letter_at(word.data + begin, word.data + word.len).code);
}

/* Quotation marks that are counted together, to know those that open from those that close. */
typedef enum mark { MARK_DOUBLE, MARK_SINGLE, MARK_GRAVE, MARK_GRAVES, MARK_SINGLES, MARK_OTHER, N_MARKS } mark;

static mark mark_of(s2s_span word)
{
    static const char *const names[] = {"\"", "'", "`", "``", "''"};
    for (int i = 0; i < MARK_OTHER; i++)
        if (s2s_span_is(word, names[i]))
            return (mark)i;
    return (unsigned char)*word.data < 0x80 ? MARK_OTHER : MARK_DOUBLE;
}

typedef struct joiner {
    const s2s_moses_language *language;
    s2s_str *out;
    bool glued;         /* no blank before the next word */
    bool open[N_MARKS]; /* one of them waits for its end */
} joiner;

static void add(joiner *j, s2s_span word, bool glued_before, bool glued_after)
{
    if (j->out->len > 0 && !j->glued && !glued_before)
        s2s_str_add_char(j->out, ' ');
    s2s_str_add_span(j->out, word);
    j->glued = glued_after;
}

static void add_quote(joiner *j, s2s_span word, s2s_span before)
{
    mark m = mark_of(word);
    bool possessive = j->language->apostrophe == S2S_APOSTROPHE_RIGHT && m == MARK_SINGLE && before.len &&
                      before.data[before.len - 1] == 's' && !j->open[m]; /* the Joneses' house */
    if (possessive) {
        add(j, word, true, false);
        return;
    }
    add(j, word, j->open[m], !j->open[m]);
    j->open[m] = !j->open[m];
}

static void add_word(joiner *j, s2s_span word, s2s_span before, s2s_span next)
{
    const s2s_moses_language *language = j->language;
    bool left_part =
        language->apostrophe == S2S_APOSTROPHE_LEFT && is_left_part(word) && begins_with_alpha(next);
    if (left_part || is_made_of(word, opens)) {
        add(j, word, false, true);
    } else if (is_made_of(word, closes)) {
        bool spaced = language->spaced_marks && word.len == 1 && is_in("?!:;\\%", *word.data);
        if (spaced && j->glued && j->out->len > 0)
            s2s_str_add_char(j->out, ' ');
        add(j, word, !spaced, false);
    } else if (language->apostrophe == S2S_APOSTROPHE_RIGHT && before.len && is_right_part(word)) {
        add(j, word, true, false);
    } else if (is_made_of(word, quotes)) {
        add_quote(j, word, before);
    } else {
        add(j, word, false, false);
    }
}

void s2s_moses_join(const s2s_moses_language *language, s2s_span text, s2s_str *out)
{
    joiner j = {.language = language, .out = out};
    const char *p = text.data, *end = text.data + text.len;
    s2s_span before = {0}, word, next;
    for (bool more = s2s_next_word(&p, end, &word); more; before = word, word = next) {
        more = s2s_next_word(&p, end, &next);
        add_word(&j, word, before, next);
    }
}
