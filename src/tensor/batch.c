#include "tensor/batch.h"

#include <limits.h>

#include "base/token.h"

/* Fills order[n] with the sequences, longest first, ties in the given order, and len[n] with their lengths
 * plus `extra`.  A counting sort: stable, and linear in tokens. */
static bool sort_by_length(const s2s_tokens *seqs, int n, int extra, int *order, int *len, s2s_arena *arena)
{
    int longest = 0;
    for (int i = 0; i < n; i++)
        longest = seqs[i].n > longest ? seqs[i].n : longest;

    s2s_arena_mark mark = s2s_arena_save(arena);
    int *begin = s2s_arena_alloc_zero(arena, s2s_size_mul((size_t)longest + 1, sizeof(int)));
    if (!begin)
        return false;
    for (int i = 0; i < n; i++)
        begin[seqs[i].n]++;
    for (int length = longest, sum = 0; length >= 0; length--) {
        int count = begin[length];
        begin[length] = sum;
        sum += count;
    }
    for (int i = 0; i < n; i++) {
        int place = begin[seqs[i].n]++;
        order[place] = i;
        len[place] = seqs[i].n + extra;
    }
    s2s_arena_release(arena, mark);
    return true;
}

bool s2s_source_batch_make(s2s_source_batch *batch, const s2s_tokens *sources, int n, s2s_arena *arena)
{
    int *order = s2s_ints_new(arena, (size_t)n);
    int *len = s2s_ints_new(arena, (size_t)n);
    if (!order || !len || !sort_by_length(sources, n, 0, order, len, arena) ||
        !s2s_ragged_make(&batch->shape, len, n, arena))
        return false;

    int *ids = s2s_ints_new(arena, (size_t)batch->shape.n_tokens);
    if (!ids)
        return false;
    for (int b = 0; b < n; b++) {
        const int *from = sources[order[b]].ids;
        for (int t = 0; t < len[b]; t++)
            ids[s2s_ragged_row(&batch->shape, b, t)] = from[t];
    }
    batch->ids = ids;
    batch->order = order;
    return true;
}

/* The inverse of an order: place[order[b]] = b. */
static void invert(const int *order, int n, int *place)
{
    for (int b = 0; b < n; b++)
        place[order[b]] = b;
}

bool s2s_target_batch_make(s2s_target_batch *batch, const s2s_tokens *targets, int n,
                           const s2s_source_batch *source, s2s_arena *arena)
{
    int *order = s2s_ints_new(arena, (size_t)n);
    int *sentence = s2s_ints_new(arena, (size_t)n);
    int *len = s2s_ints_new(arena, (size_t)n);
    int *place = s2s_ints_new(arena, (size_t)n);
    if (!order || !sentence || !len || !place || !sort_by_length(targets, n, 1, order, len, arena) ||
        !s2s_ragged_make(&batch->shape, len, n, arena))
        return false;

    int *in = s2s_ints_new(arena, (size_t)batch->shape.n_tokens);
    int *out = s2s_ints_new(arena, (size_t)batch->shape.n_tokens);
    if (!in || !out)
        return false;
    invert(source->order, n, place);
    for (int b = 0; b < n; b++) {
        const int *from = targets[order[b]].ids;
        sentence[b] = place[order[b]];
        for (int t = 0; t < len[b]; t++) {
            int row = s2s_ragged_row(&batch->shape, b, t);
            in[row] = t == 0 ? S2S_TOKEN_BOS : from[t - 1];
            out[row] = t == len[b] - 1 ? S2S_TOKEN_EOS : from[t];
        }
    }
    batch->in = in;
    batch->out = out;
    batch->order = order;
    batch->sentence = sentence;
    batch->links = (s2s_links){0};
    return true;
}

/* The links of step t of sequence b, in its own list. */
static const int *links_of(const s2s_target_batch *batch, const s2s_links *links, int b, int t, int *n)
{
    const s2s_links *own = &links[batch->order[b]];
    bool is_end = t == batch->shape.len[b] - 1;
    *n = is_end ? 0 : own->first[t + 1] - own->first[t];
    return is_end ? NULL : own->position + own->first[t];
}

bool s2s_target_batch_link(s2s_target_batch *batch, const s2s_links *links, s2s_arena *arena)
{
    const s2s_ragged *shape = &batch->shape;
    int *first = s2s_ints_new(arena, (size_t)shape->n_tokens + 1), n;
    if (!first)
        return false;
    first[0] = 0;
    for (int t = 0; t < shape->max_len; t++)
        for (int b = 0; b < shape->alive[t]; b++) {
            int row = s2s_ragged_row(shape, b, t);
            links_of(batch, links, b, t, &n);
            if (n > INT_MAX - first[row])
                return false;
            first[row + 1] = first[row] + n;
        }
    int *position = s2s_ints_new(arena, (size_t)first[shape->n_tokens]);
    if (!position)
        return false;
    for (int t = 0; t < shape->max_len; t++)
        for (int b = 0; b < shape->alive[t]; b++) {
            const int *from = links_of(batch, links, b, t, &n);
            for (int i = 0; i < n; i++)
                position[first[s2s_ragged_row(shape, b, t)] + i] = from[i];
        }
    batch->links = (s2s_links){first, position};
    return true;
}
