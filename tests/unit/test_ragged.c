/* The shape of a ragged batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tensor/ragged.h"

static int new_arena(void **state)
{
    *state = s2s_arena_new(4096);
    return *state ? 0 : -1;
}

static int free_arena(void **state)
{
    s2s_arena_free(*state);
    return 0;
}

static void test_three_lengths(void **state)
{
    int len[] = {4, 2, 2, 1};
    s2s_ragged shape;
    assert_true(s2s_ragged_make(&shape, len, 4, *state));
    len[0] = 99; /* lengths were copied */

    static const int expected_len[] = {4, 2, 2, 1}, alive[] = {4, 3, 1, 1}, first[] = {0, 4, 7, 8, 9};
    assert_int_equal(shape.n_seqs, 4);
    assert_int_equal(shape.max_len, 4);
    assert_int_equal(shape.n_tokens, 9);
    assert_memory_equal(shape.len, expected_len, sizeof expected_len);
    assert_memory_equal(shape.alive, alive, sizeof alive);
    assert_memory_equal(shape.first, first, sizeof first);
    assert_int_equal(s2s_ragged_row(&shape, 2, 1), 6);
}

static void test_one_sequence(void **state)
{
    const int len[] = {3};
    s2s_ragged shape;
    assert_true(s2s_ragged_make(&shape, len, 1, *state));
    assert_int_equal(shape.n_tokens, 3);
    for (int t = 0; t < 3; t++) {
        assert_int_equal(shape.alive[t], 1);
        assert_int_equal(shape.first[t], t);
    }
}

/* Every (sequence, step) has a row of its own, and all rows are used. */
static void test_rows_are_a_numbering(void **state)
{
    const int len[] = {7, 7, 5, 3, 3, 3, 1};
    bool used[29] = {false};
    s2s_ragged shape;
    assert_true(s2s_ragged_make(&shape, len, 7, *state));
    assert_int_equal(shape.n_tokens, 29);
    for (int b = 0; b < 7; b++)
        for (int t = 0; t < len[b]; t++) {
            int row = s2s_ragged_row(&shape, b, t);
            assert_in_range(row, 0, 28);
            assert_false(used[row]);
            used[row] = true;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_three_lengths, new_arena, free_arena),
        cmocka_unit_test_setup_teardown(test_one_sequence, new_arena, free_arena),
        cmocka_unit_test_setup_teardown(test_rows_are_a_numbering, new_arena, free_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
