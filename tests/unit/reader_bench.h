/* Readers of a small corpus whose words tell the pair that they come from. */
#ifndef READER_BENCH_H
#define READER_BENCH_H

#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* mkdtemp, setenv */
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

#include "base/rng.h"
#include "data/reader.h"

/* A corpus of N pairs "s<i> s<i> ...<TAB>t<i> ..." whose words tell the pair; some have two targets. */
enum { N = 700, N_TWO_TARGETS = 100, N_ITEMS = N + N_TWO_TARGETS, MAX_WORDS = 12 };

typedef struct fixture {
    char path[32];
    s2s_corpus *corpus;
    s2s_vocab *source_vocab, *target_vocab;
    s2s_reader_options options;
} fixture;

static inline void write_side(FILE *file, char letter, int word, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        fprintf(file, "%s%c%d", i ? " " : "", letter, word);
}

static inline s2s_vocab *words(char letter, int n)
{
    s2s_vocab_counter *counter = s2s_vocab_counter_new();
    char text[16];
    for (int i = 0; i < n; i++) {
        int len = snprintf(text, sizeof text, "%c%d", letter, i);
        assert_int_equal(s2s_vocab_counter_add(counter, (s2s_span){text, (size_t)len}, NULL), S2S_OK);
    }
    s2s_vocab *vocab;
    assert_int_equal(s2s_vocab_build(&vocab, counter, 0, 0, NULL), S2S_OK);
    s2s_vocab_counter_free(counter);
    return vocab;
}

static inline int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    s2s_rng rng;
    s2s_rng_seed(&rng, 1);
    strcpy(f->path, "/tmp/s2s-test-XXXXXX");
    FILE *file = fdopen(mkstemp(f->path), "wb");
    for (int i = 0; i < N; i++) {
        write_side(file, 's', i, 1 + s2s_rng_below(&rng, MAX_WORDS));
        fputc('\t', file);
        write_side(file, 't', i, 1 + s2s_rng_below(&rng, MAX_WORDS));
        if (i < N_TWO_TARGETS) {
            fputc('\t', file);
            write_side(file, 't', N + i, 1 + s2s_rng_below(&rng, MAX_WORDS));
        }
        fputc('\n', file);
    }
    fclose(file);
    s2s_corpus_options corpus_options = {.pairs = f->path};
    assert_int_equal(s2s_corpus_open(&f->corpus, &corpus_options, NULL), S2S_OK);
    f->source_vocab = words('s', N);
    f->target_vocab = words('t', N_ITEMS);
    f->options = (s2s_reader_options){.corpus = f->corpus,
                                      .source_tokeniser = {S2S_TOKENISE_SPACE, NULL},
                                      .target_tokeniser = {S2S_TOKENISE_SPACE, NULL},
                                      .source_vocab = f->source_vocab,
                                      .target_vocab = f->target_vocab,
                                      .batch_tokens = 30,
                                      .max_length = 100,
                                      .seed = 7,
                                      .shuffle = true};
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    fixture *f = *state;
    s2s_corpus_close(f->corpus);
    s2s_vocab_free(f->source_vocab);
    s2s_vocab_free(f->target_vocab);
    unlink(f->path);
    free(f);
    return 0;
}

static inline s2s_reader *new_reader(const s2s_reader_options *options)
{
    s2s_reader *reader;
    s2s_error err = {0};
    if (s2s_reader_new(&reader, options, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return reader;
}

static inline uint64_t batch_hash(const s2s_batch *batch)
{
    uint64_t hash = 0;
    for (int i = 0; i < batch->source.shape.n_tokens; i++)
        hash = s2s_hash64(hash, (uint64_t)batch->source.ids[i]);
    for (int i = 0; i < batch->target.shape.n_tokens; i++)
        hash = s2s_hash64(hash, (uint64_t)batch->target.out[i]);
    return hash;
}

static inline bool next(s2s_reader *reader, s2s_batch *batch)
{
    bool end;
    s2s_error err = {0};
    if (s2s_reader_next(reader, batch, &end, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return end;
}

/* The number at the end of a vocabulary's piece. */
static inline int number_of(const s2s_vocab *vocab, int token)
{
    assert_in_range(token, S2S_N_SPECIALS, s2s_vocab_size(vocab) - 1);
    return atoi(s2s_vocab_piece(vocab, token).data + 1);
}

/* Counts the pairs of a batch by target word; checks that source and target belong together. */
static inline void count_pairs(const fixture *f, const s2s_batch *batch, int *seen)
{
    const s2s_ragged *source = &batch->source.shape, *target = &batch->target.shape;
    assert_int_equal(source->n_seqs, target->n_seqs);
    for (int b = 0; b < target->n_seqs; b++) {
        int y = number_of(f->target_vocab, batch->target.out[s2s_ragged_row(target, b, 0)]);
        int s = batch->target.sentence[b];
        int x = number_of(f->source_vocab, batch->source.ids[s2s_ragged_row(source, s, 0)]);
        assert_int_equal(y % N, x);
        seen[y]++;
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
