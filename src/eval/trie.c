#include "eval/trie.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum { FIRST_SLOTS = 1024 };

void s2s_trie_clear(s2s_trie *trie)
{
    trie->n_nodes = 1;
    if (++trie->generation > 0)
        return;
    if (trie->n_slots > 0)
        memset(trie->slots, 0, trie->n_slots * sizeof *trie->slots);
    trie->generation = 1;
}

void s2s_trie_free(s2s_trie *trie)
{
    free(trie->slots);
    *trie = (s2s_trie){0};
}

/* The slot of the child, or the empty one where it belongs. */
static s2s_trie_slot *find_slot(const s2s_trie *trie, uint64_t key)
{
    size_t mask = trie->n_slots - 1, at = (size_t)s2s_hash64(key >> 32, key & UINT32_MAX) & mask;
    while (trie->slots[at].generation == trie->generation && trie->slots[at].key != key)
        at = (at + 1) & mask;
    return &trie->slots[at];
}

static bool grow(s2s_trie *trie)
{
    if (trie->n_slots > INT_MAX)
        return false;
    s2s_trie old = *trie;
    trie->n_slots = old.n_slots ? 2 * old.n_slots : FIRST_SLOTS;
    trie->slots = calloc(trie->n_slots, sizeof *trie->slots);
    if (!trie->slots) {
        *trie = old;
        return false;
    }
    for (size_t i = 0; i < old.n_slots; i++)
        if (old.slots[i].generation == old.generation)
            *find_slot(trie, old.slots[i].key) = old.slots[i];
    free(old.slots);
    return true;
}

static uint64_t key_of(int parent, int symbol)
{
    return (uint64_t)(uint32_t)parent << 32 | (uint32_t)symbol;
}

int s2s_trie_find(const s2s_trie *trie, int parent, int symbol)
{
    if (trie->n_slots == 0)
        return -1;
    const s2s_trie_slot *slot = find_slot(trie, key_of(parent, symbol));
    return slot->generation == trie->generation ? slot->node : -1;
}

int s2s_trie_child(s2s_trie *trie, int parent, int symbol)
{
    if (2 * (size_t)trie->n_nodes >= trie->n_slots && !grow(trie))
        return -1;
    s2s_trie_slot *slot = find_slot(trie, key_of(parent, symbol));
    if (slot->generation != trie->generation)
        *slot = (s2s_trie_slot){key_of(parent, symbol), trie->generation, trie->n_nodes++};
    return slot->node;
}
