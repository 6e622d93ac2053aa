/* Little memory in text steps, whose buffer works again afterwards. */
#include "fuzz/refused.h"

#include "text/pipeline.h"

static const char list[] =
    "protect,nfkc,spaces,punctuation:de,moses-escape:fr,truecase,lower,stopwords:en,stem:en";
static const char line[] =
    "  L'\u00e9t\u00e9 \u00ab The\u00a0Houses \u00bb, it's fi\ufb01... 'No.' <b>{0}</b> http://a.bc";

static char expected[256]; /* text of the first use, with memory enough */

static s2s_status use(s2s_text_pipeline *pipeline, s2s_text_buffer *buffer, s2s_error *err)
{
    s2s_span text = {line, sizeof line - 1}, out;
    s2s_status status = s2s_text_learn(pipeline, buffer, text, err);
    if (status == S2S_OK)
        status = s2s_text_learned(pipeline, err);
    if (status == S2S_OK)
        status = s2s_text_apply(pipeline, buffer, text, &out, err);
    if (status == S2S_OK)
        status = s2s_text_invert(pipeline, buffer, out, &out, err);
    if (status == S2S_OK && !*expected)
        snprintf(expected, sizeof expected, "%.*s", (int)out.len, out.data);
    if (status == S2S_OK && (out.len != strlen(expected) || memcmp(out.data, expected, out.len) != 0))
        fail_msg("expected \"%s\", found \"%.*s\"", expected, (int)out.len, out.data);
    return status;
}

static s2s_status run_steps(s2s_error *err)
{
    s2s_text_pipeline *pipeline = NULL;
    s2s_text_buffer buffer = {0};
    s2s_status status = s2s_text_open(&pipeline, list, "--src-text", NULL, 0, err);
    if (status == S2S_OK)
        status = use(pipeline, &buffer, err);
    s2s_text_close(pipeline);
    s2s_text_buffer_free(&buffer);
    return status;
}

static void test_text_steps(void **state)
{
    (void)state;
    refuse_each(&(refused_call){.name = "text steps", .run = run_steps});
}

static void test_buffer_works_again(void **state)
{
    (void)state;
    s2s_text_pipeline *pipeline;
    s2s_text_buffer buffer = {0};
    s2s_span text = {line, sizeof line - 1}, out;
    assert_int_equal(s2s_text_open(&pipeline, "nfkc,moses:fr,lower,stopwords:en", "--src-text", NULL, 0, NULL),
                     S2S_OK);
    int n_refused = 0;
    s2s_status status;
    do {
        heap_fail_at(1, true);
        status = s2s_text_apply(pipeline, &buffer, text, &out, NULL);
        heap_fail_at(0, false);
        n_refused += status == S2S_EXHAUSTED;
        assert_int_equal(s2s_text_apply(pipeline, &buffer, text, &out, NULL), S2S_OK);
    } while (status == S2S_EXHAUSTED);
    assert_int_equal(n_refused, 1); /* then all memory is there */
    s2s_text_close(pipeline);
    s2s_text_buffer_free(&buffer);
}

int main(void)
{
    if (!HEAP_IS_OURS)
        return heap_skip();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_steps),
        cmocka_unit_test(test_buffer_works_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
