/* Counting n-grams of references, and those of an output that are among them. */
#ifndef S2S_EVAL_NGRAMS_H
#define S2S_EVAL_NGRAMS_H

#include "eval/symbols.h"
#include "eval/trie.h"

typedef struct s2s_ngram_count {
    int most;      /* occurrences in the reference that has most of it */
    int now;       /* occurrences so far in a text */
    unsigned text; /* number of that text */
} s2s_ngram_count;

typedef struct s2s_ngrams {
    s2s_trie trie;
    s2s_ngram_count *counts; /* [trie.n_nodes] */
    int cap;
    unsigned n_texts;
} s2s_ngrams;

void s2s_ngrams_clear(s2s_ngrams *ngrams); /* zeroed is allowed and has to be cleared before use */
void s2s_ngrams_free(s2s_ngrams *ngrams);
/* Takes in all n-grams of 1 to order symbols of a reference; false when out of memory. */
bool s2s_ngrams_add(s2s_ngrams *ngrams, const s2s_symbols *text, int order);
/* matches[n - 1]: how many n-grams of the output are in the references, each at most as often as in the one
 * that has most of it. */
void s2s_ngrams_match(s2s_ngrams *ngrams, const s2s_symbols *text, int order, int *matches);

static inline int s2s_n_ngrams(int n_symbols, int order)
{
    return n_symbols >= order ? n_symbols - order + 1 : 0;
}

#endif
