/* base/str.h, base/fail.h and base/log.h */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fail.h"
#include "base/log.h"
#include "base/str.h"
#include "s2s/version.h"

static void strings_grow(void **state)
{
    (void)state;
    s2s_str str = {0};
    assert_string_equal(s2s_str_text(&str), "");
    s2s_str_add(&str, "", 0);
    s2s_str_add_text(&str, "one");
    s2s_str_add_char(&str, ' ');
    s2s_str_printf(&str, "%d%%", 42);
    assert_string_equal(s2s_str_text(&str), "one 42%");
    assert_int_equal(str.len, 7);
    for (int i = 0; i < 10000; i++)
        s2s_str_printf(&str, "%d,", i % 10);
    assert_int_equal(str.len, 20007);
    assert_string_equal(str.data + 20003, "8,9,");
    s2s_str_clear(&str);
    assert_string_equal(s2s_str_text(&str), "");
    s2s_str_add(&str, "a\0b", 3);
    assert_memory_equal(str.data, "a\0b", 4);
    s2s_str_free(&str);
    assert_null(str.data);
}

static void a_failed_string_stays_failed(void **state)
{
    (void)state;
    s2s_str str = {0};
    s2s_str_add_text(&str, "kept");
    s2s_str_add(&str, "x", SIZE_MAX - 2);
    assert_true(str.failed);
    s2s_str_add_text(&str, "more");
    assert_string_equal(s2s_str_text(&str), "kept");
    s2s_str_free(&str);
    assert_false(str.failed);
}

static int length(const char *text)
{
    return s2s_utf8_length(text, text + strlen(text));
}

static void utf8_length_knows_well_formed_characters(void **state)
{
    (void)state;
    assert_int_equal(length("a"), 1);
    assert_int_equal(length("\xc3\xa9"), 2);
    assert_int_equal(length("\xe2\x82\xac"), 3);
    assert_int_equal(length("\xf0\x9f\x98\x80"), 4);
    assert_int_equal(length("\xed\x9f\xbf"), 3);     /* U+D7FF */
    assert_int_equal(length("\xee\x80\x80"), 3);     /* U+E000 */
    assert_int_equal(length("\xf4\x8f\xbf\xbf"), 4); /* U+10FFFF */
    assert_int_equal(s2s_utf8_length("\0", "\0" + 1), 1);
}

static void utf8_length_refuses_all_else(void **state)
{
    (void)state;
    const char *const bad[] = {
        "",                 /* nothing */
        "\x80",             /* a continuation */
        "\xc0\x80",         /* overlong NUL */
        "\xc1\xbf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* surrogate */
        "\xf4\x90\x80\x80", /* U+110000 */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc3",         /* cut */
        "\xe2\x82",     /* cut */
        "\xf0\x9f\x98", /* cut */
        "\xe2\x82z",    /* no continuation */
        "\xf0\x9f\x98z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(length(bad[i]), 0);
}

/* Against arithmetic: every code point, encoded, has its length and is read back, and is refused when it has
 * none. */
static void utf8_agrees_with_the_definition(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x111000; c++) {
        char b[4];
        int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (int i = n - 1, bits = 0; i > 0; i--, bits += 6)
            b[i] = (char)(0x80 | (c >> bits & 0x3f));
        b[0] = n == 1 ? (char)c : (char)((0xf00u >> n & 0xff) | c >> (6 * (n - 1)));
        int expected = (c >= 0xd800 && c < 0xe000) || c > 0x10ffff ? 0 : n;
        if (s2s_utf8_length(b, b + n) != expected)
            fail_msg("U+%04X: %d, not %d", (unsigned)c, s2s_utf8_length(b, b + n), expected);
        uint32_t code;
        if (s2s_utf8_decode(b, b + n, &code) != expected || (expected && code != c))
            fail_msg("U+%04X: read back as U+%04X", (unsigned)c, (unsigned)code);
    }
}

static void utf8_check_finds_the_first_bad_byte(void **state)
{
    (void)state;
    assert_int_equal(s2s_utf8_check("", 0), 0);
    assert_int_equal(s2s_utf8_check("na\xc3\xafve", 6), 6);
    assert_int_equal(s2s_utf8_check("na\xc3\xafve\xff!", 8), 6);
    assert_int_equal(s2s_utf8_check("na\xc3\xaf", 3), 2);
}

static int width(const char *text)
{
    return s2s_utf8_width(text, text + strlen(text));
}

static void utf8_width_counts_columns(void **state)
{
    (void)state;
    assert_int_equal(width("a"), 1);
    assert_int_equal(width("\xc3\xa9"), 1);         /* e acute */
    assert_int_equal(width("\xcc\x81"), 0);         /* combining acute */
    assert_int_equal(width("\xe4\xb8\xad"), 2);     /* a Chinese character */
    assert_int_equal(width("\xea\xb0\x80"), 2);     /* a Korean syllable */
    assert_int_equal(width("\xf0\x9f\x98\x80"), 2); /* a face */
    assert_int_equal(width("\xd8\xa7"), 1);         /* alef */
    assert_int_equal(width("\t"), 0);
    assert_int_equal(width("\xff"), 1);
}

static void expect_items(const char *list, const char *const *items)
{
    s2s_span item;
    int n = 0;
    for (const char *rest = list; s2s_list_next(&rest, &item); n++)
        if (!items[n] || !s2s_span_is(item, items[n]))
            fail_msg("\"%s\": item %d is \"%.*s\"", list, n, (int)item.len, item.data);
    if (items[n])
        fail_msg("%s: expected an item \"%s\" more", list, items[n]);
}

static void lists_have_what_commas_separate(void **state)
{
    (void)state;
    expect_items(NULL, (const char *const[]){NULL});
    expect_items("", (const char *const[]){"", NULL});
    expect_items("bleu", (const char *const[]){"bleu", NULL});
    expect_items("bleu,chrf++,ter", (const char *const[]){"bleu", "chrf++", "ter", NULL});
    expect_items(",a, b,,", (const char *const[]){"", "a", " b", "", "", NULL});
}

static void lists_may_have_other_separators(void **state)
{
    (void)state;
    const char *rest = "gru|lstm,2\n";
    s2s_span item;
    assert_true(s2s_span_next(&rest, '|', &item));
    assert_true(s2s_span_is(item, "gru"));
    assert_true(s2s_span_next(&rest, '\n', &item));
    assert_true(s2s_span_is(item, "lstm,2"));
    assert_string_equal(rest, "");
}

static void spans_are_whole_texts(void **state)
{
    (void)state;
    s2s_str str = {0};
    assert_true(s2s_same_span(s2s_str_span(&str), (s2s_span){"", 0}));
    s2s_str_add(&str, "a\0b", 3);
    assert_true(s2s_same_span(s2s_str_span(&str), (s2s_span){"a\0b", 3}));
    s2s_str_free(&str);
    assert_true(s2s_span_is((s2s_span){"chrf++", 4}, "chrf"));
    assert_true(s2s_span_is((s2s_span){NULL, 0}, ""));
    assert_false(s2s_span_is((s2s_span){"chrf++", 6}, "chrf"));
    assert_false(s2s_span_is((s2s_span){"chrf++", 3}, "chrf"));
    assert_false(s2s_span_is((s2s_span){"chr", 3}, "chs"));
}

static void word_distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(s2s_word_distance("", ""), 0);
    assert_int_equal(s2s_word_distance("lstm", "lstm"), 0);
    assert_int_equal(s2s_word_distance("kitten", "sitting"), 3);
    assert_int_equal(s2s_word_distance("", "abc"), 3);
    assert_int_equal(s2s_word_distance("abc", ""), 3);
    char lengthy[101] = "";
    memset(lengthy, 'a', 100);
    assert_int_equal(s2s_word_distance(lengthy, "aaa"), 97);
    assert_int_equal(s2s_word_distance("aaa", lengthy), 100);
}

static void expect_line(const char *text, const char *expected)
{
    char line[64];
    snprintf(line, sizeof line, "%s", text);
    s2s_make_one_line(line);
    assert_string_equal(line, expected);
}

static void one_line_has_nothing_that_a_terminal_acts_on(void **state)
{
    (void)state;
    expect_line("", "");
    expect_line("na\u00efve \u2014 \u65e5\u672c \U0001f600", "na\u00efve \u2014 \u65e5\u672c \U0001f600");
    expect_line("\x01 \t\r\n\x1b[2J\x1f \x7f", "? ????[2J? ?");
    expect_line("\xc2\x80|\xc2\x85|\xc2\x9bK|\xc2\x9f|\xc2\xa0", "?|?|?K|?|\xc2\xa0");
    expect_line("a\xff \x9bK \xc2", "a? ?K ?");
    expect_line("\xe2\x82", "??");
}

static void fail_writes_one_line(void **state)
{
    (void)state;
    s2s_error err = {0};
    assert_int_equal(s2s_fail(&err, S2S_BAD_DATA, "%s:%d: found \"%s\"", "a.tsv", 3, "x\ny\x1b"), S2S_BAD_DATA);
    assert_int_equal(err.code, S2S_BAD_DATA);
    assert_string_equal(err.msg, "a.tsv:3: found \"x?y?\"");
    s2s_fail(&err, S2S_BAD_DATA, "%s", "\xc2\x9bK");
    assert_string_equal(err.msg, "?K");
    assert_int_equal(s2s_fail(NULL, S2S_DIVERGED, "nothing"), S2S_DIVERGED);
    assert_int_equal(s2s_fail_memory(&err, "reading a.tsv"), S2S_EXHAUSTED);
    assert_string_equal(err.msg, "out of memory while reading a.tsv");
}

static void a_cut_message_ends_with_a_whole_character(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        s2s_str text = {0};
        s2s_str_add(&text, "aaaa", shift);
        s2s_error err;
        while (text.len <= sizeof err.msg)
            s2s_str_add_text(&text, "\xf0\x9f\x98\x80");
        s2s_fail(&err, S2S_FAILED, "%s", text.data);
        size_t n = strlen(err.msg);
        assert_true(n > sizeof err.msg - 5);
        assert_int_equal(s2s_utf8_check(err.msg, n), n);
        s2s_str_free(&text);
    }
}

static void fail_errno_tells_the_reason(void **state)
{
    (void)state;
    s2s_error err;
    errno = ENOENT;
    assert_int_equal(s2s_fail_errno(&err, S2S_BAD_DATA, "%s", "a.tsv"), S2S_BAD_DATA);
    assert_string_equal(err.msg, "a.tsv: No such file or directory");
    errno = ENOENT;
    s2s_fail_errno(&err, S2S_BAD_DATA, "%s", "\xc2\x9b\n");
    assert_string_equal(err.msg, "??: No such file or directory");
    static const int exhausted[] = {ENOMEM, ENOSPC, EDQUOT, EFBIG};
    for (size_t i = 0; i < sizeof exhausted / sizeof *exhausted; i++) {
        errno = exhausted[i];
        assert_int_equal(s2s_fail_errno(NULL, S2S_FAILED, "x"), S2S_EXHAUSTED);
    }
    char lengthy[2 * sizeof err.msg] = "";
    memset(lengthy, 'a', sizeof lengthy - 1);
    errno = ENOMEM;
    assert_int_equal(s2s_fail_errno(&err, S2S_FAILED, "%s", lengthy), S2S_EXHAUSTED);
    assert_non_null(strstr(err.msg, "a: Cannot allocate memory"));
}

static void every_status_has_a_sentence(void **state)
{
    (void)state;
    assert_string_equal(s2s_status_text(S2S_OK), "done");
    assert_string_equal(s2s_status_text(S2S_DIVERGED), "training diverged");
    assert_non_null(s2s_status_text((s2s_status)99));
    assert_string_equal(s2s_version(), S2S_VERSION);
}

static void keep_line(void *arg, s2s_log_level level, const char *line)
{
    s2s_str_printf(arg, "%d:%s|", (int)level, line);
}

static void log_gives_single_lines(void **state)
{
    (void)state;
    s2s_str lines = {0};
    s2s_logger logger = {.fn = keep_line, .arg = &lines};
    s2s_log(&logger, S2S_LOG_INFO, "%d pairs", 7);
    s2s_log(&logger, S2S_LOG_WARNING, "a\nb\xc2\x9b\x1b");
    assert_string_equal(lines.data, "0:7 pairs|1:a?b??|");
    s2s_log(&(s2s_logger){0}, S2S_LOG_INFO, "silent");
    s2s_log(NULL, S2S_LOG_INFO, "silent");
    s2s_str_free(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_grow),
        cmocka_unit_test(a_failed_string_stays_failed),
        cmocka_unit_test(utf8_length_knows_well_formed_characters),
        cmocka_unit_test(utf8_length_refuses_all_else),
        cmocka_unit_test(utf8_agrees_with_the_definition),
        cmocka_unit_test(utf8_check_finds_the_first_bad_byte),
        cmocka_unit_test(utf8_width_counts_columns),
        cmocka_unit_test(lists_have_what_commas_separate),
        cmocka_unit_test(lists_may_have_other_separators),
        cmocka_unit_test(spans_are_whole_texts),
        cmocka_unit_test(word_distance_counts_edits),
        cmocka_unit_test(one_line_has_nothing_that_a_terminal_acts_on),
        cmocka_unit_test(fail_writes_one_line),
        cmocka_unit_test(a_cut_message_ends_with_a_whole_character),
        cmocka_unit_test(fail_errno_tells_the_reason),
        cmocka_unit_test(every_status_has_a_sentence),
        cmocka_unit_test(log_gives_single_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
