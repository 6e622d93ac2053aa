/* Element by element, and sums over a vector. */
#include "kernels/cpu/exp.h"

void S2S_ISA_FN(tanh)(float *y, const float *x, int n)
{
    FOR_EACH_VEC(int, n, vec_store(y + i, vec_tanh(vec_load(x + i, lanes)), lanes));
}

void S2S_ISA_FN(sigmoid)(float *y, const float *x, int n)
{
    FOR_EACH_VEC(int, n, vec_store(y + i, vec_sigmoid(vec_load(x + i, lanes)), lanes));
}

void S2S_ISA_FN(add)(float *y, const float *x, int n)
{
    FOR_EACH_VEC(int, n, vec_store(y + i, vec_add(vec_load(y + i, lanes), vec_load(x + i, lanes)), lanes));
}

void S2S_ISA_FN(mul)(float *y, const float *a, const float *b, int n)
{
    FOR_EACH_VEC(int, n, vec_store(y + i, vec_mul(vec_load(a + i, lanes), vec_load(b + i, lanes)), lanes));
}

VEC_FN void mul_add_lanes(float *y, vec a, const float *b, int lanes)
{
    vec_store(y, vec_fma(a, vec_load(b, lanes), vec_load(y, lanes)), lanes);
}

void S2S_ISA_FN(mul_add)(float *y, const float *a, const float *b, int n)
{
    FOR_EACH_VEC(int, n, mul_add_lanes(y + i, vec_load(a + i, lanes), b + i, lanes));
}

void S2S_ISA_FN(shift_scale)(float *y, float shift, float scale, int n)
{
    const vec added = vec_set(shift), factor = vec_set(scale);
    FOR_EACH_VEC(int, n, vec_store(y + i, vec_mul(vec_add(vec_load(y + i, lanes), added), factor), lanes));
}

void S2S_ISA_FN(axpy)(float *y, float a, const float *x, int n)
{
    const vec factor = vec_set(a);
    FOR_EACH_VEC(int, n, mul_add_lanes(y + i, factor, x + i, lanes));
}

VEC_FN void tanh_back_lanes(float *dx, vec y, vec dy, int lanes)
{
    vec slope = vec_fnma(y, y, vec_set(1.0f));
    vec_store(dx, vec_fma(dy, slope, vec_load(dx, lanes)), lanes);
}

void S2S_ISA_FN(tanh_back)(float *dx, const float *y, const float *dy, int n)
{
    FOR_EACH_VEC(int, n, tanh_back_lanes(dx + i, vec_load(y + i, lanes), vec_load(dy + i, lanes), lanes));
}

VEC_FN void dot_lanes(vec *sum, const float *a, const float *b, int lanes)
{
    *sum = vec_fma(vec_load(a, lanes), vec_load(b, lanes), *sum);
}

/* Four chains of 16 lanes, to hide the latency of the additions; then the rest goes to the first. */
float S2S_ISA_FN(dot)(const float *a, const float *b, int n)
{
    vec sum[4] = {vec_zero(), vec_zero(), vec_zero(), vec_zero()};
    int done = 0;
    for (; done + 4 * LANES <= n; done += 4 * LANES)
        for (int j = 0; j < 4; j++)
            dot_lanes(&sum[j], a + done + j * LANES, b + done + j * LANES, LANES);
    a += done;
    b += done;
    FOR_EACH_VEC(int, n - done, dot_lanes(&sum[0], a + i, b + i, lanes));
    return vec_sum(vec_add(vec_add(sum[0], sum[1]), vec_add(sum[2], sum[3])));
}

/* In double, where no square of a float overflows or loses a digit. */
double S2S_ISA_FN(sum_squares)(const float *x, size_t n)
{
    double sum[LANES] = {0}, total = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            sum[j] += (double)x[i + (size_t)j] * (double)x[i + (size_t)j];
    for (int j = 0; i < n; i++, j++)
        sum[j] += (double)x[i] * (double)x[i];
    for (int j = 0; j < LANES; j++)
        total += sum[j];
    return total;
}

int S2S_ISA_FN(at_least)(int *places, const float *x, float least, int n)
{
    const vec bound = vec_set(least);
    int found = 0;
    for (int i = 0; i < n; i += LANES) {
        const int lanes = n - i < LANES ? n - i : LANES;
        unsigned mask = vec_at_least(vec_load(x + i, lanes), bound) & ((1u << lanes) - 1);
        for (; mask; mask &= mask - 1)
            places[found++] = i + __builtin_ctz(mask);
    }
    return found;
}
