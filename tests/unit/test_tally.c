/* eval/tally.h */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "eval/tally.h"

#define CLOSE 1e-9

static void assert_close(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("expected %.12g, found %.12g", expected, found);
}

/* Splits at spaces; pieces point into text. */
static int split(s2s_span *pieces, const char *text)
{
    int n = 0;
    while (*text) {
        size_t len = strcspn(text, " ");
        pieces[n++] = (s2s_span){text, len};
        text += len + (text[len] == ' ');
    }
    return n;
}

/* Adds an output with its references; returns the nearest one. */
static int add(s2s_tally *tally, const char *hyp, const char *const *references, int n, int *edits)
{
    s2s_span hyp_pieces[32], ref_pieces[4][32], ref_texts[4];
    const s2s_span *refs[4];
    int n_refs[4], nearest = -1;
    for (int i = 0; i < n; i++) {
        n_refs[i] = split(ref_pieces[i], references[i]);
        refs[i] = ref_pieces[i];
        ref_texts[i] = (s2s_span){references[i], strlen(references[i])};
    }
    const s2s_alignment *alignment;
    s2s_error err = {0};
    s2s_status status = s2s_tally_add(tally, hyp_pieces, split(hyp_pieces, hyp), (s2s_span){hyp, strlen(hyp)},
                                      refs, n_refs, ref_texts, n, &nearest, &alignment, &err);
    assert_string_equal(err.msg, "");
    assert_int_equal(status, S2S_OK);
    if (edits)
        *edits = alignment->edits;
    return nearest;
}

static void add_one(s2s_tally *tally, const char *hyp, const char *reference)
{
    assert_int_equal(add(tally, hyp, &reference, 1, NULL), 0);
}

static void test_rates(void **state)
{
    (void)state;
    s2s_tally *tally = s2s_tally_new();
    assert_non_null(tally);
    add_one(tally, "a b c", "a b c");
    add_one(tally, "a x c", "a b c"); /* S */
    add_one(tally, "a a", "a b");     /* S */
    add_one(tally, "c", "c d");       /* D */
    s2s_evaluation e;
    s2s_tally_result(tally, &e);
    assert_int_equal(e.n_sequences, 4);
    assert_int_equal(e.n_correct_sequences, 1);
    assert_close(e.sequence_accuracy, 25, CLOSE);
    assert_int_equal(e.tokens.substitutions, 2);
    assert_int_equal(e.tokens.insertions, 0);
    assert_int_equal(e.tokens.deletions, 1);
    assert_int_equal(e.tokens.reference_tokens, 10);
    assert_close(e.token_error_rate, 30, CLOSE);
    assert_close(e.token_accuracy, 70, CLOSE);
    assert_int_equal(e.characters.substitutions, 2);
    assert_int_equal(e.characters.deletions, 2); /* the space counts */
    assert_int_equal(e.characters.reference_tokens, 16);
    assert_close(e.character_error_rate, 25, CLOSE);
    /* matches / outputs / references: a 3/4/3, b 1/1/3, c 3/3/3, x 0/1/0, d 0/0/1 */
    assert_close(e.precision_micro, 100 * 7 / 9.0, CLOSE);
    assert_close(e.recall_micro, 70, CLOSE);
    assert_close(e.f1_micro, 100 * 14 / 19.0, CLOSE);
    assert_close(e.precision_macro, 100 * (0.75 + 1 + 1 + 0 + 0) / 5, CLOSE);
    assert_close(e.recall_macro, 100 * (1 + 1 / 3.0 + 1 + 0 + 0) / 5, CLOSE);
    assert_close(e.f1_macro, 100 * (6 / 7.0 + 0.5 + 1 + 0 + 0) / 5, CLOSE);
    assert_true(isnan(e.log_prob) && isnan(e.perplexity));
    s2s_tally_free(tally);
}

static void test_nearest_reference(void **state)
{
    (void)state;
    s2s_tally *tally = s2s_tally_new();
    int edits;
    assert_int_equal(add(tally, "a b c", (const char *[]){"x y z", "a b d", "a c"}, 3, &edits),
                     1); /* the longer */
    assert_int_equal(edits, 1);
    assert_int_equal(add(tally, "a b", (const char *[]){"a x", "a y"}, 2, &edits), 0); /* the first */
    assert_int_equal(add(tally, "a b", (const char *[]){"a x", "a b"}, 2, &edits), 1);
    assert_int_equal(edits, 0);
    s2s_evaluation e;
    s2s_tally_result(tally, &e);
    assert_int_equal(e.n_correct_sequences, 1);
    assert_int_equal(e.tokens.reference_tokens, 7);
    /* classes of references that were not the nearest do not count: a, b, c, d, x */
    assert_close(e.recall_macro, 100 * (1 + 1 + 0 + 0 + 0) / 5.0, CLOSE);
    s2s_tally_free(tally);
}

static void test_empty(void **state)
{
    (void)state;
    s2s_tally *tally = s2s_tally_new();
    s2s_evaluation e;
    s2s_tally_result(tally, &e);
    assert_int_equal(e.n_sequences, 0);
    assert_close(e.token_error_rate, 0, 0);
    assert_close(e.f1_macro, 0, 0);
    add_one(tally, "", "");
    s2s_tally_result(tally, &e);
    assert_close(e.sequence_accuracy, 100, 0);
    add_one(tally, "a", "");
    s2s_tally_result(tally, &e);
    assert_close(e.token_error_rate, 100, 0);
    s2s_error err;
    assert_int_equal(s2s_tally_add(tally, NULL, 0, (s2s_span){"", 0}, NULL, NULL, NULL, 0, NULL, NULL, &err),
                     S2S_MISUSE);
    s2s_tally_free(tally);
}

static void test_characters_are_code_points(void **state)
{
    (void)state;
    s2s_tally *tally = s2s_tally_new();
    s2s_evaluation e;
    add_one(tally, "née日", "nee本");
    s2s_tally_result(tally, &e);
    assert_int_equal(e.characters.reference_tokens, 4);
    assert_close(e.character_error_rate, 50, CLOSE);
    s2s_tally_free(tally);
}

static void test_many_classes(void **state)
{
    (void)state;
    s2s_tally *tally = s2s_tally_new();
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5000; i++) {
            char ref[24], hyp[24];
            snprintf(ref, sizeof ref, "piece%d", i);
            snprintf(hyp, sizeof hyp, "piece%d", i < 1000 ? -i : i);
            add_one(tally, hyp, ref);
        }
    s2s_evaluation e;
    s2s_tally_result(tally, &e);
    /* piece0 is "piece0" on both sides; 999 classes only in references and 999 only in outputs are at 0 */
    assert_close(e.f1_macro, 100 * 4001 / 5999.0, 1e-6);
    s2s_tally_free(tally);
}

static void test_perplexity(void **state)
{
    (void)state;
    s2s_tally *tally = s2s_tally_new();
    s2s_tally_add_log_prob(tally, -3 * log(4), 3);
    s2s_tally_add_log_prob(tally, -log(4), 1);
    s2s_evaluation e;
    s2s_tally_result(tally, &e);
    assert_close(e.log_prob, -4 * log(4), CLOSE);
    assert_close(e.perplexity, 4, CLOSE);
    s2s_tally_free(tally);
    s2s_tally_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),        cmocka_unit_test(test_nearest_reference),
        cmocka_unit_test(test_empty),        cmocka_unit_test(test_characters_are_code_points),
        cmocka_unit_test(test_many_classes), cmocka_unit_test(test_perplexity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
