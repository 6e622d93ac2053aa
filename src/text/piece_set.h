/* A set of pieces of text, numbered from 0 in the order they came: their bytes one after the other, each
 * terminated, and an open-addressing hash table over them, at most half full. */
#ifndef S2S_TEXT_PIECE_SET_H
#define S2S_TEXT_PIECE_SET_H

#include <stdint.h>

#include "base/str.h"

typedef struct s2s_piece_slot {
    uint32_t hash;
    uint32_t number; /* of the piece, plus 1; 0: free */
} s2s_piece_slot;

typedef struct s2s_piece_set { /* zeroed: empty */
    s2s_str bytes;
    size_t *begin;         /* [cap + 1] offsets in bytes; piece i ends before begin[i + 1] - 1 */
    s2s_piece_slot *slots; /* [2 * cap] */
    int n, cap;            /* cap is 0 or a power of two */
} s2s_piece_set;

void s2s_piece_set_free(s2s_piece_set *set);

/* The number of the piece, which is copied if it was absent; -1 when out of memory. */
int s2s_piece_set_add(s2s_piece_set *set, s2s_span piece) S2S_MUST_USE;
/* Adds the words of a text that white space separates; false when out of memory. */
bool s2s_piece_set_add_words(s2s_piece_set *set, s2s_span text) S2S_MUST_USE;
int s2s_piece_set_find(const s2s_piece_set *set, s2s_span piece); /* its number; -1 if absent */
s2s_span s2s_piece_set_piece(const s2s_piece_set *set,
                             int number);             /* borrowed until the next add, terminated */
size_t s2s_piece_set_bytes(const s2s_piece_set *set); /* held */

#endif
