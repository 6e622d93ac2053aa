/* Tensors: matrices of rows and columns, with a gradient beside them while a tape records.
 *
 * Everything in the networks is a matrix: a row is a token, a hypothesis or a sequence.  A view shares rows or
 * columns of another tensor, gradient included, which is how steps and concatenations cost nothing. */
#ifndef S2S_TENSOR_TENSOR_H
#define S2S_TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>

/* float in the product; the test suite also builds the engine in double for gradient checks. */
#ifdef S2S_DOUBLE
typedef double s2s_real;
#else
typedef float s2s_real;
#endif

typedef struct s2s_tensor {
    s2s_real *data; /* element (r, c) is data[r * ld + c] */
    s2s_real *grad; /* same layout; NULL where no gradient is wanted */
    int rows, cols;
    int ld; /* elements between rows, >= cols */
} s2s_tensor;

enum { S2S_SPREAD = 16 }; /* elements at most that s2s_spread_ld adds to a row */

/* The ld of new matrices that products go through.  Rows at a multiple of a large power of two from each other
 * would meet in few sets of the cache and drive each other out. */
static inline int s2s_spread_ld(int cols)
{
    enum { MEETING = 256 };
    return cols > 0 && cols % MEETING == 0 ? cols + S2S_SPREAD : cols;
}

static inline s2s_real *s2s_row(const s2s_tensor *x, int row)
{
    return x->data + (ptrdiff_t)row * x->ld;
}
static inline s2s_real *s2s_grad_row(const s2s_tensor *x, int row)
{
    return x->grad + (ptrdiff_t)row * x->ld;
}

/* Rows [first, first + n), or columns [first, first + n), of x: by value, sharing its memory.  A view of a
 * tensor without data has none. */
s2s_tensor s2s_view_rows(const s2s_tensor *x, int first, int n);
s2s_tensor s2s_view_cols(const s2s_tensor *x, int first, int n);

#endif
