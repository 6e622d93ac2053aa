/* A bench for prediction: small networks with random parameters, written to a model file and opened again. */
#ifndef PREDICT_BENCH_H
#define PREDICT_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/model_file.h"
#include "model/arch.h"
#include "s2s/s2s.h"

enum { N = 64 };

typedef struct bench {
    char folder[64];
    char path[96]; /* the model's */
    s2s_model *model;
    char lines[N][64];
    s2s_input inputs[N];
    s2s_predict_options options;
} bench;

static inline void must(s2s_status status, const s2s_error *err)
{
    if (status != S2S_OK)
        fail_msg("%s", err->msg);
}

static inline s2s_vocab *letters_vocab(int n)
{
    static char text[26][2];
    s2s_span pieces[29] = {{"<unk>", 5}, {"<s>", 3}, {"</s>", 4}};
    s2s_error err = {0};
    s2s_vocab *vocab;
    for (int i = 0; i < n; i++) {
        text[i][0] = (char)('a' + i);
        pieces[S2S_N_SPECIALS + i] = (s2s_span){text[i], 1};
    }
    must(s2s_vocab_from_pieces(&vocab, pieces, S2S_N_SPECIALS + n, &err), &err);
    return vocab;
}

/* Random parameters, larger than at the start of training so that outputs differ from one another; of contents,
 * only the vocabularies and the history need be given. */
static inline void write_model_with(const char *path, const s2s_train_options *options, uint64_t seed,
                                    s2s_model_contents contents)
{
    s2s_error err = {0};
    s2s_params params;
    s2s_network *network;
    s2s_params_begin(&params);
    must(s2s_arch_rnn.declare(&network, &options->network, s2s_vocab_size(contents.source_vocab),
                              s2s_vocab_size(contents.target_vocab), &params, &err),
         &err);
    must(s2s_params_allocate(&params, false, &err), &err);
    s2s_params_init(&params, seed);
    for (size_t i = 0; i < params.n_elements; i++)
        params.data[i] *= 3;
    char *config = s2s_config_to_json(s2s_train_options_table(), options);
    assert_non_null(config);
    contents.params = &params;
    contents.data = params.data;
    contents.config_json = config;
    must(s2s_model_file_write(path, &contents, &err), &err);
    free(config);
    s2s_arch_rnn.free(network);
    s2s_params_end(&params);
}

static inline void write_model(const char *path, const s2s_train_options *options, uint64_t seed)
{
    s2s_vocab *source = letters_vocab(20), *target = letters_vocab(12);
    const s2s_model_contents contents = {.history_json = "{}", .source_vocab = source, .target_vocab = target};
    write_model_with(path, options, seed, contents);
    s2s_vocab_free(source);
    s2s_vocab_free(target);
}

static inline s2s_train_options small_options(void)
{
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    options.network.dim_emb = 8;
    options.network.dim_hidden = 16;
    return options;
}

/* Lines of 1 to 20 letters, "w" and "z" of which the model does not know. */
static inline void bench_open(bench *b, const s2s_train_options *options)
{
    s2s_error err = {0};
    memset(b, 0, sizeof *b);
    strcpy(b->folder, "/tmp/s2s-predict-XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    snprintf(b->path, sizeof b->path, "%s/model.s2s", b->folder);
    write_model(b->path, options, 3);
    must(s2s_model_open(&b->model, b->folder, &err), &err);
    for (int i = 0; i < N; i++) {
        int n = 1 + i * 7 % 20;
        for (int t = 0; t < n; t++) {
            b->lines[i][2 * t] = "abcdefghijklmnopqrstwz"[(i * 31 + t * 17 + t * t) % 22];
            b->lines[i][2 * t + 1] = t + 1 < n ? ' ' : '\0';
        }
        b->inputs[i] = (s2s_input){.text = b->lines[i], .n = strlen(b->lines[i])};
    }
    s2s_predict_options_defaults(&b->options);
    b->options.max_length = 25;
    b->options.threads = 1;
}

/* The same model with products of another precision. */
static inline void bench_reopen(bench *b, s2s_precision precision)
{
    s2s_error err = {0};
    s2s_model_close(b->model);
    must(s2s_model_open_as(&b->model, b->folder, precision, &err), &err);
}

static inline void bench_close(bench *b)
{
    s2s_model_close(b->model);
    unlink(b->path);
    assert_int_equal(rmdir(b->folder), 0);
}

static inline s2s_worker *bench_worker(const bench *b)
{
    s2s_error err = {0};
    s2s_worker *worker;
    must(s2s_worker_new(&worker, b->model, &b->options, &err), &err);
    return worker;
}

static inline const s2s_result *bench_predict(const bench *b, s2s_worker *worker, int n)
{
    s2s_error err = {0};
    const s2s_result *result;
    must(s2s_predict(worker, b->inputs, n, &result, &err), &err);
    assert_int_equal(s2s_result_n_inputs(result), n);
    return result;
}

/* Bit for bit. */
static inline bool same_hyp(const s2s_hypothesis *x, const s2s_hypothesis *y)
{
    if (strcmp(x->text, y->text) != 0 || x->score != y->score || x->log_prob != y->log_prob ||
        x->n_tokens != y->n_tokens || x->n_source != y->n_source || !x->attention != !y->attention)
        return false;
    size_t n = (size_t)x->n_tokens + 1;
    return memcmp(x->token_scores, y->token_scores, n * sizeof(float)) == 0 &&
           (!x->attention || memcmp(x->attention, y->attention, n * (size_t)x->n_source * sizeof(float)) == 0);
}

static inline bool same_outputs(const s2s_result *x, int i, const s2s_result *y, int j)
{
    bool same = s2s_result_n_hyps(x, i) == s2s_result_n_hyps(y, j);
    for (int h = 0; same && h < s2s_result_n_hyps(x, i); h++)
        same = same_hyp(s2s_result_hyp(x, i, h), s2s_result_hyp(y, j, h));
    return same;
}

/* Both workers give the same for all inputs, bit for bit. */
static inline void bench_expect_same(const bench *b, s2s_worker *x, s2s_worker *y)
{
    const s2s_result *expected = bench_predict(b, x, N), *found = bench_predict(b, y, N);
    for (int i = 0; i < N; i++)
        assert_true(same_outputs(found, i, expected, i));
}

#endif
