/* The shape of a ragged batch: B sequences of unequal length, longest first, stored time-major. */
#ifndef S2S_TENSOR_RAGGED_H
#define S2S_TENSOR_RAGGED_H

#include <stdbool.h>

#include "base/arena.h"

typedef struct s2s_ragged {
    int n_seqs;       /* B */
    int max_len;      /* steps of the longest */
    int n_tokens;     /* rows in all */
    const int *len;   /* [B] non-increasing, all >= 1 */
    const int *alive; /* [max_len] sequences longer than t, non-increasing */
    const int *first; /* [max_len + 1] row of sequence 0 at step t; first[max_len] = n_tokens */
} s2s_ragged;

static inline int s2s_ragged_row(const s2s_ragged *shape, int seq, int step)
{
    return shape->first[step] + seq;
}

/* From n_seqs >= 1 lengths sorted non-increasing (copied).  False when the arena is out of memory or the tokens
 * are more than an int counts. */
bool s2s_ragged_make(s2s_ragged *shape, const int *len, int n_seqs, s2s_arena *arena);

/* n integers, uninitialised; NULL when the arena is out of memory. */
int *s2s_ints_new(s2s_arena *arena, size_t n);

#endif
