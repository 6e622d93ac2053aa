#include "text/words.h"

#include <stdlib.h>

#include "text/letter.h"

static int by_bytes(const void *a, const void *b)
{
    return s2s_compare_words(*(const s2s_span *)a, *(const s2s_span *)b);
}

bool s2s_words_make(s2s_words *words, s2s_span text)
{
    const char *end = text.data + text.len;
    s2s_span word;
    size_t n = 0;
    for (const char *p = text.data; s2s_next_word(&p, end, &word);)
        n++;
    *words = (s2s_words){.items = malloc((n + 1) * sizeof *words->items)};
    if (!words->items)
        return false;
    for (const char *p = text.data; s2s_next_word(&p, end, &word);)
        words->items[words->n++] = word;
    qsort(words->items, n, sizeof *words->items, by_bytes);
    return true;
}

void s2s_words_free(s2s_words *words)
{
    free(words->items);
    *words = (s2s_words){0};
}

bool s2s_words_have(const s2s_words *words, s2s_span word)
{
    return bsearch(&word, words->items, (size_t)words->n, sizeof *words->items, by_bytes) != NULL;
}
