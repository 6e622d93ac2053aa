#include "eval/symbols.h"

#include <limits.h>
#include <stdlib.h>

void s2s_symbols_free(s2s_symbols *symbols)
{
    free(symbols->data);
    *symbols = (s2s_symbols){0};
}

bool s2s_symbols_grow(s2s_symbols *symbols)
{
    int cap = symbols->cap ? 2 * symbols->cap : 256;
    int *data = symbols->failed || symbols->cap > INT_MAX / 2
                    ? NULL
                    : realloc(symbols->data, (size_t)cap * sizeof *data);
    symbols->failed = !data;
    if (!data)
        return false;
    symbols->data = data;
    symbols->cap = cap;
    return true;
}
