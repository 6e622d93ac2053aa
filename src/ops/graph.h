/* The graph: what a forward pass runs in.  It holds the memory of the pass, the team, the kernels and, while
 * training, the tape.
 *
 * Operations are functions on tensors: output first, then inputs.  When the tape records, each operation also
 * notes how to go back; s2s_graph_backward runs the notes in reverse.  Inference is the same code without a
 * tape.
 *
 * The status is sticky: once it is set, operations return at once and do nothing, so a forward pass is written
 * without checks and checked once at its end. */
#ifndef S2S_OPS_GRAPH_H
#define S2S_OPS_GRAPH_H

#include <stdint.h>

#include "base/arena.h"
#include "base/profile.h"
#include "base/team.h"
#include "kernels/kernels.h"
#include "tensor/params.h"
#include "tensor/tensor.h"

typedef struct s2s_graph s2s_graph;
typedef void s2s_back_fn(s2s_graph *graph, void *saved);

typedef struct s2s_note {
    s2s_back_fn *back;
    void *saved; /* in the step arena */
} s2s_note;

struct s2s_graph {
    s2s_arena *step;    /* tensors and notes of this pass; reset by s2s_graph_begin */
    s2s_arena *scratch; /* released inside one operation */
    s2s_team *team;
    const s2s_kernels *kernels;
    s2s_params *params;   /* whose packed forms are kept up to date */
    s2s_profile *profile; /* what operations are measured into; NULL: nothing */
    bool recording;       /* the tape records: tensors get gradients */
    bool training;        /* dropout is on */
    uint64_t key;         /* of random numbers in this pass: a hash of seed and update */
    uint64_t n_draws;     /* of keys so far in this pass */
    s2s_status status;    /* sticky */
    const char *failed;   /* what failed, for the message */
    s2s_note *notes;      /* the tape, in the step arena */
    int n_notes, cap_notes;
};

s2s_status s2s_graph_open(s2s_graph *graph, s2s_params *params, s2s_team *team, const s2s_kernels *kernels,
                          s2s_error *err) S2S_MUST_USE;
void s2s_graph_close(s2s_graph *graph);

/* Starts a pass: forgets the tensors of the last one. */
void s2s_graph_begin(s2s_graph *graph, bool recording, bool training, uint64_t key);
/* Runs the tape backwards; gradients are added to those of parameters and tensors. */
void s2s_graph_backward(s2s_graph *graph);
/* The sticky status as an error. */
s2s_status s2s_graph_status(const s2s_graph *graph, s2s_error *err) S2S_MUST_USE;

/* A new tensor in the step arena: data uninitialised, gradient (while recording) zero.  A 0 x 0 tensor when out
 * of memory. */
s2s_tensor s2s_tensor_new(s2s_graph *graph, int rows, int cols);
s2s_tensor s2s_tensor_zero(s2s_graph *graph, int rows, int cols); /* data zero too */
/* Gradient uninitialised: for values whose own backward writes all of it before anything adds to it. */
s2s_tensor s2s_tensor_written(s2s_graph *graph, int rows, int cols);
s2s_tensor s2s_tensor_constant(s2s_graph *graph, int rows, int cols); /* no gradient */
/* Its gradient takes the place of its data: for values that only their own backward reads, while it writes the
 * gradient. */
s2s_tensor s2s_tensor_reused(s2s_graph *graph, int rows, int cols);

/* For operations. */
/* A key for random numbers of its own. */
static inline uint64_t s2s_graph_draw(s2s_graph *graph)
{
    return s2s_hash64(graph->key, ++graph->n_draws);
}
void *s2s_graph_save(s2s_graph *graph, size_t bytes); /* step arena; NULL sets the status */
/* Notes on the tape how an operation goes back: by `back`, on a copy of `value`.  Only while recording. */
void s2s_graph_record(s2s_graph *graph, s2s_back_fn *back, const void *value, size_t bytes);
void s2s_graph_fail(s2s_graph *graph, s2s_status status, const char *what);
/* Runs fn on the team: fn(arg, member).  work and flops (of its products, else 0) are for the profile. */
static inline void s2s_graph_run(s2s_graph *graph, s2s_work work, double flops, s2s_team_fn *fn, void *arg)
{
    s2s_profile_work_begin(graph->profile, work, flops);
    s2s_team_run(graph->team, fn, arg);
    s2s_profile_work_end(graph->profile);
}
/* The weight in packed form, brought up to date if it changed; a failure sets the status and gives NULL.  Not
 * to be called from inside the team. */
const s2s_packed *s2s_graph_packed(s2s_graph *graph, s2s_param *w, s2s_packing packing);
/* Packs all weights for inference, so that graphs which share the parameters find nothing to change. */
void s2s_graph_prepare(s2s_graph *graph);

#endif
