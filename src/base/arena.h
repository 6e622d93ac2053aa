/* Memory with one lifetime: allocate many times, give everything back at once. */
#ifndef S2S_BASE_ARENA_H
#define S2S_BASE_ARENA_H

#include <stddef.h>

#define S2S_ALIGNMENT 64 /* bytes: one cache line, one AVX-512 register */

typedef struct s2s_arena s2s_arena; /* not safe for several threads at once */

typedef struct s2s_arena_mark {
    void *chunk;
    size_t used;
} s2s_arena_mark;

s2s_arena *s2s_arena_new(size_t first_chunk_bytes); /* NULL when out of memory */
void s2s_arena_free(s2s_arena *arena);              /* NULL is allowed */

/* Uninitialised memory aligned to S2S_ALIGNMENT, valid until reset, release or free; NULL when out of
 * memory or when bytes overflows. */
void *s2s_arena_alloc(s2s_arena *arena, size_t bytes);
void *s2s_arena_alloc_zero(s2s_arena *arena, size_t bytes);
char *s2s_arena_strdup(s2s_arena *arena, const char *text);
char *s2s_arena_strndup(s2s_arena *arena, const char *text, size_t n); /* n bytes, and a NUL */

/* Forget everything.  The memory is kept, as one chunk of the largest size ever used, so that a loop which
 * resets once per round stops calling the allocator after its largest round. */
void s2s_arena_reset(s2s_arena *arena);

/* Resets, and takes from the allocator what makes the arena one chunk of at least so many bytes; it may as well
 * fail, then the arena grows when it has to. */
void s2s_arena_reserve(s2s_arena *arena, size_t bytes);

/* Forget everything allocated since the mark; chunks are kept. */
s2s_arena_mark s2s_arena_save(const s2s_arena *arena);
void s2s_arena_release(s2s_arena *arena, s2s_arena_mark mark);

size_t s2s_arena_bytes(const s2s_arena *arena); /* bytes held from the allocator */
/* The most of them that were in use at a time since the last reset, with the rest of the last page. */
size_t s2s_arena_peak(const s2s_arena *arena);

/* a * b and a + b, or SIZE_MAX when that overflows: SIZE_MAX makes every allocation fail. */
size_t s2s_size_mul(size_t a, size_t b);
size_t s2s_size_add(size_t a, size_t b);

#endif
