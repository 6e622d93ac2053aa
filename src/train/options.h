/* The options of training: checked, copied, compared. */
#ifndef S2S_TRAIN_OPTIONS_H
#define S2S_TRAIN_OPTIONS_H

#include "base/arena.h"
#include "s2s/train.h"

enum { S2S_MAX_ACCUMULATE = 10000 }; /* batches of an update */

/* Ranges of the table, and what contradicts itself or is missing: S2S_BAD_CONFIG naming the option. */
s2s_status s2s_train_options_check(const s2s_train_options *options, s2s_error *err) S2S_MUST_USE;

/* The same of the data alone: files, text, tokens, vocabularies, lengths; ranges of all options. */
s2s_status s2s_train_options_check_data(const s2s_train_options *options, s2s_error *err) S2S_MUST_USE;

/* Replaces what the machine decides (precision auto); S2S_BAD_CONFIG where it lacks what was asked for. */
s2s_status s2s_train_options_resolve(s2s_train_options *options, s2s_error *err) S2S_MUST_USE;

/* Takes over what the machine decided when the run was begun: precision auto, and the batches of a memory
 * budget where these may come of those asked for. */
void s2s_train_options_adopt(s2s_train_options *options, const s2s_train_options *stored);

/* A copy whose texts live in the arena. */
s2s_status s2s_train_options_copy(s2s_train_options *copy, const s2s_train_options *options, s2s_arena *arena,
                                  s2s_error *err) S2S_MUST_USE;

/* The options as a model keeps them: what concerns this machine and this run alone (threads, folders, how
 * often it reports and saves) is at its default, so that it does not change the file. */
s2s_train_options s2s_train_options_of_model(const s2s_train_options *options);

/* Whether a run stored with `stored` may go on with `given`: limits and what concerns the machine may
 * differ, so may paths (hashes tell whether the data is the same).  S2S_BAD_CONFIG naming the first option
 * that must not differ, with both values. */
s2s_status s2s_train_options_resume(const s2s_train_options *stored, const s2s_train_options *given,
                                    s2s_error *err) S2S_MUST_USE;

/* Tokens of each of `accumulate` batches that make up an update as large as the one asked for. */
int s2s_train_split_batch(const s2s_train_options *options, int accumulate);

/* Longest source, in tokens, that is trained on: --max-length, or less where location attention knows fewer
 * positions. */
int s2s_train_longest_source(const s2s_train_options *options);

#endif
