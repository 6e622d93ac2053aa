/* Softmax; the largest element is subtracted first, so that no exponential overflows. */
#include "kernels/cpu/exp.h"

/* Elements summed in float before the sum goes on in double, so that vocabularies lose no digits. */
enum { SUM_BLOCK = 512 };

VEC_FN vec exp_lanes(const float *x, vec max, float *keep, int lanes)
{
    vec e = vec_exp_of_negative(vec_sub(vec_load(x, lanes), max));
    if (keep)
        vec_store(keep, e, lanes);
    return vec_fill(e, vec_zero(), lanes);
}

/* Sum of exp(x - max); keep receives these exponentials if not NULL. */
VEC_FN double sum_exps(const float *x, int n, float max, float *keep)
{
    const vec subtract = vec_set(max);
    double total = 0;
    for (int done = 0; done < n; done += SUM_BLOCK) {
        const int block = n - done < SUM_BLOCK ? n - done : SUM_BLOCK;
        vec sum = vec_zero();
        FOR_EACH_VEC(int, block,
                     sum =
                         vec_add(sum, exp_lanes(x + done + i, subtract, keep ? keep + done + i : NULL, lanes)));
        total += (double)vec_sum(sum);
    }
    return total;
}

float S2S_ISA_FN(softmax)(float *x, int n)
{
    const float max = largest_of(x, n);
    const double total = sum_exps(x, n, max, x);
    const vec scale = vec_set((float)(1 / total));
    FOR_EACH_VEC(int, n, vec_store(x + i, vec_mul(vec_load(x + i, lanes), scale), lanes));
    return (float)((double)max + log(total));
}

VEC_FN void softmax_back_lanes(float *dx, vec y, vec dy, vec mean, int lanes)
{
    vec_store(dx, vec_fma(y, vec_sub(dy, mean), vec_load(dx, lanes)), lanes);
}

void S2S_ISA_FN(softmax_back)(float *dx, const float *y, const float *dy, int n)
{
    const vec mean = vec_set(S2S_ISA_FN(dot)(y, dy, n));
    FOR_EACH_VEC(int, n,
                 softmax_back_lanes(dx + i, vec_load(y + i, lanes), vec_load(dy + i, lanes), mean, lanes));
}

double S2S_ISA_FN(sum_exp)(float *largest, const float *x, int n)
{
    const float max = largest_of(x, n);
    *largest = max > -INFINITY ? max : 0;
    return sum_exps(x, n, *largest, NULL);
}

void S2S_ISA_FN(log_softmax)(float *x, int n)
{
    float largest;
    const double sum = S2S_ISA_FN(sum_exp)(&largest, x, n);
    const vec log_sum = vec_set((float)((double)largest + log(sum)));
    FOR_EACH_VEC(int, n, vec_store(x + i, vec_sub(vec_load(x + i, lanes), log_sum), lanes));
}
