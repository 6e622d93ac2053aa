#include "text/piece_set.h"

#include <limits.h>
#include <stdlib.h>
#include <xxhash.h>

#include "text/letter.h"

enum { FIRST_CAP = 256 };

static uint32_t hash_of(s2s_span piece)
{
    return (uint32_t)XXH3_64bits(piece.data, piece.len);
}

s2s_span s2s_piece_set_piece(const s2s_piece_set *set, int number)
{
    const size_t *begin = set->begin + number;
    return (s2s_span){set->bytes.data + begin[0], begin[1] - begin[0] - 1};
}

/* The slot that holds the piece, or the free one where it belongs.  The set has slots. */
static s2s_piece_slot *set_slot(const s2s_piece_set *set, s2s_span piece, uint32_t hash)
{
    uint32_t mask = 2 * (uint32_t)set->cap - 1;
    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        s2s_piece_slot *s = &set->slots[i];
        if (!s->number ||
            (s->hash == hash && s2s_same_span(s2s_piece_set_piece(set, (int)s->number - 1), piece)))
            return s;
    }
}

static bool set_grow(s2s_piece_set *set)
{
    if (set->cap > INT_MAX / 4)
        return false;
    int cap = set->cap ? 2 * set->cap : FIRST_CAP;
    size_t *begin = realloc(set->begin, ((size_t)cap + 1) * sizeof *begin);
    if (!begin)
        return false;
    set->begin = begin;
    set->begin[set->n] = set->bytes.len;
    s2s_piece_slot *slots = calloc(2 * (size_t)cap, sizeof *slots);
    if (!slots)
        return false;
    uint32_t mask = 2 * (uint32_t)cap - 1;
    for (size_t i = 0; i < 2 * (size_t)set->cap; i++) {
        s2s_piece_slot s = set->slots[i];
        uint32_t place = s.hash & mask;
        while (s.number && slots[place].number)
            place = (place + 1) & mask;
        if (s.number)
            slots[place] = s;
    }
    free(set->slots);
    set->slots = slots;
    set->cap = cap;
    return true;
}

int s2s_piece_set_add(s2s_piece_set *set, s2s_span piece)
{
    if (set->n == set->cap && !set_grow(set))
        return -1;
    uint32_t hash = hash_of(piece);
    s2s_piece_slot *s = set_slot(set, piece, hash);
    if (s->number)
        return (int)s->number - 1;
    s2s_str_add(&set->bytes, piece.data, piece.len);
    s2s_str_add_char(&set->bytes, '\0');
    if (set->bytes.failed)
        return -1;
    set->begin[++set->n] = set->bytes.len;
    *s = (s2s_piece_slot){hash, (uint32_t)set->n};
    return set->n - 1;
}

bool s2s_piece_set_add_words(s2s_piece_set *set, s2s_span text)
{
    s2s_span word;
    for (const char *p = text.data; s2s_next_word(&p, text.data + text.len, &word);)
        if (s2s_piece_set_add(set, word) < 0)
            return false;
    return true;
}

int s2s_piece_set_find(const s2s_piece_set *set, s2s_span piece)
{
    return set->cap > 0 ? (int)set_slot(set, piece, hash_of(piece))->number - 1 : -1;
}

size_t s2s_piece_set_bytes(const s2s_piece_set *set)
{
    size_t cap = (size_t)set->cap;
    return set->bytes.len + (cap + 1) * sizeof *set->begin + 2 * cap * sizeof *set->slots;
}

void s2s_piece_set_free(s2s_piece_set *set)
{
    s2s_str_free(&set->bytes);
    free(set->begin);
    free(set->slots);
    *set = (s2s_piece_set){0};
}
