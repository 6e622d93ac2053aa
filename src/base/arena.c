#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

/* Under AddressSanitizer, memory that is not handed out must not be touched. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define LEAST_CHUNK_BYTES 4096

typedef struct chunk {
    struct chunk *next;
    size_t size; /* bytes after the header */
} chunk;

#define HEADER_BYTES S2S_ALIGNMENT

/* Chunks up to `current` hold allocations, those after it are free. */
struct s2s_arena {
    chunk *first;
    chunk *current;
    size_t used;   /* bytes of current */
    size_t before; /* bytes of the chunks before it */
    size_t bytes;  /* of all */
    size_t peak;   /* the most that before + used was since the last reset */
};

size_t s2s_size_mul(size_t a, size_t b)
{
    size_t product;
    return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

size_t s2s_size_add(size_t a, size_t b)
{
    size_t sum;
    return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

/* A multiple of the alignment, at least one; 0 where that overflows. */
static size_t round_up(size_t bytes)
{
    if (bytes == 0)
        return S2S_ALIGNMENT;
    return bytes > SIZE_MAX - (S2S_ALIGNMENT - 1) ? 0
                                                  : (bytes + S2S_ALIGNMENT - 1) / S2S_ALIGNMENT * S2S_ALIGNMENT;
}

static char *chunk_data(chunk *c)
{
    return (char *)c + HEADER_BYTES;
}

/* size is a multiple of the alignment. */
static chunk *chunk_new(s2s_arena *arena, size_t size)
{
    size_t total = s2s_size_add(size, HEADER_BYTES);
    chunk *c = s2s_pages_alloc(&total);
    if (!c)
        return NULL;
    size = total - HEADER_BYTES;
    c->next = NULL;
    c->size = size;
    arena->bytes += size;
    ASAN_POISON_MEMORY_REGION(chunk_data(c), size);
    return c;
}

static void free_chunks(s2s_arena *arena)
{
    for (chunk *c = arena->first, *next; c; c = next) {
        next = c->next;
        ASAN_UNPOISON_MEMORY_REGION(chunk_data(c), c->size);
        free(c);
    }
    arena->first = arena->current = NULL;
    arena->used = arena->before = arena->bytes = 0;
}

s2s_arena *s2s_arena_new(size_t first_chunk_bytes)
{
    size_t size = round_up(first_chunk_bytes);
    s2s_arena *arena = size ? calloc(1, sizeof *arena) : NULL;
    if (!arena)
        return NULL;
    arena->first = arena->current = chunk_new(arena, size);
    if (!arena->first) {
        free(arena);
        return NULL;
    }
    return arena;
}

void s2s_arena_free(s2s_arena *arena)
{
    if (!arena)
        return;
    free_chunks(arena);
    free(arena);
}

/* Makes current a chunk with room for size bytes, none of them used: a free one, or a new one that doubles
 * what the arena holds. */
static int advance(s2s_arena *arena, size_t size)
{
    chunk *last = arena->current, *c = last ? last->next : NULL;
    size_t before = last ? arena->before + last->size : 0;
    for (; c && c->size < size; last = c, c = c->next)
        before += c->size;
    if (!c) {
        size_t wanted = arena->bytes > LEAST_CHUNK_BYTES ? arena->bytes : LEAST_CHUNK_BYTES;
        c = chunk_new(arena, size > wanted ? size : wanted);
        if (!c && size < wanted)
            c = chunk_new(arena, size);
        if (!c)
            return 0;
        if (last)
            last->next = c;
        else
            arena->first = c;
    }
    arena->current = c;
    arena->used = 0;
    arena->before = before;
    return 1;
}

void *s2s_arena_alloc(s2s_arena *arena, size_t bytes)
{
    size_t size = round_up(bytes);
    if (!size)
        return NULL;
    if ((!arena->current || arena->current->size - arena->used < size) && !advance(arena, size))
        return NULL;
    char *p = chunk_data(arena->current) + arena->used;
    arena->used += size;
    if (arena->before + arena->used > arena->peak)
        arena->peak = arena->before + arena->used;
    ASAN_UNPOISON_MEMORY_REGION(p, bytes);
    return p;
}

void *s2s_arena_alloc_zero(s2s_arena *arena, size_t bytes)
{
    void *p = s2s_arena_alloc(arena, bytes);
    if (p)
        memset(p, 0, bytes);
    return p;
}

char *s2s_arena_strdup(s2s_arena *arena, const char *text)
{
    return s2s_arena_strndup(arena, text, strlen(text));
}

char *s2s_arena_strndup(s2s_arena *arena, const char *text, size_t n)
{
    char *copy = s2s_arena_alloc(arena, s2s_size_add(n, 1));
    if (!copy)
        return NULL;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

void s2s_arena_reset(s2s_arena *arena)
{
    if (arena->first && arena->first->next) {
        size_t total = arena->bytes;
        free_chunks(arena);
        arena->first = chunk_new(arena, total); /* NULL is fine: the next allocation tries again */
    }
    s2s_arena_release(arena, (s2s_arena_mark){0});
    arena->peak = 0;
}

void s2s_arena_reserve(s2s_arena *arena, size_t bytes)
{
    if (arena->bytes < bytes)
        (void)s2s_arena_alloc(arena, bytes);
    s2s_arena_reset(arena);
}

s2s_arena_mark s2s_arena_save(const s2s_arena *arena)
{
    return (s2s_arena_mark){.chunk = arena->current, .used = arena->used};
}

void s2s_arena_release(s2s_arena *arena, s2s_arena_mark mark)
{
    arena->current = mark.chunk ? mark.chunk : arena->first;
    arena->used = mark.used;
    arena->before = 0;
    for (const chunk *c = arena->first; c != arena->current; c = c->next)
        arena->before += c->size;
    size_t kept = mark.used;
    for (chunk *c = arena->current; c; c = c->next, kept = 0)
        ASAN_POISON_MEMORY_REGION(chunk_data(c) + kept, c->size - kept);
}

size_t s2s_arena_bytes(const s2s_arena *arena)
{
    return arena->bytes;
}

size_t s2s_arena_peak(const s2s_arena *arena)
{
    return s2s_pages_size(arena->peak);
}
