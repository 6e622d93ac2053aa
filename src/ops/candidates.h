/* Lists of the most likely tokens of a row: [n] at most, best first, of equal ones the first to come. */
#ifndef S2S_OPS_CANDIDATES_H
#define S2S_OPS_CANDIDATES_H

#include "ops/ops.h"

/* Puts the candidate where it belongs among the n best so far, if it does. */
void s2s_candidates_insert(s2s_candidate *best, int *count, int n, s2s_candidate candidate);
/* Adds the best of z [n_cols], columns from `first` on; -infinity is left out. */
void s2s_candidates_scan(const s2s_kernels *kernels, const s2s_real *z, int first, int n_cols,
                         s2s_candidate *best, int *count, int n);
/* The same of the allowed tokens only, which may be few among many: z is not scanned. */
void s2s_candidates_pick(const s2s_real *z, int first, int n_cols, const s2s_tokens *allowed,
                         s2s_candidate *best, int *count, int n);

#endif
