/* Measuring this machine and this library; no data is needed.
 *
 * products  packed matrix products [M, K] x [K, N] on the team, at the shapes of the networks below: a
 *           recurrent step of a batch and of one sentence, an input product, the output layer.  The best of a
 *           precision is its ceiling.
 * machine   bandwidth of the memory (floats, arrays too large for caches), loops over elements that stay in
 *           caches, and what it costs to call the team and to meet at its barrier
 * train     training steps on 64 random sentences: forward, backward, gradient norm, Adam
 * decode    random sentences through the reference network with random weights, 15 tokens each
 * growth    how the cost grows: training steps of the reference network on 64 sentences, and its decoding of
 *           them with beam 5, where one dimension at a time is varied: hidden, length, vocabulary and batch
 *           (sentences) of both, threads of training (no more than the options say), beam of decoding.  When
 *           the length varies, a batch keeps about its 960 tokens.  Takes minutes and up to 2 GiB; not in all.
 *
 * The reference network: embedding 256, bidirectional encoder 256 + 256, decoder of 512 units, LSTM, attention
 * "general" without input feeding, vocabularies of 8,192, sentences of 15 tokens.  The others differ from it in
 * what they are named after; "characters" has embedding 128, 256 units, vocabularies of 96 and sentences of 20
 * tokens. */
#ifndef S2S_BENCH_H
#define S2S_BENCH_H

#include <stdbool.h>

#include "s2s/profile.h"

/* X(NAME, name) */
#define S2S_BENCH_PART_LIST(X) \
    X(ALL, "all")              \
    X(PRODUCTS, "products")    \
    X(MACHINE, "machine")      \
    X(TRAIN, "train")          \
    X(DECODE, "decode")        \
    X(GROWTH, "growth")

/* What a row may tell, medians of its repetitions. X(NAME, name) */
#define S2S_BENCH_FIGURE_LIST(X)                                                                       \
    X(MS, "ms")         /* of one product, pass, step or batch */                                      \
    X(GFLOPS, "gflops") /* 1e9 floating-point operations a second, two per multiply-add of products */ \
    X(SHARE, "share")   /* of the ceiling, % */                                                        \
    X(BYTES, "gbytes_per_second")                                                                      \
    X(ELEMENTS, "gelements_per_second")                                                                \
    X(SENTENCES, "sentences_per_second")                                                               \
    X(TOKENS, "tokens_per_second") /* of targets */

#define S2S_X(NAME, name) S2S_BENCH_##NAME,
typedef enum s2s_bench_part { S2S_BENCH_PART_LIST(S2S_X) S2S_N_BENCH_PARTS } s2s_bench_part;
typedef enum s2s_bench_figure { S2S_BENCH_FIGURE_LIST(S2S_X) S2S_N_BENCH_FIGURES } s2s_bench_figure;
#undef S2S_X

/* All fields are described by s2s_bench_options_table(). */
typedef struct s2s_bench_options {
    int only;          /* s2s_bench_part */
    const char *match; /* rows whose names have this in them; NULL: all */
    int precision;     /* s2s_precision of products, training and decoding; auto: all that this machine has */
    int threads;       /* 0: one per core */
    double seconds;    /* for a row, at least three repetitions aside */
    bool profile; /* tell where the time of training steps and decoded batches went: every one of those rows
                          takes twice as long */
} s2s_bench_options;

S2S_API const s2s_option_table *s2s_bench_options_table(void);
S2S_API void s2s_bench_options_defaults(s2s_bench_options *options);

typedef struct s2s_bench_row {
    s2s_bench_part part;
    const char *name;
    const char *work;      /* of growth: "train" or "decode"; else NULL */
    const char *dimension; /* of growth: what is varied, and its value; else NULL */
    int value;
    const char *precision; /* NULL where it does not matter */
    const char *kernels;   /* the table of loops that did it */
    int threads;
    double figures[S2S_N_BENCH_FIGURES]; /* NaN: not of this row */
    double spread;                       /* distance of the quartiles of the repetitions, % of their median */
    int n;                               /* repetitions */
    const s2s_profile_summary *profile;  /* of a repetition, measured apart; NULL: not asked for, or no row of
                                            training or decoding */
} s2s_bench_row;

/* The row is valid during the call.  A status other than S2S_OK ends the bench, which returns it. */
typedef s2s_status s2s_bench_row_fn(void *arg, const s2s_bench_row *row, s2s_error *err);

/* Name of a part or of a figure. */
S2S_API const char *s2s_bench_part_name(s2s_bench_part part);
S2S_API const char *s2s_bench_figure_name(s2s_bench_figure figure);

/* Processor cores that the process may run on: how many threads 0 stands for. */
S2S_API int s2s_n_cores(void);

/* Calls row for every row as soon as it is measured.  S2S_BAD_CONFIG where the machine lacks the precision;
 * S2S_MISUSE where nothing matches. */
S2S_API s2s_status s2s_bench_run(const s2s_bench_options *options, s2s_bench_row_fn *row, void *arg,
                                 s2s_error *err) S2S_MUST_USE;

#endif
