/* Additive attention (Bahdanau, Cho and Bengio 2015). */
#include "kernels/ref/ref.h"

s2s_real s2s_ref_additive(const s2s_real *q, const s2s_real *k, const s2s_real *v, int n)
{
    s2s_real score = 0;
    for (int j = 0; j < n; j++)
        score = real_fma(v[j], real_tanh(q[j] + k[j]), score);
    return score;
}

void s2s_ref_additive_back(s2s_real *dq, s2s_real *dk, s2s_real *dv, s2s_real ds, const s2s_real *q,
                           const s2s_real *k, const s2s_real *v, int n)
{
    for (int j = 0; j < n; j++) {
        s2s_real t = real_tanh(q[j] + k[j]);
        s2s_real dt = ds * v[j] * (1 - t * t);
        dv[j] = real_fma(ds, t, dv[j]);
        dq[j] += dt;
        dk[j] += dt;
    }
}
