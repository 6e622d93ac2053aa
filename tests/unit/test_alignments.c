/* Word alignments: what lines may be, links of words and of subwords, and that they go with the pairs of
 * batches. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* mkdtemp */
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

#include "data/read_ahead.h"
#include "write_text.h"

static char folder[] = "/tmp/s2s-alignments-XXXXXX", pairs[64], links[64];
static const s2s_tokeniser space = {.kind = S2S_TOKENISE_SPACE};

static s2s_corpus *open_corpus(void)
{
    s2s_corpus *corpus;
    s2s_error err = {0};
    if (s2s_corpus_open(&corpus, &(s2s_corpus_options){.pairs = pairs}, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return corpus;
}

static s2s_status open_links(s2s_alignments **alignments, const char *text, const s2s_tokeniser *tokeniser,
                             s2s_error *err)
{
    s2s_corpus *corpus = open_corpus();
    write_text(links, text);
    s2s_status status = s2s_alignments_open(alignments, links, corpus, tokeniser, tokeniser, NULL, err);
    s2s_corpus_close(corpus);
    return status;
}

static void expect_refused(const char *text, const char *message)
{
    s2s_alignments *alignments;
    s2s_error err = {0};
    char expected[256];
    snprintf(expected, sizeof expected, "%s%s", links, message);
    if (open_links(&alignments, text, &space, &err) != S2S_BAD_DATA)
        fail_msg("\"%s\": expected to be refused", text);
    assert_string_equal(err.msg, expected);
}

static void hostile_lines_are_refused(void **state)
{
    (void)state;
    static const char *const malformed[] = {"0",     "-",       "0-",    "-0",      "0:0",  "0-0-0",
                                            "a-0",   "0-b",     "+0-0",  "0--1",    "0 -0", "0- 0",
                                            "0x0-0", "0-0,1-1", "0.0-0", "\xc2\xa0"};
    write_text(pairs, "a b c\tx y\nd\tz\n");
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        char text[64], message[96];
        snprintf(text, sizeof text, "0-0\n%s\n", malformed[i]);
        snprintf(message, sizeof message, ":2: expected links such as 0-0 1-2, found \"%.*s\"",
                 (int)strcspn(malformed[i], " "), malformed[i]);
        expect_refused(text, message);
    }
    expect_refused("3-0\n\n", ":1: expected links of 3 source and 2 target words, counted from 0, found 3-0");
    expect_refused("2-1 0-2\n\n",
                   ":1: expected links of 3 source and 2 target words, counted from 0, found 0-2");
    expect_refused(
        "\n99999999999999999999-0\n",
        ":2: expected links of 1 source and 1 target words, counted from 0, found 99999999999999999999-0");
    expect_refused("0-4294967296\n\n",
                   ":1: expected links of 3 source and 2 target words, counted from 0, found 0-4294967296");
    expect_refused(
        "0-0\t0-0\n\n",
        ":1: expected as many lists of links with TABs between them as there are targets (1), found 2");
    expect_refused("0-0\n", ": expected 2 lines, one for each of the training pairs, found 1");
    expect_refused("0-0\n0-0\n\n", ": expected 2 lines, one for each of the training pairs, found 3");
    expect_refused("", ": expected at least one line, found an empty file");
    expect_refused("0-0\n\xff\n", ":2: expected UTF-8, found byte 0xff at byte offset 0");
}

/* Tokens that belong to the given words. */
static s2s_token_words token_words(const int *words, int n)
{
    return (s2s_token_words){words, n};
}

/* "t:s,s t:s": the links of every target token that has some. */
static void assert_links(const s2s_alignments *alignments, size_t i, int k, s2s_token_words source,
                         s2s_token_words target, const char *expected)
{
    s2s_arena *arena = s2s_arena_new(64);
    s2s_links found;
    s2s_str text = {0};
    assert_true(s2s_alignments_read(alignments, i, k, &source, &target, &found, arena));
    for (int t = 0; t < target.n; t++)
        for (int at = found.first[t]; at < found.first[t + 1]; at++) {
            if (at == found.first[t])
                s2s_str_printf(&text, "%s%d:", text.len ? " " : "", t);
            s2s_str_printf(&text, "%s%d", at > found.first[t] ? "," : "", found.position[at]);
        }
    assert_string_equal(s2s_str_text(&text), expected);
    s2s_str_free(&text);
    s2s_arena_free(arena);
}

static s2s_alignments *must_open(const char *text, const s2s_tokeniser *tokeniser)
{
    s2s_alignments *alignments;
    s2s_error err = {0};
    if (open_links(&alignments, text, tokeniser, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return alignments;
}

static void links_are_a_set_in_any_order(void **state)
{
    (void)state;
    static const int each[] = {0, 1, 2};
    write_text(pairs, "a b c\tx y\nd\tz\na b\tx\ty\n");
    s2s_alignments *alignments = must_open("2-1  0-1 1-0 0-1\r\n\n1-0\t0-0 1-0", &space);
    assert_links(alignments, 0, 0, token_words(each, 3), token_words(each, 2), "0:1 1:0,2");
    assert_links(alignments, 1, 0, token_words(each, 1), token_words(each, 1), "");
    assert_links(alignments, 2, 0, token_words(each, 2), token_words(each, 1), "0:1");
    assert_links(alignments, 2, 1, token_words(each, 2), token_words(each, 1), "0:0,1");
    s2s_alignments_close(alignments);
    s2s_alignments_close(NULL);
}

/* Of a subword model nothing is asked here: words are counted between white space. */
static void links_of_words_are_links_of_all_their_subwords(void **state)
{
    (void)state;
    static const s2s_tokeniser bpe = {.kind = S2S_TOKENISE_BPE};
    static const int source[] = {0, 0, 1, 1, 1, 2}, target[] = {0, 1, 1};
    write_text(pairs, "one two three\tuno due\n");
    s2s_alignments *alignments = must_open("0-1 1-0 2-1", &bpe);
    assert_links(alignments, 0, 0, token_words(source, 6), token_words(target, 3), "0:2,3,4 1:0,1,5 2:0,1,5");
    /* a subword model may drop a word */
    assert_links(alignments, 0, 0, token_words(source, 5), token_words(target, 1), "0:2,3,4");
    s2s_alignments_close(alignments);
}

static s2s_span span(const char *text)
{
    return (s2s_span){text, strlen(text)};
}

static void subwords_belong_to_the_word_that_they_begin_in(void **state)
{
    (void)state;
    const s2s_span pieces[] = {span("\u2581"),   span("on"),     span("e"),
                               span("\u2581tw"), span("<0xC3>"), span("\u2581of\u2581the"),
                               span("re"),       span("\u2581")};
    static const int of_subwords[] = {0, 0, 0, 1, 1, 2, 3, 4}, of_tokens[] = {0, 1, 2, 3, 4, 5, 6, 7};
    enum { N_PIECES = sizeof pieces / sizeof *pieces };
    int words[N_PIECES];
    s2s_number_words(&(s2s_tokeniser){.kind = S2S_TOKENISE_UNIGRAM}, pieces, N_PIECES, words);
    assert_memory_equal(words, of_subwords, sizeof words);
    s2s_number_words(&space, pieces, N_PIECES, words);
    assert_memory_equal(words, of_tokens, sizeof words);
}

/* ---- batches ---- */

enum { N_PAIRS = 300, N_WORDS = 40 };

/* Sources of different words and targets with the same words in another order, one word linked to its like. */
static void write_corpus(void)
{
    FILE *text = fopen(pairs, "w"), *links_file = fopen(links, "w");
    assert_non_null(text);
    assert_non_null(links_file);
    for (int i = 0; i < N_PAIRS; i++) {
        int n = 1 + i % 9, turn = i % n;
        for (int s = 0; s < n; s++)
            fprintf(text, "%sw%d", s ? " " : "", (i + s) % N_WORDS);
        for (int t = 0; t < n; t++)
            fprintf(text, "%cw%d", t ? ' ' : '\t', (i + (t + turn) % n) % N_WORDS);
        for (int t = 0; t < n; t++)
            if (t != 4)
                fprintf(links_file, "%d-%d ", (t + turn) % n, t);
        fputc('\n', text);
        fputc('\n', links_file);
    }
    assert_int_equal(fclose(text), 0);
    assert_int_equal(fclose(links_file), 0);
}

static s2s_vocab *make_vocab(void)
{
    s2s_vocab_counter *counter = s2s_vocab_counter_new();
    s2s_vocab *vocab;
    char word[16];
    for (int i = 0; i < N_WORDS; i++) {
        int len = snprintf(word, sizeof word, "w%d", i);
        assert_int_equal(s2s_vocab_counter_add(counter, (s2s_span){word, (size_t)len}, NULL), S2S_OK);
    }
    assert_int_equal(s2s_vocab_build(&vocab, counter, 0, 0, NULL), S2S_OK);
    s2s_vocab_counter_free(counter);
    return vocab;
}

/* Every target token but the fifth and the end is linked to the same token of its own source; returns their
 * number. */
static int check_links(const s2s_batch *batch)
{
    const s2s_target_batch *target = &batch->target;
    int n = 0;
    for (int b = 0; b < target->shape.n_seqs; b++)
        for (int t = 0; t < target->shape.len[b]; t++) {
            int row = s2s_ragged_row(&target->shape, b, t), first = target->links.first[row];
            bool linked = t != 4 && t != target->shape.len[b] - 1;
            assert_int_equal(target->links.first[row + 1] - first, linked);
            if (!linked)
                continue;
            int source =
                s2s_ragged_row(&batch->source.shape, target->sentence[b], target->links.position[first]);
            assert_int_equal(batch->source.ids[source], target->out[row]);
            n++;
        }
    return n;
}

static void check_epoch(const s2s_reader_options *options, int n_expected)
{
    s2s_reader *reader;
    s2s_read_ahead *ahead;
    s2s_batch batch;
    int n = 0;
    assert_int_equal(s2s_reader_new(&reader, options, NULL), S2S_OK);
    assert_int_equal(s2s_read_ahead_new(&ahead, reader, NULL), S2S_OK);
    for (bool end = false; !end;) {
        assert_int_equal(s2s_read_ahead_next(ahead, &batch, &end, NULL), S2S_OK);
        n += check_links(&batch);
    }
    s2s_read_ahead_free(ahead);
    s2s_reader_free(reader);
    assert_int_equal(n, n_expected);
}

static void links_go_with_their_pairs(void **state)
{
    (void)state;
    write_corpus();
    s2s_corpus *corpus = open_corpus();
    s2s_alignments *alignments;
    s2s_error err = {0};
    if (s2s_alignments_open(&alignments, links, corpus, &space, &space, NULL, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    s2s_vocab *vocab = make_vocab();
    s2s_reader_options options = {.corpus = corpus,
                                  .source_tokeniser = space,
                                  .target_tokeniser = space,
                                  .source_vocab = vocab,
                                  .target_vocab = vocab,
                                  .alignments = alignments,
                                  .batch_tokens = 60,
                                  .max_length = 100,
                                  .seed = 5,
                                  .shuffle = true};
    int n = 0, n_short = 0;
    for (int i = 0; i < N_PAIRS; i++) {
        int length = 1 + i % 9;
        n += length - (length > 4);
        n_short += length > 6 ? 0 : length - (length > 4);
    }
    check_epoch(&options, n);
    options.max_length = 6;
    check_epoch(&options, n_short);
    options.twins = true;
    check_epoch(&options, 2 * n_short);
    s2s_alignments_close(alignments);
    s2s_corpus_close(corpus);
    s2s_vocab_free(vocab);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(pairs, sizeof pairs, "%s/pairs.tsv", folder);
    snprintf(links, sizeof links, "%s/links", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(pairs);
    unlink(links);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_lines_are_refused),
        cmocka_unit_test(links_are_a_set_in_any_order),
        cmocka_unit_test(links_of_words_are_links_of_all_their_subwords),
        cmocka_unit_test(subwords_belong_to_the_word_that_they_begin_in),
        cmocka_unit_test(links_go_with_their_pairs),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
