/* Softmax; the largest element is subtracted first, so that no exponential overflows. */
#include "kernels/ref/ref.h"

static s2s_real maximum(const s2s_real *x, int n)
{
    s2s_real max = -(s2s_real)INFINITY;
    for (int i = 0; i < n; i++)
        max = x[i] > max ? x[i] : max;
    return max;
}

/* Sum of exp(x - max); keep receives these exponentials if not NULL. */
static double sum_exps(const s2s_real *x, int n, s2s_real max, s2s_real *keep)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        s2s_real e = real_exp(x[i] - max);
        sum += (double)e;
        if (keep)
            keep[i] = e;
    }
    return sum;
}

s2s_real s2s_ref_softmax(s2s_real *x, int n)
{
    s2s_real max = maximum(x, n);
    double sum = sum_exps(x, n, max, x);
    for (int i = 0; i < n; i++)
        x[i] *= (s2s_real)(1 / sum);
    return (s2s_real)((double)max + log(sum));
}

void s2s_ref_softmax_back(s2s_real *dx, const s2s_real *y, const s2s_real *dy, int n)
{
    s2s_real mean = s2s_ref_dot(y, dy, n);
    for (int i = 0; i < n; i++)
        dx[i] = real_fma(y[i], dy[i] - mean, dx[i]);
}

double s2s_ref_sum_exp(s2s_real *largest, const s2s_real *x, int n)
{
    s2s_real max = maximum(x, n);
    *largest = max > -(s2s_real)INFINITY ? max : 0;
    return sum_exps(x, n, *largest, NULL);
}

void s2s_ref_log_softmax(s2s_real *x, int n)
{
    s2s_real largest;
    double sum = s2s_ref_sum_exp(&largest, x, n);
    s2s_real log_sum = (s2s_real)((double)largest + log(sum));
    for (int i = 0; i < n; i++)
        x[i] -= log_sum;
}
