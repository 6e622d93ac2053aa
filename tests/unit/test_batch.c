/* Batches without padding: order, layout, the way from targets to their sources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/token.h"
#include "tensor/batch.h"

static int new_arena(void **state)
{
    *state = s2s_arena_new(64);
    return *state ? 0 : -1;
}

static int free_arena(void **state)
{
    s2s_arena_free(*state);
    return 0;
}

static void test_source(void **state)
{
    static const int a[] = {10, 11}, b[] = {20, 21, 22}, c[] = {30}, d[] = {40, 41};
    const s2s_tokens sources[] = {{a, 2}, {b, 3}, {c, 1}, {d, 2}};
    static const int order[] = {1, 0, 3, 2}, len[] = {3, 2, 2, 1};
    static const int ids[] = {20, 10, 40, 30, 21, 11, 41, 22};
    s2s_source_batch batch;
    assert_true(s2s_source_batch_make(&batch, sources, 4, *state));
    assert_int_equal(batch.shape.n_tokens, 8);
    assert_memory_equal(batch.order, order, sizeof order);
    assert_memory_equal(batch.shape.len, len, sizeof len);
    assert_memory_equal(batch.ids, ids, sizeof ids);
}

static void test_target(void **state)
{
    static const int x[] = {9}, xx[] = {9, 9}, xxx[] = {9, 9, 9};
    const s2s_tokens sources[] = {{x, 1}, {xxx, 3}, {xx, 2}};
    static const int y0[] = {50, 51}, y2[] = {70};
    const s2s_tokens targets[] = {{y0, 2}, {NULL, 0}, {y2, 1}};
    s2s_source_batch source;
    s2s_target_batch batch;
    assert_true(s2s_source_batch_make(&source, sources, 3, *state));
    assert_true(s2s_target_batch_make(&batch, targets, 3, &source, *state));

    static const int order[] = {0, 2, 1}, len[] = {3, 2, 1}, sentence[] = {2, 1, 0};
    static const int in[] = {S2S_TOKEN_BOS, S2S_TOKEN_BOS, S2S_TOKEN_BOS, 50, 70, 51};
    static const int out[] = {50, 70, S2S_TOKEN_EOS, 51, S2S_TOKEN_EOS, S2S_TOKEN_EOS};
    assert_int_equal(batch.shape.n_tokens, 6);
    assert_memory_equal(batch.order, order, sizeof order);
    assert_memory_equal(batch.shape.len, len, sizeof len);
    assert_memory_equal(batch.sentence, sentence, sizeof sentence);
    assert_memory_equal(batch.in, in, sizeof in);
    assert_memory_equal(batch.out, out, sizeof out);
    for (int b = 0; b < 3; b++)
        assert_int_equal(source.order[batch.sentence[b]], batch.order[b]);
}

/* Of "a b c" -> "x y", "a" -> nothing, "a b" -> "x": y to a and c, x to b. */
static void test_links(void **state)
{
    static const int ids[] = {9, 9, 9}, first[][3] = {{0, 0, 2}, {0}, {0, 1}},
                     position[][2] = {{0, 2}, {0}, {1}};
    const s2s_tokens sources[] = {{ids, 3}, {ids, 1}, {ids, 2}}, targets[] = {{ids, 2}, {ids, 0}, {ids, 1}};
    s2s_links links[3];
    s2s_source_batch source;
    s2s_target_batch batch;
    for (int i = 0; i < 3; i++)
        links[i] = (s2s_links){first[i], position[i]};
    assert_true(s2s_source_batch_make(&source, sources, 3, *state));
    assert_true(s2s_target_batch_make(&batch, targets, 3, &source, *state));
    assert_null(batch.links.first);
    assert_true(s2s_target_batch_link(&batch, links, *state));

    /* rows: the first tokens of all, the ends of those of one, and so on */
    static const int all_first[] = {0, 0, 1, 1, 3, 3, 3}, all_position[] = {1, 0, 2};
    assert_memory_equal(batch.links.first, all_first, sizeof all_first);
    assert_memory_equal(batch.links.position, all_position, sizeof all_position);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_source, new_arena, free_arena),
        cmocka_unit_test_setup_teardown(test_target, new_arena, free_arena),
        cmocka_unit_test_setup_teardown(test_links, new_arena, free_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
