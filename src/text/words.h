/* A sorted set of words, looked up by halving. */
#ifndef S2S_TEXT_WORDS_H
#define S2S_TEXT_WORDS_H

#include "base/str.h"

typedef struct s2s_words {
    s2s_span *items; /* in order of their bytes */
    int n;
} s2s_words;

/* The words of a text that white space separates, borrowed from it; false when out of memory. */
bool s2s_words_make(s2s_words *words, s2s_span text) S2S_MUST_USE;
void s2s_words_free(s2s_words *words); /* a zeroed set is allowed */
bool s2s_words_have(const s2s_words *words, s2s_span word);

#endif
