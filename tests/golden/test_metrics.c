/* Metrics against the values of sacreBLEU that make_metrics.py wrote, which describes the files. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "s2s/s2s.h"

enum { LINE_BYTES = 1024, PATH_BYTES = 1024, MAX_FIELDS = 9, RESAMPLES = 4000 };

static void golden_path(char *path, const char *name, const char *suffix)
{
    const char *root = getenv("S2S_SOURCE_DIR");
    snprintf(path, PATH_BYTES, "%s/tests/golden/metrics/%s%s", root ? root : ".", name, suffix);
}

static FILE *open_golden(const char *name)
{
    char path[PATH_BYTES];
    golden_path(path, name, "");
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s: cannot be read", path);
    return file;
}

/* The next line, split at tabs into n fields; false at the end of the file. */
static bool read_fields(FILE *file, char *line, char **fields, int n)
{
    if (!fgets(line, LINE_BYTES, file))
        return false;
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < n; i++) {
        fields[i] = line;
        line += strcspn(line, "\t");
        if (*line)
            *line++ = '\0';
    }
    return true;
}

/* The scores of one or two systems. */
typedef struct results {
    s2s_metrics_score scores[2];
    char signature[256];
    int n;
} results;

static s2s_status keep_score(void *arg, const s2s_metrics_score *score, s2s_error *err)
{
    results *f = arg;
    (void)err;
    snprintf(f->signature, sizeof f->signature, "%s", score->signature);
    f->scores[f->n++] = *score;
    return S2S_OK;
}

static results measure(const char *name, int n_references, int n_systems, const s2s_metrics_options *options)
{
    char paths[4][PATH_BYTES];
    golden_path(paths[0], name, ".ref1.txt");
    golden_path(paths[1], name, ".ref2.txt");
    golden_path(paths[2], name, ".hyp.txt");
    golden_path(paths[3], name, ".hyp2.txt");
    const char *references[] = {paths[0], paths[1]}, *outputs[] = {paths[2], paths[3]};
    s2s_metrics_files files = {references, n_references, outputs, n_systems};
    results f = {.n = 0};
    s2s_error err = {0};
    if (s2s_metrics_measure(&files, options, keep_score, &f, &err) != S2S_OK)
        fail_msg("%s: %s", name, err.msg);
    assert_int_equal(f.n, n_systems);
    return f;
}

/* "name=value name=value" */
static void set_options(s2s_metrics_options *options, char *text)
{
    for (char *name; (name = strtok_r(text, " ", &text));) {
        char *value = strchr(name, '=');
        s2s_error err = {0};
        assert_non_null(value);
        *value = '\0';
        const s2s_option *option = s2s_option_find(s2s_metrics_options_table(), name);
        if (!option || s2s_option_set(option, options, value + 1, &err) != S2S_OK)
            fail_msg("%s: %s", name, err.msg);
    }
}

static void test_scores(void **state)
{
    (void)state;
    FILE *file = open_golden("scores.tsv");
    char line[LINE_BYTES], *fields[MAX_FIELDS];
    int n = 0;
    for (; read_fields(file, line, fields, 6); n++) {
        char what[LINE_BYTES];
        snprintf(what, sizeof what, "%s, %s references, %s, %s", fields[0], fields[1], fields[2], fields[3]);
        s2s_metrics_options options;
        s2s_metrics_options_defaults(&options);
        options.metrics = fields[2];
        set_options(&options, fields[3]);
        double expected = strtod(fields[4], NULL);
        results f = measure(fields[0], atoi(fields[1]), 1, &options);
        if (!(fabs(f.scores[0].score - expected) <= 1e-12 * (1 + expected)))
            fail_msg("%s: expected %.17g, found %.17g", what, expected, f.scores[0].score);
        size_t length = strlen(fields[5]);
        if (strncmp(f.signature, fields[5], length) != 0 ||
            strcmp(f.signature + length, "version:s2s-" S2S_VERSION) != 0)
            fail_msg("%s: expected %s and the version, found %s", what, fields[5], f.signature);
    }
    fclose(file);
    assert_true(n > 400);
}

static void assert_near(const char *metric, const char *what, double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%s, %s: expected %g, found %g", metric, what, expected, found);
}

/* Other random numbers give means and p-values that differ by a few hundredths, and intervals by a few %. */
static void check_chance(char **fields, s2s_paired paired)
{
    s2s_metrics_options options;
    s2s_metrics_options_defaults(&options);
    options.metrics = fields[0];
    options.paired = paired;
    options.confidence = true;
    options.resamples = options.trials = RESAMPLES;
    results f = measure("systems", 1, 2, &options);
    for (int i = 0; i < 2; i++) {
        double interval = strtod(fields[3 * i + 3], NULL);
        assert_near(fields[0], "score", f.scores[i].score, strtod(fields[3 * i + 1], NULL), 1e-10);
        assert_near(fields[0], "mean", f.scores[i].mean, strtod(fields[3 * i + 2], NULL), 0.05 * interval);
        assert_near(fields[0], "interval", f.scores[i].interval, interval, 0.1 * interval);
    }
    assert_true(isnan(f.scores[0].p_value));
    assert_near(fields[0], paired == S2S_PAIRED_BOOTSTRAP ? "paired bootstrap" : "randomisation",
                f.scores[1].p_value, strtod(fields[paired == S2S_PAIRED_BOOTSTRAP ? 7 : 8], NULL), 0.05);
    char expected[64];
    snprintf(expected, sizeof expected,
             paired == S2S_PAIRED_BOOTSTRAP ? "nrefs:1|bs:%d|seed:1|case:" : "nrefs:1|bs:%d|ar:%d|seed:1|case:",
             RESAMPLES, RESAMPLES);
    assert_memory_equal(f.signature, expected, strlen(expected));
}

static void test_chance(void **state)
{
    (void)state;
    FILE *file = open_golden("chance.tsv");
    char line[LINE_BYTES], *fields[MAX_FIELDS];
    int n = 0;
    for (; read_fields(file, line, fields, 9); n++) {
        check_chance(fields, S2S_PAIRED_BOOTSTRAP);
        check_chance(fields, S2S_PAIRED_APPROX);
    }
    fclose(file);
    assert_int_equal(n, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
