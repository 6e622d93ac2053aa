/* Sixteen lanes as two AVX2 registers; see vec.h, and vec_avx512.h for what each function means. */
#ifndef S2S_KERNELS_CPU_VEC_AVX2_H
#define S2S_KERNELS_CPU_VEC_AVX2_H

typedef struct vec {
    __m256 low, high;
} vec;

/* Of the low half for lanes, of the high half for lanes - 8. */
VEC_FN __m256i mask_of(int lanes)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

VEC_FN vec vec_load(const float *p, int lanes)
{
    if (lanes == LANES)
        return (vec){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
    return (vec){_mm256_maskload_ps(p, mask_of(lanes)), _mm256_maskload_ps(p + 8, mask_of(lanes - 8))};
}

VEC_FN void vec_store(float *p, vec x, int lanes)
{
    if (lanes == LANES) {
        _mm256_storeu_ps(p, x.low);
        _mm256_storeu_ps(p + 8, x.high);
    } else {
        _mm256_maskstore_ps(p, mask_of(lanes), x.low);
        _mm256_maskstore_ps(p + 8, mask_of(lanes - 8), x.high);
    }
}

VEC_FN vec vec_set(float x)
{
    return (vec){_mm256_set1_ps(x), _mm256_set1_ps(x)};
}

VEC_FN vec vec_add(vec a, vec b)
{
    return (vec){_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
}

VEC_FN vec vec_sub(vec a, vec b)
{
    return (vec){_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
}

VEC_FN vec vec_mul(vec a, vec b)
{
    return (vec){_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
}

VEC_FN vec vec_div(vec a, vec b)
{
    return (vec){_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)};
}

VEC_FN vec vec_sqrt(vec x)
{
    return (vec){_mm256_sqrt_ps(x.low), _mm256_sqrt_ps(x.high)};
}

VEC_FN vec vec_fma(vec a, vec b, vec c)
{
    return (vec){_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}

VEC_FN vec vec_fnma(vec a, vec b, vec c)
{
    return (vec){_mm256_fnmadd_ps(a.low, b.low, c.low), _mm256_fnmadd_ps(a.high, b.high, c.high)};
}

VEC_FN vec vec_max(vec a, vec b)
{
    return (vec){_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
}

VEC_FN vec vec_min(vec a, vec b)
{
    return (vec){_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)};
}

VEC_FN vec vec_round(vec x)
{
    return (vec){_mm256_round_ps(x.low, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC),
                 _mm256_round_ps(x.high, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}

VEC_FN vec vec_abs(vec x)
{
    __m256 sign = _mm256_set1_ps(-0.0f);
    return (vec){_mm256_andnot_ps(sign, x.low), _mm256_andnot_ps(sign, x.high)};
}

VEC_FN vec vec_with_sign(vec magnitude, vec sign)
{
    __m256 bit = _mm256_set1_ps(-0.0f);
    return (vec){_mm256_or_ps(magnitude.low, _mm256_and_ps(sign.low, bit)),
                 _mm256_or_ps(magnitude.high, _mm256_and_ps(sign.high, bit))};
}

VEC_FN vec vec_if_negative(vec x, vec a, vec b)
{
    return (vec){_mm256_blendv_ps(b.low, a.low, x.low), _mm256_blendv_ps(b.high, a.high, x.high)};
}

VEC_FN __m256 power_of_two_8(__m256i n)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}

/* In two steps, as 2^n itself may not be a normal number; the first is exact. */
VEC_FN __m256 scale_8(__m256 x, __m256 n)
{
    __m256i whole = _mm256_cvtps_epi32(n);
    __m256i half = _mm256_srai_epi32(whole, 1);
    return _mm256_mul_ps(_mm256_mul_ps(x, power_of_two_8(half)), power_of_two_8(_mm256_sub_epi32(whole, half)));
}

VEC_FN unsigned vec_at_least(vec a, vec b)
{
    unsigned low = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a.low, b.low, _CMP_GE_OQ));
    unsigned high = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a.high, b.high, _CMP_GE_OQ));
    return low | high << 8;
}

VEC_FN vec vec_scale(vec x, vec n)
{
    return (vec){scale_8(x.low, n.low), scale_8(x.high, n.high)};
}

VEC_FN vec vec_power_of_two(vec n)
{
    return (vec){power_of_two_8(_mm256_cvtps_epi32(n.low)), power_of_two_8(_mm256_cvtps_epi32(n.high))};
}

VEC_FN vec vec_fill(vec x, vec fill, int lanes)
{
    if (lanes == LANES)
        return x;
    return (vec){_mm256_blendv_ps(fill.low, x.low, _mm256_castsi256_ps(mask_of(lanes))),
                 _mm256_blendv_ps(fill.high, x.high, _mm256_castsi256_ps(mask_of(lanes - 8)))};
}

VEC_FN __m256 if_at_least_8(__m256i bits, __m256i threshold, __m256 x)
{
    __m256i keep = _mm256_cmpeq_epi32(_mm256_max_epu32(bits, threshold), bits);
    return _mm256_and_ps(_mm256_castsi256_ps(keep), x);
}

VEC_FN vec vec_if_at_least(const void *bits, uint32_t threshold, vec x)
{
    const __m256i *halves = bits;
    __m256i least = _mm256_set1_epi32((int)threshold);
    return (vec){if_at_least_8(_mm256_loadu_si256(halves), least, x.low),
                 if_at_least_8(_mm256_loadu_si256(halves + 1), least, x.high)};
}

/* Sixteen 32-bit integers with a sign, after `added`, which may wrap around. */
VEC_FN vec vec_of_ints(const uint32_t *p, uint32_t added)
{
    const __m256i *halves = (const __m256i *)p, more = _mm256_set1_epi32((int)added);
    return (vec){_mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_loadu_si256(halves), more)),
                 _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_loadu_si256(halves + 1), more))};
}

VEC_FN __m256 vec_low(vec x)
{
    return x.low;
}

VEC_FN __m256 vec_high(vec x)
{
    return x.high;
}

#endif
