/* Noise that makes rounding right in the mean. */
#include "kernels/cpu/vec.h"
#include "kernels/dither_rule.h"

/* NaN stays: it is the second operand of vec_max and vec_min. */
VEC_FN vec dithered(vec x, vec noise, vec unit, vec most)
{
    vec y = vec_min(most, vec_max(vec_sub(vec_zero(), most), vec_fma(noise, unit, x)));
    return vec_if_negative(vec_sub(vec_abs(x), most), y, x);
}

void S2S_ISA_FN(dither)(float *x, int n)
{
    vec largest = vec_zero();
    FOR_EACH_VEC(int, n, largest = vec_max(vec_abs(vec_load(x + i, lanes)), largest));
    const float most = vec_largest(largest);
    if (n == 0 || !(most < INFINITY)) /* there are no steps */
        return;
    uint32_t first[LANES]; /* the noise of sixteen elements */
    for (uint32_t i = 0; i < LANES; i++)
        first[i] = (uint32_t)s2s_dither_noise(s2s_dither_key(most, x[0]), i);
    const vec most_lanes = vec_set(most), unit = vec_set(s2s_dither_unit(most));
    FOR_EACH_VEC(int, n, {
        vec noise = vec_of_ints(first, (uint32_t)i * S2S_DITHER_STEP);
        vec_store(x + i, dithered(vec_load(x + i, lanes), noise, unit, most_lanes), lanes);
    });
}
