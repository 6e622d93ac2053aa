#include "tensor/ragged.h"

#include <limits.h>
#include <string.h>

int *s2s_ints_new(s2s_arena *arena, size_t n)
{
    return s2s_arena_alloc(arena, s2s_size_mul(n, sizeof(int)));
}

bool s2s_ragged_make(s2s_ragged *shape, const int *len, int n_seqs, s2s_arena *arena)
{
    int max_len = len[0];
    int *own_len = s2s_ints_new(arena, (size_t)n_seqs);
    int *alive = s2s_ints_new(arena, (size_t)max_len);
    int *first = s2s_ints_new(arena, (size_t)max_len + 1);
    if (!own_len || !alive || !first)
        return false;
    memcpy(own_len, len, (size_t)n_seqs * sizeof(int));

    int n_alive = n_seqs;
    first[0] = 0;
    for (int t = 0; t < max_len; t++) {
        while (len[n_alive - 1] <= t)
            n_alive--;
        if (first[t] > INT_MAX - n_alive)
            return false;
        alive[t] = n_alive;
        first[t + 1] = first[t] + n_alive;
    }
    *shape = (s2s_ragged){.n_seqs = n_seqs,
                          .max_len = max_len,
                          .n_tokens = first[max_len],
                          .len = own_len,
                          .alive = alive,
                          .first = first};
    return true;
}
