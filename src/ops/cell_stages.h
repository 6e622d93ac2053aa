/* The stages that a step of a cell falls into; shared by cell.c and cell_norm.c. */
#ifndef S2S_OPS_CELL_STAGES_H
#define S2S_OPS_CELL_STAGES_H

#include "ops/cell_run.h"

enum { S2S_CELL_STAGES = 4 }; /* of a pass at most */

/* Computes units [u, end) of the rows.  A stage may read whole rows of what the ones before wrote: between them
 * all members wait for each other, but for those that own rows and have all units. */
typedef void s2s_cell_stage(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end);

typedef struct s2s_cell_stages {
    s2s_cell_stage *forward[S2S_CELL_STAGES], *backward[S2S_CELL_STAGES]; /* NULL after the last */
} s2s_cell_stages;

/* Cells with layer normalisation, by kind. */
extern const s2s_cell_stages s2s_cell_norm_stages[];

/* Units [u, end) of y [R, H] (+)= x [R, H] times block `block` of w. */
void s2s_cell_product(const s2s_cell_run *run, int u, int end, s2s_real *y, ptrdiff_t ldy, const s2s_real *x,
                      ptrdiff_t ldx, const s2s_packed *w, int block, int n_rows, bool accumulate);

/* Units [u, end) of each of the first n_gates gates, side by side in y: y [R, n_gates H] (+)= h_in U^T. */
void s2s_cell_state_products(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end,
                             const s2s_tensor *y, int n_gates, bool accumulate);

/* The last stages of backward, the same with and without layer normalisation: dh_in from gates.grad. */
s2s_cell_stage s2s_cell_rnn_state_grad, s2s_cell_gru_state_grad, s2s_cell_lstm_state_grad;

#endif
