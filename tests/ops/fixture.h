/* A run of one operation on made-up numbers, for the tests that go over every operation.
 *
 * A case declares parameters, makes inputs, applies the operation and names its outputs.  Numbers are a
 * function of array, row and column alone, so two runs of a case with the same sizes, or the first rows of runs
 * with more and fewer rows, hold the same inputs.  The scalar that is differentiated is the sum of all outputs
 * times fixed weights, plus what the operation adds to the objective itself. */
#ifndef TEST_OPS_FIXTURE_H
#define TEST_OPS_FIXTURE_H

#include "ops/ops.h"

enum { OP_MAX_ARRAYS = 16, OP_MAX_RUN_ARRAYS = 4 * OP_MAX_ARRAYS, OP_NAME_BYTES = 96 };
enum { OP_MANY_ROWS = 1100 }; /* more than twice what any operation takes at once */

typedef struct op_run op_run;

typedef struct op_case {
    const char *name;
    const char *ops;              /* names of the operations that it covers, separated by spaces */
    void (*declare)(op_run *run); /* NULL: no parameters */
    void (*forward)(op_run *run);
    int kind;        /* s2s_cell_kind or s2s_score_kind, where the operation has one */
    bool full;       /* everything optional is there: bias, mask, start states, smoothing */
    bool other;      /* the other way: reversed, several heads, directions one after the other */
    bool layer_norm; /* of a cell */
} op_case;

extern const op_case op_cases[]; /* ends with a name of NULL */
const op_case *op_case_named(const char *name);

typedef struct op_sizes {
    int rows, in, out;
} op_sizes;

typedef struct op_nudge {
    int input, row, col; /* input < 0: none */
    s2s_real delta;
} op_nudge;

struct op_run {
    const op_case *op;
    op_sizes size;
    s2s_params params;
    s2s_team *team;
    s2s_graph graph;
    s2s_cell cell, second;             /* second: of the reversed direction, where there are two */
    s2s_tensor inputs[OP_MAX_ARRAYS];  /* made by the last forward pass, in order */
    s2s_tensor outputs[OP_MAX_ARRAYS]; /* enter the scalar */
    s2s_tensor results[OP_MAX_ARRAYS]; /* compared only: they have no gradient */
    int n_inputs, n_outputs, n_results;
    double objective;
    bool folded;    /* by s2s_fold_ids */
    op_nudge nudge; /* added to one element of one input */
};

/* For tests.  Failures are cmocka failures. */
void op_run_open(op_run *run, const op_case *op, op_sizes size, const s2s_kernels *kernels, int team_size);
void op_run_close(op_run *run);
double op_run_forward(op_run *run, bool recording); /* the scalar */
void op_run_backward(op_run *run);                  /* its gradients, after a recorded forward pass */

/* All that a run computed, array by array. */
typedef struct op_array {
    char name[OP_NAME_BYTES];
    const s2s_real *data;
    int rows, cols, ld;
} op_array;

/* Outputs and results and, after a backward pass, gradients of inputs and parameters.  Returns their number. */
int op_run_arrays(const op_run *run, bool gradients, op_array *arrays);
double op_array_scale(const op_array *array); /* largest magnitude */

/* The token that row r of an output layer should give. */
static inline int op_target(const op_run *run, int row)
{
    return (3 * row + 1) % run->size.out;
}

/* For cases. */
s2s_tensor op_input(op_run *run, int rows, int cols);    /* has a gradient */
s2s_tensor op_constant(op_run *run, int rows, int cols); /* has none */
int *op_ints(op_run *run, int n);                        /* lives as long as the pass */
void op_output(op_run *run, const s2s_tensor *y);
void op_result(op_run *run, const s2s_tensor *y);

#endif
