/* Adam (Kingma and Ba 2015), and AdamW (Loshchilov and Hutter 2019) by its shrink. */
#include "kernels/ref/ref.h"

void s2s_ref_adam(s2s_real *w, s2s_real *m, s2s_real *v, const s2s_real *g, const s2s_adam_step *step, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        s2s_real wi = w[i] * step->shrink;
        s2s_real gi = real_fma(step->decay, wi, step->grad_scale * g[i]);
        m[i] = real_fma(step->beta1, m[i], (1 - step->beta1) * gi);
        v[i] = real_fma(step->beta2, v[i], (1 - step->beta2) * (gi * gi));
        w[i] = wi - step->learn_rate * m[i] / (real_sqrt(v[i]) + step->epsilon);
    }
}

void s2s_ref_approach(s2s_real *y, const s2s_real *x, s2s_real rate, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += rate * (x[i] - y[i]);
}
