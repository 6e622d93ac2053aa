/* Outputs of systems against references, without a model: BLEU, chrF, chrF++ and TER, equal to those of
 * sacreBLEU 2 digit for digit, confidence intervals and paired significance tests.
 *
 * Lines are compared as sacreBLEU's program does: white space at their ends is dropped.  Unicode is that of
 * utf8proc, so characters that a newer standard added may count as another class than there.  Random numbers
 * are our own, so intervals and p-values are near sacreBLEU's, not equal to them. */
#ifndef S2S_METRICS_H
#define S2S_METRICS_H

#include <stdint.h>

#include "s2s/option.h"

/* sacreBLEU's tokenisers of BLEU. X(NAME, name) */
#define S2S_BLEU_TOKENIZE_LIST(X) X(13A, "13a") X(INTL, "intl") X(ZH, "zh") X(CHAR, "char") X(NONE, "none")
/* What becomes of n-gram orders without a match. X(NAME, name) */
#define S2S_BLEU_SMOOTH_LIST(X) X(EXP, "exp") X(FLOOR, "floor") X(ADD_K, "add-k") X(NONE, "none")
/* How each further system is compared with the first. X(NAME, name) */
#define S2S_PAIRED_LIST(X) X(NONE, "none") X(BOOTSTRAP, "bootstrap") X(APPROX, "approx")

#define S2S_X(NAME, name) S2S_BLEU_TOKENIZE_##NAME,
typedef enum s2s_bleu_tokenize { S2S_BLEU_TOKENIZE_LIST(S2S_X) S2S_N_BLEU_TOKENIZE } s2s_bleu_tokenize;
#undef S2S_X
#define S2S_X(NAME, name) S2S_BLEU_SMOOTH_##NAME,
typedef enum s2s_bleu_smooth { S2S_BLEU_SMOOTH_LIST(S2S_X) S2S_N_BLEU_SMOOTH } s2s_bleu_smooth;
#undef S2S_X
#define S2S_X(NAME, name) S2S_PAIRED_##NAME,
typedef enum s2s_paired { S2S_PAIRED_LIST(S2S_X) S2S_N_PAIRED } s2s_paired;
#undef S2S_X

enum { S2S_BLEU_ORDER = 4, S2S_CHRF_MAX_ORDER = 10 };

/* All fields are described by s2s_metrics_options_table(). */
typedef struct s2s_metrics_options {
    const char *metrics; /* of bleu, chrf, chrf++, ter, separated by commas */
    bool lowercase;      /* BLEU and chrF */

    int tokenize;        /* s2s_bleu_tokenize */
    int smooth_method;   /* s2s_bleu_smooth */
    double smooth_value; /* of floor and add-k; NaN: 0.1 of floor, 1 of add-k */
    bool effective_order;

    int chrf_char_order, chrf_beta;
    bool chrf_whitespace, chrf_eps_smoothing;

    bool ter_normalized, ter_no_punct, ter_asian_support, ter_case_sensitive;

    bool confidence; /* bootstrap also implies it */
    int paired;      /* s2s_paired */
    int resamples;   /* of the bootstrap */
    int trials;      /* of approximate randomisation */
    int seed;
} s2s_metrics_options;

S2S_API const s2s_option_table *s2s_metrics_options_table(void);
S2S_API void s2s_metrics_options_defaults(s2s_metrics_options *options);

/* Text files of as many lines each, which may be packed or pipes; "-", at most once, is standard input. */
typedef struct s2s_metrics_files {
    const char *const *references; /* several: every line has so many references */
    int n_references;
    const char *const *outputs; /* one per system */
    int n_outputs;
} s2s_metrics_files;

/* One metric of one system. */
typedef struct s2s_metrics_score {
    const char *system;    /* its file as given */
    const char *metric;    /* "BLEU", "chrF2", "chrF2++" (2 is beta) or "TER" */
    const char *signature; /* sacreBLEU's, "nrefs:1|case:mixed|...|version:s2s-..." */
    double score;          /* %; TER: lower is better */
    double mean, interval; /* of resamples: mean, and half the width of the 95 % interval; NaN: none asked */
    double p_value;        /* that a difference to the first system this large is chance; NaN: not compared */
    /* what BLEU and TER were made of; 0 where it does not apply */
    double precisions[S2S_BLEU_ORDER]; /* %, of BLEU */
    double brevity_penalty;            /* of BLEU */
    int64_t output_tokens;             /* of BLEU */
    double reference_tokens;           /* of BLEU those of the nearest lengths; of TER the mean of references */
    int64_t edits;                     /* of TER, shifts among them */
} s2s_metrics_score;

/* The score is valid during the call.  A status other than S2S_OK ends the measuring, which returns it. */
typedef s2s_status s2s_metrics_score_fn(void *arg, const s2s_metrics_score *score, s2s_error *err);

/* Calls score for every metric as ordered, and in it for every system.  S2S_BAD_DATA for a file that cannot be
 * read, is empty, is not UTF-8 or has another number of lines than the first reference. */
S2S_API s2s_status s2s_metrics_measure(const s2s_metrics_files *files, const s2s_metrics_options *options,
                                       s2s_metrics_score_fn *score, void *arg, s2s_error *err) S2S_MUST_USE;

#endif
