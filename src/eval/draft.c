#include "eval/draft.h"

#include <string.h>
#include <utf8proc.h>

enum {
    CAPITAL_I_DOT = 0x130, /* whose small form is two characters */
    COMBINING_DOT = 0x307,
    CAPITAL_SIGMA = 0x3a3,
    SMALL_SIGMA = 0x3c3,
    FINAL_SIGMA = 0x3c2,
};

bool s2s_char_is_space(int code)
{
    if (code < 0x80)
        return code == ' ' || (code >= '\t' && code <= '\r') || (code >= 0x1c && code <= 0x1f);
    return code == 0x85 || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) ||
           code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

void s2s_draft_free(s2s_draft *draft)
{
    s2s_symbols_free(&draft->text);
    s2s_symbols_free(&draft->next);
}

bool s2s_draft_failed(const s2s_draft *draft)
{
    return draft->text.failed || draft->next.failed;
}

/* What was made becomes the text. */
static void take_next(s2s_draft *draft)
{
    s2s_symbols made = draft->next;
    draft->next = draft->text;
    draft->next.n = 0;
    draft->text = made;
}

void s2s_draft_begin(s2s_draft *draft, s2s_span line)
{
    const uint8_t *p = (const uint8_t *)line.data, *end = p + line.len;
    draft->text.n = 0;
    draft->next.n = 0;
    while (p < end) {
        utf8proc_int32_t code = *p;
        utf8proc_ssize_t len = code < 0x80 ? 1 : utf8proc_iterate(p, end - p, &code);
        s2s_symbols_add(&draft->text, code);
        p += len > 0 ? len : 1;
    }
    while (draft->text.n > 0 && s2s_char_is_space(draft->text.data[draft->text.n - 1]))
        draft->text.n--;
}

void s2s_draft_strip_start(s2s_draft *draft)
{
    const s2s_symbols *text = &draft->text;
    int i = 0;
    while (i < text->n && s2s_char_is_space(text->data[i]))
        i++;
    for (; i < text->n; i++)
        s2s_symbols_add(&draft->next, text->data[i]);
    take_next(draft);
}

bool s2s_word_next(const s2s_symbols *text, int *begin, int *end)
{
    int i = *end;
    while (i < text->n && s2s_char_is_space(text->data[i]))
        i++;
    *begin = i;
    while (i < text->n && !s2s_char_is_space(text->data[i]))
        i++;
    *end = i;
    return i > *begin;
}

void s2s_draft_collapse(s2s_draft *draft)
{
    for (int begin, end = 0; s2s_word_next(&draft->text, &begin, &end);) {
        if (draft->next.n > 0)
            s2s_symbols_add(&draft->next, ' ');
        for (int i = begin; i < end; i++)
            s2s_symbols_add(&draft->next, draft->text.data[i]);
    }
    take_next(draft);
}

void s2s_draft_surround(s2s_draft *draft)
{
    s2s_symbols_add(&draft->next, ' ');
    for (int i = 0; i < draft->text.n; i++)
        s2s_symbols_add(&draft->next, draft->text.data[i]);
    s2s_symbols_add(&draft->next, ' ');
    take_next(draft);
}

/* Unicode's Case_Ignorable: what stands between letters without being one. */
static bool is_case_ignorable(int code)
{
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
        return true;
    default:
        break;
    }
    static const int others[] = {'\'',   '.',    ':',    0xb7,   0x387,  0x55f,  0x5f4,  0x2018, 0x2019,
                                 0x2024, 0x2027, 0xfe13, 0xfe52, 0xfe55, 0xff07, 0xff0e, 0xff1a};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (code == others[i])
            return true;
    return false;
}

/* Unicode's Cased, of characters that are not Case_Ignorable. */
static bool is_cased(int code)
{
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
        return true;
    default:
        return code == 0xaa || code == 0xba || (code >= 0x2160 && code <= 0x217f) ||
               (code >= 0x24b6 && code <= 0x24e9) || (code >= 0x1f130 && code <= 0x1f149) ||
               (code >= 0x1f150 && code <= 0x1f169) || (code >= 0x1f170 && code <= 0x1f189);
    }
}

/* Whether a letter is next to position i in this direction, whatever stands between that is no letter. */
static bool letter_beside(const s2s_symbols *text, int i, int step)
{
    do
        i += step;
    while (i >= 0 && i < text->n && is_case_ignorable(text->data[i]));
    return i >= 0 && i < text->n && is_cased(text->data[i]);
}

void s2s_draft_lower(s2s_draft *draft)
{
    const s2s_symbols *text = &draft->text;
    for (int i = 0; i < text->n; i++) {
        int code = text->data[i];
        if (code < 0x80)
            code += code >= 'A' && code <= 'Z' ? 'a' - 'A' : 0;
        else if (code == CAPITAL_SIGMA)
            code = letter_beside(text, i, -1) && !letter_beside(text, i, 1) ? FINAL_SIGMA : SMALL_SIGMA;
        else if (code == CAPITAL_I_DOT)
            code = 'i';
        else
            code = utf8proc_tolower(code);
        s2s_symbols_add(&draft->next, code);
        if (text->data[i] == CAPITAL_I_DOT)
            s2s_symbols_add(&draft->next, COMBINING_DOT);
    }
    take_next(draft);
}

static bool stands_at(const s2s_symbols *text, int i, const char *what)
{
    for (; *what; what++, i++)
        if (i >= text->n || text->data[i] != *what)
            return false;
    return true;
}

void s2s_draft_replace(s2s_draft *draft, const char *old, const char *by)
{
    const s2s_symbols *text = &draft->text;
    int len = (int)strlen(old);
    for (int i = 0; i < text->n;) {
        if (!stands_at(text, i, old)) {
            s2s_symbols_add(&draft->next, text->data[i++]);
            continue;
        }
        for (const char *c = by; *c; c++)
            s2s_symbols_add(&draft->next, *c);
        i += len;
    }
    take_next(draft);
}

void s2s_draft_remove(s2s_draft *draft, s2s_char_test *which)
{
    for (int i = 0; i < draft->text.n; i++)
        if (!which(draft->text.data[i]))
            s2s_symbols_add(&draft->next, draft->text.data[i]);
    take_next(draft);
}

void s2s_draft_set_apart(s2s_draft *draft, s2s_char_test *which)
{
    for (int i = 0; i < draft->text.n; i++) {
        int code = draft->text.data[i];
        bool apart = which(code);
        if (apart)
            s2s_symbols_add(&draft->next, ' ');
        s2s_symbols_add(&draft->next, code);
        if (apart)
            s2s_symbols_add(&draft->next, ' ');
    }
    take_next(draft);
}

/* apart: which of the two gets a space on its outer side too. */
static void split_pairs(s2s_draft *draft, s2s_char_test *first, s2s_char_test *second, int apart)
{
    const s2s_symbols *text = &draft->text;
    for (int i = 0; i < text->n;) {
        if (i + 1 == text->n || !first(text->data[i]) || !second(text->data[i + 1])) {
            s2s_symbols_add(&draft->next, text->data[i++]);
            continue;
        }
        if (apart == 1)
            s2s_symbols_add(&draft->next, ' ');
        s2s_symbols_add(&draft->next, text->data[i++]);
        s2s_symbols_add(&draft->next, ' ');
        s2s_symbols_add(&draft->next, text->data[i++]);
        if (apart == 2)
            s2s_symbols_add(&draft->next, ' ');
    }
    take_next(draft);
}

void s2s_draft_split_second(s2s_draft *draft, s2s_char_test *first, s2s_char_test *second)
{
    split_pairs(draft, first, second, 2);
}

void s2s_draft_split_first(s2s_draft *draft, s2s_char_test *first, s2s_char_test *second)
{
    split_pairs(draft, first, second, 1);
}

bool s2s_word_add(s2s_symbols *words, s2s_trie *dictionary, const int *chars, int n)
{
    int node = S2S_TRIE_ROOT;
    for (int i = 0; i < n && node >= 0; i++)
        node = s2s_trie_child(dictionary, node, chars[i]);
    s2s_symbols_add(words, node);
    return node >= 0 && !words->failed;
}

bool s2s_word_split(s2s_symbols *words, s2s_trie *dictionary, const s2s_symbols *text)
{
    words->n = 0;
    for (int begin, end = 0; s2s_word_next(text, &begin, &end);)
        if (!s2s_word_add(words, dictionary, text->data + begin, end - begin))
            return false;
    return true;
}
