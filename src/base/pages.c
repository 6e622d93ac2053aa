#include "base/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/arena.h"

#define HUGE_PAGE_BYTES ((size_t)1 << 21)

size_t s2s_pages_size(size_t bytes)
{
    if (bytes > PTRDIFF_MAX - HUGE_PAGE_BYTES)
        return SIZE_MAX;
    if (bytes < 2 * HUGE_PAGE_BYTES)
        return bytes;
    return (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
}

void *s2s_pages_alloc(size_t *bytes)
{
    *bytes = s2s_pages_size(*bytes);
    if (*bytes == SIZE_MAX)
        return NULL;
    if (*bytes < 2 * HUGE_PAGE_BYTES)
        return aligned_alloc(S2S_ALIGNMENT, *bytes);
    void *p = aligned_alloc(HUGE_PAGE_BYTES, *bytes);
#ifdef MADV_HUGEPAGE
    if (p)
        madvise(p, *bytes, MADV_HUGEPAGE); /* advice that may be ignored */
#endif
    return p;
}
