/* s2s/picture.h */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/str.h"
#include "s2s/picture.h"

static const char *const source[] = {"a", "b"}, *const tokens[] = {"AX"};
static const float attention[] = {0.95f, 0.05f, 0.42f, 0.58f};

static s2s_hypothesis small(void)
{
    return (s2s_hypothesis){
        .n_tokens = 1, .tokens = tokens, .n_source = 2, .source_tokens = source, .attention = attention};
}

static void collect(void *arg, const char *text, size_t n)
{
    s2s_str_add(arg, text, n);
}

static void check_terminal(const s2s_hypothesis *hyp, bool colour, const char *expected)
{
    s2s_str text = {0};
    s2s_error err;
    assert_int_equal(s2s_draw_terminal(hyp, colour, collect, &text, &err), S2S_OK);
    assert_string_equal(s2s_str_text(&text), expected);
    s2s_str_free(&text);
}

static void test_terminal(void **state)
{
    (void)state;
    s2s_hypothesis hyp = small();
    check_terminal(&hyp, false,
                   "     a b \n"
                   "  AX @@  \n"
                   "</s> ==++\n"
                   "\n"
                   "   0   ..::--==++**##%%@@ 1\n");
}

static void test_terminal_colour(void **state)
{
    (void)state;
    s2s_hypothesis hyp = small();
    s2s_str text = {0};
    assert_int_equal(s2s_draw_terminal(&hyp, true, collect, &text, NULL), S2S_OK);
    assert_non_null(strstr(s2s_str_text(&text), "  AX \033[48;5;17m  \033[48;5;255m  \033[0m\n"));
    s2s_str_free(&text);
}

/* Long tokens are written downwards, ending above their cells. */
static void test_terminal_upright(void **state)
{
    (void)state;
    static const char *const words[] = {"the", "日本語", "e\xcc\x81 \x1b[", "a-word-that-is-much-too-long"};
    static const float weights[] = {1, 0, NAN, -3};
    s2s_hypothesis hyp = {.n_source = 4, .source_tokens = words, .attention = weights};
    s2s_str text = {0};
    assert_int_equal(s2s_draw_terminal(&hyp, false, collect, &text, NULL), S2S_OK);
    assert_non_null(strstr(s2s_str_text(&text), "         e\xcc\x81 i \n"
                                                "     t 日␣ s \n"
                                                "     h 本\ufffd - \n"
                                                "     e 語[ … \n"
                                                "</s> @@      \n"));
    s2s_str_free(&text);
}

static void test_nothing_to_draw(void **state)
{
    (void)state;
    s2s_hypothesis hyp = small();
    s2s_error err = {0};
    hyp.attention = NULL;
    assert_int_equal(s2s_draw_terminal(&hyp, false, collect, NULL, &err), S2S_MISUSE);
    assert_int_equal(s2s_draw_svg(&hyp, "t", "unused.svg", &err), S2S_MISUSE);
    assert_string_equal(err.msg, "expected a hypothesis with attention, found none");
}

/* Draws into a fresh folder; the document is the caller's to free. */
static char *draw_svg(const s2s_hypothesis *hyp, const char *title)
{
    char folder[] = "/tmp/s2s-picture-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/map.svg", folder);
    s2s_error err = {0};
    s2s_status status = s2s_draw_svg(hyp, title, path, &err);
    assert_string_equal(err.msg, "");
    assert_int_equal(status, S2S_OK);
    s2s_map map;
    assert_int_equal(s2s_map_open(&map, path, NULL), S2S_OK);
    char *document = strndup(map.data, map.size);
    s2s_map_close(&map);
    unlink(path);
    rmdir(folder);
    return document;
}

static void test_svg(void **state)
{
    (void)state;
    s2s_hypothesis hyp = small();
    char *document = draw_svg(&hyp, "one & two\n<3>");
    assert_int_equal(strncmp(document, "<svg xmlns=\"http://www.w3.org/2000/svg\"", 39), 0);
    assert_non_null(strstr(document, "<title>one &amp; two\ufffd&lt;3&gt;</title>"));
    assert_non_null(strstr(document, "<title>a -&gt; AX: 0.95</title>"));
    assert_non_null(strstr(document, "<title>b -&gt; AX: 0.05</title>"));
    assert_non_null(strstr(document, "<title>a -&gt; &lt;/s&gt;: 0.42</title>"));
    assert_non_null(strstr(document, "<title>b -&gt; &lt;/s&gt;: 0.58</title>"));
    assert_string_equal(document + strlen(document) - 7, "</svg>\n");
    free(document);
}

static void test_svg_of_hostile_tokens(void **state)
{
    (void)state;
    static const char *const words[] = {"\"><script>", "\x01\xff\xef\xbf\xbf \xc2\x85"};
    s2s_hypothesis hyp = small();
    hyp.source_tokens = words;
    char *document = draw_svg(&hyp, "t");
    assert_null(strstr(document, "<script"));
    assert_non_null(strstr(document, "<title>\ufffd\ufffd\ufffd␣\ufffd -&gt; AX: 0.05</title>"));
    assert_int_equal(s2s_utf8_check(document, strlen(document)), strlen(document));
    free(document);
}

static void test_svg_without_folder(void **state)
{
    (void)state;
    s2s_hypothesis hyp = small();
    s2s_error err = {0};
    assert_int_not_equal(s2s_draw_svg(&hyp, "t", "/nonexistent/folder/map.svg", &err), S2S_OK);
    assert_non_null(strstr(err.msg, "/nonexistent/folder"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_terminal_colour),
        cmocka_unit_test(test_terminal_upright),
        cmocka_unit_test(test_nothing_to_draw),
        cmocka_unit_test(test_svg),
        cmocka_unit_test(test_svg_of_hostile_tokens),
        cmocka_unit_test(test_svg_without_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
