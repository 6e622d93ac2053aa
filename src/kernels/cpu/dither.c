/* Noise that makes rounding right in the mean. */
#include "kernels/cpu/vec.h"
#include "kernels/dither_rule.h"

/* Of sixteen elements, the first of which is a multiple of four (little-endian lanes). */
VEC_FN vec noise(uint64_t key, uint64_t element)
{
    uint64_t hashes[LANES / 4];
    for (uint64_t j = 0; j < LANES / 4; j++)
        hashes[j] = s2s_hash64(key, (element >> 2) + j);
    return vec_of_shorts(hashes);
}

VEC_FN vec negative(vec x)
{
    return vec_sub(vec_zero(), x);
}

/* NaN stays: it is the second operand of vec_max. */
VEC_FN vec dithered(vec x, vec noise, vec unit, vec most)
{
    vec y = vec_max(negative(most), vec_fma(noise, unit, x));
    y = negative(vec_max(negative(most), negative(y)));
    return vec_if_negative(vec_sub(vec_abs(x), most), y, x);
}

void S2S_ISA_FN(dither)(float *x, uint64_t key, int n)
{
    vec largest = vec_zero();
    FOR_EACH_VEC(int, n, largest = vec_max(vec_abs(vec_load(x + i, lanes)), largest));
    const float most = vec_largest(largest);
    if (!(most < INFINITY)) /* there are no steps */
        return;
    const vec most_lanes = vec_set(most), unit = vec_set(s2s_dither_unit(most));
    FOR_EACH_VEC(
        int, n,
        vec_store(x + i, dithered(vec_load(x + i, lanes), noise(key, (uint64_t)i), unit, most_lanes), lanes));
}
