/* Layer normalisation of one row. */
#include <math.h>

#include "kernels/cpu/vec.h"

static float mean_of(const float *x, int n)
{
    vec sum = vec_zero();
    FOR_EACH_VEC(int, n, sum = vec_add(sum, vec_load(x + i, lanes)));
    return vec_sum(sum) / (float)n;
}

static float scale_of(vec squares, int n)
{
    return 1 / sqrtf(vec_sum(squares) / (float)n + S2S_NORM_EPSILON);
}

/* x - mean, zero beyond the lanes. */
VEC_FN vec centred(const float *x, vec mean, int lanes)
{
    return vec_fill(vec_sub(vec_load(x, lanes), mean), vec_zero(), lanes);
}

VEC_FN void square_lanes(vec *squares, vec x)
{
    *squares = vec_fma(x, x, *squares);
}

s2s_norm S2S_ISA_FN(norm_sums)(const float *x, int n)
{
    const float mean = mean_of(x, n);
    const vec subtract = vec_set(mean);
    vec squares = vec_zero();
    FOR_EACH_VEC(int, n, square_lanes(&squares, centred(x + i, subtract, lanes)));
    return (s2s_norm){.mean = mean, .scale = scale_of(squares, n)};
}

VEC_FN vec normal_lanes(const float *x, vec mean, vec scale, int lanes)
{
    return vec_mul(vec_sub(vec_load(x, lanes), mean), scale);
}

void S2S_ISA_FN(norm)(float *y, const float *x, const s2s_norm *norm, const float *gain, const float *shift,
                      int n)
{
    const vec mean = vec_set(norm->mean), scale = vec_set(norm->scale);
    FOR_EACH_VEC(int, n,
                 vec_store(y + i,
                           vec_fma(vec_load(gain + i, lanes), normal_lanes(x + i, mean, scale, lanes),
                                   vec_load(shift + i, lanes)),
                           lanes));
}

typedef struct back_sums {
    vec squares, d, dx;
} back_sums;

VEC_FN void back_sums_lanes(back_sums *sums, vec x, vec dy, vec gain)
{
    vec slope = vec_mul(dy, gain);
    square_lanes(&sums->squares, x);
    sums->d = vec_add(sums->d, slope);
    sums->dx = vec_fma(slope, x, sums->dx);
}

s2s_norm S2S_ISA_FN(norm_back_sums)(const float *x, const float *dy, const float *gain, int n)
{
    const float mean = mean_of(x, n);
    const vec subtract = vec_set(mean);
    back_sums sums = {vec_zero(), vec_zero(), vec_zero()};
    FOR_EACH_VEC(int, n,
                 back_sums_lanes(&sums, centred(x + i, subtract, lanes), vec_load(dy + i, lanes),
                                 vec_load(gain + i, lanes)));
    const float scale = scale_of(sums.squares, n);
    return (s2s_norm){mean, scale, vec_sum(sums.d) / (float)n, vec_sum(sums.dx) * scale / (float)n};
}

typedef struct norm_vecs {
    vec mean, scale, d, dx;
} norm_vecs;

VEC_FN void norm_back_lanes(float *dx, float *dgain, float *dshift, vec normal, vec dy, vec gain,
                            const norm_vecs *norm, int lanes)
{
    vec slope = vec_fnma(norm->dx, normal, vec_sub(vec_mul(dy, gain), norm->d));
    vec_store(dgain, vec_fma(dy, normal, vec_load(dgain, lanes)), lanes);
    vec_store(dshift, vec_add(dy, vec_load(dshift, lanes)), lanes);
    vec_store(dx, vec_fma(norm->scale, slope, vec_load(dx, lanes)), lanes);
}

void S2S_ISA_FN(norm_back)(float *dx, float *dgain, float *dshift, const float *x, const float *dy,
                           const s2s_norm *norm, const float *gain, int n)
{
    const norm_vecs v = {vec_set(norm->mean), vec_set(norm->scale), vec_set(norm->d), vec_set(norm->dx)};
    FOR_EACH_VEC(int, n,
                 norm_back_lanes(dx + i, dgain + i, dshift + i, normal_lanes(x + i, v.mean, v.scale, lanes),
                                 vec_load(dy + i, lanes), vec_load(gain + i, lanes), &v, lanes));
}
