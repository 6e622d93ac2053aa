/* io/json.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "io/json.h"

static json_t *load(const char *text)
{
    s2s_json_error why;
    json_t *json = s2s_json_load(text, strlen(text), &why);
    if (!json)
        fail_msg("%s: refused at byte %zu", text, why.at);
    assert_int_equal(why.fault, S2S_JSON_SOUND);
    return json;
}

/* What is read and written again is as Jansson would write it. */
static void texts_come_back(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"[1,-0,0,-9223372036854775808,9223372036854775807]",
         "[1,0,0,-9223372036854775808,9223372036854775807]"},
        {"[1.5, -0.25, 1e3, 1E-2, 2.5e+1]", "[1.5,-0.25,1000.0,0.01,25.0]"},
        {"[true,false,null]", "[true,false,null]"},
        {"{\"b\":{\"a\":[[]]},\t\"a\" :\r\n\"\"}", "{\"b\":{\"a\":[[]]},\"a\":\"\"}"},
        {"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[\"\\\"\\\\/\\b\\f\\n\\r\\t\"]"},
        {"[\"\\u0041\\u00e9\\u20ac\\ud83d\\uDE00\\u0001\"]",
         "[\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\\u0001\"]"},
        {"[\"\xc3\xa9\xf0\x9f\x98\x80\x7f\"]", "[\"\xc3\xa9\xf0\x9f\x98\x80\x7f\"]"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *json = load(texts[i][0]);
        char *again = s2s_json_dump(json, 0);
        assert_string_equal(again, texts[i][1]);
        free(again);
        json_decref(json);
    }
}

static const char *const no_json[] = {
    "",
    " ",
    "{",
    "[",
    "]",
    "{]",
    "[}",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1]]",
    "{} {}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{a:1}",
    "{1:1}",
    "{\"a\":1 \"b\":2}",
    "[01]",
    "[+1]",
    "[-]",
    "[1.]",
    "[.5]",
    "[1e]",
    "[1e+]",
    "[0x1]",
    "[nan]",
    "[Infinity]",
    "[1e999]",
    "[9223372036854775808]",
    "[-9223372036854775809]",
    "[tru]",
    "[TRUE]",
    "[nul",
    "\"a",
    "[\"a]",
    "[\"\\\"]",
    "[\"\\x\"]",
    "[\"\\u12\"]",
    "[\"\\u 123\"]",
    "[\"\\u-123\"]",
    "[\"\\u0000\"]",
    "[\"\\ud800\"]",
    "[\"\\udc00\"]",
    "[\"\\ud800\\u0041\"]",
    "[\"\\ud800x\"]",
    "[\"\n\"]",
    "[\"\x01\"]",
    "[\"\xff\"]",
    "[\"\xc0\x80\"]",
    "[\"\xed\xa0\x80\"]",
    "['a']",
    "[1]x",
    "\xef\xbb\xbf[]",
    "[1,/**/2]",
    "[1111111111111111111111111111111111111111111111111111111111.5e-55]",
};

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof no_json / sizeof *no_json; i++) {
        s2s_json_error why = {0};
        size_t n = strlen(no_json[i]);
        char *exact = malloc(n + 1); /* where reading past the end is seen */
        memcpy(exact, no_json[i], n);
        json_t *json = s2s_json_load(exact, n, &why);
        free(exact);
        if (json || why.fault != S2S_JSON_SYNTAX || why.at > n)
            fail_msg("%s: expected it to be refused, found fault %d at %zu", no_json[i], why.fault, why.at);
    }
}

static void a_key_may_occur_once(void **state)
{
    (void)state;
    s2s_json_error why;
    static const char twice[] = "{\"a\":1,\"\\u0061\":2}";
    assert_null(s2s_json_load(twice, strlen(twice), &why));
    assert_int_equal(why.fault, S2S_JSON_DUPLICATE);
    json_decref(load("{\"a\":{\"a\":1}}"));
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    enum { DEEP = 100000, ALLOWED = 64 };
    char *text = malloc(2 * DEEP);
    s2s_json_error why;
    memset(text, '[', DEEP);
    memset(text + DEEP, ']', DEEP);
    assert_null(s2s_json_load(text, 2 * DEEP, &why));
    assert_int_equal(why.fault, S2S_JSON_SYNTAX);
    json_decref(s2s_json_load(text + DEEP - ALLOWED, 2 * ALLOWED, &why));
    assert_int_equal(why.fault, S2S_JSON_SOUND);
    assert_null(s2s_json_load(text + DEEP - ALLOWED - 1, 2 * ALLOWED + 2, &why));
    free(text);
}

/* Mutants are refused or read, and what is read can be written and read again. */
static void mutants_do_no_harm(void **state)
{
    (void)state;
    static const char good[] =
        "{\"a\":[1,2.5e-3,\"x\\u00e9\\ud83d\\ude00\\n\"],\"b\":{\"c\":null,\"d\":true},\"e\":-12}";
    static const char letters[] = "{}[]\",:\\u0aE+-.edfntrsl\x80\xff\x01 ";
    s2s_rng rng;
    s2s_rng_seed(&rng, 7);
    for (int i = 0; i < 20000; i++) {
        size_t n = 1 + s2s_rng_below(&rng, sizeof good - 1);
        char *text = malloc(n);
        memcpy(text, good, n);
        for (uint32_t edits = s2s_rng_below(&rng, 4); edits > 0; edits--)
            text[s2s_rng_below(&rng, (uint32_t)n)] = letters[s2s_rng_below(&rng, sizeof letters - 1)];
        s2s_json_error why;
        json_t *json = s2s_json_load(text, n, &why);
        free(text);
        assert_true((json != NULL) == (why.fault == S2S_JSON_SOUND) && why.at <= n);
        char *again = s2s_json_dump(json, 0);
        if (again)
            json_decref(load(again));
        free(again);
        json_decref(json);
    }
}

static void reals_do_not_depend_on_the_locale(void **state)
{
    (void)state;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        skip();
    json_t *json = load("[1.5]");
    setlocale(LC_NUMERIC, "C");
    assert_true(json_real_value(json_array_get(json, 0)) == 1.5);
    json_decref(json);
}

static void nothing_gives_no_text(void **state)
{
    (void)state;
    assert_null(s2s_json_dump(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_come_back),       cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(a_key_may_occur_once),  cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(mutants_do_no_harm),    cmocka_unit_test(reals_do_not_depend_on_the_locale),
        cmocka_unit_test(nothing_gives_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
