/* The run folder: model.s2s, last.ckpt, config.yaml, metrics.jsonl, best/ and last/ (train/kept.h). */
#ifndef S2S_TRAIN_RUN_H
#define S2S_TRAIN_RUN_H

#include <dirent.h>
#include <stdio.h>

#include "train/progress.h"

typedef struct s2s_run {
    char *model, *checkpoint, *config, *metrics; /* paths */
    char *kept[S2S_N_KEEPS];                     /* best/, last/ */
    FILE *events;                                /* metrics.jsonl, open for appending */
    DIR *folder;                                 /* holds the lock */
    const char *made;                            /* the folder, if it is new; borrowed from the options */
} s2s_run;

/* Makes the folder where it does not exist, and locks it until close; removes what a killed run left
 * half-written.  S2S_FAILED where another process has the lock, or, without --overwrite, where the folder holds
 * files of these names but no last.ckpt: they may be someone's. */
s2s_status s2s_run_open(s2s_run *run, const s2s_train_options *options, s2s_error *err) S2S_MUST_USE;
void s2s_run_close(s2s_run *run); /* a zeroed one is allowed */

/* Brings the other files to where last.ckpt is, which must be there, so that a run that is killed from now on
 * can go on: no model.s2s before the first update, in best/ and last/ only what it keeps, config.yaml as given,
 * metrics.jsonl open and without what came after the checkpoint or is no whole line. */
s2s_status s2s_run_start(s2s_run *run, const s2s_train_options *options, const s2s_progress *progress,
                         s2s_error *err) S2S_MUST_USE;

/* Appends a line to metrics.jsonl and flushes it; *bytes becomes the length of the file. */
s2s_status s2s_run_log(s2s_run *run, const char *json, int64_t *bytes, s2s_error *err) S2S_MUST_USE;

#endif
