/* Unpacking bytes as they come, with bounded memory: gzip (RFC 1952) and zstd (RFC 8878). */
#ifndef S2S_DATA_UNPACK_H
#define S2S_DATA_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

#include "s2s/status.h"

typedef enum s2s_packing { S2S_PACKING_NONE, S2S_PACKING_GZIP, S2S_PACKING_ZSTD, S2S_N_PACKINGS } s2s_packing;

/* How a file that begins with these n bytes is packed.  No text begins like one that is. */
s2s_packing s2s_packing_of(const char *bytes, size_t n);
/* Whether that takes more bytes to tell. */
bool s2s_packing_is_open(const char *bytes, size_t n);

typedef struct s2s_unpacker s2s_unpacker;

/* name: of the file in messages, borrowed. */
s2s_status s2s_unpacker_new(s2s_unpacker **unpacker, s2s_packing packing, const char *name,
                            s2s_error *err) S2S_MUST_USE;
void s2s_unpacker_free(s2s_unpacker *unpacker); /* NULL is allowed */

typedef struct s2s_unpacked {
    size_t n_taken, n_given; /* bytes */
} s2s_unpacked;

/* Takes what it can of the n_packed bytes and gives up to size > 0, both below 2^32.  Several packed files in a
 * row are one.  S2S_BAD_DATA with the name for damaged data, and for zstd that takes over 128 MiB to unpack. */
s2s_status s2s_unpack(s2s_unpacker *unpacker, const char *packed, size_t n_packed, char *bytes, size_t size,
                      s2s_unpacked *done, s2s_error *err) S2S_MUST_USE;

/* Whether there was no room for all that was taken. */
bool s2s_unpacker_has_more(const s2s_unpacker *unpacker);
/* S2S_BAD_DATA where a file has begun and not ended. */
s2s_status s2s_unpacker_end(const s2s_unpacker *unpacker, s2s_error *err) S2S_MUST_USE;

#endif
