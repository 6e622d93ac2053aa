/* Products shared by operations, for use inside the team: each member computes its share. */
#ifndef S2S_OPS_PRODUCT_H
#define S2S_OPS_PRODUCT_H

#include "ops/graph.h"

/* Whether rows are so many that the team had better split them than the columns of what is computed from them:
 * a member then reads all weights, but its own rows only, which it has in its cache. */
static inline bool s2s_rows_are_many(const s2s_graph *graph, int rows)
{
    return rows >= 16 * s2s_team_size(graph->team);
}

/* C [M, N] (+)= A [M, K] times block `block` of a packed weight, + bias [N] if not NULL.  The team splits
 * the columns of C or, where rows are many or panels would not come out even, the rows. */
void s2s_product_member(s2s_graph *graph, int member, s2s_real *c, ptrdiff_t ldc, const s2s_real *a,
                        ptrdiff_t lda, const s2s_packed *packed, int block, int M, int N, int K,
                        bool accumulate, const s2s_real *bias);

/* Gradients of a weight and, if db is not NULL, of its bias: dw [out, in] += dy^T x, db [out] += the sum of the
 * rows of dy; dy [n, out], x [n, in].  Called from outside the team. */
void s2s_weight_grad(s2s_graph *graph, s2s_real *dw, ptrdiff_t ldw, s2s_real *db, const s2s_real *dy,
                     ptrdiff_t ldy, int out, const s2s_real *x, ptrdiff_t ldx, int in, int n);

#endif
