#include "eval/ngrams.h"

#include <limits.h>
#include <stdlib.h>

void s2s_ngrams_clear(s2s_ngrams *ngrams)
{
    s2s_trie_clear(&ngrams->trie);
    ngrams->n_texts = 0;
}

void s2s_ngrams_free(s2s_ngrams *ngrams)
{
    s2s_trie_free(&ngrams->trie);
    free(ngrams->counts);
    *ngrams = (s2s_ngrams){0};
}

static bool grow(s2s_ngrams *ngrams)
{
    if (ngrams->cap > INT_MAX / 2)
        return false;
    int cap = ngrams->cap ? 2 * ngrams->cap : 512;
    s2s_ngram_count *counts = realloc(ngrams->counts, (size_t)cap * sizeof *counts);
    if (!counts)
        return false;
    ngrams->counts = counts;
    ngrams->cap = cap;
    return true;
}

/* The n-gram that is one symbol longer, with a count of its own; -1 when out of memory. */
static int extend(s2s_ngrams *ngrams, int node, int symbol)
{
    int n_nodes = ngrams->trie.n_nodes;
    if (n_nodes >= ngrams->cap && !grow(ngrams))
        return -1;
    node = s2s_trie_child(&ngrams->trie, node, symbol);
    if (node == n_nodes)
        ngrams->counts[node] = (s2s_ngram_count){0};
    return node;
}

/* Counts one more occurrence in the newest text; returns how many there were before. */
static int count(s2s_ngrams *ngrams, s2s_ngram_count *of)
{
    if (of->text != ngrams->n_texts) {
        of->text = ngrams->n_texts;
        of->now = 0;
    }
    return of->now++;
}

bool s2s_ngrams_add(s2s_ngrams *ngrams, const s2s_symbols *text, int order)
{
    ngrams->n_texts++;
    for (int i = 0; i < text->n; i++) {
        int node = S2S_TRIE_ROOT;
        for (int k = i; k < text->n && k < i + order; k++) {
            node = extend(ngrams, node, text->data[k]);
            if (node < 0)
                return false;
            s2s_ngram_count *of = &ngrams->counts[node];
            if (count(ngrams, of) == of->most)
                of->most++;
        }
    }
    return true;
}

void s2s_ngrams_match(s2s_ngrams *ngrams, const s2s_symbols *text, int order, int *matches)
{
    ngrams->n_texts++;
    for (int n = 0; n < order; n++)
        matches[n] = 0;
    for (int i = 0; i < text->n; i++) {
        int node = S2S_TRIE_ROOT;
        for (int k = i; k < text->n && k < i + order; k++) {
            node = s2s_trie_find(&ngrams->trie, node, text->data[k]);
            if (node < 0) /* no longer n-gram is there either */
                break;
            s2s_ngram_count *of = &ngrams->counts[node];
            matches[k - i] += count(ngrams, of) < of->most;
        }
    }
}
