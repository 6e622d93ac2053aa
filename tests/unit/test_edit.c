/* eval/edit.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "eval/edit.h"

static s2s_arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = s2s_arena_new(4096);
    return arena ? 0 : -1;
}

static int free_arena(void **state)
{
    (void)state;
    s2s_arena_free(arena);
    return 0;
}

/* Letters as tokens. */
static int letters(int *tokens, const char *text)
{
    int n = (int)strlen(text);
    for (int i = 0; i < n; i++)
        tokens[i] = text[i];
    return n;
}

/* Expected operations as letters: '=' match, 'S', 'I', 'D'. */
static void check_align(const char *ref, const char *hyp, const char *expected)
{
    int r[64], h[64], n_ref = letters(r, ref), n_hyp = letters(h, hyp);
    s2s_alignment alignment;
    assert_true(s2s_edit_align(&alignment, r, n_ref, h, n_hyp, arena));
    char found[129] = "";
    int edits = 0;
    for (int i = 0; i < alignment.n_ops; i++)
        found[i] = "=SID"[alignment.ops[i]];
    for (const char *p = expected; *p; p++)
        edits += *p != '=';
    assert_string_equal(found, expected);
    assert_int_equal(alignment.edits, edits);
    assert_int_equal(s2s_edit_distance(r, n_ref, h, n_hyp, arena), edits);
}

static void test_alignments(void **state)
{
    (void)state;
    check_align("", "", "");
    check_align("abc", "abc", "===");
    check_align("abc", "", "DDD");
    check_align("", "abc", "III");
    check_align("abc", "axc", "=S=");
    check_align("abc", "ac", "=D=");
    check_align("ac", "abc", "=I=");
    check_align("kitten", "sitting", "S===S=I");
}

static void test_most_matches_win(void **state)
{
    (void)state;
    check_align("ab", "ba", "I=D"); /* not two substitutions */
}

/* The recurrence of the definition, without any saving. */
static int plain_distance(const int *ref, int n_ref, const int *hyp, int n_hyp)
{
    if (n_ref == 0 || n_hyp == 0)
        return n_ref + n_hyp;
    int best = plain_distance(ref + 1, n_ref - 1, hyp + 1, n_hyp - 1) + (ref[0] != hyp[0]);
    int without_ref = plain_distance(ref + 1, n_ref - 1, hyp, n_hyp) + 1;
    int without_hyp = plain_distance(ref, n_ref, hyp + 1, n_hyp - 1) + 1;
    best = without_ref < best ? without_ref : best;
    return without_hyp < best ? without_hyp : best;
}

static void test_random_pairs(void **state)
{
    (void)state;
    s2s_rng rng;
    s2s_rng_seed(&rng, 1);
    for (int round = 0; round < 300; round++) {
        int ref[6], hyp[6], n_ref = (int)s2s_rng_below(&rng, 7), n_hyp = (int)s2s_rng_below(&rng, 7);
        for (int i = 0; i < 6; i++) {
            ref[i] = (int)s2s_rng_below(&rng, 3);
            hyp[i] = (int)s2s_rng_below(&rng, 3);
        }
        int expected = plain_distance(ref, n_ref, hyp, n_hyp);
        s2s_alignment alignment;
        assert_true(s2s_edit_align(&alignment, ref, n_ref, hyp, n_hyp, arena));
        assert_int_equal(alignment.edits, expected);
        s2s_edit_counts counts, aligned = {.reference_tokens = n_ref};
        const int *r = ref, *h = hyp;
        for (int i = 0; i < alignment.n_ops; i++) {
            s2s_edit_op op = alignment.ops[i];
            if (op == S2S_EDIT_MATCH || op == S2S_EDIT_SUBSTITUTE)
                assert_int_equal(*r == *h, op == S2S_EDIT_MATCH);
            r += op != S2S_EDIT_INSERT;
            h += op != S2S_EDIT_DELETE;
            aligned.substitutions += op == S2S_EDIT_SUBSTITUTE;
            aligned.insertions += op == S2S_EDIT_INSERT;
            aligned.deletions += op == S2S_EDIT_DELETE;
        }
        assert_ptr_equal(r, ref + n_ref);
        assert_ptr_equal(h, hyp + n_hyp);
        assert_true(s2s_edit_count(&counts, ref, n_ref, hyp, n_hyp, arena));
        assert_memory_equal(&counts, &aligned, sizeof counts);
        s2s_arena_reset(arena);
    }
}

static s2s_span span(const char *text)
{
    return (s2s_span){text, strlen(text)};
}

static void test_print(void **state)
{
    (void)state;
    const int r[] = {1, 2, 3, 4}, h[] = {1, 5, 4, 6};
    const s2s_span ref[] = {span("a"), span("日本"), span("c"), span("d")};
    const s2s_span hyp[] = {span("a"), span("é"), span("d"), span("xyz")};
    s2s_alignment alignment;
    s2s_str text = {0};
    assert_true(s2s_edit_align(&alignment, r, 4, h, 4, arena));
    s2s_edit_print(&alignment, ref, hyp, &text);
    assert_string_equal(s2s_str_text(&text), "REF: a 日本 c d *  \n"
                                             "HYP: a *    é d xyz\n"
                                             "OP:    D    S   I  ");
    s2s_str_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignments),
        cmocka_unit_test(test_most_matches_win),
        cmocka_unit_test(test_random_pairs),
        cmocka_unit_test(test_print),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
