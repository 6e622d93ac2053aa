/* Text to pieces and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/tokeniser.h"

/* The pieces of a line joined by '|'. */
static void assert_pieces(s2s_tokeniser_kind kind, const char *line, const char *expected)
{
    s2s_pieces pieces = {0};
    s2s_str joined = {0};
    assert_int_equal(s2s_tokenise(&(s2s_tokeniser){.kind = kind}, line, strlen(line), &pieces, NULL), S2S_OK);
    for (int i = 0; i < pieces.n; i++) {
        if (i > 0)
            s2s_str_add_char(&joined, '|');
        s2s_str_add(&joined, pieces.items[i].data, pieces.items[i].len);
    }
    assert_string_equal(s2s_str_text(&joined), expected);
    s2s_str_free(&joined);
    s2s_pieces_free(&pieces);
}

/* What tokenising and joining makes of a line. */
static void assert_joined(s2s_tokeniser_kind kind, const char *line, const char *expected)
{
    s2s_pieces pieces = {0};
    s2s_str text = {0};
    assert_int_equal(s2s_tokenise(&(s2s_tokeniser){.kind = kind}, line, strlen(line), &pieces, NULL), S2S_OK);
    s2s_detokenise(&(s2s_tokeniser){.kind = kind}, pieces.items, pieces.n, &text);
    assert_string_equal(s2s_str_text(&text), expected);
    s2s_str_free(&text);
    s2s_pieces_free(&pieces);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(s2s_tokeniser_name(S2S_TOKENISE_CHARACTER), "char");
    assert_string_equal(s2s_tokeniser_name(S2S_TOKENISE_SPACE), "space");
    assert_string_equal(s2s_tokeniser_name(S2S_TOKENISE_WORD), "word");
    assert_string_equal(s2s_tokeniser_name(S2S_TOKENISE_BPE), "bpe");
    assert_string_equal(s2s_tokeniser_name(S2S_TOKENISE_UNIGRAM), "unigram");
}

static void test_blank_lines_have_no_pieces(void **state)
{
    (void)state;
    static const char *const blanks[] = {"", " ", " \t ", "\u00a0\u3000\u2028"};
    for (int t = 0; t <= S2S_TOKENISE_WORD; t++)
        for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
            assert_pieces((s2s_tokeniser_kind)t, blanks[i], "");
    assert_true(s2s_is_blank("", 0));
    assert_true(s2s_is_blank("\u00a0 ", 3));
    assert_false(s2s_is_blank(" x ", 3));
}

static void test_char(void **state)
{
    (void)state;
    assert_pieces(S2S_TOKENISE_CHARACTER, "na\u00efve \U0001f600", "n|a|\u00ef|v|e| |\U0001f600");
    assert_joined(S2S_TOKENISE_CHARACTER, "  a\u0301 \t b\u00a0", "  a\u0301 \t b\u00a0");
}

static void test_space(void **state)
{
    (void)state;
    assert_pieces(S2S_TOKENISE_SPACE, " AH0  B, \tc\u00a0d\u3000e ", "AH0|B,|c|d|e");
    assert_joined(S2S_TOKENISE_SPACE, " HH  AH0\tL OW1 ", "HH AH0 L OW1");
}

static void test_word(void **state)
{
    (void)state;
    assert_pieces(S2S_TOKENISE_WORD, "Don't stop, please!", "Don't|stop|,|please|!");
    assert_pieces(S2S_TOKENISE_WORD, "a well-known l\u2019homme -- dogs' 'x",
                  "a|well-known|l\u2019homme|-|-|dogs|'|'|x");
    assert_pieces(S2S_TOKENISE_WORD, "1,234.56 3. .5 v1.2 covid-19", "1,234.56|3|.|.|5|v1.2|covid|-|19");
    assert_pieces(S2S_TOKENISE_WORD, "x_y a/b", "x|_|y|a|/|b");
    assert_pieces(S2S_TOKENISE_WORD, "cafe\u0301s re\u0301-e\u0301crit", "cafe\u0301s|re\u0301-e\u0301crit");
    assert_pieces(S2S_TOKENISE_WORD, "\u0928\u092e\u0938\u094d\u0924\u0947\u0964",
                  "\u0928\u092e\u0938\u094d\u0924\u0947|\u0964");
    assert_pieces(S2S_TOKENISE_WORD, "ok\u2764\ufe0f\U0001f1eb\U0001f1f7",
                  "ok|\u2764\ufe0f|\U0001f1eb\U0001f1f7");
    assert_pieces(S2S_TOKENISE_WORD, "\u0600 x", "\u0600|x");
}

static void test_word_joins_ordinary_text_again(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "Don't stop, please!",
        "He said: \"Yes (maybe), 50%.\" and \"no\"; why?",
        "\u00bfQu\u00e9? \u00a1S\u00ed!",
        "\u00ab[a]\u00bb {b}",
        "well-known 3.14",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_joined(S2S_TOKENISE_WORD, lines[i], lines[i]);
    assert_joined(S2S_TOKENISE_WORD, "a  ,b", "a, b");
    assert_joined(S2S_TOKENISE_WORD, "and/or", "and / or");
}

static void test_other_bytes_are_characters(void **state)
{
    (void)state;
    for (int t = 0; t <= S2S_TOKENISE_WORD; t++)
        assert_joined((s2s_tokeniser_kind)t, "\xff", "\xff");
    assert_pieces(S2S_TOKENISE_CHARACTER, "a\xc3", "a|\xc3");
    assert_pieces(S2S_TOKENISE_WORD, "\xe2\x82", "\xe2|\x82");
}

static void test_many_pieces(void **state)
{
    (void)state;
    enum { N = 100000 };
    char *line = malloc(N);
    s2s_pieces pieces = {0};
    memset(line, 'a', N);
    assert_int_equal(s2s_tokenise(&(s2s_tokeniser){.kind = S2S_TOKENISE_CHARACTER}, line, N, &pieces, NULL),
                     S2S_OK);
    assert_int_equal(pieces.n, N);
    assert_int_equal(s2s_tokenise(&(s2s_tokeniser){.kind = S2S_TOKENISE_SPACE}, line, N, &pieces, NULL),
                     S2S_OK);
    assert_int_equal(pieces.n, 1);
    assert_int_equal(pieces.items[0].len, N);
    s2s_pieces_free(&pieces);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_blank_lines_have_no_pieces),
        cmocka_unit_test(test_char),
        cmocka_unit_test(test_space),
        cmocka_unit_test(test_word),
        cmocka_unit_test(test_word_joins_ordinary_text_again),
        cmocka_unit_test(test_other_bytes_are_characters),
        cmocka_unit_test(test_many_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
