#include "io/safetensors_format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/arena.h"

size_t s2s_dtype_bytes(const char *dtype)
{
    static const struct {
        const char *name;
        size_t bytes;
    } known[] = {
        {"F32", 4}, {"F64", 8}, {"F16", 2},     {"BF16", 2},    {"I8", 1},
        {"U8", 1},  {"I16", 2}, {"U16", 2},     {"I32", 4},     {"U32", 4},
        {"I64", 8}, {"U64", 8}, {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"BOOL", 1},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, dtype) == 0)
            return known[i].bytes;
    return 0;
}

size_t s2s_shape_bytes(const s2s_stored_tensor *tensor)
{
    size_t bytes = s2s_dtype_bytes(tensor->dtype);
    if (tensor->rank < 0 || tensor->rank > 4)
        return SIZE_MAX;
    for (int i = 0; i < tensor->rank && bytes != SIZE_MAX; i++)
        bytes = tensor->dims[i] < 0 ? SIZE_MAX : s2s_size_mul(bytes, (size_t)tensor->dims[i]);
    return bytes;
}

/* A quote inside a JSON text is escaped, so that the pattern cannot be part of a value. */
size_t s2s_checksum_at(const char *bytes, size_t n, const char *digits)
{
    static const char key[] = "\"" S2S_CHECKSUM_KEY "\":\"";
    const size_t n_key = sizeof key - 1, n_all = n_key + S2S_CHECKSUM_DIGITS + 1;
    if (strlen(digits) != S2S_CHECKSUM_DIGITS)
        return 0;
    const char *p = bytes + S2S_HEADER_AT, *end = bytes + n;
    while ((size_t)(end - p) >= n_all && (p = memchr(p, '"', (size_t)(end - p) - n_all + 1))) {
        if (memcmp(p, key, n_key) == 0 && memcmp(p + n_key, digits, S2S_CHECKSUM_DIGITS) == 0)
            return (size_t)(p - bytes) + n_key;
        p++;
    }
    return 0;
}

s2s_checksum *s2s_checksum_new(void)
{
    XXH3_state_t *state = XXH3_createState();
    if (state)
        XXH3_64bits_reset(state);
    return (s2s_checksum *)state;
}

void s2s_checksum_add(s2s_checksum *sum, const void *bytes, size_t n)
{
    XXH3_64bits_update((XXH3_state_t *)sum, bytes, n);
}

void s2s_checksum_end(s2s_checksum *sum, char digits[S2S_CHECKSUM_DIGITS + 1])
{
    XXH3_state_t *state = (XXH3_state_t *)sum;
    snprintf(digits, S2S_CHECKSUM_DIGITS + 1, "%016" PRIx64, (uint64_t)XXH3_64bits_digest(state));
    XXH3_freeState(state);
}
