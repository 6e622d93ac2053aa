/* What a model file holds of text steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/text_json.h"

static void test_steps_come_back(void **state)
{
    (void)state;
    s2s_text_pipeline *first, *second;
    s2s_text_buffer buffer = {0};
    s2s_span line = {"The \"quoted\" Word \u00c9 end", strlen("The \"quoted\" Word \u00c9 end")}, out;
    assert_int_equal(s2s_text_open(&first, "nfc,truecase", "--src-text", NULL, 0, NULL), S2S_OK);
    assert_int_equal(s2s_text_learn(first, &buffer, line, NULL), S2S_OK);
    assert_int_equal(s2s_text_learned(first, NULL), S2S_OK);
    char *json = s2s_text_to_json(first);
    assert_string_equal(json, "[\"\",\"\\\"quoted\\\"\\nWord\\nend\\n\u00c9\\n\"]");
    assert_int_equal(s2s_text_from_json(&second, "nfc,truecase", "src-text", json, "m", NULL), S2S_OK);
    assert_true(s2s_text_hash(first) == s2s_text_hash(second));
    assert_int_equal(s2s_text_apply(second, &buffer, (s2s_span){"WORD", 4}, &out, NULL), S2S_OK);
    assert_int_equal(out.len, 4);
    assert_memory_equal(out.data, "Word", 4);
    free(json);
    s2s_text_buffer_free(&buffer);
    s2s_text_close(first);
    s2s_text_close(second);
}

static void test_no_steps_have_no_data(void **state)
{
    (void)state;
    s2s_text_pipeline *pipeline;
    assert_int_equal(s2s_text_from_json(&pipeline, NULL, "src-text", NULL, "m", NULL), S2S_OK);
    assert_int_equal(s2s_text_n_steps(pipeline), 0);
    s2s_text_close(pipeline);
}

static void test_what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *list, *json, *message;
    } cases[] = {
        {"lower", NULL, "expected the data of 1 text steps, found those of 0"},
        {NULL, "[\"\"]", "expected the data of 0 text steps, found those of 1"},
        {"lower", "{}", "expected its data to be a JSON array of texts"},
        {"lower", "[1]", "expected its data to be a JSON array of texts"},
        {"lower", "[\"\"", "expected its data to be a JSON array of texts"},
        {"lowr", "[\"\"]", "expected the name of a text step, found \"lowr\"; the nearest is \"lower\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s2s_text_pipeline *pipeline = NULL;
        s2s_error err;
        s2s_status status =
            s2s_text_from_json(&pipeline, cases[i].list, "src-text", cases[i].json, "m.s2s", &err);
        assert_int_equal(status, S2S_BAD_MODEL);
        assert_null(pipeline);
        assert_non_null(strstr(err.msg, cases[i].message));
        assert_int_equal(strncmp(err.msg, "m.s2s: \"src-text\": ", strlen("m.s2s: \"src-text\": ")), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_come_back),
        cmocka_unit_test(test_no_steps_have_no_data),
        cmocka_unit_test(test_what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
