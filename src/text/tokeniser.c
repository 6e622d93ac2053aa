#include "text/tokeniser.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/fail.h"
#include "text/letter.h"

const char *s2s_tokeniser_name(s2s_tokeniser_kind kind)
{
    static const char *const names[] = {
#define X(NAME, name) name,
        S2S_TOKENISER_LIST(X)
#undef X
    };
    return names[kind];
}

bool s2s_tokeniser_has_subwords(s2s_tokeniser_kind kind)
{
    return kind == S2S_TOKENISE_BPE || kind == S2S_TOKENISE_UNIGRAM;
}

bool s2s_is_blank(const char *text, size_t n)
{
    return s2s_skip_space(text, text + n) == text + n;
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
    for (s2s_letter l = s2s_letter_at(p, end); l.len; l = s2s_letter_at(p, end)) {
        word_class class = class_of(l.code);
        if (class == CLASS_OTHER) {
            s2s_letter next = s2s_letter_at(p + l.len, end);
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
    s2s_letter l = s2s_letter_at(p, end);
    for (;;) {
        p += l.len;
        s2s_letter next = s2s_letter_at(p, end);
        if (!next.len || s2s_is_space(next.code) || utf8proc_grapheme_break_stateful(l.code, next.code, &state))
            return p;
        l = next;
    }
}

static const char *next_run(const char *p, const char *end)
{
    s2s_span run;
    s2s_next_word(&p, end, &run);
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
    s2s_str_free(&pieces->text);
    s2s_text_buffer_free(&pieces->buffer);
    *pieces = (s2s_pieces){0};
}

static const char splitting[] = "splitting a line into tokens";

static s2s_status add_piece(s2s_pieces *pieces, const char *begin, const char *end, s2s_error *err)
{
    if (pieces->n == pieces->cap) {
        int cap = pieces->cap ? pieces->cap : 64;
        if (cap > INT32_MAX / 2)
            return s2s_fail_memory(err, splitting);
        cap *= 2;
        s2s_span *items = realloc(pieces->items, (size_t)cap * sizeof *items);
        if (!items)
            return s2s_fail_memory(err, splitting);
        pieces->items = items;
        pieces->cap = cap;
    }
    pieces->items[pieces->n++] = (s2s_span){begin, (size_t)(end - begin)};
    return S2S_OK;
}

typedef const char *next_fn(const char *p, const char *end);

static s2s_status split(s2s_tokeniser_kind kind, const char *line, size_t n, s2s_pieces *pieces, s2s_error *err)
{
    static next_fn *const next[S2S_N_TOKENISERS] = {
        [S2S_TOKENISE_CHARACTER] = s2s_skip_letter,
        [S2S_TOKENISE_SPACE] = next_run,
        [S2S_TOKENISE_WORD] = next_word,
    };
    const char *end = line + n;
    for (const char *p = line; p < end;) {
        const char *begin = kind == S2S_TOKENISE_CHARACTER ? p : s2s_skip_space(p, end);
        if (begin == end)
            break;
        p = next[kind](begin, end);
        S2S_TRY(add_piece(pieces, begin, p, err));
    }
    return S2S_OK;
}

/* Lists the terminated pieces of the list's text. */
static s2s_status list_subwords(s2s_pieces *pieces, s2s_error *err)
{
    const char *p = pieces->text.data, *end = p + pieces->text.len;
    for (const char *begin = p; p < end; p++)
        if (*p == '\0') {
            S2S_TRY(add_piece(pieces, begin, p, err));
            begin = p + 1;
        }
    return S2S_OK;
}

/* How subwords are sampled; NULL: the most likely ones. */
typedef struct subword_sampling {
    double alpha;
    uint64_t seed;
} subword_sampling;

static s2s_status split_subwords(const s2s_subwords *subwords, s2s_span line, const subword_sampling *sampling,
                                 s2s_pieces *pieces, s2s_error *err)
{
    const s2s_sentencepiece *model = s2s_subwords_sentencepiece(subwords);
    s2s_str_clear(&pieces->text);
    bool done = sampling ? s2s_sentencepiece_sample(model, line, sampling->alpha, sampling->seed, &pieces->text)
                         : s2s_sentencepiece_encode(model, line, &pieces->text);
    if (!done) {
        bool exhausted = pieces->text.failed;
        s2s_str_free(&pieces->text);
        s2s_text_buffer_free(&pieces->buffer);
        return exhausted ? s2s_fail_memory(err, splitting)
                         : s2s_fail(err, S2S_BAD_MODEL, "the subword model fails at splitting a line");
    }
    return list_subwords(pieces, err);
}

/* Through the text steps, then cut. */
static s2s_status tokenise(const s2s_tokeniser *tokeniser, const subword_sampling *sampling, s2s_span line,
                           s2s_pieces *pieces, s2s_error *err)
{
    pieces->n = 0;
    if (tokeniser->text)
        S2S_TRY(s2s_text_apply(tokeniser->text, &pieces->buffer, line, &line, err));
    if (s2s_is_blank(line.data, line.len))
        return S2S_OK;
    if (tokeniser->subwords)
        return split_subwords(tokeniser->subwords, line, sampling, pieces, err);
    return split(tokeniser->kind, line.data, line.len, pieces, err);
}

s2s_status s2s_tokenise(const s2s_tokeniser *tokeniser, const char *line, size_t n, s2s_pieces *pieces,
                        s2s_error *err)
{
    return tokenise(tokeniser, NULL, (s2s_span){line, n}, pieces, err);
}

s2s_status s2s_tokenise_sampled(const s2s_tokeniser *tokeniser, double alpha, uint64_t seed, const char *line,
                                size_t n, s2s_pieces *pieces, s2s_error *err)
{
    return tokenise(tokeniser, &(subword_sampling){alpha, seed}, (s2s_span){line, n}, pieces, err);
}

enum { SPACE_OF_SUBWORDS = 0x2581 };

/* word, between: the last word so far, and whether white space has ended it. */
static int word_of_subword(s2s_span piece, int *word, bool *between)
{
    const char *p = piece.data, *end = p + piece.len;
    int first = -1;
    for (s2s_letter l = s2s_letter_at(p, end); l.len; p += l.len, l = s2s_letter_at(p, end)) {
        bool space = l.code == SPACE_OF_SUBWORDS || s2s_is_space(l.code);
        *word += *between && !space;
        *between = space;
        if (!space && first < 0)
            first = *word;
    }
    return first < 0 ? *word + 1 : first;
}

void s2s_number_words(const s2s_tokeniser *tokeniser, const s2s_span *pieces, int n, int *words)
{
    bool subwords = s2s_tokeniser_has_subwords(tokeniser->kind), between = true;
    int word = -1;
    for (int i = 0; i < n; i++)
        words[i] = subwords ? word_of_subword(pieces[i], &word, &between) : i;
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
        int32_t code = s2s_letter_at(pieces[i].data, pieces[i].data + pieces[i].len).code;
        bool quote = code == '"';
        if (!glue && !is_closing(code) && !(quote && open_quote))
            s2s_str_add_char(text, ' ');
        s2s_str_add(text, pieces[i].data, pieces[i].len);
        glue = is_opening(code) || (quote && !open_quote);
        open_quote ^= quote;
    }
}

/* Spaces for what is no text of one line, and for the marks of pieces that the model does not know and so left
 * as they are; as for others nothing at the beginning.  The text from begin on is not empty. */
static void drop_marks(s2s_str *text, size_t begin)
{
    static const char mark[] = "\u2581"; /* SPACE_OF_SUBWORDS */
    char *to = text->data + begin;
    for (const char *p = to, *end = text->data + text->len; p < end; p++) {
        bool marked = (size_t)(end - p) >= strlen(mark) && memcmp(p, mark, strlen(mark)) == 0;
        if (!marked || to > text->data + begin)
            *to++ = (char)(marked || *p == '\n' || *p == '\0' ? ' ' : *p);
        p += marked ? strlen(mark) - 1 : 0;
    }
    *to = '\0';
    text->len = (size_t)(to - text->data);
}

static void join_subwords(const s2s_subwords *subwords, const s2s_span *pieces, int n, s2s_str *text)
{
    size_t begin = text->len;
    if (!s2s_sentencepiece_decode(s2s_subwords_sentencepiece(subwords), pieces, n, text)) {
        text->failed = true;
        return;
    }
    if (text->len > begin)
        drop_marks(text, begin);
}

void s2s_detokenise(const s2s_tokeniser *tokeniser, const s2s_span *pieces, int n, s2s_str *text)
{
    if (tokeniser->subwords) {
        join_subwords(tokeniser->subwords, pieces, n, text);
        return;
    }
    if (tokeniser->kind == S2S_TOKENISE_WORD) {
        join_words(pieces, n, text);
        return;
    }
    for (int i = 0; i < n; i++) {
        if (i > 0 && tokeniser->kind == S2S_TOKENISE_SPACE)
            s2s_str_add_char(text, ' ');
        s2s_str_add(text, pieces[i].data, pieces[i].len);
    }
}

s2s_status s2s_joined_text(const s2s_tokeniser *tokeniser, const s2s_span *pieces, int n,
                           s2s_text_buffer *buffer, s2s_span *out, s2s_error *err)
{
    s2s_str *joined = &buffer->text[0];
    s2s_str_clear(joined);
    s2s_detokenise(tokeniser, pieces, n, joined);
    if (joined->failed) {
        s2s_str_free(joined); /* forgets that it failed */
        return s2s_fail_memory(err, "joining tokens");
    }
    *out = s2s_str_span(joined);
    return tokeniser->text ? s2s_text_invert(tokeniser->text, buffer, *out, out, err) : S2S_OK;
}
