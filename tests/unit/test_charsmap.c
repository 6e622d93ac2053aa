/* The check of a map of characters, which SentencePiece searches without a look at its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/subwords_check.h"

enum { BLOCK = 256, N_BLOCKS = 40, N_UNITS = N_BLOCKS * BLOCK, N_BYTES = 4 + 4 * N_UNITS + 3 };

#define HAS_VALUE 0x100u
#define VALUE 0x80000000u

static unsigned char map[N_BYTES];

static void put(size_t at, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        map[at + (size_t)i] = (unsigned char)(number >> 8 * i);
}

static void put_unit(uint32_t i, uint32_t unit)
{
    put(4 + 4 * (size_t)i, unit);
}

/* A trie of the keys "a", "aa", ... of n letters; unit k is in block k, its children in the next one. */
static void make_map(uint32_t n)
{
    memset(map, 0, sizeof map);
    put(0, 4 * N_UNITS);
    memcpy(map + 4 + 4 * N_UNITS, "x\0", 3);
    for (uint32_t i = 0; i < N_UNITS; i++) /* out of use: of a label that cannot be met there */
        put_unit(i, VALUE);
    for (uint32_t k = 0, unit = 0; k <= n; k++) {
        uint32_t children = (k + 1) * BLOCK, next = children ^ 'a';
        put_unit(unit, (unit ^ children) << 10 | (k > 0 ? HAS_VALUE | 'a' : 0));
        put_unit(children, VALUE | 0);
        unit = next;
    }
}

static s2s_status check(size_t n)
{
    s2s_error err = {0};
    char *copy = malloc(n + 1); /* exactly as large, so that sanitizers see what reads beyond */
    assert_non_null(copy);
    memcpy(copy, map, n);
    s2s_status status = s2s_charsmap_check((s2s_span){copy, n}, &err);
    free(copy);
    assert_true(status == S2S_OK || (status == S2S_BAD_MODEL && err.msg[0] != '\0'));
    return status;
}

static void test_sound_maps(void **state)
{
    (void)state;
    for (uint32_t n = 0; n <= 32; n++) {
        make_map(n);
        assert_int_equal(check(sizeof map), S2S_OK);
    }
}

static void test_too_many_values_on_one_way(void **state)
{
    (void)state;
    make_map(33);
    assert_int_equal(check(sizeof map), S2S_BAD_MODEL);
}

static void test_ways_out_of_the_trie(void **state)
{
    (void)state;
    uint32_t first = BLOCK ^ 'a';
    make_map(3);
    put_unit(first, 'a' | HAS_VALUE | (uint32_t)N_UNITS << 10); /* children behind the last unit */
    assert_int_equal(check(sizeof map), S2S_BAD_MODEL);
    make_map(3);
    put_unit(0, 0x1fffffu << 10 | 0x200u); /* far */
    assert_int_equal(check(sizeof map), S2S_BAD_MODEL);
    make_map(3);
    put_unit(first, 'a' | (first ^ BLOCK) << 10); /* its own child */
    assert_int_equal(check(sizeof map), S2S_BAD_MODEL);
}

static void test_values_that_are_no_texts(void **state)
{
    (void)state;
    make_map(1);
    put_unit(2 * BLOCK, VALUE | 3); /* behind the texts */
    assert_int_equal(check(sizeof map), S2S_BAD_MODEL);
    make_map(1);
    memcpy(map + sizeof map - 3, "\xc3\xa9", 3);
    assert_int_equal(check(sizeof map), S2S_OK);
    put_unit(2 * BLOCK, VALUE | 1); /* within a character */
    assert_int_equal(check(sizeof map), S2S_BAD_MODEL);
    make_map(1);
    map[sizeof map - 1] = 'x'; /* no end */
    assert_int_equal(check(sizeof map), S2S_BAD_MODEL);
    map[sizeof map - 3] = 0xff;
    map[sizeof map - 1] = 0;
    assert_int_equal(check(sizeof map), S2S_BAD_MODEL);
}

static void test_sizes(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 3, 4, 5, 8, 4 + 4 * N_UNITS};
    make_map(1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_int_equal(check(sizes[i]), S2S_BAD_MODEL);
    put(0, 0);
    assert_int_equal(check(sizeof map), S2S_BAD_MODEL);
    put(0, 4 * N_UNITS - 2);
    assert_int_equal(check(sizeof map), S2S_BAD_MODEL);
    put(0, UINT32_MAX - 3);
    assert_int_equal(check(sizeof map), S2S_BAD_MODEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound_maps),
        cmocka_unit_test(test_too_many_values_on_one_way),
        cmocka_unit_test(test_ways_out_of_the_trie),
        cmocka_unit_test(test_values_that_are_no_texts),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
