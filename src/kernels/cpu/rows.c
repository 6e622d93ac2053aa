/* A vector with the rows of a matrix: what attention does. */
#include "kernels/cpu/vec.h"

void S2S_ISA_FN(row_dots)(float *y, const float *x, ptrdiff_t ldx, const float *q, int rows, int n)
{
    for (int i = 0; i < rows; i++)
        y[i] = S2S_ISA_FN(dot)(x + i * ldx, q, n);
}

/* A strip of y stays in registers while the rows pass. */
VEC_FN void add_strip(float *y, const float *a, const float *x, ptrdiff_t ldx, const int *index, int rows,
                      int n_vecs, int lanes)
{
    vec sum[4];
    for (int j = 0; j < n_vecs; j++)
        sum[j] = vec_load(y + j * LANES, lanes);
    for (int i = 0; i < rows; i++) {
        const float *row = x + (index ? index[i] : i) * ldx;
        const vec factor = vec_set(a ? a[i] : 1.0f);
        for (int j = 0; j < n_vecs; j++)
            sum[j] = vec_fma(factor, vec_load(row + j * LANES, lanes), sum[j]);
    }
    for (int j = 0; j < n_vecs; j++)
        vec_store(y + j * LANES, sum[j], lanes);
}

void S2S_ISA_FN(add_rows)(float *y, const float *a, const float *x, ptrdiff_t ldx, const int *index, int rows,
                          int n)
{
    int done = 0;
    for (; done + 4 * LANES <= n; done += 4 * LANES)
        add_strip(y + done, a, x + done, ldx, index, rows, 4, LANES);
    y += done;
    x += done;
    FOR_EACH_VEC(int, n - done, add_strip(y + i, a, x + i, ldx, index, rows, 1, lanes));
}
