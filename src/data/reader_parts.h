/* What the files of a reader share: reader_items.c finds items, reader.c plans batches, reader_batch.c reads
 * these. */
#ifndef S2S_DATA_READER_PARTS_H
#define S2S_DATA_READER_PARTS_H

#include "base/rng.h"
#include "base/spill.h"
#include "data/reader.h"

/* One target of one pair. */
typedef struct s2s_item {
    uint32_t pair;
    uint16_t target;
    uint16_t source_len, target_len; /* tokens, end of sequence left out; >= 1 */
} s2s_item;

/* An epoch is `order`, cut into windows; a window is sorted and cut into batches. */
struct s2s_reader {
    s2s_reader_options options;
    int max_source, max_length;
    s2s_spill item_store, order_store;
    s2s_item *items; /* [n_items] */
    uint32_t n_items;
    size_t n_skipped[S2S_N_SKIPS];
    int longest; /* side of any item */

    s2s_reader_position position;
    bool begun;            /* the epoch of position has its order */
    uint32_t *order;       /* [max_admitted] numbers of items, each as often as the epoch visits it */
    uint32_t n_admitted;   /* of order: visits of the epoch */
    uint32_t max_admitted; /* of any epoch */
    s2s_rng rng;
    uint32_t window_end; /* in order */

    uint32_t *window, *spare; /* [max_window] numbers of items, sorted */
    uint32_t *counts;         /* [longest + 1] of the sort */
    uint32_t *batch_begin;    /* [max_window + 1] in window */
    uint32_t *batch_order;    /* [max_window] */
    uint32_t n_batches, next_batch;

    s2s_arena *arena, *other_arena; /* of the current batch, and of the one before */
    s2s_pieces pieces;
};

static inline int s2s_item_length(const s2s_item *x, bool target)
{
    return target ? x->target_len : x->source_len;
}

/* Tokens as batches count them. */
static inline int s2s_item_side(const s2s_item *x)
{
    return x->source_len > x->target_len + 1 ? x->source_len : x->target_len + 1;
}

/* Of each item in its batch. */
static inline int s2s_reader_copies(const s2s_reader *r)
{
    return r->options.twins ? 2 : 1;
}

/* Finds the items; S2S_BAD_DATA where there are none. */
s2s_status s2s_reader_measure(s2s_reader *r, s2s_error *err) S2S_MUST_USE;
/* Sorts them from short to long, and of equal length as in the corpus. */
s2s_status s2s_reader_sort(s2s_reader *r, s2s_error *err) S2S_MUST_USE;
/* Finds max_admitted. */
s2s_status s2s_reader_count(s2s_reader *r, s2s_error *err) S2S_MUST_USE;
/* Fills the order of the epoch of the position, not shuffled. */
void s2s_reader_admit(s2s_reader *r);

/* Makes a batch of n items of these numbers.  The batch before keeps its memory. */
s2s_status s2s_reader_read(s2s_reader *r, const uint32_t *numbers, int n, s2s_batch *batch,
                           s2s_error *err) S2S_MUST_USE;

#endif
