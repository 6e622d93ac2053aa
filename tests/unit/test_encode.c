/* Text to numbers and back, of the golden model of characters between spaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s2s/s2s.h"

typedef struct bench {
    s2s_model *model;
    s2s_worker *worker;
} bench;

static int open_bench(void **state)
{
    static bench b;
    char path[4096];
    s2s_error err = {0};
    s2s_predict_options options;
    const char *root = getenv("S2S_SOURCE_DIR");
    snprintf(path, sizeof path, "%s/tests/golden/format_1.s2s", root ? root : ".");
    s2s_predict_options_defaults(&options);
    options.threads = 1;
    if (s2s_model_open(&b.model, path, &err) || s2s_worker_new(&b.worker, b.model, &options, &err))
        fail_msg("%s", err.msg);
    *state = &b;
    return 0;
}

static int close_bench(void **state)
{
    bench *b = *state;
    s2s_worker_free(b->worker);
    s2s_model_close(b->model);
    return 0;
}

static void test_numbers_are_those_of_the_vocabulary(void **state)
{
    bench *b = *state;
    s2s_encoding line;
    for (int target = 0; target < 2; target++) {
        assert_int_equal(s2s_encode(b->worker, target, "c  a d", 6, &line, NULL), S2S_OK);
        assert_int_equal(line.n, 3);
        for (int i = 0; i < 2; i++) {
            assert_string_equal(line.pieces[i], i ? "a" : "c");
            assert_string_equal(s2s_model_piece(b->model, target, line.ids[i]), line.pieces[i]);
        }
        assert_int_equal(line.ids[2], 0); /* unknown */
        assert_string_equal(line.pieces[2], "d");
        assert_int_equal(s2s_encode(b->worker, target, " ", 1, &line, NULL), S2S_OK);
        assert_int_equal(line.n, 0);
    }
}

static void test_the_way_back(void **state)
{
    bench *b = *state;
    s2s_encoding line;
    const char *text;
    assert_int_equal(s2s_encode(b->worker, false, "c a b a", 7, &line, NULL), S2S_OK);
    int ids[8] = {1}, n = 1;
    for (int i = 0; i < line.n; i++)
        ids[n++] = line.ids[i];
    ids[n++] = 2;
    assert_int_equal(s2s_decode(b->worker, false, ids, n, &text, NULL), S2S_OK);
    assert_string_equal(text, "c a b a");
    assert_int_equal(s2s_decode(b->worker, true, NULL, 0, &text, NULL), S2S_OK);
    assert_string_equal(text, "");
}

static void test_what_is_refused(void **state)
{
    bench *b = *state;
    s2s_encoding line;
    const char *text;
    s2s_error err = {0};
    assert_int_equal(s2s_encode(NULL, false, "a", 1, &line, &err), S2S_MISUSE);
    assert_int_equal(s2s_encode(b->worker, false, NULL, 0, &line, &err), S2S_MISUSE);
    assert_int_equal(s2s_encode(b->worker, false, "a", 1, NULL, &err), S2S_MISUSE);
    assert_int_equal(s2s_encode(b->worker, false, "a\xff", 2, &line, &err), S2S_BAD_DATA);
    assert_string_equal(err.msg, "input 1: expected UTF-8, found byte 0xff at byte offset 1");
    assert_int_equal(s2s_encode(b->worker, true, "a\nb", 3, &line, &err), S2S_BAD_DATA);
    assert_int_equal(s2s_decode(b->worker, false, NULL, 1, &text, &err), S2S_MISUSE);
    assert_int_equal(s2s_decode(b->worker, false, (int[]){3}, -1, &text, &err), S2S_MISUSE);
    assert_int_equal(s2s_decode(b->worker, false, (int[]){3}, 1, NULL, &err), S2S_MISUSE);
    assert_int_equal(s2s_decode(b->worker, false, (int[]){3, 6}, 2, &text, &err), S2S_BAD_DATA);
    assert_string_equal(err.msg, "input 1, token 2: expected a number from 0 to 5, found 6");
    assert_int_equal(s2s_decode(b->worker, false, (int[]){-1}, 1, &text, &err), S2S_BAD_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_those_of_the_vocabulary),
        cmocka_unit_test(test_the_way_back),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
