/* A bench for search: a network of which everything is known.  Its log-probabilities are a hash of the whole
 * output so far, kept in the decoder state, so that any slip in reordering changes the result. */
#ifndef SEARCH_BENCH_H
#define SEARCH_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/searcher.h"

enum { MAX_HISTORY = 256, MAX_STEPS = 512, A = S2S_N_SPECIALS, B, C };

/* ---- the network ---- */

typedef struct fake {
    int vocab;
    s2s_param *identity; /* the output layer: its input is the logits */
    bool attention;
    double end_bias;       /* added to the logit of the end */
    int quick_key;         /* sentences that begin with this token end at once; 0: none */
    bool broken;           /* log-probabilities are NaN */
    int n_rows[MAX_STEPS]; /* rows of each step of the last search */
    int n_steps;
    const s2s_source_batch *source;
} fake;

static inline fake *fake_of(const s2s_network *network)
{
    return (fake *)(uintptr_t)network;
}

static inline double unit(uint64_t key, uint64_t counter)
{
    return (double)(s2s_hash64(key, counter) >> 11) * 0x1p-53;
}

static inline uint64_t history_key(int sentence_key, const int *tokens, int n)
{
    uint64_t key = s2s_hash64(77, (uint64_t)sentence_key);
    for (int i = 0; i < n; i++)
        key = s2s_hash64(key, (uint64_t)tokens[i] + 1);
    return key;
}

/* Logits of what follows tokens [n]. */
static inline void fake_logits(const fake *f, int sentence_key, const int *tokens, int n, float *out)
{
    uint64_t key = history_key(sentence_key, tokens, n);
    for (int v = 0; v < f->vocab; v++) {
        double logit = 4 * unit(key, (uint64_t)v);
        if (v == S2S_TOKEN_EOS)
            logit += sentence_key == f->quick_key ? 50 : f->end_bias;
        if (v == S2S_TOKEN_UNK || v == S2S_TOKEN_BOS)
            logit += 3; /* tempting, and never allowed */
        out[v] = f->broken ? NAN : (float)logit;
    }
}

static inline void fake_log_probs(const fake *f, int sentence_key, const int *tokens, int n, float *out)
{
    fake_logits(f, sentence_key, tokens, n, out);
    s2s_kernels_ref.log_softmax(out, f->vocab);
}

static inline void fake_attention(int sentence_key, const int *tokens, int n, int source_len, float *out)
{
    uint64_t key = history_key(sentence_key, tokens, n);
    double sum = 0;
    for (int s = 0; s < source_len; s++)
        sum += unit(key, 1000 + (uint64_t)s);
    for (int s = 0; s < source_len; s++)
        out[s] = (float)(unit(key, 1000 + (uint64_t)s) / sum);
}

/* State: the tokens read so far (their number first), and the first source token of the sentence. */
static inline void fake_encode(const s2s_network *network, s2s_graph *graph, const s2s_source_batch *source,
                               s2s_encoded *encoded)
{
    fake *f = fake_of(network);
    int n = source->shape.n_seqs;
    f->n_steps = 0;
    f->source = source;
    memset(encoded, 0, sizeof *encoded);
    encoded->n_sentences = n;
    encoded->max_source = source->shape.max_len;
    encoded->last.n = 2;
    encoded->last.items[0] = s2s_tensor_zero(graph, n, MAX_HISTORY);
    encoded->last.items[1] = s2s_tensor_zero(graph, n, 1);
    for (int b = 0; b < n; b++)
        *s2s_row(&encoded->last.items[1], b) = (s2s_real)source->ids[b];
}

static inline void fake_step(const s2s_network *network, s2s_graph *graph, const s2s_encoded *encoded,
                             s2s_decoder_state *state, const int *tokens, const int *sentence, int n_rows,
                             s2s_output *output, s2s_tensor *weights)
{
    fake *f = fake_of(network);
    s2s_tensor history = s2s_tensor_new(graph, n_rows, MAX_HISTORY), key = s2s_tensor_new(graph, n_rows, 1);
    *output = (s2s_output){.x = s2s_tensor_new(graph, n_rows, f->vocab), .w = f->identity};
    *weights = (s2s_tensor){0};
    if (f->attention)
        *weights = s2s_tensor_zero(graph, n_rows, encoded->max_source);
    assert_int_equal(state->items[0].rows, n_rows);
    f->n_rows[f->n_steps++] = n_rows;
    for (int r = 0; r < n_rows; r++) {
        s2s_real *row = s2s_row(&history, r);
        memcpy(row, s2s_row(&state->items[0], r), MAX_HISTORY * sizeof *row);
        int read[MAX_HISTORY], n = (int)row[0];
        row[++n] = (s2s_real)tokens[r];
        row[0] = (s2s_real)n;
        assert_true(n < MAX_HISTORY - 1);
        for (int i = 0; i < n; i++)
            read[i] = (int)row[i + 1];
        assert_int_equal(read[0], S2S_TOKEN_BOS);
        int sentence_key = (int)*s2s_row(&state->items[1], r);
        assert_int_equal(sentence_key, f->source->ids[sentence[r]]);
        *s2s_row(&key, r) = (s2s_real)sentence_key;
        fake_logits(f, sentence_key, read + 1, n - 1, s2s_row(&output->x, r));
        if (f->attention)
            fake_attention(sentence_key, read + 1, n - 1, f->source->shape.len[sentence[r]],
                           s2s_row(weights, r));
    }
    state->items[0] = history;
    state->items[1] = key;
}

static const s2s_arch fake_arch = {.name = "fake", .encode = fake_encode, .step = fake_step};

/* ---- a bench to run it on ---- */

typedef struct bench {
    fake fake;
    s2s_params params;
    s2s_team *team;
    s2s_graph graph;
    s2s_searcher *searcher;
    s2s_arena *arena;
    s2s_predict_options options;
    const s2s_lexicon *lexicon;
    const s2s_phrases *phrases[8]; /* of the sentences, in the order given */
    int n;                         /* sentences of the last search, in the order given */
    s2s_search_result *result;
} bench;

static inline void bench_open(bench *b, int vocab, int threads)
{
    memset(b, 0, sizeof *b);
    b->fake = (fake){.vocab = vocab, .attention = true};
    s2s_params_begin(&b->params);
    b->fake.identity = s2s_weight_declare(&b->params, "identity", S2S_INIT_ZERO, 1, vocab, vocab);
    assert_int_equal(s2s_params_allocate(&b->params, false, NULL), S2S_OK);
    for (int v = 0; v < vocab; v++)
        s2s_row(&b->fake.identity->t, v)[v] = 1;
    assert_int_equal(s2s_team_new(&b->team, threads, NULL), S2S_OK);
    assert_int_equal(s2s_graph_open(&b->graph, &b->params, b->team, &s2s_kernels_ref, NULL), S2S_OK);
    const s2s_search_model model = {&fake_arch, (const s2s_network *)(void *)&b->fake, &b->graph, 1};
    assert_int_equal(s2s_searcher_new(&b->searcher, &model, 1, vocab, NULL), S2S_OK);
    b->arena = s2s_arena_new(1 << 12);
    assert_non_null(b->arena);
    b->options = (s2s_predict_options){.beam_size = 1,
                                       .n_best = 1,
                                       .temperature = 1,
                                       .top_p = 1,
                                       .max_length_factor = 3,
                                       .max_length = 4,
                                       .attention = true};
}

static inline void bench_close(bench *b)
{
    s2s_searcher_free(b->searcher);
    s2s_graph_close(&b->graph);
    s2s_team_free(b->team);
    s2s_params_end(&b->params);
    s2s_arena_free(b->arena);
}

/* Sentence i begins with token keys[i] and has lens[i] tokens. */
static inline s2s_status bench_search(bench *b, const int *keys, const int *lens, int n,
                                      const s2s_tokens *prefix, s2s_error *err)
{
    s2s_arena_reset(b->arena);
    s2s_tokens *sources = s2s_arena_alloc_zero(b->arena, (size_t)n * sizeof *sources);
    s2s_tokens *prefixes = s2s_arena_alloc_zero(b->arena, (size_t)n * sizeof *prefixes);
    uint64_t *seeds = s2s_arena_alloc(b->arena, (size_t)n * sizeof *seeds);
    const s2s_phrases **phrases = s2s_arena_alloc_zero(b->arena, (size_t)n * sizeof *phrases);
    s2s_search_result *found = s2s_arena_alloc(b->arena, (size_t)n * sizeof *found);
    b->result = s2s_arena_alloc(b->arena, (size_t)n * sizeof *b->result);
    for (int i = 0; i < n; i++) {
        int *ids = s2s_arena_alloc_zero(b->arena, (size_t)lens[i] * sizeof *ids);
        ids[0] = keys[i];
        sources[i] = (s2s_tokens){ids, lens[i]};
    }
    s2s_source_batch batch;
    assert_true(s2s_source_batch_make(&batch, sources, n, b->arena));
    for (int i = 0; i < n; i++) {
        seeds[i] = s2s_hash64(5, (uint64_t)keys[batch.order[i]]);
        if (prefix)
            prefixes[i] = prefix[batch.order[i]];
        if (batch.order[i] < 8)
            phrases[i] = b->phrases[batch.order[i]];
    }
    const s2s_search_given given = {
        .prefix = prefix ? prefixes : NULL, .seeds = seeds, .phrases = phrases, .lexicon = b->lexicon};
    s2s_status status = s2s_search(b->searcher, &batch, &given, &b->options, found, err);
    for (int i = 0; i < n && status == S2S_OK; i++)
        b->result[batch.order[i]] = found[i];
    b->n = n;
    return status;
}

static inline void bench_find(bench *b, const int *keys, const int *lens, int n, const s2s_tokens *prefix)
{
    s2s_error err = {0};
    if (bench_search(b, keys, lens, n, prefix, &err) != S2S_OK)
        fail_msg("%s", err.msg);
}

/* Scores and attention are those of the tokens. */
static inline void check_record(const bench *b, int key, int source_len, const s2s_search_hyp *hyp)
{
    double sum = 0;
    for (int t = 0; t <= hyp->n; t++) {
        float log_probs[64], weights[16];
        fake_log_probs(&b->fake, key, hyp->tokens, t, log_probs);
        assert_true(hyp->token_scores[t] == log_probs[t < hyp->n ? hyp->tokens[t] : S2S_TOKEN_EOS]);
        sum += hyp->token_scores[t];
        fake_attention(key, hyp->tokens, t, source_len, weights);
        assert_memory_equal(hyp->attention + t * source_len, weights, (size_t)source_len * sizeof(float));
    }
    assert_true(sum == hyp->log_prob);
}

/* Five sentences for all tests. */
enum { N = 5 };
static const int keys[N] = {3, 4, 5, 6, 7};
static const int lens[N] = {2, 7, 1, 3, 7};

#endif
