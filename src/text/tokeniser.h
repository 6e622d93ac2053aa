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
 * such as / and & get a space on both sides, so joining gives back ordinary text, not any text. */
#ifndef S2S_TEXT_TOKENISER_H
#define S2S_TEXT_TOKENISER_H

#include "base/str.h"

/* X(NAME, name) */
#define S2S_TOKENISER_LIST(X) \
    X(CHARACTER, "char")      \
    X(SPACE, "space")         \
    X(WORD, "word")

typedef enum s2s_tokeniser {
#define X(NAME, name) S2S_TOKENISE_##NAME,
    S2S_TOKENISER_LIST(X)
#undef X
        S2S_N_TOKENISERS
} s2s_tokeniser;

const char *s2s_tokeniser_name(s2s_tokeniser tokeniser);

/* A growable list of spans, reused from line to line. */
typedef struct s2s_pieces {
    s2s_span *items;
    int n;
    int cap;
} s2s_pieces;

void s2s_pieces_free(s2s_pieces *pieces); /* a zeroed list is allowed */

/* True when the text is nothing but white space, or nothing: it has no pieces. */
bool s2s_is_blank(const char *text, size_t n);

/* Splits one line (well-formed UTF-8, no newline) into pieces that borrow from it; an empty or blank line
 * gives none.  A byte that is not UTF-8 counts as a character.  S2S_EXHAUSTED when out of memory, the only
 * way to fail. */
s2s_status s2s_tokenise(s2s_tokeniser tokeniser, const char *line, size_t n, s2s_pieces *pieces,
                        s2s_error *err) S2S_MUST_USE;

/* Appends the text of the pieces, joined as the tokeniser joins them. */
void s2s_detokenise(s2s_tokeniser tokeniser, const s2s_span *pieces, int n, s2s_str *text);

#endif
