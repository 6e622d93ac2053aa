/* Element by element, and sums over a vector. */
#include "kernels/ref/ref.h"

void s2s_ref_tanh(s2s_real *y, const s2s_real *x, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = real_tanh(x[i]);
}

void s2s_ref_sigmoid(s2s_real *y, const s2s_real *x, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = real_sigmoid(x[i]);
}

void s2s_ref_add(s2s_real *y, const s2s_real *x, int n)
{
    for (int i = 0; i < n; i++)
        y[i] += x[i];
}

void s2s_ref_mul(s2s_real *y, const s2s_real *a, const s2s_real *b, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = a[i] * b[i];
}

void s2s_ref_mul_add(s2s_real *y, const s2s_real *a, const s2s_real *b, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = real_fma(a[i], b[i], y[i]);
}

void s2s_ref_shift_scale(s2s_real *y, s2s_real shift, s2s_real scale, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = (y[i] + shift) * scale;
}

void s2s_ref_axpy(s2s_real *y, s2s_real a, const s2s_real *x, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = real_fma(a, x[i], y[i]);
}

void s2s_ref_tanh_back(s2s_real *dx, const s2s_real *y, const s2s_real *dy, int n)
{
    for (int i = 0; i < n; i++)
        dx[i] = real_fma(dy[i], real_fma(-y[i], y[i], 1), dx[i]);
}

s2s_real s2s_ref_dot(const s2s_real *a, const s2s_real *b, int n)
{
    s2s_real sum = 0;
    for (int i = 0; i < n; i++)
        sum = real_fma(a[i], b[i], sum);
    return sum;
}

double s2s_ref_sum_squares(const s2s_real *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

int s2s_ref_at_least(int *places, const s2s_real *x, s2s_real least, int n)
{
    int found = 0;
    for (int i = 0; i < n; i++)
        if (x[i] >= least)
            places[found++] = i;
    return found;
}
