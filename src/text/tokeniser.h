/* Text to pieces and back.  One tokeniser per side, chosen by name and stored in the model by name.
 *
 * White space is what Unicode calls so: TAB to CR, U+0085 and the categories Zs, Zl, Zp (U+00A0 included).
 *
 * char   A piece is a code point, white space included.  Joined: concatenated, which gives back the line.
 *
 * space  A piece is a run of anything but white space.  Joined by one space: gives back the line but for
 *        white space at its ends and runs of it.
 *
 * word   White space separates.  Between it,
 *        - letters, digits and other numerals, marks, U+200C and U+200D stay together, and so do
 *        - an apostrophe (' U+2019) or hyphen (- U+2010 U+2011) after a letter or its marks and before a
 * letter,
 *        - a full stop or comma after a digit and before a digit;
 *        - any other character, with the marks that belong to it (its grapheme cluster), is a piece of its own.
 *        Scripts written without spaces are not cut into words: use char for them.
 *        Joined by one space, but none after opening punctuation (Ps, Pi, U+00A1, U+00BF) and none before
 *        closing punctuation (Pe, Pf, full stops, commas, colons, semicolons, exclamation and question marks,
 * also the Arabic, Devanagari and East Asian ones, U+2026, % and '); a " opens and closes in turn.  Other marks
 * such as / and & get a space on both sides, so joining gives back ordinary text, not any text.
 *
 * bpe, unigram
 *        A piece is a subword of a SentencePiece model (text/subwords.h), U+2581 standing for a space;
 *        characters that the model does not know make a piece of their own, or one of each byte with byte
 *        fallback.  Joined as spm_decode joins, but a line feed or NUL that bytes spell becomes a space, and so
 *        does U+2581 of a piece that the model does not know.  A model that was trained here gives back the
 *        line but for spaces at its ends and runs of them.
 */
#ifndef S2S_TEXT_TOKENISER_H
#define S2S_TEXT_TOKENISER_H

#include "base/str.h"
#include "text/pipeline.h"
#include "text/subwords.h"

/* X(NAME, name) */
#define S2S_TOKENISER_LIST(X) \
    X(CHARACTER, "char")      \
    X(SPACE, "space")         \
    X(WORD, "word")           \
    X(BPE, "bpe")             \
    X(UNIGRAM, "unigram")

typedef enum s2s_tokeniser_kind {
#define X(NAME, name) S2S_TOKENISE_##NAME,
    S2S_TOKENISER_LIST(X)
#undef X
        S2S_N_TOKENISERS
} s2s_tokeniser_kind;

const char *s2s_tokeniser_name(s2s_tokeniser_kind kind);
/* Whether it cuts with a subword model. */
bool s2s_tokeniser_has_subwords(s2s_tokeniser_kind kind);

/* What cuts the lines of one side; read only, so that threads may share it. */
typedef struct s2s_tokeniser {
    s2s_tokeniser_kind kind;
    const s2s_subwords *subwords;  /* borrowed, as text is; of that kind, NULL for the others */
    const s2s_text_pipeline *text; /* what a line goes through first; NULL: nothing */
} s2s_tokeniser;

/* A growable list of spans, reused from line to line. */
typedef struct s2s_pieces {
    s2s_span *items;
    int n;
    int cap;
    s2s_str text;           /* of pieces that are not in the line as they are */
    s2s_text_buffer buffer; /* of the text steps */
} s2s_pieces;

void s2s_pieces_free(s2s_pieces *pieces); /* a zeroed list is allowed */

/* True when the text is nothing but white space, or nothing: it has no pieces. */
bool s2s_is_blank(const char *text, size_t n);

/* Splits one line (well-formed UTF-8, no newline), as its text steps leave it, into pieces that borrow from it
 * or from the list.  An empty or blank line gives none, nor does one of which a given subword model drops every
 * character.  A byte that is not UTF-8 counts as a character.  S2S_EXHAUSTED when out of memory; S2S_BAD_MODEL
 * where a given subword model fails at the line.  Subwords allocate in every call, the others only to make the
 * list longer. */
s2s_status s2s_tokenise(const s2s_tokeniser *tokeniser, const char *line, size_t n, s2s_pieces *pieces,
                        s2s_error *err) S2S_MUST_USE;

/* The same, but subwords are sampled; a function of the seed.  alpha as for s2s_sentencepiece_sample. */
s2s_status s2s_tokenise_sampled(const s2s_tokeniser *tokeniser, double alpha, uint64_t seed, const char *line,
                                size_t n, s2s_pieces *pieces, s2s_error *err) S2S_MUST_USE;

/* The number, from 0, of the word that each of n pieces belongs to: its own or, with subwords, that of what
 * white space separates.  A piece of several words belongs to the first; white space alone, to the word
 * behind it. */
void s2s_number_words(const s2s_tokeniser *tokeniser, const s2s_span *pieces, int n, int *words);

/* Appends the text of the pieces, joined as the tokeniser joins them; text steps are not undone. */
void s2s_detokenise(const s2s_tokeniser *tokeniser, const s2s_span *pieces, int n, s2s_str *text);

/* Text of the pieces: joined, then back through the text steps; steps of output text (--output-text) are left
 * to whoever makes output of it.  *out, terminated, is borrowed from the buffer until its next use; the pieces
 * must lie elsewhere.  S2S_EXHAUSTED when out of memory, the only way to fail: then the buffer works again. */
s2s_status s2s_joined_text(const s2s_tokeniser *tokeniser, const s2s_span *pieces, int n,
                           s2s_text_buffer *buffer, s2s_span *out, s2s_error *err) S2S_MUST_USE;

#endif
