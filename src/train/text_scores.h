/* BLEU, chrF and TER of one validation: those of `s2s metrics` with its defaults, for the outputs as `s2s
 * predict` writes them and the targets as the file has them. */
#ifndef S2S_TRAIN_TEXT_SCORES_H
#define S2S_TRAIN_TEXT_SCORES_H

#include "base/arena.h"
#include "tensor/batch.h"
#include "train/dataset.h"
#include "train/valid_metrics.h"

typedef struct s2s_text_scores s2s_text_scores;

/* The metrics of text among these; dataset is borrowed until free.  Every line counts as having n_references
 * references, its targets: one that has fewer has its first one again. */
s2s_status s2s_text_scores_new(s2s_text_scores **scores, const s2s_valid_metrics *metrics,
                               const s2s_dataset *dataset, int n_references, s2s_error *err) S2S_MUST_USE;
void s2s_text_scores_free(s2s_text_scores *scores); /* NULL is allowed */

/* An output for the source of a pair; texts of it live in the arena.  Lines with that output are then added by
 * their number. */
s2s_status s2s_text_scores_output(s2s_text_scores *scores, size_t pair, s2s_tokens output, s2s_arena *arena,
                                  s2s_error *err) S2S_MUST_USE;
s2s_status s2s_text_scores_add(s2s_text_scores *scores, size_t pair, s2s_error *err) S2S_MUST_USE;

/* Puts the scores of all lines in their places. */
void s2s_text_scores_result(const s2s_text_scores *scores, double metrics[S2S_N_VALID_METRICS]);

#endif
