/* The networks of the bench with random weights, a random batch for them, and how training and decoding it is
 * measured. */
#ifndef S2S_MEASURE_TRIAL_H
#define S2S_MEASURE_TRIAL_H

#include "measure/measure.h"
#include "model/arch.h"

typedef struct s2s_trial_shape {
    const char *name;
    int emb, hidden, vocab;
    int length; /* tokens of a source, and of a target with its end */
    int sentences;
    int beam_size; /* of decoding */
    s2s_cell_kind cell;
    s2s_attention_kind attention;
    bool feeding;
} s2s_trial_shape;

/* Those of the train part; the reference network first. */
extern const s2s_trial_shape s2s_trial_shapes[];
extern const int s2s_n_trial_shapes;

typedef struct s2s_trial {
    const s2s_arch *arch;
    s2s_params params;
    s2s_network *network;
    s2s_graph graph;
    s2s_arena *arena; /* of the batch */
    s2s_source_batch source;
    s2s_target_batch target;
} s2s_trial;

/* To be closed even where it failed.  training: with gradients. */
s2s_status s2s_trial_open(s2s_trial *trial, const s2s_trial_shape *shape, bool training, s2s_team *team,
                          const s2s_kernels *kernels, s2s_error *err) S2S_MUST_USE;
void s2s_trial_close(s2s_trial *trial);

/* Repeats fn once more where the options ask for a profile, and gives the row what the graph told of it. */
s2s_status s2s_trial_profile(s2s_bench *bench, s2s_trial *trial, s2s_timed_fn *fn, void *arg,
                             s2s_bench_row *row, s2s_error *err) S2S_MUST_USE;

/* Measures training steps or the decoding of a batch in a precision of this machine.  The row, named after the
 * shape, is left to the caller to tell. */
typedef s2s_status s2s_trial_fn(s2s_bench *bench, const s2s_trial_shape *shape, int precision,
                                s2s_bench_row *row, s2s_error *err);
s2s_trial_fn s2s_trial_train, s2s_trial_decode;

#endif
