/* Phrases that an output must contain, each as a run of tokens; they may overlap.
 *
 * One automaton reads the output so far (Aho and Corasick 1975, doi:10.1145/360825.360855): its node is the
 * longest end of the output that begins a phrase.  So it is exact whichever phrase is said in the middle of
 * another. */
#ifndef S2S_SEARCH_PHRASES_H
#define S2S_SEARCH_PHRASES_H

#include "base/arena.h"
#include "tensor/batch.h"

/* Of one output at most; the latter with all tokens of its phrases. */
enum { S2S_MAX_PHRASES = 64, S2S_MAX_PHRASE_TOKENS = 999 };

typedef struct s2s_phrases s2s_phrases; /* immutable once made */

/* How far an output is; zeroed at its beginning. */
typedef struct s2s_phrase_progress {
    int node;
    uint64_t met; /* bit i: it contains phrase i */
} s2s_phrase_progress;

/* Of n >= 1 phrases of at least one token each, within both limits; one that occurs again counts once.  Lives
 * in the arena, nothing is borrowed; NULL when out of memory. */
s2s_phrases *s2s_phrases_new(s2s_arena *arena, const s2s_tokens *phrases, int n);

/* Tokens of all phrases. */
int s2s_phrases_n_tokens(const s2s_phrases *phrases);
/* The tokens that phrases are made of, from i = 0 on, each at least once; -1 behind the last. */
int s2s_phrases_token(const s2s_phrases *phrases, int i);
/* After one more token. */
s2s_phrase_progress s2s_phrases_step(const s2s_phrases *phrases, s2s_phrase_progress progress, int token);
/* Tokens of the phrases that are met, and of the longest beginning of another that ends the output: of 0 ..
 * n_tokens, and n_tokens where all are met only. */
int s2s_phrases_bank(const s2s_phrases *phrases, s2s_phrase_progress progress);
/* Those tokens that begin a phrase which is not met or go on with one, each once: their number, at most
 * n_tokens. */
int s2s_phrases_next(const s2s_phrases *phrases, s2s_phrase_progress progress, int *tokens);

#endif
