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
    int top_k;              /* sample among the k most likely; 0: all */
    double top_p;           /* sample among the most likely that sum to p (Holtzman et al. 2020); 1: all */
    const char *lexicon;    /* the only outputs, a file read by s2s_worker_new; NULL: none; see below */
    int no_repeat_ngram;    /* no n-gram of this size twice; 0: off */
    const char *shortlist;  /* translations, a file read by s2s_worker_new: outputs have likely tokens only, see
                              s2s/shortlist.h; a lexicon goes before it; NULL: none */
    int shortlist_best;     /* translations of a source token that count, the most probable ones */
    int shortlist_frequent; /* tokens that every output may have: the most probable of NULL, then the first of
                               the vocabulary */
    bool replace_unknown;   /* unknown tokens may be said, and become what they attend to; see below */
    const char *unknown_dictionary; /* pairs for it, a file read by s2s_worker_new; NULL: none */
    int max_source; /* tokens; longer inputs are split; 0: the longest that the model was trained on */
    int min_length; /* tokens */
    int max_length; /* tokens; 0: max_length_factor * source + 10 */
    double max_length_factor;
    int batch_tokens;    /* source tokens per batch */
    int batch_size;      /* at most so many sentences per batch; 0: no limit */
    int threads;         /* 0: one per core */
    int seed;            /* of sampling */
    const char *weights; /* of several models, 1e-9 to 1000 each, separated by commas; NULL: equal ones */
    bool attention; /* hypotheses have theirs; it costs 4 bytes per output token, hypothesis and source token */
} s2s_predict_options;

S2S_API const s2s_option_table *s2s_predict_options_table(void);
S2S_API void s2s_predict_options_defaults(s2s_predict_options *options);

/* With replace_unknown every unknown token of every hypothesis becomes one token: the source token that it
 * attends to most, as the text steps of the source leave it, or what unknown_dictionary has for that.  Where
 * only the source is in subwords that is the whole word, where the target is too the one subword.  Scores are
 * those of the unknown token.  S2S_MISUSE where no model has attention, or with character tokens; S2S_BAD_DATA
 * with file and line for a dictionary that is not made of lines "source<TAB>target"; the first line of a source
 * counts. */
S2S_API s2s_status s2s_worker_new(s2s_worker **worker, const s2s_model *model,
                                  const s2s_predict_options *options, s2s_error *err) S2S_MUST_USE;
/* A worker of an ensemble: 1 to 16 models [n_models], which must outlive it (the array need not), each of its
 * own network and precision, whose text steps, tokens and vocabularies are the same: else S2S_BAD_MODEL.  The
 * probability of a token is the mean of theirs, by weight, and so is the attention among those that have any;
 * s2s_score and s2s_evaluate give that of the whole, too.  S2S_BAD_CONFIG where there is not a weight for each
 * model. */
S2S_API s2s_status s2s_worker_new_ensemble(s2s_worker **worker, const s2s_model *const *models, int n_models,
                                           const s2s_predict_options *options, s2s_error *err) S2S_MUST_USE;
S2S_API void s2s_worker_free(s2s_worker *worker); /* NULL is allowed */
/* Source tokens of an input that is predicted as one: max_source, or what it stands for with these models. */
S2S_API int s2s_worker_max_source(const s2s_worker *worker);

/* One input line.  prefix: text without newline that every output must begin with, or NULL. */
typedef struct s2s_input {
    const char *text; /* UTF-8, n bytes, no newline; may be empty, then so is the output */
    size_t n;
    const char *prefix;
} s2s_input;

/* Predicts n inputs; they are sorted and batched inside, results come in input order and do not depend on
 * the batch.  *result is borrowed from the worker until its next call.  index in messages counts from 1.
 *
 * An input of more than s2s_worker_max_source tokens is split: each part ends with the last sentence that fits,
 * or else at white space, or else anywhere.  Each is predicted like an input, with min_length and max_length of
 * its own, the first with the prefix.  The input has one hypothesis, whatever n_best is: the best of all parts
 * in a row, with a space between their texts, but none beside Chinese and Japanese characters nor, unless
 * tokens are words, where a word was cut.  Its scores are the sums of theirs, and the last of token_scores is
 * the sum of their ends; a token attends to the source of its part. */
S2S_API s2s_status s2s_predict(s2s_worker *worker, const s2s_input *inputs, int n, const s2s_result **result,
                               s2s_error *err) S2S_MUST_USE;

/* What the output of one input must contain: n_phrases texts as a prefix is, each as a run of tokens; they may
 * overlap, blank ones do not count.  At most 64, of at most 999 tokens in all. */
typedef struct s2s_constraint {
    const char *const *phrases;
    int n_phrases;
} s2s_constraint;

/* Predicts n inputs under their constraints [n], NULL: none (dynamic beam allocation, Post and Vilar 2018,
 * arXiv:1804.06609).  An input keeps beam_size hypotheses, and at least one more than its phrases have tokens.
 * Where no hypotheses have all phrases, they are those without the constraint.  An input with phrases is not
 * split.  S2S_MISUSE when sampling. */
S2S_API s2s_status s2s_predict_constrained(s2s_worker *worker, const s2s_input *inputs,
                                           const s2s_constraint *constraints, int n, const s2s_result **result,
                                           s2s_error *err) S2S_MUST_USE;

typedef enum s2s_constraint_state {
    S2S_CONSTRAINT_MET,     /* all hypotheses contain all phrases; or there are none */
    S2S_CONSTRAINT_UNKNOWN, /* a phrase has tokens that the model does not know */
    S2S_CONSTRAINT_MISSED,  /* no output was found that contains them within the maximum length */
} s2s_constraint_state;
S2S_API s2s_constraint_state s2s_result_constraint(const s2s_result *result, int i); /* of input i */

/* What a lexicon holds.  Each line of the file that is not blank is a string; it goes through the text steps
 * and the tokeniser of the model's targets, and only what these tokens give back is an output (constrained
 * decoding with a trie, De Cao et al. 2021, arXiv:2010.00904).  Strings that cannot be outputs are left out:
 * those with unknown tokens, and those shorter than min_length or longer than max_length.  No other limit of
 * length and no no_repeat_ngram concerns the rest; a shortlist is not looked at; inputs are not split; a prefix
 * with which no string begins is S2S_BAD_DATA.  A blank input has its empty output still. */
typedef struct s2s_lexicon_info {
    int64_t n_strings;      /* lines that are not blank; 0: there is no lexicon */
    int64_t n_unusable;     /* of them left out */
    int64_t first_unusable; /* line of the first of these, from 1 */
    const char *why;        /* "has tokens that the model does not know"; NULL where none is left out */
} s2s_lexicon_info;
S2S_API void s2s_worker_lexicon(const s2s_worker *worker, s2s_lexicon_info *info);

/* Log-probability of given targets (token by token) under the model.  Nothing is split, as a target has no
 * parts: S2S_BAD_DATA where the model cannot take so long a source. */
S2S_API s2s_status s2s_score(s2s_worker *worker, const s2s_input *inputs, const char *const *targets, int n,
                             const s2s_result **result, s2s_error *err) S2S_MUST_USE;

/* Results: for input i, hypotheses h = 0 (best) .. n_hyps - 1. */
S2S_API int s2s_result_n_inputs(const s2s_result *result);
S2S_API int s2s_result_n_hyps(const s2s_result *result, int i);
S2S_API int s2s_result_n_parts(const s2s_result *result, int i); /* that input i was split into; 1: none */

typedef struct s2s_hypothesis {
    const char *text;                 /* terminated; of s2s_predict as the steps of output text leave it */
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
