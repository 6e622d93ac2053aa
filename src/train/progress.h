/* How far a run is: all of its state but the blocks of numbers; and the rules that follow from it alone. */
#ifndef S2S_TRAIN_PROGRESS_H
#define S2S_TRAIN_PROGRESS_H

#include <stdint.h>

#include "train/valid_metrics.h"

/* Stored in checkpoints under these names. X(name) */
#define S2S_PROGRESS_LIST(X)                                          \
    X(update)        /* updates done */                               \
    X(epoch)         /* epochs done */                                \
    X(epoch_pairs)   /* pairs seen of the epoch in progress */        \
    X(target_tokens) /* seen so far */                                \
    X(reader_epoch)  /* position of the reader */                     \
    X(reader_batch)                                                   \
    X(valid_update)  /* update of the last validation, 0: none yet */ \
    X(best_update)   /* update of the best one, 0: none yet */        \
    X(halvings)      /* of the learning rate, schedule plateau */     \
    X(metrics_bytes) /* length of metrics.jsonl */                    \
    X(saved_update)  /* update of the last checkpoint */

enum { S2S_MAX_KEPT = 100 };

/* How a metric stands. */
typedef struct s2s_standing {
    double best;   /* NaN: none yet */
    int64_t stale; /* validations since the best one and the warm-up */
} s2s_standing;

/* A model that is kept. */
typedef struct s2s_kept {
    int64_t update;
    double value; /* of the first metric */
} s2s_kept;

typedef struct s2s_kept_list {
    s2s_kept items[S2S_MAX_KEPT];
    int n;
} s2s_kept_list;

/* Why models are kept. */
typedef enum s2s_keep {
    S2S_KEEP_BEST, /* the list has the best first */
    S2S_KEEP_LAST, /* the latest first */
    S2S_N_KEEPS
} s2s_keep;

typedef struct s2s_progress {
#define X(name) int64_t name;
    S2S_PROGRESS_LIST(X)
#undef X
    double seconds;                              /* of training */
    s2s_standing standings[S2S_N_VALID_METRICS]; /* in the order of metrics */
    s2s_kept_list kept[S2S_N_KEEPS];

    /* not stored */
    s2s_valid_metrics metrics;
    double value;    /* of the first metric in the last validation; NaN: none yet */
    int64_t n_pairs; /* of the epoch in progress */
} s2s_progress;

/* As JSON text, to free(), and back; NULL when out of memory; S2S_BAD_MODEL naming the field that is off.
 * Counters that are read are at most 2^53, the other numbers finite.  Standings are those of
 * progress->metrics. */
char *s2s_progress_to_json(const s2s_progress *progress);
s2s_status s2s_progress_from_json(s2s_progress *progress, const char *json, const char *path,
                                  s2s_error *err) S2S_MUST_USE;

/* What was done in units of 'e', 'u', 't' or 'm'. */
double s2s_progress_in(const s2s_progress *progress, char unit);
/* Whether a multiple of every was passed between the two; never for an amount of 0. */
bool s2s_progress_passed(const s2s_progress *before, const s2s_progress *now, s2s_duration every);
/* Share of `after` done, 0..1; NaN without a limit. */
double s2s_progress_fraction(const s2s_progress *progress, s2s_duration after);

/* Takes note of a validation at the present update; true when the first metric is better than ever before.  A
 * metric that is not counts for early stopping, the first one for schedule plateau too, but not while the
 * learning rate still warms up. */
bool s2s_progress_validated(s2s_progress *progress, const s2s_train_options *options,
                            const double values[S2S_N_VALID_METRICS]);
/* Whether the model of that update is among those of the list. */
bool s2s_kept_list_has(const s2s_kept_list *list, int64_t update);
/* Why the run ends here: "epoch limit", "early stopping", ...; NULL while it goes on. */
const char *s2s_progress_end(const s2s_progress *progress, const s2s_train_options *options);

#endif
