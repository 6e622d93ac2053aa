/* Vocabularies: counting, building, looking up, refusing hostile lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/vocab.h"

static s2s_span span(const char *text)
{
    return (s2s_span){text, strlen(text)};
}

static s2s_vocab_counter *counted(const char *const *pieces, size_t n)
{
    s2s_vocab_counter *counter = s2s_vocab_counter_new();
    assert_non_null(counter);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(s2s_vocab_counter_add(counter, span(pieces[i]), NULL), S2S_OK);
    return counter;
}

static void assert_vocab(const s2s_vocab *vocab, const char *const *pieces, int n)
{
    assert_int_equal(s2s_vocab_size(vocab), n);
    for (int i = 0; i < n; i++) {
        assert_string_equal(s2s_vocab_piece(vocab, i).data, pieces[i]);
        assert_int_equal(s2s_vocab_piece(vocab, i).len, strlen(pieces[i]));
        /* text that is spelt like a special piece is none */
        assert_int_equal(s2s_vocab_find(vocab, span(pieces[i])), i < S2S_N_SPECIALS ? S2S_TOKEN_UNK : i);
    }
}

static void test_build(void **state)
{
    (void)state;
    static const char *const text[] = {"b", "c", "b",       "<s>", "a",   "ab",
                                       "c", "b", "z\u00e9", "<s>", "<s>", "<s>"};
    s2s_vocab_counter *counter = counted(text, sizeof text / sizeof *text);
    s2s_vocab *vocab;

    static const char *const all[] = {"<unk>", "<s>", "</s>", "b", "c", "a", "ab", "z\u00e9"};
    assert_int_equal(s2s_vocab_build(&vocab, counter, 0, 1, NULL), S2S_OK);
    assert_vocab(vocab, all, 8);
    assert_int_equal(s2s_vocab_find(vocab, span("nothing")), S2S_TOKEN_UNK);
    assert_int_equal(s2s_vocab_find(vocab, span("")), S2S_TOKEN_UNK);
    s2s_vocab_free(vocab);

    assert_int_equal(s2s_vocab_build(&vocab, counter, 6, 0, NULL), S2S_OK);
    assert_vocab(vocab, all, 6);
    s2s_vocab_free(vocab);

    assert_int_equal(s2s_vocab_build(&vocab, counter, 0, 2, NULL), S2S_OK);
    assert_vocab(vocab, all, 5);
    s2s_vocab_free(vocab);

    assert_int_equal(s2s_vocab_build(&vocab, counter, 1, 0, NULL), S2S_OK);
    assert_vocab(vocab, all, S2S_N_SPECIALS);
    s2s_vocab_free(vocab);
    s2s_vocab_counter_free(counter);
}

static void test_no_text(void **state)
{
    (void)state;
    s2s_vocab_counter *counter = counted(NULL, 0);
    s2s_vocab *vocab;
    assert_int_equal(s2s_vocab_build(&vocab, counter, 0, 1, NULL), S2S_OK);
    assert_int_equal(s2s_vocab_size(vocab), S2S_N_SPECIALS);
    s2s_vocab_free(vocab);
    s2s_vocab_counter_free(counter);
    s2s_vocab_free(NULL);
    s2s_vocab_counter_free(NULL);
}

/* Piece i is counted i % 7 + 1 times; enough of them to grow the table several times. */
static void test_many(void **state)
{
    (void)state;
    enum { N = 20000 };
    s2s_vocab_counter *counter = s2s_vocab_counter_new();
    char text[32];
    for (int round = 0; round < 7; round++)
        for (int i = 0; i < N; i++) {
            snprintf(text, sizeof text, "piece%d", i);
            if (i % 7 >= round)
                assert_int_equal(s2s_vocab_counter_add(counter, span(text), NULL), S2S_OK);
        }
    s2s_vocab *vocab;
    assert_int_equal(s2s_vocab_build(&vocab, counter, 0, 7, NULL), S2S_OK);
    assert_int_equal(s2s_vocab_size(vocab), S2S_N_SPECIALS + N / 7);
    for (int i = 0; i < N; i++) {
        snprintf(text, sizeof text, "piece%d", i);
        int token = s2s_vocab_find(vocab, span(text));
        assert_int_equal(token == S2S_TOKEN_UNK, i % 7 != 6);
        if (token != S2S_TOKEN_UNK)
            assert_string_equal(s2s_vocab_piece(vocab, token).data, text);
    }
    s2s_vocab_free(vocab);
    s2s_vocab_counter_free(counter);
}

static void test_from_pieces(void **state)
{
    (void)state;
    static const char *const names[] = {"<unk>", "<s>", "</s>", "x", "\u00e9", "xy"};
    s2s_span pieces[6];
    for (int i = 0; i < 6; i++)
        pieces[i] = span(names[i]);
    s2s_vocab *vocab, *other;
    assert_int_equal(s2s_vocab_from_pieces(&vocab, pieces, 6, NULL), S2S_OK);
    assert_vocab(vocab, names, 6);

    assert_int_equal(s2s_vocab_from_pieces(&other, pieces, 6, NULL), S2S_OK);
    assert_true(s2s_vocab_hash(vocab) == s2s_vocab_hash(other));
    s2s_vocab_free(other);
    s2s_span kept = pieces[3];
    pieces[3] = pieces[5];
    pieces[5] = kept;
    assert_int_equal(s2s_vocab_from_pieces(&other, pieces, 6, NULL), S2S_OK);
    assert_true(s2s_vocab_hash(vocab) != s2s_vocab_hash(other));
    s2s_vocab_free(other);
    s2s_vocab_free(vocab);
}

static void test_hostile_pieces(void **state)
{
    (void)state;
    static const s2s_span good[] = {{"<unk>", 5}, {"<s>", 3}, {"</s>", 4}, {"x", 1}};
    static const struct {
        int place;
        s2s_span piece;
    } bad[] = {{0, {"x", 1}},    {1, {"</s>", 4}}, {2, {"</s", 3}},  {3, {"", 0}},    {3, {"\xff", 1}},
               {3, {"a\0b", 3}}, {3, {"<s>", 3}},  {3, {"\xc3", 1}}, {3, {"a\nb", 3}}};
    s2s_vocab *vocab;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        s2s_span pieces[4];
        s2s_error err = {0};
        memcpy(pieces, good, sizeof good);
        pieces[bad[i].place] = bad[i].piece;
        assert_int_equal(s2s_vocab_from_pieces(&vocab, pieces, 4, &err), S2S_BAD_MODEL);
        assert_non_null(strstr(err.msg, "expected"));
    }
    assert_int_equal(s2s_vocab_from_pieces(&vocab, good, 2, NULL), S2S_BAD_MODEL);
    assert_int_equal(s2s_vocab_from_pieces(&vocab, NULL, 0, NULL), S2S_BAD_MODEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_build),       cmocka_unit_test(test_no_text),        cmocka_unit_test(test_many),
        cmocka_unit_test(test_from_pieces), cmocka_unit_test(test_hostile_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
