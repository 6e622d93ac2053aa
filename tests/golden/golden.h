/* Golden files: named matrices, written by make_golden.py, which describes the format.
 *
 * These functions are for tests: whatever goes wrong is a failure of the test. */
#ifndef TEST_GOLDEN_GOLDEN_H
#define TEST_GOLDEN_GOLDEN_H

#include <stdbool.h>

#include "ops/graph.h"

typedef struct golden_array {
    char name[64];
    int rows, cols;
    s2s_real *values; /* row after row */
} golden_array;

typedef struct golden {
    char file[64];
    golden_array *arrays;
    int n;
} golden;

/* tests/golden/NAME.golden, found through the environment variable S2S_SOURCE_DIR. */
golden golden_open(const char *name);
void golden_close(golden *g);

/* The array called prefix + name. */
const golden_array *golden_get(const golden *g, const char *prefix, const char *name);
bool golden_has(const golden *g, const char *prefix, const char *name);
double golden_number(const golden *g, const char *prefix, const char *name); /* of a 1 x 1 array */
/* As integers, of which the caller frees the memory; *n may be NULL. */
int *golden_ints(const golden *g, const char *name, int *n);

/* Fails unless each element x of values [rows, cols] is within 1e-5 max(|x|, largest of the array) of the
 * golden one. */
void golden_check_values(const golden *g, const char *prefix, const char *name, const s2s_real *values,
                         int rows, int cols, int ld);
void golden_check(const golden *g, const char *prefix, const char *name, const s2s_tensor *x); /* its data */
void golden_check_grad(const golden *g, const char *prefix, const char *name,
                       const s2s_tensor *x); /* its gradient */
void golden_check_number(const golden *g, const char *prefix, const char *name, double value);

/* A graph with parameters of its own, on a team of two and the best kernels. */
typedef struct golden_run {
    s2s_params params;
    s2s_team *team;
    s2s_graph graph;
} golden_run;

/* Between begin and open, parameters are declared; open fills each with the golden array of its name. */
void golden_run_begin(golden_run *run);
void golden_run_open(golden_run *run, const golden *g, const char *prefix);
void golden_run_close(golden_run *run);
/* A tensor of this pass, filled with the golden array. */
s2s_tensor golden_tensor(golden_run *run, const golden *g, const char *prefix, const char *name);
/* Adds the golden array to the gradient of x. */
void golden_add_grad(const s2s_tensor *x, const golden *g, const char *prefix, const char *name);
/* Goes back from there. */
void golden_run_backward(golden_run *run);

#endif
