/* Sequences as paths from a root: equal sequences, and no others, end in the same node.  One hash table from
 * (parent, symbol) to the child, so that words and n-grams become numbers without being copied or compared. */
#ifndef S2S_EVAL_TRIE_H
#define S2S_EVAL_TRIE_H

#include <stddef.h>
#include <stdint.h>

enum { S2S_TRIE_ROOT = 0 };

typedef struct s2s_trie_slot {
    uint64_t key;        /* parent and symbol */
    unsigned generation; /* of another one: empty */
    int node;
} s2s_trie_slot;

typedef struct s2s_trie {
    int n_nodes;          /* numbered from 0, the root, in order of appearance */
    s2s_trie_slot *slots; /* open addressing; at most half full */
    size_t n_slots;       /* 0 or a power of two */
    unsigned generation;  /* of the slots in use: clearing costs nothing */
} s2s_trie;

void s2s_trie_clear(s2s_trie *trie); /* zeroed is allowed and has to be cleared before use */
void s2s_trie_free(s2s_trie *trie);
/* The node behind parent; -1 where there is none. */
int s2s_trie_find(const s2s_trie *trie, int parent, int symbol);
/* The same, made where there is none; -1 when out of memory. */
int s2s_trie_child(s2s_trie *trie, int parent, int symbol);

#endif
