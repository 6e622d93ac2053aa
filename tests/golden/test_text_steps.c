/* Text steps against sacremoses: the lines of text_steps.tsv, which make_text.py wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/pipeline.h"

typedef struct golden_row {
    char *steps, *verb, *text, *expected;
} golden_row;

/* Cuts a line at its tabs. */
static golden_row parse_row(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *fields[4];
    for (int i = 0; i < 4; i++) {
        fields[i] = line;
        line += strcspn(line, "\t");
        assert_true(i == 3 || *line == '\t');
        *line++ = '\0';
    }
    return (golden_row){fields[0], fields[1], fields[2], fields[3]};
}

/* A pipeline that has read the rows to learn from. */
typedef struct reader {
    s2s_text_pipeline *pipeline;
    s2s_text_buffer buffer;
    char steps[64];
    bool learning;
    int n_checked, n_failed;
} reader;

static void open_steps(reader *r, const char *steps)
{
    s2s_text_close(r->pipeline);
    assert_int_equal(s2s_text_open(&r->pipeline, steps, "--src-text", NULL, 0, NULL), S2S_OK);
    snprintf(r->steps, sizeof r->steps, "%s", steps);
    r->learning = s2s_text_learns(r->pipeline);
}

static void check(reader *r, const golden_row *row)
{
    s2s_span text = {row->text, strlen(row->text)}, out;
    if (strcmp(row->verb, "learn") == 0) {
        assert_int_equal(s2s_text_learn(r->pipeline, &r->buffer, text, NULL), S2S_OK);
        return;
    }
    if (r->learning)
        assert_int_equal(s2s_text_learned(r->pipeline, NULL), S2S_OK);
    r->learning = false;
    bool apply = strcmp(row->verb, "apply") == 0;
    assert_int_equal((apply ? s2s_text_apply : s2s_text_invert)(r->pipeline, &r->buffer, text, &out, NULL),
                     S2S_OK);
    r->n_checked++;
    if (out.len == strlen(row->expected) && memcmp(out.data, row->expected, out.len) == 0)
        return;
    r->n_failed++;
    print_error("%s %s \"%s\": expected \"%s\", found \"%.*s\"\n", row->steps, row->verb, row->text,
                row->expected, (int)out.len, out.data);
}

static void test_all_rows(void **state)
{
    (void)state;
    char path[1024], line[4096];
    snprintf(path, sizeof path, "%s/tests/golden/text_steps.tsv", getenv("S2S_SOURCE_DIR"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    reader r = {0};
    while (fgets(line, sizeof line, file)) {
        golden_row row = parse_row(line);
        if (strcmp(row.steps, r.steps) != 0)
            open_steps(&r, row.steps);
        check(&r, &row);
    }
    fclose(file);
    s2s_text_close(r.pipeline);
    s2s_text_buffer_free(&r.buffer);
    assert_true(r.n_checked > 100);
    assert_int_equal(r.n_failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
