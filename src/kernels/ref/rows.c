/* A vector with the rows of a matrix: what attention does. */
#include "kernels/ref/ref.h"

void s2s_ref_row_dots(s2s_real *y, const s2s_real *x, ptrdiff_t ldx, const s2s_real *q, int rows, int n)
{
    for (int i = 0; i < rows; i++)
        y[i] = s2s_ref_dot(x + i * ldx, q, n);
}

void s2s_ref_add_rows(s2s_real *y, const s2s_real *a, const s2s_real *x, ptrdiff_t ldx, const int *index,
                      int rows, int n)
{
    for (int i = 0; i < rows; i++)
        s2s_ref_axpy(y, a ? a[i] : 1, x + (index ? index[i] : i) * ldx, n);
}
