/* A growable sequence of numbers: the code points of a text, or the numbers of its words. */
#ifndef S2S_EVAL_SYMBOLS_H
#define S2S_EVAL_SYMBOLS_H

#include <stdbool.h>

typedef struct s2s_symbols {
    int *data;
    int n, cap;
    bool failed; /* an allocation failed; sticky until s2s_symbols_free */
} s2s_symbols;   /* zeroed: empty */

void s2s_symbols_free(s2s_symbols *symbols);
bool s2s_symbols_grow(s2s_symbols *symbols); /* room for one more at least */

static inline void s2s_symbols_add(s2s_symbols *symbols, int symbol)
{
    if (symbols->n < symbols->cap || s2s_symbols_grow(symbols))
        symbols->data[symbols->n++] = symbol;
}

#endif
