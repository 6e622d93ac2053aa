/* Text of any kind through corpora, tokenisers and vocabularies: it is refused with a message or read for what
 * it is, and nothing is touched outside of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/rng.h"
#include "data/corpus.h"
#include "text/tokeniser.h"
#include "text/vocab.h"
#include "write_text.h"

enum { N_ROUNDS = 3000, MAX_BYTES = 400 };

static char folder[] = "/tmp/s2s-text-XXXXXX";
static char path[64];
static s2s_rng rng;
static s2s_pieces pieces, again;
static s2s_str joined;

/* ---- texts by chance ---- */

/* What texts are made of: letters, white space, all that ends or breaks a line, marks, and bytes out of place.
 */
static const char *const scraps[] = {
    "a",
    "b",
    "\t",
    "\t",
    "\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\xc2\xa0",
    "\xe3\x80\x80",
    "\xcc\x81",
    "\xe2\x80\x8d",
    "\xf0\x9f\x98\x80",
    "\xd8\x80",
    "\xef\xbb\xbf",
    "'",
    "-",
    ".",
    "\"",
    "3",
    "\xe2\x80\xa8",
    "<s>",
    "</s>",
    "<unk>",
    "\x7f",
    "\xc3\xa9",
};
static const char *const bad_scraps[] = {
    "", "\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x80", "\x80", "\x01"};

/* Scraps of text; of ten texts, `bad` hold bytes that are not UTF-8 (the empty one stands for a NUL). */
static size_t make_text(char *text, uint32_t bad)
{
    size_t n = 0, wanted = s2s_rng_below(&rng, MAX_BYTES - 8);
    bool spoilt = s2s_rng_below(&rng, 10) < bad;
    while (n < wanted) {
        bool from_bad = spoilt && s2s_rng_below(&rng, 20) == 0;
        const char *scrap = from_bad ? bad_scraps[s2s_rng_below(&rng, sizeof bad_scraps / sizeof *bad_scraps)]
                                     : scraps[s2s_rng_below(&rng, sizeof scraps / sizeof *scraps)];
        size_t len = *scrap ? strlen(scrap) : 1;
        memcpy(text + n, scrap, len);
        n += len;
    }
    return n;
}

/* A copy of its very size, where a sanitizer sees each byte too far. */
static char *exact_copy(const char *text, size_t n)
{
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    if (n > 0)
        memcpy(copy, text, n);
    return copy;
}

/* ---- tokenisers ---- */

static void assert_pieces_of(const char *line, size_t n, s2s_tokeniser_kind kind)
{
    const char *from = line;
    size_t total = 0;
    for (int i = 0; i < pieces.n; i++) {
        s2s_span piece = pieces.items[i];
        assert_true(piece.len > 0 && piece.data >= from && piece.data + piece.len <= line + n);
        from = piece.data + piece.len;
        total += piece.len;
    }
    bool blank = s2s_is_blank(line, n);
    assert_true((pieces.n == 0) == blank);
    if (kind == S2S_TOKENISE_CHARACTER && !blank)
        assert_int_equal(total, n);
}

static void tokenise_line(const char *line, size_t n)
{
    s2s_error err;
    for (int t = 0; t <= S2S_TOKENISE_WORD; t++) {
        const s2s_tokeniser tokeniser = {.kind = (s2s_tokeniser_kind)t};
        assert_int_equal(s2s_tokenise(&tokeniser, line, n, &pieces, &err), S2S_OK);
        assert_pieces_of(line, n, tokeniser.kind);
        s2s_str_clear(&joined);
        s2s_detokenise(&tokeniser, pieces.items, pieces.n, &joined);
        assert_false(joined.failed);
        if (tokeniser.kind == S2S_TOKENISE_WORD) /* joins to ordinary text, not to the line */
            continue;
        assert_int_equal(s2s_tokenise(&tokeniser, s2s_str_text(&joined), joined.len, &again, &err), S2S_OK);
        assert_int_equal(again.n, pieces.n);
        for (int i = 0; i < pieces.n; i++) {
            assert_int_equal(again.items[i].len, pieces.items[i].len);
            assert_memory_equal(again.items[i].data, pieces.items[i].data, pieces.items[i].len);
        }
    }
}

static void test_tokenisers(void **state)
{
    (void)state;
    char text[MAX_BYTES];
    for (int round = 0; round < N_ROUNDS; round++) {
        size_t n = make_text(text, 5);
        if (round % 3 == 0)
            for (size_t i = 0; i < n; i++)
                text[i] = (char)s2s_rng_below(&rng, 256);
        char *line = exact_copy(text, n);
        tokenise_line(line, n);
        free(line);
    }
}

/* ---- corpora ---- */

static void check_span(s2s_span span)
{
    assert_int_equal(s2s_utf8_check(span.data, span.len), span.len);
    assert_null(memchr(span.data, '\0', span.len));
    assert_null(memchr(span.data, '\n', span.len));
    assert_false(s2s_is_blank(span.data, span.len));
    tokenise_line(span.data, span.len);
}

/* Opens what the file holds, as pairs or as both of two parallel files; returns how many pairs it has, -1
 * where it is refused. */
static long open_corpus(bool pairs)
{
    s2s_corpus *corpus;
    s2s_error err = {0};
    const char *parallel = pairs ? NULL : path;
    s2s_corpus_options options = {.pairs = pairs ? path : NULL, .source = parallel, .target = parallel};
    s2s_status status = s2s_corpus_open(&corpus, &options, &err);
    if (status != S2S_OK) {
        if (status != S2S_BAD_DATA || strncmp(err.msg, path, strlen(path)) != 0)
            fail_msg("expected bad data and its place, found status %d: %s", status, err.msg);
        return -1;
    }
    size_t n = s2s_corpus_size(corpus);
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) {
        check_span(s2s_corpus_source(corpus, i));
        int n_targets = s2s_corpus_n_targets(corpus, i);
        assert_in_range(n_targets, 1, pairs ? S2S_MAX_TARGETS : 1);
        for (int k = 0; k < n_targets; k++)
            check_span(s2s_corpus_target(corpus, i, k));
    }
    s2s_corpus_close(corpus);
    return (long)n;
}

static void test_corpora(void **state)
{
    (void)state;
    char text[MAX_BYTES];
    int n_read = 0;
    for (int round = 0; round < N_ROUNDS / 3; round++) {
        size_t n = make_text(text, 3);
        write_bytes(path, text, n);
        n_read += open_corpus(true) > 0;
        n_read += open_corpus(false) > 0;
    }
    assert_true(n_read > 20);
}

/* n times the unit, then the end; returns what open_corpus says of it. */
static long storm(const char *unit, size_t n_unit, size_t n, const char *end, bool pairs)
{
    char *text = malloc(n * n_unit + strlen(end) + 1);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * n_unit, unit, n_unit);
    strcpy(text + n * n_unit, end);
    write_bytes(path, text, n * n_unit + strlen(end));
    free(text);
    return open_corpus(pairs);
}

static void test_storms(void **state)
{
    (void)state;
    enum { MIB = 1 << 20 };
    assert_int_equal(storm("a\r\n", 3, 20000, "", false), 20000);
    assert_int_equal(storm("\r", 1, 20000, "a", false), 1);
    assert_int_equal(storm("\r", 1, 20000, "\n", false), -1);
    assert_int_equal(storm("\n", 1, 20000, "a\tb", true), -1);
    assert_int_equal(storm("a\t", 2, S2S_MAX_TARGETS, "a\n", true), 1);
    assert_int_equal(storm("a\t", 2, S2S_MAX_TARGETS + 1, "a\n", true), -1);
    assert_int_equal(storm("\t\n", 2, 20000, "", true), -1);
    assert_int_equal(storm("a\tb\r\n", 5, 20000, "a\tb", true), 20001);
    assert_int_equal(storm("a", 1, MIB, "\n", false), 1);
    assert_int_equal(storm("a", 1, MIB, "\r\n", false), 1);
    assert_int_equal(storm("a", 1, MIB + 1, "\n", false), -1);
    assert_int_equal(storm("a", 1, 3 * MIB, "", false), -1);
    assert_int_equal(storm(" ", 1, MIB, "", false), -1);
    assert_int_equal(storm("\xcc\x81", 2, MIB / 2, "", false), 1);
    assert_int_equal(storm("\xf0\x9f\x98\x80", 4, MIB / 4, "", false), 1);
    assert_int_equal(storm("\xe2\x80\x8d", 3, MIB / 3, "", false), 1);
    assert_int_equal(storm("\xef\xbb\xbf", 3, 3, "\n", false), 1);
    assert_int_equal(storm("\0", 1, 20000, "", false), -1);
    assert_int_equal(storm("a\n\0", 3, 1000, "", false), -1);
    assert_int_equal(storm("", 0, 0, "", false), -1);
    assert_int_equal(storm("\xef\xbb\xbf", 3, 1, "", false), -1);
}

/* A packed file, whose first n_mark bytes stay, with a few others changed, or cut short. */
static void storm_packed(const char *packed, size_t n, size_t n_mark)
{
    char mutant[4096];
    assert_true(n > 20 && n < sizeof mutant && open_corpus(true) == 682);
    for (int round = 0; round < 500; round++) {
        memcpy(mutant, packed, n);
        size_t size = round % 4 == 0 ? n_mark + s2s_rng_below(&rng, (uint32_t)(n - n_mark)) : n;
        for (int edits = 1 + round % 3; edits > 0; edits--)
            mutant[n_mark + s2s_rng_below(&rng, (uint32_t)(n - n_mark))] = (char)s2s_rng_below(&rng, 256);
        write_bytes(path, mutant, size);
        open_corpus(true);
    }
}

static void make_packed_text(char text[4096])
{
    memset(text, 0, 4096);
    for (size_t i = 0; i + 6 < 4096; i += 6)
        memcpy(text + i, i % 18 ? "ab\tba\n" : "b a\ta\n", 6);
}

static void test_zstd(void **state)
{
    (void)state;
    char text[4096], packed[8192];
    make_packed_text(text);
    size_t n = ZSTD_compress(packed, sizeof packed, text, 4092, 1);
    assert_false(ZSTD_isError(n));
    write_bytes(path, packed, n);
    storm_packed(packed, n, 4);
}

static void test_gzip(void **state)
{
    (void)state;
    char text[4096], packed[4096];
    make_packed_text(text);
    gzFile gz = gzopen(path, "wb");
    assert_non_null(gz);
    assert_true(gzwrite(gz, text, 4092) > 0);
    assert_int_equal(gzclose(gz), Z_OK);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(packed, 1, sizeof packed, file);
    fclose(file);
    storm_packed(packed, n, 2);
}

/* ---- vocabularies ---- */

enum { MAX_PIECES = 40 };

static void assert_knows(const s2s_vocab *vocab, const s2s_span *list, int n)
{
    assert_int_equal(s2s_vocab_size(vocab), n);
    for (int i = 0; i < n; i++) {
        s2s_span piece = s2s_vocab_piece(vocab, i);
        assert_int_equal(piece.len, list[i].len);
        assert_memory_equal(piece.data, list[i].data, piece.len);
        assert_int_equal(piece.data[piece.len], 0);
        assert_int_equal(s2s_vocab_find(vocab, list[i]), i < S2S_N_SPECIALS ? S2S_TOKEN_UNK : i);
    }
}

/* A list of pieces by chance, the specials in their places three times out of four. */
static int make_pieces(s2s_span *list, char texts[MAX_PIECES][MAX_BYTES])
{
    static const s2s_span specials[] = {{"<unk>", 5}, {"<s>", 3}, {"</s>", 4}};
    int n = (int)s2s_rng_below(&rng, MAX_PIECES + 1);
    bool proper = s2s_rng_below(&rng, 4) > 0;
    for (int i = 0; i < n; i++) {
        size_t size = 1 + s2s_rng_below(&rng, 6);
        list[i] = (s2s_span){texts[i], make_text(texts[i], i % 8 == 0)};
        if (s2s_rng_below(&rng, 50) > 0 && list[i].len > size)
            list[i].len = size;
        if (proper && i < S2S_N_SPECIALS)
            list[i] = specials[i];
    }
    return n;
}

static void test_vocabularies(void **state)
{
    (void)state;
    static char texts[MAX_PIECES][MAX_BYTES];
    s2s_span list[MAX_PIECES];
    int n_built = 0;
    for (int round = 0; round < N_ROUNDS; round++) {
        int n = make_pieces(list, texts);
        s2s_vocab *vocab = NULL;
        s2s_error err = {0};
        s2s_status status = s2s_vocab_from_pieces(&vocab, list, n, &err);
        if (status == S2S_OK) {
            assert_knows(vocab, list, n);
            n_built++;
        } else if (status != S2S_BAD_MODEL || strncmp(err.msg, "vocabulary", 10) != 0) {
            fail_msg("expected a bad model, found status %d: %s", status, err.msg);
        }
        s2s_vocab_free(vocab);
    }
    assert_true(n_built > 20);
}

/* ---- the bench ---- */

static int set_up(void **state)
{
    (void)state;
    s2s_rng_seed(&rng, 11);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/text", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    s2s_pieces_free(&pieces);
    s2s_pieces_free(&again);
    s2s_str_free(&joined);
    return unlink(path) != 0 || rmdir(folder) != 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokenisers), cmocka_unit_test(test_corpora), cmocka_unit_test(test_storms),
        cmocka_unit_test(test_zstd),       cmocka_unit_test(test_gzip),    cmocka_unit_test(test_vocabularies),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
