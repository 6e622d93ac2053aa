/* Where texts are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/sentence.h"

/* text: what lies before "|" is within reach, and "^" is where it must be cut; neither belongs to the text. */
static void check(const char *text, s2s_cut expected)
{
    char plain[200];
    size_t n = 0, reach = 0, place = 0;
    for (const char *p = text; *p; p++) {
        if (*p == '|')
            reach = n;
        else if (*p == '^')
            place = n;
        else
            plain[n++] = *p;
    }
    s2s_cut cut;
    const char *found = s2s_sentence_cut(plain, plain + reach, plain + n, &cut);
    if (found != plain + place || cut != expected)
        fail_msg("\"%s\": expected a cut of kind %d at byte %zu, found %d at %td", text, (int)expected, place,
                 (int)cut, found - plain);
}

static void sentences_end(void **state)
{
    (void)state;
    check("One.^ Two thr|ee. Four", S2S_CUT_SENTENCE);
    check("One. Two.^| Three", S2S_CUT_SENTENCE);
    check("One!^ Two|", S2S_CUT_SENTENCE);
    check("One?!..^ Two|", S2S_CUT_SENTENCE);
    check("(One.)^ Two| three", S2S_CUT_SENTENCE);
    check("\"One,\" she said. \"Two.\"^ Thr|ee", S2S_CUT_SENTENCE);
    check("\u201cOne.\u201d^ T|wo", S2S_CUT_SENTENCE);
    check("One.^\u2003T|wo", S2S_CUT_SENTENCE);
    check("One\u2026^ t|wo", S2S_CUT_SENTENCE);
    check("\u0905\u0964^ \u0906|\u0907", S2S_CUT_SENTENCE);
    check("\u0645\u0627\u061f^ \u0646|", S2S_CUT_SENTENCE);
    check("one .^ two| three", S2S_CUT_SENTENCE); /* tokens apart */
}

static void sentences_of_full_width_end_without_space(void **state)
{
    (void)state;
    check("\u4f60\u597d\u3002^\u518d|\u89c1\u3002", S2S_CUT_SENTENCE);
    check("\u4f60\u597d\u3002^\u518d\u89c1|\u3002", S2S_CUT_SENTENCE);
    check("\u4f60\u597d\u3002\u518d\u89c1\u3002^|\u4f60", S2S_CUT_SENTENCE);
    check("\u300c\u4f60\u597d\uff01\u300d^\u4f60|", S2S_CUT_SENTENCE);
    check("\u4f60\u597d\uff1f\uff01^\u4f60|", S2S_CUT_SENTENCE);
}

static void line_ends_are_ends(void **state)
{
    (void)state;
    check("one two^\u2028three f|our", S2S_CUT_SENTENCE);
    check("one two^\xc2\x85three f|our", S2S_CUT_SENTENCE);
    check("one two^\vthree f|our", S2S_CUT_SENTENCE);
}

static void no_sentence_ends_within_words(void **state)
{
    (void)state;
    check("It cost 3.14^ e|uro", S2S_CUT_SPACE);
    check("See s2s.h^ fo|r more", S2S_CUT_SPACE);
    check("one two^  | three", S2S_CUT_SPACE); /* where white space begins */
    check("one two^| three", S2S_CUT_SPACE);
    check("one^ two|", S2S_CUT_SPACE);
    check("one^\u3000two|", S2S_CUT_SPACE);
}

static void what_has_neither_is_cut_anywhere(void **state)
{
    (void)state;
    check("on^|e", S2S_CUT_ANYWHERE);
    check("one^|", S2S_CUT_ANYWHERE);
    check("o^|ne two", S2S_CUT_ANYWHERE);
    check("\u4f60\u597d\u518d^|\u89c1", S2S_CUT_ANYWHERE);
    check(".^|. a", S2S_CUT_ANYWHERE);
}

static void chinese_and_japanese_have_no_spaces(void **state)
{
    (void)state;
    static const int32_t without[] = {0x4f60, 0x3002, 0x3042, 0x30ab, 0xff01, 0xff71, 0x20000};
    static const int32_t with[] = {'a', '.', 0xe9, 0x416, 0xac00, 0x0e01, 0x2026, 0x1f600};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (!s2s_is_unspaced(without[i]))
            fail_msg("U+%04X: expected no space beside it", (unsigned)without[i]);
    for (size_t i = 0; i < sizeof with / sizeof *with; i++)
        if (s2s_is_unspaced(with[i]))
            fail_msg("U+%04X: expected spaces beside it", (unsigned)with[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_end),
        cmocka_unit_test(sentences_of_full_width_end_without_space),
        cmocka_unit_test(line_ends_are_ends),
        cmocka_unit_test(no_sentence_ends_within_words),
        cmocka_unit_test(what_has_neither_is_cut_anywhere),
        cmocka_unit_test(chinese_and_japanese_have_no_spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
