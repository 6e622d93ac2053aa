/* Dropout by hash. */
#include "kernels/cpu/vec.h"
#include "kernels/dropout_rule.h"

/* Eight hashes are the bits of sixteen elements, if the first of them is even (little-endian lanes). */
VEC_FN vec keep_lanes(vec x, uint64_t key, uint64_t even_element, uint32_t threshold)
{
    uint64_t hashes[LANES / 2];
    for (uint64_t j = 0; j < LANES / 2; j++)
        hashes[j] = s2s_hash64(key, (even_element >> 1) + j);
    return vec_if_at_least(hashes, threshold, x);
}

VEC_FN void dropout_lanes(float *y, const float *x, uint64_t key, uint64_t element, uint32_t threshold,
                          vec scale, int lanes)
{
    vec_store(y, keep_lanes(vec_mul(vec_load(x, lanes), scale), key, element, threshold), lanes);
}

void S2S_ISA_FN(dropout)(float *y, const float *x, uint64_t key, uint64_t first, float p, int n)
{
    const uint32_t threshold = s2s_dropout_threshold(p);
    const vec scale = vec_set(1 / (1 - p));
    if ((first & 1) && n > 0) {
        *y++ = s2s_dropout_keeps(key, first++, threshold) ? *x * (1 / (1 - p)) : 0;
        x++;
        n--;
    }
    FOR_EACH_VEC(int, n, dropout_lanes(y + i, x + i, key, first + (uint64_t)i, threshold, scale, lanes));
}

void S2S_ISA_FN(dropout_mask)(float *mask, uint64_t key, uint64_t first, float p, int n)
{
    const uint32_t threshold = s2s_dropout_threshold(p);
    const vec scale = vec_set(1 / (1 - p));
    if ((first & 1) && n > 0) {
        *mask++ = s2s_dropout_keeps(key, first++, threshold) ? 1 / (1 - p) : 0;
        n--;
    }
    FOR_EACH_VEC(int, n, vec_store(mask + i, keep_lanes(scale, key, first + (uint64_t)i, threshold), lanes));
}
