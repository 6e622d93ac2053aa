/* The heap as a test wants it: every allocation of the program, of the C library and of the others that it is
 * linked with is counted, and fails on demand.  To be included by one file of a program.  Sanitizers need the
 * heap for themselves: HEAP_IS_OURS is 0 there, and where the C library is not glibc. */
#ifndef HEAP_H
#define HEAP_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if !defined(__GLIBC__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HEAP_IS_OURS 0
#else
#define HEAP_IS_OURS 1
#endif

/* The exit status of a program whose tests want the heap and do not get it: skipped, as CTest knows it. */
static inline int heap_skip(void)
{
    fputs("skipped: the heap belongs to a sanitizer\n", stderr);
    return 77;
}

typedef struct heap_state {
    atomic_long n_calls;  /* allocations asked for, refused ones included */
    atomic_long n_blocks; /* allocated and not yet freed */
    atomic_long fail_at;  /* the call that is refused; 0: none */
    atomic_bool fail_on;  /* so are all after it */
} heap_state;

static heap_state heap;

/* From the next allocation on: refuse the n-th one and, if on is set, all that follow; n = 0 refuses none. */
static inline void heap_fail_at(long n, bool on)
{
    atomic_store(&heap.n_calls, 0);
    atomic_store(&heap.fail_on, on);
    atomic_store(&heap.fail_at, n);
}

#if HEAP_IS_OURS

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *block);

static bool heap_refuses(void)
{
    long call = atomic_fetch_add(&heap.n_calls, 1) + 1, at = atomic_load(&heap.fail_at);
    if (at == 0 || call < at || (call > at && !atomic_load(&heap.fail_on)))
        return false;
    errno = ENOMEM;
    return true;
}

static void *heap_count(void *block)
{
    if (block)
        atomic_fetch_add(&heap.n_blocks, 1);
    return block;
}

/* Seen by the shared libraries too. */
#pragma GCC visibility push(default)

void *malloc(size_t bytes)
{
    return heap_refuses() ? NULL : heap_count(__libc_malloc(bytes));
}

void *calloc(size_t n, size_t bytes)
{
    return heap_refuses() ? NULL : heap_count(__libc_calloc(n, bytes));
}

void *realloc(void *block, size_t bytes)
{
    if (heap_refuses())
        return NULL;
    void *moved = __libc_realloc(block, bytes);
    if (!block)
        return heap_count(moved);
    if (!moved && bytes == 0)
        atomic_fetch_sub(&heap.n_blocks, 1);
    return moved;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return heap_refuses() ? NULL : heap_count(__libc_memalign(alignment, bytes));
}

int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    void *found = heap_refuses() ? NULL : heap_count(__libc_memalign(alignment, bytes));
    if (!found)
        return ENOMEM;
    *block = found;
    return 0;
}

void free(void *block)
{
    if (block)
        atomic_fetch_sub(&heap.n_blocks, 1);
    __libc_free(block);
}

#pragma GCC visibility pop

#endif
#endif
