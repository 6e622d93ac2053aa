/* A text of code points on its way to being tokenised, by the rules of Python's str, in which sacreBLEU is
 * written. */
#ifndef S2S_EVAL_DRAFT_H
#define S2S_EVAL_DRAFT_H

#include "base/str.h"
#include "eval/symbols.h"
#include "eval/trie.h"

typedef struct s2s_draft {
    s2s_symbols text;
    s2s_symbols next; /* where its next form is made */
} s2s_draft;          /* zeroed: empty */

typedef bool s2s_char_test(int code);

bool s2s_char_is_space(int code); /* str.isspace */

void s2s_draft_free(s2s_draft *draft);
bool s2s_draft_failed(const s2s_draft *draft); /* out of memory at any time; the text is then wrong */

/* Takes a line, well-formed UTF-8, without the white space at its end. */
void s2s_draft_begin(s2s_draft *draft, s2s_span line);
void s2s_draft_strip_start(s2s_draft *draft); /* white space */
void s2s_draft_collapse(s2s_draft *draft);    /* " ".join(text.split()) */
void s2s_draft_surround(s2s_draft *draft);    /* with a space on either side */
void s2s_draft_lower(s2s_draft *draft);       /* str.lower */
/* All occurrences of an ASCII text, from the left. */
void s2s_draft_replace(s2s_draft *draft, const char *old, const char *by);
void s2s_draft_remove(s2s_draft *draft, s2s_char_test *which);
/* "a" -> " a " */
void s2s_draft_set_apart(s2s_draft *draft, s2s_char_test *which);
/* Pairs of neighbours, from the left, each character in one pair at most: "ab" -> "a b " */
void s2s_draft_split_second(s2s_draft *draft, s2s_char_test *first, s2s_char_test *second);
/* "ab" -> " a b" */
void s2s_draft_split_first(s2s_draft *draft, s2s_char_test *first, s2s_char_test *second);

/* The word that begins at or after *end, [*begin, *end); white space separates words.  False: no more. */
bool s2s_word_next(const s2s_symbols *text, int *begin, int *end);
/* Adds the number of a word, which is the node that its characters lead to in the dictionary; false when out of
 * memory. */
bool s2s_word_add(s2s_symbols *words, s2s_trie *dictionary, const int *chars, int n);
/* The numbers of all words of a text; words begins anew. */
bool s2s_word_split(s2s_symbols *words, s2s_trie *dictionary, const s2s_symbols *text);

#endif
