/* The run folder: model.s2s, last.ckpt, config.yaml, metrics.jsonl. */
#ifndef S2S_TRAIN_RUN_H
#define S2S_TRAIN_RUN_H

#include <stdint.h>
#include <stdio.h>

#include "s2s/train.h"

typedef struct s2s_run {
    char *model, *checkpoint, *config, *metrics; /* paths */
    FILE *events;                                /* metrics.jsonl, open for appending */
} s2s_run;

/* Makes the folder where it does not exist; removes what a killed run left half-written; with --overwrite
 * removes the run in it. */
s2s_status s2s_run_open(s2s_run *run, const s2s_train_options *options, s2s_error *err) S2S_MUST_USE;
void s2s_run_close(s2s_run *run); /* a zeroed one is allowed */

/* Writes config.yaml and opens metrics.jsonl, cut to its first `bytes` bytes: what a checkpoint knows of. */
s2s_status s2s_run_start(s2s_run *run, const s2s_train_options *options, int64_t bytes,
                         s2s_error *err) S2S_MUST_USE;

/* Appends the event as one line of JSON and flushes it; *bytes becomes the length of the file. */
s2s_status s2s_run_log(s2s_run *run, const s2s_train_event *event, int64_t *bytes, s2s_error *err) S2S_MUST_USE;

#endif
