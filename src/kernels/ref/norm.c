/* Layer normalisation of one row. */
#include "kernels/ref/ref.h"

s2s_norm s2s_ref_norm_sums(const s2s_real *x, int n)
{
    s2s_norm norm = {0};
    s2s_real squares = 0;
    for (int i = 0; i < n; i++)
        norm.mean += x[i];
    norm.mean /= (s2s_real)n;
    for (int i = 0; i < n; i++)
        squares += (x[i] - norm.mean) * (x[i] - norm.mean);
    norm.scale = 1 / real_sqrt(squares / (s2s_real)n + S2S_NORM_EPSILON);
    return norm;
}

void s2s_ref_norm(s2s_real *y, const s2s_real *x, const s2s_norm *norm, const s2s_real *gain,
                  const s2s_real *shift, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = gain[i] * ((x[i] - norm->mean) * norm->scale) + shift[i];
}

s2s_norm s2s_ref_norm_back_sums(const s2s_real *x, const s2s_real *dy, const s2s_real *gain, int n)
{
    s2s_norm norm = s2s_ref_norm_sums(x, n);
    for (int i = 0; i < n; i++) {
        norm.d += dy[i] * gain[i];
        norm.dx += dy[i] * gain[i] * ((x[i] - norm.mean) * norm.scale);
    }
    norm.d /= (s2s_real)n;
    norm.dx /= (s2s_real)n;
    return norm;
}

void s2s_ref_norm_back(s2s_real *dx, s2s_real *dgain, s2s_real *dshift, const s2s_real *x, const s2s_real *dy,
                       const s2s_norm *norm, const s2s_real *gain, int n)
{
    for (int i = 0; i < n; i++) {
        s2s_real normal = (x[i] - norm->mean) * norm->scale;
        dgain[i] += dy[i] * normal;
        dshift[i] += dy[i];
        dx[i] += norm->scale * (dy[i] * gain[i] - norm->d - norm->dx * normal);
    }
}
