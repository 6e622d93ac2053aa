#include "text/tokeniser.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/fail.h"

const char *s2s_tokeniser_name(s2s_tokeniser tokeniser)
{
    static const char *const names[] = {
#define X(NAME, name) name,
        S2S_TOKENISER_LIST(X)
#undef X
    };
    return names[tokeniser];
}

/* One decoded code point; a byte that is not UTF-8 counts as U+FFFD. */
typedef struct letter {
    int32_t code;
    int len; /* bytes; 0 at the end of the text */
} letter;

static letter letter_at(const char *p, const char *end)
{
    if (p >= end)
        return (letter){0, 0};
    if ((unsigned char)*p < 0x80)
        return (letter){*p, 1};
    letter l;
    ptrdiff_t len = utf8proc_iterate((const uint8_t *)p, end - p, &l.code);
    if (len <= 0)
        return (letter){0xfffd, 1};
    l.len = (int)len;
    return l;
}

static bool is_space(int32_t code)
{
    if (code < 0x80)
        return code == ' ' || (code >= '\t' && code <= '\r');
    utf8proc_category_t category = utf8proc_category(code);
    return code == 0x85 || category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

static const char *skip_space(const char *p, const char *end)
{
    for (letter l = letter_at(p, end); l.len && is_space(l.code); l = letter_at(p, end))
        p += l.len;
    return p;
}

bool s2s_is_blank(const char *text, size_t n)
{
    return skip_space(text, text + n) == text + n;
}

/* What a code point is to the word rules. */
typedef enum word_class { CLASS_OTHER, CLASS_LETTER, CLASS_MARK, CLASS_DIGIT, CLASS_NUMERAL } word_class;

static word_class class_of(int32_t code)
{
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return CLASS_LETTER;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return CLASS_MARK;
    case UTF8PROC_CATEGORY_ND:
        return CLASS_DIGIT;
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return CLASS_NUMERAL;
    default:
        return code == 0x200c || code == 0x200d ? CLASS_MARK : CLASS_OTHER;
    }
}

/* What may stand between a and b inside a word. */
static bool joins(int32_t code, word_class before, word_class after)
{
    bool letters = before == CLASS_LETTER && after == CLASS_LETTER;
    bool digits = before == CLASS_DIGIT && after == CLASS_DIGIT;
    switch (code) {
    case '\'':
    case '-':
    case 0x2010:
    case 0x2011:
    case 0x2019:
        return letters;
    case '.':
    case ',':
        return digits;
    default:
        return false;
    }
}

/* The end of the word that begins at p, or p where none begins. */
static const char *word_end(const char *p, const char *end)
{
    word_class last = CLASS_OTHER; /* of the last character that is not a mark */
    for (letter l = letter_at(p, end); l.len; l = letter_at(p, end)) {
        word_class class = class_of(l.code);
        if (class == CLASS_OTHER) {
            letter next = letter_at(p + l.len, end);
            if (!next.len || !joins(l.code, last, class_of(next.code)))
                break;
        }
        if (class != CLASS_MARK)
            last = class;
        p += l.len;
    }
    return p;
}

/* The end of the grapheme cluster that begins at p < end, without the white space that a prepended mark such as
 * U+0600 would take in. */
static const char *cluster_end(const char *p, const char *end)
{
    int32_t state = 0;
    letter l = letter_at(p, end);
    for (;;) {
        p += l.len;
        letter next = letter_at(p, end);
        if (!next.len || is_space(next.code) || utf8proc_grapheme_break_stateful(l.code, next.code, &state))
            return p;
        l = next;
    }
}

static const char *next_character(const char *p, const char *end)
{
    return p + letter_at(p, end).len;
}

static const char *next_run(const char *p, const char *end)
{
    for (letter l = letter_at(p, end); l.len && !is_space(l.code); l = letter_at(p, end))
        p += l.len;
    return p;
}

static const char *next_word(const char *p, const char *end)
{
    const char *stop = word_end(p, end);
    return stop > p ? stop : cluster_end(p, end);
}

void s2s_pieces_free(s2s_pieces *pieces)
{
    free(pieces->items);
    *pieces = (s2s_pieces){0};
}

static s2s_status add_piece(s2s_pieces *pieces, const char *begin, const char *end, s2s_error *err)
{
    if (pieces->n == pieces->cap) {
        int cap = pieces->cap ? pieces->cap : 64;
        if (cap > INT32_MAX / 2)
            return s2s_fail_memory(err, "splitting a line into tokens");
        cap *= 2;
        s2s_span *items = realloc(pieces->items, (size_t)cap * sizeof *items);
        if (!items)
            return s2s_fail_memory(err, "splitting a line into tokens");
        pieces->items = items;
        pieces->cap = cap;
    }
    pieces->items[pieces->n++] = (s2s_span){begin, (size_t)(end - begin)};
    return S2S_OK;
}

s2s_status s2s_tokenise(s2s_tokeniser tokeniser, const char *line, size_t n, s2s_pieces *pieces, s2s_error *err)
{
    typedef const char *next_fn(const char *p, const char *end);
    static next_fn *const next[S2S_N_TOKENISERS] = {
        [S2S_TOKENISE_CHARACTER] = next_character,
        [S2S_TOKENISE_SPACE] = next_run,
        [S2S_TOKENISE_WORD] = next_word,
    };
    bool keep_space = tokeniser == S2S_TOKENISE_CHARACTER;
    const char *end = line + n;
    pieces->n = 0;
    if (s2s_is_blank(line, n))
        return S2S_OK;

    for (const char *p = line; p < end;) {
        const char *begin = keep_space ? p : skip_space(p, end);
        if (begin == end)
            break;
        p = next[tokeniser](begin, end);
        S2S_TRY(add_piece(pieces, begin, p, err));
    }
    return S2S_OK;
}

static bool is_opening(int32_t code)
{
    utf8proc_category_t category = utf8proc_category(code);
    return category == UTF8PROC_CATEGORY_PS || category == UTF8PROC_CATEGORY_PI || code == 0xa1 || code == 0xbf;
}

static bool is_closing(int32_t code)
{
    /* ASCII, Greek, Armenian, Arabic, Devanagari, general, ideographic and full-width forms. */
    static const int32_t marks[] = {'.',    ',',    ':',    ';',    '!',    '?',    '%',    '\'',
                                    0x037e, 0x0387, 0x0589, 0x060c, 0x061b, 0x061f, 0x066a, 0x06d4,
                                    0x0964, 0x0965, 0x2026, 0x203c, 0x3001, 0x3002, 0xff01, 0xff05,
                                    0xff0c, 0xff0e, 0xff1a, 0xff1b, 0xff1f, 0xff61};
    utf8proc_category_t category = utf8proc_category(code);
    if (category == UTF8PROC_CATEGORY_PE || category == UTF8PROC_CATEGORY_PF)
        return true;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (marks[i] == code)
            return true;
    return false;
}

static void join_words(const s2s_span *pieces, int n, s2s_str *text)
{
    bool open_quote = false, glue = true; /* glue: no space before the next piece */
    for (int i = 0; i < n; i++) {
        int32_t code = letter_at(pieces[i].data, pieces[i].data + pieces[i].len).code;
        bool quote = code == '"';
        if (!glue && !is_closing(code) && !(quote && open_quote))
            s2s_str_add_char(text, ' ');
        s2s_str_add(text, pieces[i].data, pieces[i].len);
        glue = is_opening(code) || (quote && !open_quote);
        open_quote ^= quote;
    }
}

void s2s_detokenise(s2s_tokeniser tokeniser, const s2s_span *pieces, int n, s2s_str *text)
{
    if (tokeniser == S2S_TOKENISE_WORD) {
        join_words(pieces, n, text);
        return;
    }
    for (int i = 0; i < n; i++) {
        if (i > 0 && tokeniser == S2S_TOKENISE_SPACE)
            s2s_str_add_char(text, ' ');
        s2s_str_add(text, pieces[i].data, pieces[i].len);
    }
}
