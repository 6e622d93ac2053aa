/* Additive attention (Bahdanau, Cho and Bengio 2015). */
#include "kernels/cpu/exp.h"

VEC_FN vec tanh_of_sum(const float *q, const float *k, int lanes)
{
    return vec_tanh(vec_add(vec_load(q, lanes), vec_load(k, lanes)));
}

float S2S_ISA_FN(additive)(const float *q, const float *k, const float *v, int n)
{
    vec sum = vec_zero();
    FOR_EACH_VEC(int, n, sum = vec_fma(vec_load(v + i, lanes), tanh_of_sum(q + i, k + i, lanes), sum));
    return vec_sum(sum);
}

VEC_FN void additive_back_lanes(float *dq, float *dk, float *dv, vec ds, vec t, vec v, int lanes)
{
    vec dt = vec_mul(vec_mul(ds, v), vec_fnma(t, t, vec_set(1.0f)));
    vec_store(dv, vec_fma(ds, t, vec_load(dv, lanes)), lanes);
    vec_store(dq, vec_add(vec_load(dq, lanes), dt), lanes);
    vec_store(dk, vec_add(vec_load(dk, lanes), dt), lanes);
}

void S2S_ISA_FN(additive_back)(float *dq, float *dk, float *dv, float ds, const float *q, const float *k,
                               const float *v, int n)
{
    const vec grad = vec_set(ds);
    FOR_EACH_VEC(int, n,
                 additive_back_lanes(dq + i, dk + i, dv + i, grad, tanh_of_sum(q + i, k + i, lanes),
                                     vec_load(v + i, lanes), lanes));
}
