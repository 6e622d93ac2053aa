/* Subword models: trained here, read from elsewhere, damaged. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* mkdtemp */
#endif
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "subwords_fixture.h"
#include "text/tokeniser.h"
#include "text/vocab.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* a process that asks for too much memory is ended */
#else
#define SANITIZED 0
#endif

enum { N_KINDS = 2 };

static const s2s_tokeniser_kind kinds[N_KINDS] = {S2S_TOKENISE_BPE, S2S_TOKENISE_UNIGRAM};

static const char *const corpus[] = {
    "the old man and the sea",  "the sea is old and the man is old", "a man sees the sea",
    "an old sea sees old men",  "the men and the man see the seas",  "old men see an old man at sea",
    "is the sea as old as men", "as a man is old the sea is as old", "naïve 日本",
};
enum { N_CORPUS = sizeof corpus / sizeof *corpus };

static s2s_subwords *trained(s2s_tokeniser_kind kind, bool byte_fallback)
{
    s2s_error err = {0};
    s2s_subwords *subwords;
    if (train_on_lines(&subwords, kind, corpus, N_CORPUS, 1000, false, byte_fallback, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return subwords;
}

/* The pieces of a line, each with a space behind it. */
static void add_pieces(s2s_str *text, const s2s_tokeniser *tokeniser, const char *line)
{
    s2s_pieces pieces = {0};
    assert_int_equal(s2s_tokenise(tokeniser, line, strlen(line), &pieces, NULL), S2S_OK);
    for (int i = 0; i < pieces.n; i++) {
        s2s_str_add(text, pieces.items[i].data, pieces.items[i].len);
        s2s_str_add_char(text, ' ');
    }
    s2s_pieces_free(&pieces);
}

static void assert_joined(const s2s_tokeniser *tokeniser, const char *line, const char *expected)
{
    s2s_pieces pieces = {0};
    s2s_str text = {0};
    assert_int_equal(s2s_tokenise(tokeniser, line, strlen(line), &pieces, NULL), S2S_OK);
    s2s_detokenise(tokeniser, pieces.items, pieces.n, &text);
    assert_string_equal(s2s_str_text(&text), expected);
    s2s_str_free(&text);
    s2s_pieces_free(&pieces);
}

static void test_trained_models(void **state)
{
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        s2s_subwords *subwords = trained(kinds[k], false), *again = trained(kinds[k], false);
        const s2s_tokeniser tokeniser = {.kind = kinds[k], .subwords = subwords};
        s2s_span a = s2s_subwords_model(subwords), b = s2s_subwords_model(again);
        assert_string_equal(s2s_subwords_kind(subwords), s2s_tokeniser_name(kinds[k]));
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.data, b.data, a.len);
        assert_true(s2s_subwords_hash(subwords) == s2s_subwords_hash(again));
        for (int i = 0; i < N_CORPUS; i++)
            assert_joined(&tokeniser, corpus[i], corpus[i]);
        assert_joined(&tokeniser, "", "");
        assert_joined(&tokeniser, " \t", "");
        assert_joined(&tokeniser, " the  sea ", "the sea");
        assert_joined(&tokeniser, "日本本日", "日本本日");
        s2s_subwords_free(subwords);
        s2s_subwords_free(again);
    }
    s2s_subwords_free(NULL);
    void (*before)(int) = signal(SIGCHLD, SIG_IGN); /* then nothing tells how a child ended */
    s2s_subwords_free(trained(S2S_TOKENISE_BPE, false));
    signal(SIGCHLD, before);
}

/* What the model never saw: unknown as it is, or in bytes. */
static void test_unknown_characters(void **state)
{
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        s2s_subwords *plain = trained(kinds[k], false), *fallback = trained(kinds[k], true);
        s2s_str text = {0};
        add_pieces(&text, &(s2s_tokeniser){.kind = kinds[k], .subwords = plain}, "\U0001f600");
        assert_string_equal(s2s_str_text(&text), "\u2581 \U0001f600 ");
        s2s_str_clear(&text);
        const s2s_tokeniser bytes = {.kind = kinds[k], .subwords = fallback};
        add_pieces(&text, &bytes, "\U0001f600");
        assert_string_equal(s2s_str_text(&text), "\u2581 <0xF0> <0x9F> <0x98> <0x80> ");
        assert_joined(&bytes, "sea \U0001f600!", "sea \U0001f600!");
        s2s_str_clear(&text);
        s2s_detokenise(&bytes, (const s2s_span[]){{"a", 1}, {"<0x0A>", 6}, {"b", 1}}, 3, &text);
        assert_string_equal(s2s_str_text(&text), "a b");
        s2s_str_free(&text);
        s2s_subwords_free(plain);
        s2s_subwords_free(fallback);
    }
}

static void test_vocabulary(void **state)
{
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        s2s_subwords *subwords = trained(kinds[k], true);
        const s2s_tokeniser tokeniser = {.kind = kinds[k], .subwords = subwords};
        s2s_vocab *vocab;
        s2s_pieces pieces = {0};
        assert_int_equal(s2s_vocab_from_subwords(&vocab, subwords, NULL), S2S_OK);
        assert_int_equal(s2s_vocab_size(vocab), s2s_sentencepiece_size(s2s_subwords_sentencepiece(subwords)));
        assert_string_equal(s2s_vocab_piece(vocab, S2S_N_SPECIALS).data, "<0x00>");
        assert_int_equal(s2s_tokenise(&tokeniser, "the sea?", 8, &pieces, NULL), S2S_OK);
        assert_true(pieces.n > 0);
        for (int i = 0; i < pieces.n; i++)
            assert_true(s2s_vocab_find(vocab, pieces.items[i]) != S2S_TOKEN_UNK);
        s2s_pieces_free(&pieces);
        s2s_vocab_free(vocab);
        s2s_subwords_free(subwords);
    }
}

static int sample(const s2s_tokeniser *tokeniser, double alpha, uint64_t seed, char *text, size_t size)
{
    static const char line[] = "the old man and the sea";
    s2s_pieces pieces = {0};
    s2s_str joined = {0};
    int n = 0;
    assert_int_equal(s2s_tokenise_sampled(tokeniser, alpha, seed, line, strlen(line), &pieces, NULL), S2S_OK);
    text[0] = '\0';
    for (int i = 0; i < pieces.n; i++)
        n += snprintf(text + n, size - (size_t)n, "%.*s|", (int)pieces.items[i].len, pieces.items[i].data);
    s2s_detokenise(tokeniser, pieces.items, pieces.n, &joined);
    assert_string_equal(s2s_str_text(&joined), line);
    n = pieces.n;
    s2s_str_free(&joined);
    s2s_pieces_free(&pieces);
    return n;
}

static void test_samples_follow_their_seed(void **state)
{
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        s2s_subwords *subwords = trained(kinds[k], false);
        const s2s_tokeniser tokeniser = {.kind = kinds[k], .subwords = subwords};
        char first[256], text[256];
        int n_others = 0;
        (void)sample(&tokeniser, 0.3, 0, first, sizeof first);
        for (uint64_t seed = 1; seed < 20; seed++) {
            (void)sample(&tokeniser, 0.3, seed, text, sizeof text);
            n_others += strcmp(first, text) != 0;
        }
        assert_true(n_others > 5);
        (void)sample(&tokeniser, 0.3, 0, text, sizeof text);
        assert_string_equal(text, first);
        s2s_subwords_free(subwords);
    }
}

static void assert_refused(s2s_tokeniser_kind kind, const char *const *lines, int n, int size,
                           s2s_status expected, const char *named)
{
    s2s_error err = {0};
    s2s_subwords *subwords;
    assert_int_equal(train_on_lines(&subwords, kind, lines, n, size, true, false, &err), expected);
    assert_null(subwords);
    if (!strstr(err.msg, named))
        fail_msg("expected \"%s\" in: %s", named, err.msg);
}

static void test_text_that_does_not_support_a_size(void **state)
{
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        assert_refused(kinds[k], corpus, N_CORPUS, 5000, S2S_BAD_CONFIG, "--vocab-size: expected at most ");
        assert_refused(kinds[k], corpus, N_CORPUS, 10, S2S_BAD_CONFIG,
                       "--vocab-size: expected at least 19 subwords");
        assert_refused(kinds[k], corpus, 0, 10, S2S_BAD_DATA, "too little in the lines");
    }
    /* SentencePiece ends its process over this one. */
    assert_refused(S2S_TOKENISE_UNIGRAM, (const char *const[]){"\u2581"}, 1, 100, S2S_BAD_DATA,
                   "too little in the lines to train unigram subwords");
}

static bool end_by_signal(void *arg, s2s_span *line)
{
    (void)line;
    raise(*(int *)arg);
    return false;
}

static bool run_out_of_memory(void *arg, s2s_span *line)
{
    (void)line;
    *(bool *)arg = true;
    return false;
}

/* More than there can be memory for. */
static bool next_endless(void *arg, s2s_span *line)
{
    (void)arg;
    *line = (s2s_span){"", SIZE_MAX / 4};
    return true;
}

static void assert_broken_off(s2s_sentencepiece_training training, s2s_status expected, const char *message)
{
    s2s_error err = {0};
    s2s_subwords *subwords;
    training.model_type = "bpe";
    training.vocab_size = 100;
    training.character_coverage = 1;
    assert_int_equal(s2s_subwords_train(&subwords, &training, "lines", &err), expected);
    assert_null(subwords);
    assert_string_equal(err.msg, message);
}

static void test_training_that_is_broken_off(void **state)
{
    (void)state;
    bool out_of_memory = false;
    assert_broken_off(
        (s2s_sentencepiece_training){.next = end_by_signal, .arg = &(int){SIGKILL}}, S2S_EXHAUSTED,
        "the process that trains subwords was ended by signal 9 (Killed), as the system does where "
        "memory is out");
    assert_broken_off((s2s_sentencepiece_training){.next = end_by_signal, .arg = &(int){SIGTERM}}, S2S_FAILED,
                      "the process that trains subwords was ended by signal 15 (Terminated)");
    assert_broken_off((s2s_sentencepiece_training){.next = run_out_of_memory,
                                                   .out_of_memory = &out_of_memory,
                                                   .arg = &out_of_memory},
                      S2S_EXHAUSTED, "out of memory while training subwords");
    assert_false(out_of_memory); /* here; it was another process */
    if (!SANITIZED)
        assert_broken_off((s2s_sentencepiece_training){.next = next_endless}, S2S_EXHAUSTED,
                          "out of memory while training subwords");
}

/* ---- damaged models ---- */

/* Opens a model; where that works it must also cut a line. */
static bool opens(const char *model, size_t n)
{
    s2s_subwords *subwords;
    s2s_error err = {0};
    s2s_status status = s2s_subwords_open(&subwords, (s2s_span){model, n}, &err);
    if (status != S2S_OK) {
        assert_int_equal(status, S2S_BAD_MODEL);
        assert_true(err.msg[0] != '\0');
        assert_null(subwords);
        return false;
    }
    s2s_pieces pieces = {0};
    s2s_str text = {0};
    const s2s_tokeniser tokeniser = {.kind = S2S_TOKENISE_BPE, .subwords = subwords};
    assert_int_equal(s2s_tokenise(&tokeniser, corpus[0], strlen(corpus[0]), &pieces, NULL), S2S_OK);
    s2s_detokenise(&tokeniser, pieces.items, pieces.n, &text);
    s2s_str_free(&text);
    s2s_pieces_free(&pieces);
    s2s_subwords_free(subwords);
    return true;
}

static void test_damaged_models(void **state)
{
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        s2s_subwords *subwords = trained(kinds[k], false);
        s2s_span model = s2s_subwords_model(subwords);
        char *copy = malloc(model.len);
        assert_non_null(copy);
        memcpy(copy, model.data, model.len);
        assert_true(opens(copy, model.len));
        for (size_t n = 0; n < model.len; n++)
            assert_false(opens(copy, n));
        for (size_t bit = 0; bit < 8 * model.len; bit++) {
            copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
            (void)opens(copy, model.len);
            copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
        }
        free(copy);
        s2s_subwords_free(subwords);
    }
}

static void test_files_that_are_no_models(void **state)
{
    (void)state;
    char folder[] = "/tmp/s2s-subwords-XXXXXX", path[64];
    s2s_subwords *subwords;
    s2s_error err = {0};
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x.model", folder);
    assert_int_equal(s2s_subwords_read(&subwords, path, &err), S2S_BAD_DATA); /* missing */
    assert_int_equal(s2s_subwords_read(&subwords, folder, &err), S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, folder));
    FILE *file = fopen(path, "w");
    fputs("these are not the bytes of a model\n", file);
    fclose(file);
    assert_int_equal(s2s_subwords_read(&subwords, path, &err), S2S_BAD_MODEL);
    assert_non_null(strstr(err.msg, path));
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trained_models),
        cmocka_unit_test(test_unknown_characters),
        cmocka_unit_test(test_vocabulary),
        cmocka_unit_test(test_samples_follow_their_seed),
        cmocka_unit_test(test_text_that_does_not_support_a_size),
        cmocka_unit_test(test_training_that_is_broken_off),
        cmocka_unit_test(test_damaged_models),
        cmocka_unit_test(test_files_that_are_no_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
