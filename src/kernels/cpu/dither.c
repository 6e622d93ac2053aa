/* Noise that makes rounding right in the mean. */
#include "kernels/cpu/vec.h"
#include "kernels/dither_rule.h"

/* Of sixteen elements. */
VEC_FN vec noise(uint32_t key, uint32_t element)
{
    int32_t numbers[LANES];
    for (uint32_t j = 0; j < LANES; j++)
        numbers[j] = s2s_dither_noise(key, element + j);
    return vec_of_ints(numbers);
}

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
    const uint32_t key = s2s_dither_key(most, x[0]);
    const vec most_lanes = vec_set(most), unit = vec_set(s2s_dither_unit(most));
    FOR_EACH_VEC(
        int, n,
        vec_store(x + i, dithered(vec_load(x + i, lanes), noise(key, (uint32_t)i), unit, most_lanes), lanes));
}
