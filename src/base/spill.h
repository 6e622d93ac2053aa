/* A growing array that need not fit memory: small ones are on the heap, large ones in an unlinked file in
 * $TMPDIR or /tmp that is mapped, so that the system can write their pages back and take them away. */
#ifndef S2S_BASE_SPILL_H
#define S2S_BASE_SPILL_H

#include <stdbool.h>
#include <stddef.h>

#include "s2s/status.h"

typedef struct s2s_spill {
    void *data;  /* aligned as malloc does; NULL where size is 0 */
    size_t size; /* bytes that there is room for */
    /* private */
    bool in_file;
    int fd;
} s2s_spill; /* a zeroed one is empty */

enum { S2S_SPILL_HEAP_BYTES = 1 << 20 }; /* the most on the heap */

/* Room for so many bytes and, where there was some, for half as many again as there was, so that an array may
 * grow by one item at a time.  What is new is not initialised, and data may move.  S2S_EXHAUSTED where memory or
 * the disk is full, S2S_FAILED where no file can be made; the array is then as before. */
s2s_status s2s_spill_reserve(s2s_spill *spill, size_t size, s2s_error *err) S2S_MUST_USE;
void s2s_spill_free(s2s_spill *spill);

size_t s2s_spill_heap_bytes(const s2s_spill *spill);

#endif
