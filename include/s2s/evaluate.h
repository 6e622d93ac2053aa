/* Measuring outputs against references.  Tokens are those before the steps of output text (--output-text);
 * texts and what is measured of them are what these steps leave. */
#ifndef S2S_EVALUATE_H
#define S2S_EVALUATE_H

#include <stdint.h>

#include "s2s/predict.h"

/* Counts that the rates come from; several references: the nearest counts (fewest edits, then the longest).
 * Tokens of an output in subwords are those that its text is cut into. */
typedef struct s2s_edit_counts {
    int64_t substitutions, insertions, deletions;
    int64_t reference_tokens;
} s2s_edit_counts;

typedef struct s2s_evaluation {
    int64_t n_sequences;
    int64_t n_correct_sequences;                    /* equal to any of their references */
    int64_t n_split_inputs;                         /* too long, predicted in parts: s2s_result_n_parts */
    s2s_edit_counts tokens;                         /* over target tokens: PER for phonemes, WER for words */
    s2s_edit_counts characters;                     /* over characters of the joined text: CER */
    double sequence_accuracy;                       /* %; 100 - this is the word error rate of pronunciation */
    double token_error_rate;                        /* %, edits / reference tokens */
    double character_error_rate;                    /* % */
    double token_accuracy;                          /* %, correct reference tokens in the alignment */
    double precision_micro, recall_micro, f1_micro; /* %, token classes, counted by the alignment */
    double precision_macro, recall_macro, f1_macro; /* %, mean over token classes in references or outputs */
    double log_prob;   /* of the first references, nats, end of sequence included; NaN if not scored */
    double perplexity; /* exp(-log_prob / tokens), ends included; NaN if not scored */
    double bleu, chrf, chrf_words, ter; /* %, of s2s/metrics.h with its defaults; NaN if not asked for */
} s2s_evaluation;

/* One evaluated sequence, for per-line reports. */
typedef struct s2s_evaluated_line {
    int64_t index;                           /* from 0 */
    const char *source, *output, *reference; /* the nearest reference */
    const char *alignment;                   /* "REF: a b  c\nHYP: a *  c\nOP:    D   " three lines */
    bool correct;
    int edits;
} s2s_evaluated_line;
typedef void s2s_evaluated_line_fn(void *arg, const s2s_evaluated_line *line);

/* What is measured besides. */
typedef struct s2s_evaluate_options {
    bool perplexity;     /* score the first references as well */
    const char *metrics; /* of bleu, chrf, chrf++ (chrf_words), ter, separated by commas; NULL: none */
} s2s_evaluate_options;

/* Model against the pairs of a tab-separated file (further tabs: further references), which may be packed or
 * a pipe; "-" is standard input.  Of several hypotheses the first counts.  For the metrics a line of fewer
 * references than another has its first one again.  line may be NULL. */
S2S_API s2s_status s2s_evaluate(s2s_worker *worker, const char *pairs_path, const s2s_evaluate_options *options,
                                s2s_evaluation *evaluation, s2s_evaluated_line_fn *line, void *arg,
                                s2s_error *err) S2S_MUST_USE;

#endif
