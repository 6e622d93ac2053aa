#include "lexical/translation.h"

#include <stdlib.h>

static int in_order(const void *a, const void *b)
{
    const s2s_translation *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->probability != y->probability)
        return x->probability > y->probability ? -1 : 1;
    return (x->target > y->target) - (x->target < y->target);
}

size_t s2s_translations_best(s2s_translation *list, size_t n, int best)
{
    size_t n_kept = 0;
    int rank = 0;
    if (n > 0)
        qsort(list, n, sizeof *list, in_order);
    for (size_t i = 0; i < n; i++) {
        rank = n_kept > 0 && list[i].source == list[n_kept - 1].source ? rank + 1 : 0;
        if (rank < best)
            list[n_kept++] = list[i];
    }
    return n_kept;
}
