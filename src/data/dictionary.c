#include "data/dictionary.h"

#include <stdlib.h>

#include "base/fail.h"
#include "data/corpus.h"
#include "text/letter.h"

typedef struct entry {
    s2s_span source, target;
} entry;

struct s2s_dictionary {
    s2s_corpus *pairs;
    entry *entries; /* [n] by the bytes of their sources, then as in the file */
    size_t n;
};

static int by_source(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = s2s_compare_words(x->source, y->source);
    if (order != 0)
        return order;
    return x->source.data < y->source.data ? -1 : x->source.data > y->source.data;
}

static s2s_status load(s2s_dictionary *dictionary, const char *path, s2s_error *err)
{
    S2S_TRY(s2s_corpus_open(&dictionary->pairs, &(s2s_corpus_options){.pairs = path}, err));
    size_t n = s2s_corpus_size(dictionary->pairs);
    dictionary->entries = malloc(n * sizeof *dictionary->entries);
    if (!dictionary->entries)
        return s2s_fail_memory(err, "reading a dictionary");
    for (size_t i = 0; i < n; i++)
        dictionary->entries[i] =
            (entry){s2s_corpus_source(dictionary->pairs, i), s2s_corpus_target(dictionary->pairs, i, 0)};
    dictionary->n = n;
    qsort(dictionary->entries, n, sizeof *dictionary->entries, by_source);
    return S2S_OK;
}

s2s_status s2s_dictionary_open(s2s_dictionary **dictionary, const char *path, s2s_error *err)
{
    *dictionary = NULL;
    s2s_dictionary *new = calloc(1, sizeof *new);
    if (!new)
        return s2s_fail_memory(err, "reading a dictionary");
    s2s_status status = load(new, path, err);
    if (status != S2S_OK)
        s2s_dictionary_close(new);
    else
        *dictionary = new;
    return status;
}

void s2s_dictionary_close(s2s_dictionary *dictionary)
{
    if (!dictionary)
        return;
    s2s_corpus_close(dictionary->pairs);
    free(dictionary->entries);
    free(dictionary);
}

s2s_span s2s_dictionary_find(const s2s_dictionary *dictionary, s2s_span source)
{
    size_t low = 0, high = dictionary->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s2s_compare_words(dictionary->entries[middle].source, source) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < dictionary->n && s2s_same_span(dictionary->entries[low].source, source);
    return found ? dictionary->entries[low].target : (s2s_span){NULL, 0};
}
