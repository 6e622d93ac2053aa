/* eval/trie.h and eval/ngrams.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "eval/ngrams.h"

/* A text whose symbols are its bytes. */
static s2s_symbols symbols(const char *text)
{
    s2s_symbols s = {0};
    for (; *text; text++)
        s2s_symbols_add(&s, *text);
    assert_false(s.failed);
    return s;
}

static void add(s2s_ngrams *ngrams, const char *text, int order)
{
    s2s_symbols s = symbols(text);
    assert_true(s2s_ngrams_add(ngrams, &s, order));
    s2s_symbols_free(&s);
}

static void assert_matches(s2s_ngrams *ngrams, const char *text, int order, const int *expected)
{
    int matches[8];
    s2s_symbols s = symbols(text);
    s2s_ngrams_match(ngrams, &s, order, matches);
    for (int n = 0; n < order; n++)
        if (matches[n] != expected[n])
            fail_msg("%s, order %d: expected %d, found %d", text, n + 1, expected[n], matches[n]);
    s2s_symbols_free(&s);
}

static void test_trie(void **state)
{
    (void)state;
    enum { N = 5000 };
    s2s_trie trie = {0};
    s2s_trie_clear(&trie);
    assert_int_equal(s2s_trie_find(&trie, S2S_TRIE_ROOT, 1), -1);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < N; i++) /* numbers in order of appearance, while the table grows */
            assert_int_equal(s2s_trie_child(&trie, i / 2, i - N / 2), i + 1);
        for (int i = 0; i < N; i++) {
            assert_int_equal(s2s_trie_child(&trie, i / 2, i - N / 2), i + 1);
            assert_int_equal(s2s_trie_find(&trie, i / 2, i - N / 2), i + 1);
            assert_int_equal(s2s_trie_find(&trie, i / 2 + 1, i - N / 2), -1);
        }
        assert_int_equal(trie.n_nodes, N + 1);
        s2s_trie_clear(&trie);
        assert_int_equal(s2s_trie_find(&trie, 0, -N / 2), -1);
    }
    s2s_trie_free(&trie);
}

static void test_matches(void **state)
{
    (void)state;
    s2s_ngrams ngrams = {0};
    s2s_ngrams_clear(&ngrams);
    assert_matches(&ngrams, "abc", 3, (const int[]){0, 0, 0});
    add(&ngrams, "abab", 3);
    assert_matches(&ngrams, "abab", 3, (const int[]){4, 3, 2});
    assert_matches(&ngrams, "aaaa", 3, (const int[]){2, 0, 0}); /* at most as often as in the reference */
    assert_matches(&ngrams, "ab", 3, (const int[]){2, 1, 0}); /* one output does not use up what another has */
    assert_matches(&ngrams, "", 3, (const int[]){0, 0, 0});
    add(&ngrams, "aaabab", 3); /* most of any reference, not their sum */
    assert_matches(&ngrams, "aaaaabbb", 3, (const int[]){6, 3, 2});
    s2s_ngrams_clear(&ngrams);
    assert_matches(&ngrams, "abab", 3, (const int[]){0, 0, 0});
    s2s_ngrams_free(&ngrams);
}

static void test_lengths(void **state)
{
    (void)state;
    assert_int_equal(s2s_n_ngrams(0, 1), 0);
    assert_int_equal(s2s_n_ngrams(3, 4), 0);
    assert_int_equal(s2s_n_ngrams(4, 4), 1);
    assert_int_equal(s2s_n_ngrams(9, 1), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trie),
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
