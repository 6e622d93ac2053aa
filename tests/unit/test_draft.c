/* eval/draft.h: what Python's str does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "eval/draft.h"

static s2s_draft draft;

static void begin(const char *text)
{
    s2s_draft_begin(&draft, (s2s_span){text, strlen(text)});
}

/* The draft is that text. */
static void assert_draft(const char *expected)
{
    char closed[64]; /* so that white space at the end stays */
    s2s_draft other = {0};
    snprintf(closed, sizeof closed, "%s|", expected);
    s2s_draft_begin(&other, (s2s_span){closed, strlen(closed)});
    assert_false(s2s_draft_failed(&draft));
    assert_int_equal(draft.text.n, other.text.n - 1);
    for (int i = 0; i < draft.text.n; i++)
        assert_int_equal(draft.text.data[i], other.text.data[i]);
    s2s_draft_free(&other);
}

static void test_space(void **state)
{
    (void)state;
    static const int spaces[] = {9,      10,     11,     12,     13,     0x1c,   0x1d,
                                 0x1e,   0x1f,   0x20,   0x85,   0xa0,   0x1680, 0x2000,
                                 0x2005, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000};
    int n = 0;
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        assert_true(s2s_char_is_space(spaces[i]));
    for (int code = 0; code < 0x110000; code++)
        n += s2s_char_is_space(code);
    assert_int_equal(n, 29); /* sum(chr(i).isspace() for i in range(0x110000)) */
    begin(" \xe3\x80\x80"
          "a b\x1f\xc2\xa0 \r");
    s2s_draft_strip_start(&draft);
    assert_draft("a b");
    begin("  a \t b\xe2\x80\x89 c");
    s2s_draft_collapse(&draft);
    assert_draft("a b c");
}

static void test_lower(void **state)
{
    (void)state;
    static const char
        *const pairs[]
                    [2] =
                        {
                            {"ABCxyz19", "abcxyz19"},
                            {"ÀÉÎ ǅ Ⅻ Ⓐ ß ẞ", "àéî ǆ ⅻ ⓐ ß ß"},
                            {"İI", "i̇i"},
                            {"ΟΔΟΣ ΣΑΣ Σ", "οδος σας σ"},
                            {"ΑΣ' ΑΣ.Β ΑΣ. ΑΣ1", "ας' ασ.β ας. ας1"}, /* what ignores case is looked through */
                            {"'Σ 1Σ aΣ", "'σ 1σ aς"},
                        };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        begin(pairs[i][0]);
        s2s_draft_lower(&draft);
        assert_draft(pairs[i][1]);
    }
}

static bool is_dot(int code)
{
    return code == '.';
}

static bool is_no_digit(int code)
{
    return code < '0' || code > '9';
}

static void test_substitutions(void **state)
{
    (void)state;
    begin("a&amp;lt;b&amp;&am");
    s2s_draft_replace(&draft, "&amp;", "&");
    assert_draft("a&lt;b&&am");
    begin("aaa");
    s2s_draft_replace(&draft, "aa", "");
    assert_draft("a");
    begin(".a..");
    s2s_draft_set_apart(&draft, is_dot);
    assert_draft(" . a .  . ");
    s2s_draft_remove(&draft, is_dot);
    assert_draft("  a    ");
    /* re.sub(r"([^0-9])(\.)", r"\1 \2 ", ...): a pair takes both its characters */
    begin("a...1.b.");
    s2s_draft_split_second(&draft, is_no_digit, is_dot);
    assert_draft("a . . . 1.b . ");
    /* re.sub(r"(\.)([^0-9])", r" \1 \2", ...) */
    begin(".1.a..b.");
    s2s_draft_split_first(&draft, is_dot, is_no_digit);
    assert_draft(".1 . a . .b.");
    begin("a");
    s2s_draft_surround(&draft);
    assert_draft(" a ");
}

static void test_words(void **state)
{
    (void)state;
    s2s_trie dictionary = {0};
    s2s_symbols words = {0};
    s2s_trie_clear(&dictionary);
    begin("  ab a ab abc b a");
    assert_true(s2s_word_split(&words, &dictionary, &draft.text));
    assert_int_equal(words.n, 6);
    const int *w = words.data;
    assert_int_equal(w[0], w[2]);
    assert_int_equal(w[1], w[5]);
    for (int i = 1; i < 5; i++)
        assert_int_not_equal(w[i], w[(i + 1) % 5]);
    begin("");
    assert_true(s2s_word_split(&words, &dictionary, &draft.text));
    assert_int_equal(words.n, 0);
    s2s_symbols_free(&words);
    s2s_trie_free(&dictionary);
}

static int tear_down(void **state)
{
    (void)state;
    s2s_draft_free(&draft);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_space),
        cmocka_unit_test(test_lower),
        cmocka_unit_test(test_substitutions),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
