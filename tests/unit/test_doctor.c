/* s2s/doctor.h: what is found in data, where, and how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "s2s/s2s.h"
#include "write_text.h"

static char folder[] = "/tmp/s2s-doctor-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    unlink("a");
    unlink("b");
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

/* Training pairs are those of "a", validation pairs those of "b". */
static s2s_train_options options_of_files(void)
{
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    options.train = "a";
    options.valid = "b";
    return options;
}

static s2s_diagnosis *examine(const s2s_train_options *options)
{
    s2s_diagnosis *diagnosis;
    s2s_error err = {0};
    if (s2s_doctor_examine(&diagnosis, options, 2, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return diagnosis;
}

static const s2s_finding *find(const s2s_diagnosis *d, s2s_finding_kind kind)
{
    for (int i = 0; i < d->n_findings; i++)
        if (d->findings[i].kind == kind)
            return &d->findings[i];
    return NULL;
}

/* count of `of`, first in `file` (NULL: no line) with this detail. */
static void assert_found(const s2s_diagnosis *d, s2s_finding_kind kind, int count, int of, const char *file,
                         int line, const char *detail)
{
    const s2s_finding *finding = find(d, kind);
    assert_non_null(finding);
    assert_int_equal(finding->count, count);
    assert_int_equal(finding->of, of);
    assert_true(finding->n_examples > 0 && finding->n_examples <= 2);
    const s2s_example *example = &finding->examples[0];
    assert_int_equal(example->file != NULL, file != NULL);
    if (file) {
        assert_string_equal(example->file, file);
        assert_int_equal(example->line, line);
    }
    assert_int_equal(example->detail != NULL, detail != NULL);
    if (detail)
        assert_string_equal(example->detail, detail);
}

static void test_sound(void **state)
{
    (void)state;
    write_text("a", "a b\tx\nb c\ty z\n");
    write_text("b", "c a\tz\n");
    s2s_train_options options = options_of_files();
    s2s_diagnosis *d = examine(&options);
    assert_int_equal(d->n_findings, 0);
    assert_int_equal(d->n_errors, 0);
    assert_int_equal(d->n_sides, 4);
    const s2s_side_figures *source = &d->sides[0], *target = &d->sides[1];
    assert_int_equal(source->n_sequences, 2);
    assert_int_equal(source->n_tokens, 4);
    assert_int_equal(source->n_distinct, 3);
    assert_int_equal(target->n_tokens, 3);
    assert_int_equal(target->shortest, 1);
    assert_int_equal(target->longest, 2);
    s2s_diagnosis_free(d);
    s2s_diagnosis_free(NULL);
}

static void test_flaws(void **state)
{
    (void)state;
    write_text("a", "a\tb\nno tab\nbad \351\tb\n\tb\na\t\nno tab\nno tab\nc\x07\td\r\ne\xe2\x80\xa8\tf\n");
    write_text("b", "a b\tb\n");
    s2s_train_options options = options_of_files();
    s2s_diagnosis *d = examine(&options);
    assert_int_equal(d->n_errors, 3);
    assert_found(d, S2S_FINDING_NO_TAB, 3, 10, "a", 2, "expected source<TAB>target, found no TAB");
    assert_int_equal(find(d, S2S_FINDING_NO_TAB)->n_examples, 2);
    assert_found(d, S2S_FINDING_NOT_UTF8, 1, 10, "a", 3, "expected UTF-8, found byte 0xe9 at byte offset 4");
    assert_found(d, S2S_FINDING_EMPTY_SIDE, 2, 10, "a", 4, "expected source<TAB>target, found an empty source");
    assert_found(d, S2S_FINDING_CR, 1, 10, "a", 8, NULL);
    assert_found(d, S2S_FINDING_CONTROL, 1, 10, "a", 8, "U+0007 at byte offset 1");
    assert_found(d, S2S_FINDING_SEPARATOR, 1, 10, "a", 9, "U+2028 at byte offset 1");
    assert_int_equal(d->sides[0].n_sequences, 3); /* the sound lines are looked at all the same */
    s2s_diagnosis_free(d);
}

static void test_repetitions(void **state)
{
    (void)state;
    write_text("a", "a\tx\nb\tx\na\ty\na\tx\nc\tc\nd\tx\ty\nd\tx\ty\n");
    write_text("b", "e\tx\na\tz\nb\tx\n");
    s2s_train_options options = options_of_files();
    s2s_diagnosis *d = examine(&options);
    assert_int_equal(d->n_errors, 0);
    assert_found(d, S2S_FINDING_DUPLICATE, 2, 7, "a", 4, "as line 1");
    assert_found(d, S2S_FINDING_AMBIGUOUS, 3, 7, "a", 1, "line 3 has another target");
    assert_found(d, S2S_FINDING_COPY, 1, 12, "a", 5, NULL);
    assert_found(d, S2S_FINDING_SHARED_PAIR, 1, 3, "b", 3, "as line 2 of the training data");
    assert_found(d, S2S_FINDING_SHARED_SOURCE, 2, 3, "b", 2, "source of line 1 of the training data");
    s2s_diagnosis_free(d);
}

static void test_lengths(void **state)
{
    (void)state;
    write_text("a", "a b c\tx\na\tx x x x x x x x x\na\tx x x x x x x x x x\na\tx x x x x x x x x x x\n");
    write_text("b", "a b\tx\n");
    s2s_train_options options = options_of_files();
    options.max_length = 10;
    s2s_diagnosis *d = examine(&options);
    assert_found(d, S2S_FINDING_TOO_LONG, 1, 5, "a", 4, "1 and 11 tokens");
    assert_found(d, S2S_FINDING_UNEVEN, 1, 5, "a", 3, "1 and 10 tokens");
    assert_int_equal(d->n_errors, 0);
    s2s_diagnosis_free(d);

    options.max_length_ratio = 1.5; /* leaves no training pair; validation pairs it does not touch */
    d = examine(&options);
    assert_found(d, S2S_FINDING_NO_PAIRS, 1, 2, NULL, 0, "training: none of 4 pairs can be used");
    assert_found(d, S2S_FINDING_UNEVEN, 4, 5, "a", 1, "3 and 1 tokens");
    s2s_diagnosis_free(d);
}

static void test_figures(void **state)
{
    (void)state;
    FILE *file = fopen("a", "w");
    assert_non_null(file);
    for (int i = 1; i <= 20; i++) { /* sources of 1 to 20 tokens */
        for (int k = 0; k < i; k++)
            fputs("w ", file);
        fprintf(file, "\tt%d\n", i);
    }
    assert_int_equal(fclose(file), 0);
    write_text("b", "w u u v\tt1\nw\tnew\n");
    s2s_train_options options = options_of_files();
    s2s_diagnosis *d = examine(&options);
    const s2s_side_figures *source = &d->sides[0], *validation = &d->sides[2];
    assert_int_equal(source->shortest, 1);
    assert_int_equal(source->median, 10);
    assert_int_equal(source->percentile_95, 19);
    assert_int_equal(source->longest, 20);
    assert_int_equal(source->n_tokens, 210);
    assert_int_equal(source->n_distinct, 1);
    assert_int_equal(d->sides[1].n_distinct, 20);
    assert_int_equal(validation->n_tokens, 5);
    assert_int_equal(validation->n_unknown, 3);
    assert_found(d, S2S_FINDING_UNKNOWN_SOURCE, 3, 5, NULL, 0, "u (2)");
    assert_found(d, S2S_FINDING_UNKNOWN_TARGET, 1, 2, NULL, 0, "new (1)");
    s2s_diagnosis_free(d);
}

/* A token that is longer than anyone wants to see is cut between characters. */
static void test_long_token(void **state)
{
    (void)state;
    FILE *file = fopen("b", "w");
    assert_non_null(file);
    fputc('x', file);
    for (int i = 0; i < 1000; i++)
        fputs("\u00e9", file);
    fputs("\tx\n", file);
    assert_int_equal(fclose(file), 0);
    write_text("a", "a\tx\n");
    s2s_train_options options = options_of_files();
    s2s_diagnosis *d = examine(&options);
    const char *detail = find(d, S2S_FINDING_UNKNOWN_SOURCE)->examples[0].detail;
    assert_int_equal(strlen(detail), strlen(" (1)") + 199);
    assert_string_equal(detail + 197, "\u00e9 (1)");
    s2s_diagnosis_free(d);
}

/* Files that training would refuse as a whole. */
static void test_whole_files(void **state)
{
    (void)state;
    s2s_train_options options = options_of_files();
    options.train = NULL;
    options.src = options.valid = "a";
    options.tgt = "b";
    write_text("a", "a\tx\nb\ty\nc\tz\n");
    write_text("b", "x\ny\n");
    s2s_diagnosis *d = examine(&options);
    assert_found(d, S2S_FINDING_MISALIGNED, 1, 1, NULL, 0, "a has 3 lines, b 2");
    assert_int_equal(d->n_errors, 1);
    s2s_diagnosis_free(d);

    options = options_of_files();
    write_text("a", "");
    d = examine(&options);
    assert_int_equal(d->n_sides, 0);
    assert_non_null(find(d, S2S_FINDING_NO_PAIRS));
    s2s_diagnosis_free(d);

    write_text("a", "a\tx\n");
    options.valid = NULL;
    d = examine(&options);
    assert_int_equal(find(d, S2S_FINDING_NOT_HELD_OUT)->count, 1);
    assert_int_equal(d->n_errors, 0);
    s2s_diagnosis_free(d);

    options.src_tokens = 4; /* unigram, of more subwords than one letter makes */
    options.vocab_size = 5000;
    d = examine(&options);
    assert_non_null(find(d, S2S_FINDING_NO_VOCABULARY));
    assert_int_equal(d->n_sides, 0);
    s2s_diagnosis_free(d);
}

static void test_refused(void **state)
{
    (void)state;
    s2s_diagnosis *d;
    s2s_error err;
    s2s_train_options options = options_of_files();
    write_text("a", "a\tx\n");
    unlink("b");
    assert_int_equal(s2s_doctor_examine(&d, &options, 1, &err), S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, "b: "));
    assert_null(d);
    assert_int_equal(s2s_doctor_examine(&d, &options, -1, &err), S2S_MISUSE);
    assert_int_equal(s2s_doctor_examine(&d, &options, S2S_MAX_EXAMPLES + 1, &err), S2S_MISUSE);
    assert_int_equal(s2s_doctor_examine(&d, NULL, 1, &err), S2S_MISUSE);
    options.max_length_ratio = 0.5;
    assert_int_equal(s2s_doctor_examine(&d, &options, 1, &err), S2S_BAD_CONFIG);
    assert_string_equal(err.msg, "--max-length-ratio: expected 0 or at least 1, found 0.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),   cmocka_unit_test(test_flaws),      cmocka_unit_test(test_repetitions),
        cmocka_unit_test(test_lengths), cmocka_unit_test(test_figures),    cmocka_unit_test(test_whole_files),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_long_token),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
