/* What the cases of cells and recurrent layers declare and do.  The kind of a case is an s2s_cell_kind. */
#ifndef TEST_OPS_RECURRENT_CASES_H
#define TEST_OPS_RECURRENT_CASES_H

#include "ops/fixture.h"

void declare_cell(op_run *run);
void forward_cell(op_run *run); /* several steps; full: with a mask */
void forward_rnn(op_run *run);  /* a layer; full: with start states and a mask; other: reversed */
void declare_two_cells(op_run *run);
void forward_two_passes(op_run *run); /* both ways; full: as above; other: one after the other */

#endif
