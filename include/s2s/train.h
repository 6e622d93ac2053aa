/* Training: pairs of sequences in, a run folder with a model out. */
#ifndef S2S_TRAIN_H
#define S2S_TRAIN_H

#include <stdint.h>

#include "s2s/log.h"
#include "s2s/network.h"
#include "s2s/option.h"

/* X(NAME, name) */
#define S2S_OPTIMISER_LIST(X)                                                                        \
    X(SGD, "sgd")         /* with momentum, Nesterov's if asked for */                               \
    X(ADAGRAD, "adagrad") /* Duchi et al. 2011 */                                                    \
    X(RMSPROP, "rmsprop") /* Tieleman and Hinton 2012 */                                             \
    X(ADAM, "adam")       /* Kingma and Ba 2015, arXiv:1412.6980; weight decay joins the gradient */ \
    X(ADAMW, "adamw")     /* Loshchilov and Hutter 2019, arXiv:1711.05101; decoupled decay */

#define S2S_SCHEDULE_LIST(X)                                                                         \
    X(CONSTANT, "constant")                                                                          \
    X(INV_SQRT, "inv-sqrt") /* linear warm-up, then 1 / sqrt(update) */                              \
    X(COSINE, "cosine")     /* linear warm-up, then half a cosine down to 0 at the end of `after` */ \
    X(PLATEAU, "plateau")   /* halved when validation does not get better */

/* What validation measures, and `best` and early stopping go by.  Scores of text are those of s2s/metrics.h
 * with its defaults, of greedy outputs as s2s_predict returns them; every pair counts, its targets are its
 * references.  X(NAME, name) */
#define S2S_VALID_METRIC_LIST(X)                                                                              \
    X(LOSS, "loss") /* cross-entropy per target token, nats; lower is better */                               \
    X(PERPLEXITY, "perplexity")                                                                               \
    X(TOKEN_ACCURACY, "token-accuracy")       /* teacher-forced, %; higher is better */                       \
    X(SEQUENCE_ACCURACY, "sequence-accuracy") /* greedy output equal to any target, % */                      \
    X(ERROR_RATE, "error-rate")               /* edit distance of the greedy output, % of reference tokens */ \
    X(BLEU, "bleu")                                                                                           \
    X(CHRF, "chrf")                                                                                           \
    X(TER, "ter") /* lower is better */

/* Which of several metrics early stopping waits for. X(NAME, name) */
#define S2S_EARLY_STOPPING_ON_LIST(X) X(FIRST, "first") X(ANY, "any") X(ALL, "all")

/* What a run takes memory for. */
#define S2S_MEMORY_PART_LIST(X)                                                                     \
    X(PARAMETERS, "parameters")                                                                     \
    X(GRADIENTS, "gradients")                                                                       \
    X(MOMENTS, "moments")       /* of the optimiser */                                              \
    X(AVERAGE, "average")       /* of the parameters */                                             \
    X(PACKED, "packed")         /* copies of the weights that products are made with */             \
    X(DATA, "data")             /* vocabularies, windows of pairs; not what lies in mapped files */ \
    X(BATCHES, "batches")       /* the largest training batch, forward and backward */              \
    X(VALIDATION, "validation") /* sources to decode */                                             \
    X(OTHER, "other")           /* code, stacks of threads, files while they are written */

#define S2S_X(NAME, name) S2S_OPTIMISER_##NAME,
typedef enum s2s_optimiser_kind { S2S_OPTIMISER_LIST(S2S_X) S2S_N_OPTIMISERS } s2s_optimiser_kind;
#undef S2S_X
#define S2S_X(NAME, name) S2S_SCHEDULE_##NAME,
typedef enum s2s_schedule_kind { S2S_SCHEDULE_LIST(S2S_X) S2S_N_SCHEDULES } s2s_schedule_kind;
#undef S2S_X
#define S2S_X(NAME, name) S2S_EARLY_STOPPING_ON_##NAME,
typedef enum s2s_early_stopping_on {
    S2S_EARLY_STOPPING_ON_LIST(S2S_X) S2S_N_EARLY_STOPPING_ON
} s2s_early_stopping_on;
#undef S2S_X
#define S2S_X(NAME, name) S2S_VALID_##NAME,
typedef enum s2s_valid_metric { S2S_VALID_METRIC_LIST(S2S_X) S2S_N_VALID_METRICS } s2s_valid_metric;
#undef S2S_X

#define S2S_X(NAME, name) S2S_MEMORY_##NAME,
typedef enum s2s_memory_part { S2S_MEMORY_PART_LIST(S2S_X) S2S_N_MEMORY_PARTS } s2s_memory_part;
#undef S2S_X

/* All fields are described, with units and ranges, by s2s_train_options_table().  Texts are UTF-8, paths too:
 * models and config.yaml hold them. */
typedef struct s2s_train_options {
    /* data: a tab-separated file, or two parallel ones; of several files, each is a line */
    const char *train, *src, *tgt;
    const char *corpus_weights; /* how often an epoch visits the pairs of each file, "1,2.5"; none: once */
    const char *valid, *valid_src, *valid_tgt; /* none: 5 % of the training pairs, by a hash of the source */
    const char *src_text, *tgt_text;           /* text steps, docs/text.md; none: text stays as it is */
    const char *output_text;                   /* text steps of outputs, after the way back; none: they stay */
    int src_tokens, tgt_tokens;                /* tokeniser names: char, space, word, bpe, unigram */
    const char *src_subwords, *tgt_subwords;   /* SentencePiece models; none: trained from the training pairs */
    bool joint_vocab;                          /* of both sides, the subword model too */
    int vocab_size;                            /* per side; 0: all pieces, 8000 subwords */
    int vocab_min_count;
    double character_coverage; /* of a subword model trained here, as is what follows */
    bool byte_fallback;
    int max_length;          /* tokens; longer pairs are left out */
    double max_length_ratio; /* pairs with a side over this many times the other are not trained on; 0: off */

    s2s_network_options network;

    /* optimisation */
    int optimizer; /* s2s_optimiser_kind */
    double learn_rate;
    int schedule; /* s2s_schedule_kind */
    int warmup;   /* updates */
    double momentum;
    bool nesterov;
    double beta1, beta2, epsilon;
    double weight_decay;
    double clip_norm; /* global gradient norm; 0: off */
    double label_smoothing;
    double r_drop;                  /* alpha of R-Drop, Liang et al. 2021, arXiv:2106.14448; 0: off */
    const char *guided_alignment;   /* links of words, a line for each training pair; none: off */
    double guided_alignment_weight; /* of their loss; Chen et al. 2016, arXiv:1607.01628 */
    double subword_sampling;        /* alpha of unigram, dropout of bpe: other subwords every epoch; 0: off */
    double scheduled_sampling;      /* final probability of feeding the model's own prediction */
    double ema;                     /* decay of the averaged parameters that are validated and saved; 0: off */
    int batch_tokens;               /* per batch, of the side that has more */
    int accumulate;                 /* batches per update */
    int precision; /* s2s_precision, of validations too; S2S_BAD_CONFIG where the processor cannot */

    /* what is learned, and in which order */
    const char *pretrained_model; /* model file or run folder whose parameters come first; none: random ones */
    const char *freeze;           /* patterns of names of parameters that are not trained; none: all are */
    int curriculum; /* epochs; number E takes the shortest sqrt(E / (curriculum + 1)) of all pairs; 0: off */

    /* limits */
    s2s_duration after;       /* end of training */
    int early_stopping;       /* validations without a better result; 0: off */
    int early_stopping_on;    /* s2s_early_stopping_on */
    double target_metric;     /* stop once the first metric is this good, 95 for 95 %; NaN: off */
    const char *valid_metric; /* names of s2s_valid_metric, separated by commas; the first decides */
    int keep_best;            /* models of the best validations in best/, besides model.s2s */
    int keep_last;            /* models of the last validations in last/ */
    s2s_duration valid_every; /* e, u, t or m */
    s2s_duration save_every;  /* last.ckpt */
    int valid_max;            /* sources decoded for the metrics of greedy output; 0: all */

    /* run */
    const char *output; /* run folder */
    bool overwrite;     /* start anew even if the folder holds a run, or files that have the names of one */
    int threads;        /* 0: one per core */
    int64_t memory;     /* bytes that the run may take besides the text of the corpus; 0: no limit */
    int seed;
    int disp_every; /* updates between progress events */
} s2s_train_options;

S2S_API const s2s_option_table *s2s_train_options_table(void);
S2S_API void s2s_train_options_defaults(s2s_train_options *options);
/* Name of a metric, 0 .. S2S_N_VALID_METRICS - 1. */
S2S_API const char *s2s_valid_metric_name(s2s_valid_metric metric);

/* What the trainer tells while it runs. */
typedef enum s2s_train_event_kind {
    S2S_TRAIN_START,    /* once, after the data was read: sizes are known */
    S2S_TRAIN_PLAN,     /* once, after START, where options->memory is a budget */
    S2S_TRAIN_PROGRESS, /* every disp_every updates */
    S2S_TRAIN_VALID,    /* after a validation */
    S2S_TRAIN_END,      /* once; reason is set */
    S2S_TRAIN_PROFILE,  /* once before that, where s2s_trainer_measure asked for it */
} s2s_train_event_kind;

/* Memory of a run, in bytes, and the batches that make it fit. */
typedef struct s2s_memory_plan {
    int64_t budget, total, parts[S2S_N_MEMORY_PARTS];
    int batch_tokens, accumulate; /* instead of those of the options: as many tokens per update */
} s2s_memory_plan;

typedef struct s2s_train_event {
    s2s_train_event_kind kind;
    int64_t update, epoch; /* updates done; epoch in progress, from 1 */
    int64_t target_tokens; /* seen so far */
    double seconds;        /* of training so far, this run and the runs it resumes */
    double fraction;       /* of `after` done, 0..1; NaN when open-ended */
    double loss;           /* cross-entropy per token since the last event, nats */
    double learn_rate, gradient_norm;
    double tokens_per_second;          /* target tokens since the last event */
    double waited;                     /* PROGRESS: seconds since the last event without a batch to work on */
    double valid[S2S_N_VALID_METRICS]; /* VALID: NaN where not measured */
    s2s_valid_metric metric;           /* VALID: the first of options->valid_metric */
    bool best;                         /* VALID: better than all before by that, model.s2s was written */
    bool kept; /* VALID: among the best options->keep_best, best/UPDATE.s2s was written */
    int64_t n_parameters, n_pairs, n_valid_pairs, n_skipped; /* START */
    int src_vocab, tgt_vocab;                                /* START */
    bool resumed;                                            /* START */
    s2s_memory_plan memory;                                  /* PLAN */
    const struct s2s_profile_summary *profile;               /* PROFILE; valid during the call */
    const char *reason; /* END: "epoch limit", "early stopping", "target reached", "stopped", ... */
    const char *json;   /* the event as metrics.jsonl has it, one line without its end; valid during the call */
} s2s_train_event;

typedef void s2s_train_event_fn(void *arg, const s2s_train_event *event);

typedef struct s2s_trainer s2s_trainer;

/* Reads the data, builds vocabularies and network or, where options->output holds a run of the same
 * configuration, resumes it.  Options are copied, texts included; log may be NULL.  The folder is locked until
 * close; S2S_FAILED where another trainer has the lock, or where the folder holds files of a run but no
 * checkpoint, unless they are to be overwritten.  From here on the process may be killed at any time: the run
 * can be resumed.  Subword models are trained in a child process, forked and waited for here. */
S2S_API s2s_status s2s_trainer_open(s2s_trainer **trainer, const s2s_train_options *options, s2s_log_fn *log,
                                    void *log_arg, s2s_error *err) S2S_MUST_USE;
/* Trains until a limit or until s2s_trainer_stop; S2S_STOPPED in the latter case, everything saved: without a
 * validation so far, model.s2s holds the parameters (averaged, with ema) as they are.  S2S_DIVERGED when a
 * loss, a gradient or the validation metric is not finite; the last checkpoint stays.  event may be NULL. */
S2S_API s2s_status s2s_trainer_run(s2s_trainer *trainer, s2s_train_event_fn *event, void *arg,
                                   s2s_error *err) S2S_MUST_USE;
/* Asks a running trainer to save and return after the current update; the next run is not stopped.
 * Async-signal-safe. */
S2S_API void s2s_trainer_stop(s2s_trainer *trainer);
S2S_API void s2s_trainer_close(s2s_trainer *trainer); /* NULL is allowed */

#endif
