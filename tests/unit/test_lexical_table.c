/* lexical/table.h: files of translations, whoever wrote them. */
#include "predict_bench.h"

#include "lexical/table.h"
#include "write_text.h"

typedef struct files {
    char folder[64], path[96];
    s2s_lexical_vocabs vocabs; /* a, b, c, " ", NULL, "x y" on both sides */
} files;

enum { LETTER_A = S2S_N_SPECIALS, LETTER_B, LETTER_C, BLANK, NAMED_NULL, WITH_BLANK, N_PIECES };

static s2s_vocab *new_vocab(void)
{
    static const s2s_span pieces[N_PIECES] = {{"<unk>", 5}, {"<s>", 3}, {"</s>", 4}, {"a", 1},  {"b", 1},
                                              {"c", 1},     {" ", 1},   {"NULL", 4}, {"x y", 3}};
    s2s_error err = {0};
    s2s_vocab *vocab;
    must(s2s_vocab_from_pieces(&vocab, pieces, N_PIECES, &err), &err);
    return vocab;
}

static int set_up(void **state)
{
    static files f;
    strcpy(f.folder, "/tmp/s2s-table-XXXXXX");
    assert_non_null(mkdtemp(f.folder));
    snprintf(f.path, sizeof f.path, "%s/table", f.folder);
    f.vocabs = (s2s_lexical_vocabs){new_vocab(), new_vocab()};
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    files *f = *state;
    s2s_vocab_free((s2s_vocab *)f->vocabs.source);
    s2s_vocab_free((s2s_vocab *)f->vocabs.target);
    unlink(f->path);
    return rmdir(f->folder); /* fails where anything else was left */
}

static s2s_translation *read_all(const files *f, size_t *n, size_t *n_unknown)
{
    s2s_error err = {0};
    s2s_translation *list;
    must(s2s_lexical_read(f->path, &f->vocabs, &list, n, n_unknown, &err), &err);
    return list;
}

static void assert_translation(const s2s_translation *found, int source, int target, double probability)
{
    assert_int_equal(found->source, source);
    assert_int_equal(found->target, target);
    assert_true(found->probability == probability);
}

static void what_was_written_is_read(void **state)
{
    const files *f = *state;
    static const s2s_translation list[] = {
        {S2S_TOKEN_UNK, LETTER_A, 0.25}, {LETTER_A, BLANK, 0.5},      {BLANK, BLANK, 0.125},
        {BLANK, LETTER_C, 1e-7},         {N_PIECES, LETTER_B, 1},     {LETTER_B, S2S_TOKEN_EOS, 0.5},
        {NAMED_NULL, LETTER_A, 0.5},     {LETTER_B, WITH_BLANK, 0.5}, {LETTER_C, NAMED_NULL, 0.5},
    };
    s2s_error err = {0};
    size_t n, n_lines, n_unknown;
    must(s2s_lexical_write(f->path, list, sizeof list / sizeof *list, &f->vocabs, &n_lines, &err), &err);
    s2s_translation *found = read_all(f, &n, &n_unknown);
    assert_int_equal(n_lines, 6);
    assert_int_equal(n, 6);
    assert_int_equal(n_unknown, 0);
    for (int i = 0; i < 5; i++)
        assert_translation(&found[i], list[i].source, list[i].target, list[i].probability);
    assert_translation(&found[5], LETTER_C, NAMED_NULL, 0.5);
    free(found);
}

static void what_the_model_does_not_know_is_counted(void **state)
{
    const files *f = *state;
    size_t n, n_unknown;
    write_text(f->path,
               "a b 0.5\r\nzebra a 0.5\na zebra 0.5\nNULL a 0.1\nb NULL 0.3\n<unk> a 1\na <unk> 1\nc c 0\n");
    s2s_translation *found = read_all(f, &n, &n_unknown);
    assert_int_equal(n, 5);
    assert_int_equal(n_unknown, 3);
    assert_translation(&found[0], LETTER_B, LETTER_A, 0.5);
    assert_translation(&found[1], LETTER_A, NAMED_NULL, 0.1); /* a piece of this vocabulary */
    assert_translation(&found[2], N_PIECES, LETTER_B, 0.3);
    assert_translation(&found[3], S2S_TOKEN_UNK, LETTER_A, 1);
    assert_translation(&found[4], LETTER_C, LETTER_C, 0);
    free(found);
}

static void expect_refused(const files *f, const char *text, const char *message)
{
    s2s_error err = {0};
    s2s_translation *list;
    size_t n, n_unknown;
    write_text(f->path, text);
    assert_int_equal(s2s_lexical_read(f->path, &f->vocabs, &list, &n, &n_unknown, &err), S2S_BAD_DATA);
    assert_int_equal(strncmp(err.msg, f->path, strlen(f->path)), 0);
    if (!strstr(err.msg, message))
        fail_msg("expected \"%s\", found \"%s\"", message, err.msg);
}

static void hostile_files(void **state)
{
    const files *f = *state;
    static const char probability[] = ":2: expected a probability from 0 to 1, found ";
    static const char *const bad[] = {"nan", "NaN", "inf", "-0.1", "1.5", "", "half", "0.5 ", "0.5 x", "1e999"};
    expect_refused(f, "", "expected at least one line");
    expect_refused(f, "a b 0.5\n\n", ":2: expected \"target source probability\", found \"\"");
    expect_refused(f, "a b 0.5\na\n", ":2: expected \"target source probability\"");
    expect_refused(f, "a b\n", ":1: expected \"target source probability\"");
    expect_refused(f, "a\tb\t0.5\n", ":1: expected \"target source probability\"");
    expect_refused(f, " a b 0.5\n", ":1: expected \"target source probability\"");
    expect_refused(f, "a  b 0.5\n", ":1: expected \"target source probability\"");
    expect_refused(f, "\xff b 0.5\n", ":1: expected UTF-8");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64];
        snprintf(text, sizeof text, "a b 1\na b %s\n", bad[i]);
        expect_refused(f, text, probability);
    }
    char digits[300] = "a b 0.";
    memset(digits + strlen(digits), '5', 200);
    expect_refused(f, digits, ":1: expected a probability");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(what_the_model_does_not_know_is_counted),
        cmocka_unit_test(hostile_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
