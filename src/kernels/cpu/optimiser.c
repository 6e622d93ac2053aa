/* Adam (Kingma and Ba 2015), and AdamW (Loshchilov and Hutter 2019) by its shrink. */
#include "kernels/cpu/vec.h"

VEC_FN void adam_lanes(float *w, float *m, float *v, const float *g, const s2s_adam_step *step, int lanes)
{
    vec weight = vec_mul(vec_load(w, lanes), vec_set(step->shrink));
    vec grad = vec_mul(vec_set(step->grad_scale), vec_load(g, lanes));
    grad = vec_fma(vec_set(step->decay), weight, grad);
    vec first = vec_mul(vec_set(1 - step->beta1), grad);
    first = vec_fma(vec_set(step->beta1), vec_load(m, lanes), first);
    vec second = vec_mul(vec_set(1 - step->beta2), vec_mul(grad, grad));
    second = vec_fma(vec_set(step->beta2), vec_load(v, lanes), second);
    vec move =
        vec_div(vec_mul(vec_set(step->learn_rate), first), vec_add(vec_sqrt(second), vec_set(step->epsilon)));
    vec_store(m, first, lanes);
    vec_store(v, second, lanes);
    vec_store(w, vec_sub(weight, move), lanes);
}

void S2S_ISA_FN(adam)(float *w, float *m, float *v, const float *g, const s2s_adam_step *step, size_t n)
{
    const s2s_adam_step local = *step; /* the stores cannot alias it */
    FOR_EACH_VEC(size_t, n, adam_lanes(w + i, m + i, v + i, g + i, &local, lanes));
}

VEC_FN void approach_lanes(float *y, const float *x, float rate, int lanes)
{
    vec old = vec_load(y, lanes);
    vec_store(y, vec_add(old, vec_mul(vec_set(rate), vec_sub(vec_load(x, lanes), old))), lanes);
}

void S2S_ISA_FN(approach)(float *y, const float *x, float rate, size_t n)
{
    FOR_EACH_VEC(size_t, n, approach_lanes(y + i, x + i, rate, lanes));
}
