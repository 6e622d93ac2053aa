/* Subword models cut and join text of public data sets, in the folder S2S_DATA, as SentencePiece's programs do. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* mkdtemp, popen */
#endif
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
#include "subwords_fixture.h"
#include "text/tokeniser.h"
#include "write_text.h"

enum { MAX_LINES = 1500, SKIPPED = 77 };

static bool missing; /* a file or a program that a test needs */

static void find_data(char *path, size_t size, const char *name)
{
    const char *data = getenv("S2S_DATA"), *root = getenv("S2S_SOURCE_DIR");
    if (data)
        snprintf(path, size, "%s/%s", data, name);
    else
        snprintf(path, size, "%s/../shared/data/%s", root ? root : ".", name);
}

/* Lines of a data file (pairs: both sides as one), some that are not in it, and an empty one. */
static int read_lines(char **text, const char **lines, const char *name)
{
    char path[1024];
    s2s_map map;
    find_data(path, sizeof path, name);
    if (s2s_map_open(&map, path, NULL) != S2S_OK)
        return 0;
    *text = malloc(map.size + 1);
    memcpy(*text, map.data, map.size);
    (*text)[map.size] = '\0';
    s2s_map_close(&map);
    int n = 0;
    for (char *line = strtok(*text, "\n"); line && n < MAX_LINES; line = strtok(NULL, "\n"))
        lines[n++] = line;
    lines[n++] = "";
    lines[n++] = "\U0001f600 emoji \U0001f468\u200d\U0001f469 and \u0e44\u0e17\u0e22";
    lines[n++] = "  spaces   around \u00a0 ";
    return n;
}

/* What a program writes. */
static void run(const char *command, s2s_str *out)
{
    char bytes[4096];
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, pipe)) > 0;)
        s2s_str_add(out, bytes, n);
    assert_int_equal(pclose(pipe), 0);
}

static void compare_with_programs(const s2s_tokeniser *tokeniser, const char *const *lines, int n,
                                  const char *folder)
{
    s2s_str text = {0}, pieces = {0}, joined = {0}, theirs = {0};
    s2s_pieces list = {0};
    char path[128], command[512];
    for (int i = 0; i < n; i++) {
        s2s_str_printf(&text, "%s\n", lines[i]);
        assert_int_equal(s2s_tokenise(tokeniser, lines[i], strlen(lines[i]), &list, NULL), S2S_OK);
        for (int k = 0; k < list.n; k++)
            s2s_str_printf(&pieces, "%s%.*s", k ? " " : "", (int)list.items[k].len, list.items[k].data);
        s2s_str_add_char(&pieces, '\n');
        s2s_detokenise(tokeniser, list.items, list.n, &joined);
        s2s_str_add_char(&joined, '\n');
    }
    s2s_span model = s2s_subwords_model(tokeniser->subwords);
    snprintf(path, sizeof path, "%s/model", folder);
    write_bytes(path, model.data, model.len);
    snprintf(path, sizeof path, "%s/text", folder);
    write_bytes(path, text.data, text.len);
    snprintf(command, sizeof command, "spm_encode --model=%s/model <%s/text", folder, folder);
    run(command, &theirs);
    assert_string_equal(s2s_str_text(&pieces), s2s_str_text(&theirs));
    s2s_str_clear(&theirs);
    snprintf(command, sizeof command, "spm_encode --model=%s/model <%s/text | spm_decode --model=%s/model",
             folder, folder, folder);
    run(command, &theirs);
    assert_string_equal(s2s_str_text(&joined), s2s_str_text(&theirs));
    s2s_str_free(&text);
    s2s_str_free(&pieces);
    s2s_str_free(&joined);
    s2s_str_free(&theirs);
    s2s_pieces_free(&list);
}

static void compare_on(const char *name)
{
    static const char *lines[MAX_LINES + 3];
    char *text = NULL, folder[] = "/tmp/s2s-subwords-XXXXXX", path[64];
    int n = read_lines(&text, lines, name);
    if (n == 0 || system("command -v spm_encode >/dev/null && command -v spm_decode >/dev/null") != 0) {
        print_message("skipped: no %s in S2S_DATA, or no spm_encode and spm_decode\n", name);
        free(text);
        missing = true;
        skip();
    }
    assert_non_null(mkdtemp(folder));
    for (int k = 0; k < 4; k++) {
        s2s_subwords *subwords;
        s2s_error err = {0};
        s2s_tokeniser_kind kind = k % 2 ? S2S_TOKENISE_UNIGRAM : S2S_TOKENISE_BPE;
        bool byte_fallback = k >= 2;
        if (train_on_lines(&subwords, kind, lines, n, 2000, false, byte_fallback, &err) != S2S_OK)
            fail_msg("%s", err.msg);
        compare_with_programs(&(s2s_tokeniser){.kind = kind, .subwords = subwords}, lines, n, folder);
        s2s_subwords_free(subwords);
    }
    snprintf(path, sizeof path, "%s/model", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/text", folder);
    unlink(path);
    rmdir(folder);
    free(text);
}

static void test_german_as_spm_encode(void **state)
{
    (void)state;
    compare_on("multi30k/raw/val.de");
}

static void test_french_and_english_as_spm_encode(void **state)
{
    (void)state;
    compare_on("tatoeba/valid.fra-eng.tsv");
}

static void test_japanese_as_spm_encode(void **state)
{
    (void)state;
    compare_on("enja50k/dev.ja");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_german_as_spm_encode),
        cmocka_unit_test(test_french_and_english_as_spm_encode),
        cmocka_unit_test(test_japanese_as_spm_encode),
    };
    int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    return n_failed == 0 && missing ? SKIPPED : n_failed;
}
