/* What metrics of machine translation have in common: every sentence gives a few whole numbers, and the score
 * of a corpus is a function of their sums, so that resampling never looks at texts again. */
#ifndef S2S_EVAL_METRIC_H
#define S2S_EVAL_METRIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "s2s/metrics.h"

enum { S2S_METRIC_BLEU, S2S_METRIC_CHRF, S2S_METRIC_CHRF_WORDS, S2S_METRIC_TER, S2S_N_METRICS };

enum {
    S2S_CHRF_WORD_ORDER = 2, /* of chrF++ */
    S2S_METRIC_MAX_STATS = 3 * (S2S_CHRF_MAX_ORDER + S2S_CHRF_WORD_ORDER),
};

typedef struct s2s_metric s2s_metric;

typedef struct s2s_metric_kind {
    /* Takes the references of the next sentence, lines of well-formed UTF-8; false when out of memory. */
    bool (*set_references)(s2s_metric *metric, const s2s_span *references);
    /* The numbers of an output for that sentence; false when out of memory. */
    bool (*compare)(s2s_metric *metric, s2s_span output, int *stats);
    /* Fills the score and what it is made of. */
    void (*score)(const s2s_metric *metric, const int64_t *sums, s2s_metrics_score *score);
    /* Adds the metric's own part of the signature, "case:mixed|...|". */
    void (*sign)(const s2s_metric *metric, s2s_str *signature);
    void (*free)(s2s_metric *metric);
} s2s_metric_kind;

struct s2s_metric {
    const s2s_metric_kind *kind;
    const s2s_metrics_options *options; /* borrowed */
    char name[32];
    int n_references;
    int n_stats; /* at most S2S_METRIC_MAX_STATS */
};

/* S2S_MISUSE where a value is out of its range, or beside another that makes no use of it. */
s2s_status s2s_metrics_options_check(const s2s_metrics_options *options, s2s_error *err) S2S_MUST_USE;

/* For n_references per sentence; NULL when out of memory. */
s2s_metric *s2s_bleu_new(const s2s_metrics_options *options, int n_references);
/* word_order: 0 for chrF, S2S_CHRF_WORD_ORDER for chrF++ */
s2s_metric *s2s_chrf_new(const s2s_metrics_options *options, int n_references, int word_order);
s2s_metric *s2s_ter_new(const s2s_metrics_options *options, int n_references);
/* which: S2S_METRIC_BLEU, ... */
s2s_metric *s2s_metric_new(int which, const s2s_metrics_options *options, int n_references);

/* Different metrics, in the order of their names. */
typedef struct s2s_metric_list {
    int items[S2S_N_METRICS]; /* S2S_METRIC_BLEU, ... */
    int n;
} s2s_metric_list;

/* names: those of --metrics.  S2S_MISUSE for one that there is not, or that is there twice. */
s2s_status s2s_metric_list_read(s2s_metric_list *list, const char *names, s2s_error *err) S2S_MUST_USE;

static inline void s2s_metric_free(s2s_metric *metric) /* NULL is allowed */
{
    if (metric)
        metric->kind->free(metric);
}

#endif
