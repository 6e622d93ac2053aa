/* base/arena.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void sizes_saturate(void **state)
{
    (void)state;
    assert_int_equal(s2s_size_mul(6, 7), 42);
    assert_int_equal(s2s_size_mul(0, SIZE_MAX), 0);
    assert_int_equal(s2s_size_mul(SIZE_MAX / 2, 3), SIZE_MAX);
    assert_int_equal(s2s_size_add(40, 2), 42);
    assert_int_equal(s2s_size_add(SIZE_MAX, 1), SIZE_MAX);
}

static void memory_is_aligned_and_distinct(void **state)
{
    (void)state;
    s2s_arena *arena = s2s_arena_new(100);
    unsigned char *pieces[200];
    for (int i = 0; i < 200; i++) {
        pieces[i] = s2s_arena_alloc(arena, (size_t)i * 7);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % S2S_ALIGNMENT, 0);
        memset(pieces[i], i, (size_t)i * 7);
    }
    for (int i = 0; i < 200; i++)
        for (int j = 0; j < i * 7; j++)
            assert_int_equal(pieces[i][j], i);
    s2s_arena_free(arena);
}

static void impossible_sizes_give_null(void **state)
{
    (void)state;
    s2s_arena *arena = s2s_arena_new(64);
    assert_null(s2s_arena_alloc(arena, SIZE_MAX));
    assert_null(s2s_arena_alloc(arena, SIZE_MAX - 63));
    assert_null(s2s_arena_alloc(arena, SIZE_MAX - 200));
    assert_null(s2s_arena_alloc_zero(arena, SIZE_MAX / 2));
    assert_non_null(s2s_arena_alloc(arena, 10)); /* and it still works */
    assert_null(s2s_arena_new(SIZE_MAX));
    s2s_arena_free(arena);
    s2s_arena_free(NULL);
}

static void zeroed_memory_is_zero_when_reused(void **state)
{
    (void)state;
    s2s_arena *arena = s2s_arena_new(1000);
    memset(s2s_arena_alloc(arena, 500), 0xff, 500);
    s2s_arena_reset(arena);
    const unsigned char *p = s2s_arena_alloc_zero(arena, 500);
    for (int i = 0; i < 500; i++)
        assert_int_equal(p[i], 0);
    assert_string_equal(s2s_arena_strdup(arena, "a word"), "a word");
    assert_string_equal(s2s_arena_strdup(arena, ""), "");
    s2s_arena_free(arena);
}

static void a_loop_with_reset_stops_allocating(void **state)
{
    (void)state;
    s2s_arena *arena = s2s_arena_new(0);
    for (int i = 0; i < 100; i++)
        assert_non_null(s2s_arena_alloc(arena, 1000));
    s2s_arena_reset(arena);
    size_t held = s2s_arena_bytes(arena);
    assert_true(held >= 100 * 1000);
    for (int round = 0; round < 5; round++) {
        const char *first = s2s_arena_alloc(arena, 1000);
        const char *last = first;
        for (int i = 1; i < 100; i++)
            last = s2s_arena_alloc(arena, 1000);
        assert_int_equal(last - first, 99 * 1024); /* one chunk */
        assert_int_equal(s2s_arena_bytes(arena), held);
        s2s_arena_reset(arena);
    }
    s2s_arena_free(arena);
}

/* Much memory comes in pages of 2 MiB, all of which can be used. */
static void huge_pages_are_used_up(void **state)
{
    enum { MIB = 1 << 20, HEADER = S2S_ALIGNMENT };
    (void)state;
    s2s_arena *arena = s2s_arena_new(0);
    size_t small = s2s_arena_bytes(arena), huge = 6 * (size_t)MIB - HEADER;
    char *first = s2s_arena_alloc(arena, 5 * MIB);
    assert_int_equal(s2s_arena_bytes(arena), small + huge);
    assert_int_equal((uintptr_t)(first - HEADER) % (2 * MIB), 0);
    char *rest = s2s_arena_alloc(arena, MIB - HEADER);
    assert_ptr_equal(rest, first + 5 * MIB);
    memset(first, 1, 5 * MIB);
    memset(rest, 2, MIB - HEADER);
    assert_int_equal(first[5 * MIB - 1] + rest[MIB - HEADER - 1], 3);
    assert_int_equal(s2s_arena_bytes(arena), small + huge);
    s2s_arena_free(arena);
}

static void release_gives_back_what_came_after_the_mark(void **state)
{
    (void)state;
    s2s_arena *arena = s2s_arena_new(256);
    char *kept = s2s_arena_alloc(arena, 100);
    memset(kept, 'k', 100);
    s2s_arena_mark mark = s2s_arena_save(arena);
    const char *first = NULL;
    size_t held = 0;
    for (int round = 0; round < 10; round++) {
        const char *p = s2s_arena_alloc(arena, 64);
        for (int i = 1; i < 20; i++)
            assert_non_null(s2s_arena_alloc(arena, (size_t)i * 500));
        if (round == 0) {
            first = p;
            held = s2s_arena_bytes(arena);
        }
        assert_ptr_equal(p, first);
        assert_int_equal(s2s_arena_bytes(arena), held);
        s2s_arena_release(arena, mark);
    }
    for (int i = 0; i < 100; i++)
        assert_int_equal(kept[i], 'k');
    s2s_arena_free(arena);
}

static void a_mark_of_the_start_releases_everything(void **state)
{
    (void)state;
    s2s_arena *arena = s2s_arena_new(0);
    s2s_arena_mark mark = s2s_arena_save(arena);
    const void *p = s2s_arena_alloc(arena, 10);
    assert_non_null(s2s_arena_alloc(arena, 100000));
    s2s_arena_release(arena, mark);
    assert_ptr_equal(s2s_arena_alloc(arena, 10), p);
    s2s_arena_free(arena);
}

static void the_peak_is_that_since_the_last_reset(void **state)
{
    (void)state;
    s2s_arena *arena = s2s_arena_new(1024);
    assert_int_equal(s2s_arena_peak(arena), 0);
    assert_non_null(s2s_arena_alloc(arena, 640));
    s2s_arena_mark mark = s2s_arena_save(arena);
    assert_non_null(s2s_arena_alloc(arena, 384));
    assert_int_equal(s2s_arena_peak(arena), 1024);
    assert_non_null(s2s_arena_alloc(arena, 6400)); /* in a second chunk */
    assert_int_equal(s2s_arena_peak(arena), 1024 + 6400);
    s2s_arena_release(arena, mark);
    assert_non_null(s2s_arena_alloc(arena, 64));
    assert_int_equal(s2s_arena_peak(arena), 1024 + 6400);
    s2s_arena_reset(arena);
    assert_int_equal(s2s_arena_peak(arena), 0);
    assert_non_null(s2s_arena_alloc(arena, 64));
    assert_int_equal(s2s_arena_peak(arena), 64);
    s2s_arena_free(arena);
}

/* No size that can be had makes the arena grow; one that cannot changes nothing. */
static void what_is_reserved_is_one_chunk(void **state)
{
    (void)state;
    s2s_arena *arena = s2s_arena_new(64);
    assert_non_null(s2s_arena_alloc(arena, 64));
    s2s_arena_reserve(arena, 100000);
    size_t held = s2s_arena_bytes(arena);
    assert_true(held >= 100000);
    assert_int_equal(s2s_arena_peak(arena), 0);
    s2s_arena_reserve(arena, SIZE_MAX / 2);
    s2s_arena_reserve(arena, 100);
    const char *p = s2s_arena_alloc(arena, 64 * 1000);
    assert_ptr_equal(s2s_arena_alloc(arena, 64 * 500), p + 64 * 1000);
    assert_int_equal(s2s_arena_bytes(arena), held);
    s2s_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_saturate),
        cmocka_unit_test(memory_is_aligned_and_distinct),
        cmocka_unit_test(impossible_sizes_give_null),
        cmocka_unit_test(zeroed_memory_is_zero_when_reused),
        cmocka_unit_test(a_loop_with_reset_stops_allocating),
        cmocka_unit_test(huge_pages_are_used_up),
        cmocka_unit_test(release_gives_back_what_came_after_the_mark),
        cmocka_unit_test(a_mark_of_the_start_releases_everything),
        cmocka_unit_test(the_peak_is_that_since_the_last_reset),
        cmocka_unit_test(what_is_reserved_is_one_chunk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
