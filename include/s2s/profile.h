/* Where the time of repeated work goes: of the steps of a training run, of the batches that a worker decodes,
 * of what the bench repeats.
 *
 * At any moment of a step the time belongs to one section, a phase of the step and a kind of work in it, so the
 * sections add up to the whole.  A profile serves one trainer or worker at a time. */
#ifndef S2S_PROFILE_H
#define S2S_PROFILE_H

#include <stdint.h>

#include "s2s/predict.h"
#include "s2s/train.h"

/* Phases. X(NAME, name) */
#define S2S_PHASE_LIST(X)                                                                 \
    X(REST, "the rest")                                                                   \
    X(READ, "getting the batch")                                                          \
    X(FORWARD, "forward")                                                                 \
    X(BACKWARD, "backward")                                                               \
    X(NORM, "gradient norm")                                                              \
    X(OPTIMISER, "optimiser") /* averages the parameters and clears the gradients, too */ \
    X(ENCODE, "encode")                                                                   \
    X(DECODE, "decode") /* steps of the decoder */                                        \
    X(CHOOSE, "choosing tokens")                                                          \
    X(REORDER, "reordering states")

/* Kinds of work in a phase. X(NAME, name) */
#define S2S_WORK_LIST(X)                                                                                 \
    X(OTHER, "") /* what is left of the phase */                                                         \
    X(LINEAR, "linear")                                                                                  \
    X(CELL, "recurrent cell")                                                                            \
    X(ATTENTION, "attention") /* scores, softmax and context; its maps are linear */                     \
    X(LOOKUP, "lookup")       /* of embeddings, of states */                                             \
    X(ELEMENTWISE, "elementwise")                                                                        \
    X(OUTPUT, "output layer")             /* with softmax and, in training, the gradient of its input */ \
    X(WEIGHT_GRADIENT, "weight gradient") /* and that of the bias */                                     \
    X(PACK, "packing weights")                                                                           \
    X(ZERO, "zeroing tensors")

#define S2S_X(NAME, name) S2S_PHASE_##NAME,
typedef enum s2s_phase { S2S_PHASE_LIST(S2S_X) S2S_N_PHASES } s2s_phase;
#undef S2S_X
#define S2S_X(NAME, name) S2S_WORK_##NAME,
typedef enum s2s_work { S2S_WORK_LIST(S2S_X) S2S_N_WORKS } s2s_work;
#undef S2S_X

enum { S2S_N_SECTIONS = (int)S2S_N_PHASES * (int)S2S_N_WORKS };

typedef struct s2s_profile s2s_profile;

S2S_API s2s_status s2s_profile_new(s2s_profile **profile, s2s_error *err) S2S_MUST_USE;
S2S_API void s2s_profile_free(s2s_profile *profile); /* not while something measures into it; NULL is allowed */

/* From now on the training steps of the trainer, or the batches that the worker decodes in s2s_predict and
 * s2s_evaluate, are measured into the profile, which is borrowed; NULL: no more. */
S2S_API void s2s_trainer_measure(s2s_trainer *trainer, s2s_profile *profile);
S2S_API void s2s_worker_measure(s2s_worker *worker, s2s_profile *profile);

/* A section that was entered. */
typedef struct s2s_profile_row {
    const char *phase;
    const char *work; /* "": what the phase spent outside of the kinds of work */
    int64_t calls;
    double ms;     /* per step, or batch */
    double share;  /* of all time, %; the rows add up to 100 */
    double gflops; /* 1e9 floating-point operations a second, two per multiply-add of its matrix products; NaN
                      where it has none */
} s2s_profile_row;

typedef struct s2s_profile_summary {
    int64_t n_steps;                      /* or batches */
    double ms;                            /* of one, on average */
    s2s_profile_row rows[S2S_N_SECTIONS]; /* most time first, the rest last */
    int n_rows;
} s2s_profile_summary;

S2S_API void s2s_profile_summarise(const s2s_profile *profile, s2s_profile_summary *summary);

#endif
