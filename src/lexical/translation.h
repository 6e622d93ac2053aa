/* Lexical translations: how probable a target token is where a source token is, t(target | source).
 *
 * Sources are numbered as in their vocabulary, and behind the last of them comes NULL, the source of what
 * translates no token (Brown et al. 1993). */
#ifndef S2S_LEXICAL_TRANSLATION_H
#define S2S_LEXICAL_TRANSLATION_H

#include <stddef.h>

typedef struct s2s_translation {
    int source, target;
    double probability;
} s2s_translation;

/* Puts them in order, by source, then the most probable first (ties: by target), keeps at most `best` of each
 * source, and returns how many are left, in the first places. */
size_t s2s_translations_best(s2s_translation *list, size_t n, int best);

#endif
