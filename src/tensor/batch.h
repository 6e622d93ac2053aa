/* Batches for the networks: ragged, without any padding.
 *
 * The sequences of a side are sorted by length, longest first, and stored time-major: step 0 of all
 * sequences, step 1 of those that are still alive, and so on.  The token of sequence b at step t is row
 * first[t] + b, for b < alive[t].  No padding exists, so none is computed over. */
#ifndef S2S_TENSOR_BATCH_H
#define S2S_TENSOR_BATCH_H

#include "base/arena.h"
#include "base/str.h"
#include "tensor/ragged.h"

/* One sequence of token numbers, borrowed. */
typedef struct s2s_tokens {
    const int *ids;
    int n;
} s2s_tokens;

/* Source side, in source order (sorted by source length; ties keep the given order). */
typedef struct s2s_source_batch {
    s2s_ragged shape; /* B sequences of S_b tokens */
    const int *ids;   /* [shape.n_tokens] */
    const int *order; /* [B]: sequence b is sources[order[b]] of the input */
} s2s_source_batch;

/* Word alignments: row r of the target side is linked to the positions position[first[r]] .. position[first[r
 * + 1] - 1] of its source sequence, ascending. */
typedef struct s2s_links {
    const int *first; /* [n_tokens + 1]; NULL: there are no alignments */
    const int *position;
} s2s_links;

/* Target side, in target order (sorted by target length, end of sequence included). */
typedef struct s2s_target_batch {
    s2s_ragged shape;    /* B sequences of T_b tokens */
    const int *in;       /* [n_tokens]: BOS, y_1, ..., y_n */
    const int *out;      /* [n_tokens]: y_1, ..., y_n, EOS */
    const int *order;    /* [B]: sequence b is targets[order[b]] of the input */
    const int *sentence; /* [B]: the sequence of the source side that it belongs to, in source order */
    s2s_links links;
} s2s_target_batch;

/* From n >= 1 sequences.  Arrays live in the arena.  False when it is out of memory.  Every source has n > 0;
 * a target may be empty. */
bool s2s_source_batch_make(s2s_source_batch *batch, const s2s_tokens *sources, int n, s2s_arena *arena);
/* source: the batch made of the n sources that belong to these targets, in the same order. */
bool s2s_target_batch_make(s2s_target_batch *batch, const s2s_tokens *targets, int n,
                           const s2s_source_batch *source, s2s_arena *arena);
/* links: of each of the n targets, in the order in which the batch was made of them, as of one with the
 * tokens of the target for rows; the end of sequence has no links.  False when the arena is out of memory or
 * they are more than an int counts. */
bool s2s_target_batch_link(s2s_target_batch *batch, const s2s_links *links, s2s_arena *arena);

#endif
