/* The map of characters that a SentencePiece model normalises with: a double array made by Darts-clone
 * (https://github.com/s-yata/darts-clone), which is searched without a look at its bounds. */
#include <stdlib.h>

#include "base/fail.h"
#include "text/subwords_check.h"

enum {
    SIZE_BYTES = 4,
    UNIT_BYTES = 4,
    MAX_KEY_BYTES = 256,
    MAX_PREFIXES = 32, /* values on the way to one: SentencePiece has room for so many */
    DAMAGED = -1,
};

/* A unit: its label, with the highest bit set where it is a value instead; whether a value hangs on it; how far
 * away its children are. */
#define LABEL_BITS 0x800000ffu
#define VALUE_BITS 0x7fffffffu
#define HAS_VALUE 0x100u
#define IS_FAR 0x200u

typedef struct trie {
    const unsigned char *units; /* little-endian */
    uint32_t n_units;
    s2s_span texts;
    int16_t *values; /* [n_units] on the longest way down from a unit, plus 1; 0: not looked at yet */
} trie;

static uint32_t number_at(const unsigned char *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static uint32_t unit_at(const trie *t, uint32_t i)
{
    return number_at(t->units + (size_t)i * UNIT_BYTES);
}

/* Where the children of unit i are: the one of byte c at this place ^ c. */
static uint32_t children_of(const trie *t, uint32_t i)
{
    uint32_t unit = unit_at(t, i);
    return i ^ ((unit >> 10) << (unit & IS_FAR ? 8 : 0));
}

/* Whether a text begins here, at least with a whole character. */
static bool is_text(const trie *t, uint32_t value)
{
    return value < t->texts.len && ((unsigned char)t->texts.data[value] & 0xc0) != 0x80;
}

/* The most values that one key meets from unit i on; DAMAGED where a way leads out of the trie, or round. */
static int count_values(trie *t, uint32_t i, int depth)
{
    uint32_t children = children_of(t, i);
    bool has_value = unit_at(t, i) & HAS_VALUE;
    if (t->values[i] != 0)
        return t->values[i] < 0 ? DAMAGED : t->values[i] - 1;
    t->values[i] = DAMAGED; /* while it is looked at */
    if (depth > MAX_KEY_BYTES || (children | 0xff) >= t->n_units)
        return DAMAGED;
    if (has_value && !is_text(t, unit_at(t, children) & VALUE_BITS))
        return DAMAGED;
    int most = 0;
    for (uint32_t c = 0; c < 256; c++) {
        if ((unit_at(t, children ^ c) & LABEL_BITS) != c)
            continue;
        int n = count_values(t, children ^ c, depth + 1);
        if (n < 0)
            return DAMAGED;
        most = n > most ? n : most;
    }
    most += has_value;
    t->values[i] = (int16_t)(most + 1);
    return most;
}

s2s_status s2s_charsmap_check(s2s_span map, s2s_error *err)
{
    const unsigned char *bytes = (const unsigned char *)map.data;
    uint32_t size = map.len < SIZE_BYTES ? 0 : number_at(bytes);
    if (size < UNIT_BYTES || size % UNIT_BYTES != 0 || size >= map.len - SIZE_BYTES)
        return s2s_fail(err, S2S_BAD_MODEL, "map of characters: expected a trie and texts, found other bytes");
    trie t = {.units = bytes + SIZE_BYTES, .n_units = size / UNIT_BYTES};
    t.texts = (s2s_span){map.data + SIZE_BYTES + size, map.len - SIZE_BYTES - size};
    if (s2s_utf8_check(t.texts.data, t.texts.len) < t.texts.len || t.texts.data[t.texts.len - 1] != '\0')
        return s2s_fail(err, S2S_BAD_MODEL, "map of characters: expected texts in UTF-8, found other bytes");
    t.values = calloc(t.n_units, sizeof *t.values);
    if (!t.values)
        return s2s_fail_memory(err, "checking a subword model");
    int most = count_values(&t, 0, 0);
    free(t.values);
    if (most < 0 || most > MAX_PREFIXES)
        return s2s_fail(err, S2S_BAD_MODEL, "map of characters: expected a sound trie, found a damaged one");
    return S2S_OK;
}
