/* Prediction: lines in, lines out.
 *
 * A model is immutable and may be shared by all threads; a worker is mutable, one per thread. */
#ifndef S2S_PREDICT_H
#define S2S_PREDICT_H

#include <stddef.h>
#include <stdint.h>

#include "s2s/network.h"
#include "s2s/option.h"

typedef struct s2s_model s2s_model;
typedef struct s2s_worker s2s_worker;
typedef struct s2s_result s2s_result;

/* path: a model file or a run folder.  Everything in the file is checked; S2S_BAD_MODEL if anything is off.
 * Its products are of 32-bit floats. */
S2S_API s2s_status s2s_model_open(s2s_model **model, const char *path, s2s_error *err) S2S_MUST_USE;
/* The same for products of a precision, which all workers of the model have; S2S_BAD_CONFIG where the
 * processor cannot.  With bf16 and int8 outputs and scores differ a little from those with f32; like these they
 * depend neither on the batch nor on the threads. */
S2S_API s2s_status s2s_model_open_as(s2s_model **model, const char *path, s2s_precision precision,
                                     s2s_error *err) S2S_MUST_USE;
S2S_API void s2s_model_close(s2s_model *model); /* after its last worker was freed; NULL is allowed */

/* All fields but `attention`, which is for programs, are described by s2s_predict_options_table(). */
typedef struct s2s_predict_options {
    int beam_size;           /* 1: greedy */
    int n_best;              /* hypotheses per input, <= beam_size unless sampling */
    double length_penalty;   /* alpha: score / ((5 + len) / 6)^alpha, Wu et al. 2016, arXiv:1609.08144 */
    double coverage_penalty; /* beta of Wu et al. 2016 */
    bool sample;             /* draw from the distribution instead of searching; n_best independent draws */
    double temperature;
    int top_k;           /* sample among the k most likely; 0: all */
    double top_p;        /* sample among the most likely that sum to p (Holtzman et al. 2020); 1: all */
    int no_repeat_ngram; /* no n-gram of this size twice; 0: off */
    int min_length;      /* tokens */
    int max_length;      /* tokens; 0: max_length_factor * source + 10 */
    double max_length_factor;
    int batch_tokens; /* source tokens per batch */
    int batch_size;   /* at most so many sentences per batch; 0: no limit */
    int threads;      /* 0: one per core */
    int seed;         /* of sampling */
    bool attention; /* hypotheses have theirs; it costs 4 bytes per output token, hypothesis and source token */
} s2s_predict_options;

S2S_API const s2s_option_table *s2s_predict_options_table(void);
S2S_API void s2s_predict_options_defaults(s2s_predict_options *options);

S2S_API s2s_status s2s_worker_new(s2s_worker **worker, const s2s_model *model,
                                  const s2s_predict_options *options, s2s_error *err) S2S_MUST_USE;
S2S_API void s2s_worker_free(s2s_worker *worker); /* NULL is allowed */

/* One input line.  prefix: text without newline that every output must begin with, or NULL. */
typedef struct s2s_input {
    const char *text; /* UTF-8, n bytes, no newline; may be empty, then so is the output */
    size_t n;
    const char *prefix;
} s2s_input;

/* Predicts n inputs; they are sorted and batched inside, results come in input order and do not depend on
 * the batch.  *result is borrowed from the worker until its next call.  index in messages counts from 1. */
S2S_API s2s_status s2s_predict(s2s_worker *worker, const s2s_input *inputs, int n, const s2s_result **result,
                               s2s_error *err) S2S_MUST_USE;

/* Log-probability of given targets (token by token) under the model. */
S2S_API s2s_status s2s_score(s2s_worker *worker, const s2s_input *inputs, const char *const *targets, int n,
                             const s2s_result **result, s2s_error *err) S2S_MUST_USE;

/* Results: for input i, hypotheses h = 0 (best) .. n_hyps - 1. */
S2S_API int s2s_result_n_inputs(const s2s_result *result);
S2S_API int s2s_result_n_hyps(const s2s_result *result, int i);

typedef struct s2s_hypothesis {
    const char *text;                 /* terminated */
    double score;                     /* what the search ranks by */
    double log_prob;                  /* sum over tokens, end of sequence included; nats */
    int n_tokens;                     /* output tokens, end of sequence left out */
    const char *const *tokens;        /* [n_tokens] */
    const float *token_scores;        /* [n_tokens + 1] log-probabilities; the last is that of the end */
    int n_source;                     /* source tokens */
    const char *const *source_tokens; /* [n_source] */
    const float *attention;           /* [n_tokens + 1][n_source], rows sum to 1; NULL unless the
                                         options ask for it and the model has it; never of s2s_score */
} s2s_hypothesis;

S2S_API const s2s_hypothesis *s2s_result_hyp(const s2s_result *result, int i, int h); /* borrowed */

/* What is in a model. */
typedef struct s2s_model_info {
    int format_version;
    int64_t n_parameters;
    int src_vocab, tgt_vocab;
    const char *config_json;  /* the resolved configuration, borrowed */
    const char *history_json; /* training history, borrowed */
    int n_tensors;
} s2s_model_info;
S2S_API void s2s_model_describe(const s2s_model *model, s2s_model_info *info);
typedef struct s2s_tensor_info {
    const char *name; /* borrowed */
    int rows, cols;
} s2s_tensor_info;
S2S_API s2s_tensor_info s2s_model_tensor(const s2s_model *model, int i); /* 0 <= i < n_tensors */
/* A piece of a vocabulary, borrowed; NULL out of range.  target: false for the source side. */
S2S_API const char *s2s_model_piece(const s2s_model *model, bool target, int i);

#endif
