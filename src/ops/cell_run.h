/* One step of a cell, or of several side by side, as a member of the team computes it; shared by cell_step.c
 * (single steps) and rnn.c (sequences). */
#ifndef S2S_OPS_CELL_RUN_H
#define S2S_OPS_CELL_RUN_H

#include "ops/ops.h"

enum { S2S_CELL_RUNS = 2 }; /* side by side at most: the two directions of a layer */

/* A cell in a pass: what members need besides the rows of the step.  Those that run side by side lie in an
 * array, and are of one kind and size. */
typedef struct s2s_cell_run {
    const s2s_cell *cell;
    s2s_graph *graph;
    const s2s_packed *w_hh, *w_oc; /* forward or backward packing, as the pass needs */
    int number, n_runs;            /* its place in the array, and the length of that */
    bool by_rows;                  /* members own rows of a step, with all of their units */
} s2s_cell_run;

/* The cells are given, and how many rows a step has on average; the rest is filled in.  False (and a status)
 * when packing failed. */
bool s2s_cell_runs_begin(s2s_cell_run *runs, int n_runs, s2s_graph *graph, s2s_packing packing, int n_rows);

/* Of the products of a forward, or of a backward, over so many rows of each run; for the profile. */
double s2s_cell_flops(const s2s_cell_run *runs, int n_rows);

/* What a member owns of a step of n rows.  Units [*begin, *end) of all rows: it alone reads and writes their
 * columns of the state, so that only the products, which read whole rows, need barriers; each run is shared out
 * evenly, and so is their sum.  Or, by_rows, all units of rows [*begin, *end): then a step needs no barrier, but
 * rows of the next one may be other members'. */
void s2s_cell_rows(const s2s_cell_run *run, int member, int n, int *begin, int *end);
void s2s_cell_units(const s2s_cell_run *run, int member, int *begin, int *end);

/* The states that the rows of a step start from, row for row; h and c without data are zero.  mask, if any, is
 * multiplied into h before the product. */
typedef struct s2s_cell_before {
    s2s_tensor h, c, mask;
} s2s_cell_before;

/* What the gate that carries the past reads beside the product: the memory or, without one, h. */
const s2s_tensor *s2s_cell_carried(const s2s_cell *cell, const s2s_cell_before *before);

/* Fills the member's units of h_in and prev, or adds their gradients to those of the states before. */
void s2s_cell_fetch(const s2s_cell_run *run, const s2s_cell_state *rows, const s2s_cell_before *before,
                    int member);
void s2s_cell_pass_on(const s2s_cell_run *run, const s2s_cell_state *rows, const s2s_cell_before *before,
                      int member);

/* The step itself, of all runs, rows[i] of runs[i]: all rows or, by_rows, the member's.  On entry gates hold
 * the input products, and h_in and prev the member's part of the states before.  On return its units of gates,
 * extra, h and c are done. */
void s2s_cell_forward(const s2s_cell_run *runs, const s2s_cell_state *rows, int member);

/* From h.grad and c.grad of the rows: the gradients of gates and extra, of h_in (through the product alone) and
 * of prev (direct paths), all written.  On return the member's part of them is done. */
void s2s_cell_backward(const s2s_cell_run *runs, const s2s_cell_state *rows, int member);

#endif
