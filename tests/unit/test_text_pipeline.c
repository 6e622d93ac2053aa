/* Text steps: what each does, in which order, and what a model keeps of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "text/pipeline.h"
#include "write_text.h"

static s2s_span span(const char *text)
{
    return (s2s_span){text, strlen(text)};
}

static s2s_text_pipeline *open_steps(const char *list)
{
    s2s_text_pipeline *pipeline = NULL;
    s2s_error err = {0};
    if (s2s_text_open(&pipeline, list, "--src-text", NULL, 0, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return pipeline;
}

static void assert_text(const s2s_text_pipeline *pipeline, bool inverse, const char *line, const char *expected)
{
    s2s_text_buffer buffer = {0};
    s2s_span out;
    s2s_status status = (inverse ? s2s_text_invert : s2s_text_apply)(pipeline, &buffer, span(line), &out, NULL);
    assert_int_equal(status, S2S_OK);
    char found[4096];
    assert_true(out.len < sizeof found);
    memcpy(found, out.data, out.len);
    found[out.len] = '\0';
    assert_string_equal(found, expected);
    s2s_text_buffer_free(&buffer);
}

static void assert_applied(const char *list, const char *line, const char *expected)
{
    s2s_text_pipeline *pipeline = open_steps(list);
    assert_text(pipeline, false, line, expected);
    s2s_text_close(pipeline);
}

static void assert_inverted(const char *list, const char *text, const char *expected)
{
    s2s_text_pipeline *pipeline = open_steps(list);
    assert_text(pipeline, true, text, expected);
    s2s_text_close(pipeline);
}

static void assert_refused(const char *list, s2s_status status, const char *message)
{
    s2s_text_pipeline *pipeline = NULL;
    s2s_error err = {0};
    assert_int_equal(s2s_text_open(&pipeline, list, "--src-text", NULL, 0, &err), status);
    assert_null(pipeline);
    assert_string_equal(err.msg, message);
}

static void test_no_steps_leave_the_line(void **state)
{
    (void)state;
    assert_applied(NULL, " \tA\u0301 ", " \tA\u0301 ");
    assert_applied("", " x ", " x ");
    assert_inverted(NULL, " x ", " x ");
}

static void test_unicode_steps(void **state)
{
    (void)state;
    assert_applied("nfc", "e\u0301 \ufb01 \u212b \uff21", "\u00e9 \ufb01 \u00c5 \uff21");
    assert_applied("nfkc", "e\u0301 \ufb01 \u212b \uff21", "\u00e9 fi \u00c5 A");
    assert_applied("nfc", "a\u0323\u0307", "\u1ea1\u0307");
    assert_applied("nfc", "e\u0301 \xff", "e\u0301 \xff"); /* not UTF-8 */
    assert_applied("lower", "\u00c4RGER \u03a3 Stra\u00dfe 1A", "\u00e4rger \u03c3 stra\u00dfe 1a");
    assert_applied("spaces", "\t a \x01\u00a0 b\u3000\x7f", "a b");
    assert_applied("spaces", " \r ", "");
    assert_inverted("nfc,nfkc,lower,spaces,punctuation,stopwords:en,stem:en", " The  E\u0301 ",
                    " The  E\u0301 ");
}

static void test_steps_run_in_order(void **state)
{
    (void)state;
    assert_applied("lower,stopwords:en,stem:english", "The dogs were RUNNING", "dog run");
    assert_applied("stem:english,lower", "The Dogs", "the dog");
    assert_applied("nfkc,spaces,lower,moses:en", "  \uff21 dog's\u00a0Bone. ", "a dog 's bone .");
    assert_applied("moses:en,stopwords:en", "It's the End.", "'s End .");
    /* the last step first */
    s2s_text_pipeline *pipeline = open_steps("moses:en,truecase");
    s2s_text_buffer buffer = {0};
    assert_true(s2s_text_learns(pipeline));
    assert_int_equal(s2s_text_learn(pipeline, &buffer, span("I, too, know the man."), NULL), S2S_OK);
    assert_int_equal(s2s_text_learned(pipeline, NULL), S2S_OK);
    assert_text(pipeline, false, "\"The man.\"", "\" the man . \"");
    assert_text(pipeline, true, "\" the man . \"", "\"The man.\"");
    s2s_text_buffer_free(&buffer);
    s2s_text_close(pipeline);
}

static void test_stopwords(void **state)
{
    (void)state;
    assert_applied("stopwords:de", "Der Hund und DIE Katze", "Hund Katze");
    assert_applied("stopwords:fr", "le chien et la souris", "chien souris");
    assert_applied("stopwords:es", "el perro y la casa", "perro casa");
    assert_applied("stopwords:zh", "\u6211 \u7684 \u732b", "\u732b");
    assert_applied("stopwords:en", "the of and", "");
}

static void test_stems(void **state)
{
    (void)state;
    assert_applied("stem:english", "connected  connections", "connect connect");
    assert_applied("stem:de", "h\u00e4user aufgaben", "haus aufgab");
    assert_applied("stem:french", "chevaux continuellement", "cheval continuel");
    assert_applied("stem:de,stem:en", "aufgaben houses", "aufgab hous"); /* one buffer, two stemmers */
}

static void test_punctuation_has_a_language(void **state)
{
    (void)state;
    assert_applied("punctuation", "\u201ca\u201d, b", "\"a,\" b");
    assert_applied("punctuation:de", "\u201ea,\u201c b", "\"a\", b");
    assert_applied("punctuation:it", "\u201ca\u201d, b", "\"a\", b");
    assert_applied("punctuation:de", "1\u00a0000\u00a0000", "1,000,000");
}

static void test_hostile_lines(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "nfc",         "nfkc",     "spaces",          "lower",        "punctuation:de",
        "moses:en",    "moses:fr", "moses-escape:de", "stopwords:en", "stem:en",
        "punctuation", "moses:de", "protect"};
    static const char *const lines[] = {
        "",     " ",     ".",      "..",   "'",      "''",           ",",      ".'", "\xff",
        "\xe2", "a\xc3", "'\xff'", "&amp", "\u0301", "\xed\xa0\x80", "\u00a0", "1,"};
    s2s_text_buffer buffer = {0};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        s2s_text_pipeline *pipeline = open_steps(lists[i]);
        for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
            s2s_span out, back;
            assert_int_equal(s2s_text_apply(pipeline, &buffer, span(lines[k]), &out, NULL), S2S_OK);
            assert_true(out.len <= strlen(lines[k]) * strlen(" &quot;"));
            assert_int_equal(s2s_text_invert(pipeline, &buffer, out, &back, NULL), S2S_OK);
        }
        s2s_text_close(pipeline);
    }
    s2s_text_buffer_free(&buffer);
}

static void test_misuse_is_refused(void **state)
{
    (void)state;
    assert_refused("lowr", S2S_BAD_CONFIG,
                   "--src-text: expected the name of a text step, found \"lowr\"; the nearest is \"lower\"");
    assert_refused("nfc,", S2S_BAD_CONFIG,
                   "--src-text: expected the name of a text step, found \"\"; the nearest is \"nfc\"");
    assert_refused("nfc:x", S2S_BAD_CONFIG, "--src-text nfc:x: expected no argument, found \"x\"");
    assert_refused("moses", S2S_BAD_CONFIG, "--src-text moses: expected moses:LANG");
    assert_refused("stem:", S2S_BAD_CONFIG, "--src-text stem:: expected stem:LANG");
    assert_refused("lower,moses:xx", S2S_BAD_CONFIG,
                   "--src-text moses:xx: expected one of de, en, es, fr, it, nl, pt, found \"xx\"");
    assert_refused(
        "stem:englsh", S2S_BAD_CONFIG,
        "--src-text stem:englsh: expected a language that has a stemmer; the nearest is \"english\"");
    assert_refused("truecase,lower,truecase", S2S_BAD_CONFIG,
                   "--src-text truecase: expected at most one step that learns, found two");
    assert_refused("nfc,nfc,nfc,nfc,nfc,nfc,nfc,nfc,nfc,nfc,nfc,nfc,nfc,nfc,nfc,nfc,nfc", S2S_BAD_CONFIG,
                   "--src-text: expected at most 16 text steps, found more");
    assert_refused(
        "stopwords:/nowhere", S2S_BAD_DATA,
        "--src-text stopwords:/nowhere: expected one of de, en, es, fr, zh, or a file of words: /nowhere: "
        "cannot open: No such file or directory");
}

static void write_new_file(char *path, const char *text, size_t n)
{
    strcpy(path, "/tmp/s2s-test-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    write_bytes(path, text, n);
}

/* A model keeps the words of a file, and what truecase learned: the file is not read again. */
static void test_data_of_steps_is_kept(void **state)
{
    (void)state;
    char path[32], list[128];
    write_new_file(path, "Foo\nbar \u00c4\n", strlen("Foo\nbar \u00c4\n"));
    snprintf(list, sizeof list, "stopwords:%s,truecase", path);
    s2s_text_pipeline *first = open_steps(list), *second = NULL;
    s2s_text_buffer buffer = {0};
    assert_int_equal(s2s_text_learn(first, &buffer, span("foo Not not the Not FOO The man"), NULL), S2S_OK);
    assert_int_equal(s2s_text_learned(first, NULL), S2S_OK);
    assert_int_equal(s2s_text_n_steps(first), 2);
    unlink(path);
    s2s_span stored[] = {s2s_text_data(first, 0), s2s_text_data(first, 1)};
    assert_int_equal(stored[0].len, strlen("foo\nbar\n\u00e4\n"));
    assert_memory_equal(stored[0].data, "foo\nbar\n\u00e4\n", stored[0].len);
    assert_memory_equal(stored[1].data, "Not\nThe\nman\nnot\nthe\n", stored[1].len);
    assert_int_equal(s2s_text_open(&second, list, "--src-text", stored, 2, NULL), S2S_OK);
    for (int i = 0; i < 2; i++) {
        const s2s_text_pipeline *pipeline = i ? second : first;
        assert_text(pipeline, false, "FOO \u00c4 not MAN the", "Not man the");
        assert_text(pipeline, true, "not man . the end", "Not man . The end");
    }
    s2s_text_close(second);
    s2s_error err = {0};
    assert_int_equal(s2s_text_open(&second, list, "source text", stored, 1, &err), S2S_BAD_MODEL);
    assert_string_equal(err.msg, "source text: expected the data of 2 text steps, found those of 1");
    s2s_text_buffer_free(&buffer);
    s2s_text_close(first);
}

static void test_bad_word_files(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n;
        const char *message;
    } files[] = {{" \n", 2, "expected words, found none"},
                 {"a\xff", 2, "expected words of UTF-8, found other bytes"},
                 {"a\0b", 3, "expected words of UTF-8, found other bytes"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[32], list[64], message[128];
        write_new_file(path, files[i].text, files[i].n);
        snprintf(list, sizeof list, "stopwords:%s", path);
        snprintf(message, sizeof message, "--src-text %s: %s", list, files[i].message);
        assert_refused(list, S2S_BAD_DATA, message);
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_steps_leave_the_line),
        cmocka_unit_test(test_unicode_steps),
        cmocka_unit_test(test_steps_run_in_order),
        cmocka_unit_test(test_stopwords),
        cmocka_unit_test(test_stems),
        cmocka_unit_test(test_punctuation_has_a_language),
        cmocka_unit_test(test_hostile_lines),
        cmocka_unit_test(test_misuse_is_refused),
        cmocka_unit_test(test_data_of_steps_is_kept),
        cmocka_unit_test(test_bad_word_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
