/* Sixteen lanes as one AVX-512 register; see vec.h. */
#ifndef S2S_KERNELS_CPU_VEC_AVX512_H
#define S2S_KERNELS_CPU_VEC_AVX512_H

typedef __m512 vec;

VEC_FN __mmask16 mask_of(int lanes)
{
    return (__mmask16)((1u << lanes) - 1);
}

VEC_FN vec vec_load(const float *p, int lanes)
{
    return lanes == LANES ? _mm512_loadu_ps(p) : _mm512_maskz_loadu_ps(mask_of(lanes), p);
}

VEC_FN void vec_store(float *p, vec x, int lanes)
{
    if (lanes == LANES)
        _mm512_storeu_ps(p, x);
    else
        _mm512_mask_storeu_ps(p, mask_of(lanes), x);
}

VEC_FN vec vec_set(float x)
{
    return _mm512_set1_ps(x);
}

VEC_FN vec vec_add(vec a, vec b)
{
    return _mm512_add_ps(a, b);
}

VEC_FN vec vec_sub(vec a, vec b)
{
    return _mm512_sub_ps(a, b);
}

VEC_FN vec vec_mul(vec a, vec b)
{
    return _mm512_mul_ps(a, b);
}

VEC_FN vec vec_div(vec a, vec b)
{
    return _mm512_div_ps(a, b);
}

VEC_FN vec vec_sqrt(vec x)
{
    return _mm512_sqrt_ps(x);
}

/* a b + c, rounded once */
VEC_FN vec vec_fma(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}

/* c - a b, rounded once */
VEC_FN vec vec_fnma(vec a, vec b, vec c)
{
    return _mm512_fnmadd_ps(a, b, c);
}

/* b where either is NaN, as the instruction has it */
VEC_FN vec vec_max(vec a, vec b)
{
    return _mm512_max_ps(a, b);
}

VEC_FN vec vec_min(vec a, vec b)
{
    return _mm512_min_ps(a, b);
}

VEC_FN vec vec_round(vec x)
{
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

VEC_FN vec vec_abs(vec x)
{
    return _mm512_abs_ps(x);
}

/* magnitude >= 0 */
VEC_FN vec vec_with_sign(vec magnitude, vec sign)
{
    return _mm512_or_ps(magnitude, _mm512_and_ps(sign, _mm512_set1_ps(-0.0f)));
}

/* x < 0 (or -0) ? a : b */
VEC_FN vec vec_if_negative(vec x, vec a, vec b)
{
    return _mm512_mask_mov_ps(b, _mm512_movepi32_mask(_mm512_castps_si512(x)), a);
}

/* Bit i: lane i of a >= that of b; false for NaN. */
VEC_FN unsigned vec_at_least(vec a, vec b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ);
}

/* x 2^n for whole n in [-150, 150], rounded once */
VEC_FN vec vec_scale(vec x, vec n)
{
    return _mm512_scalef_ps(x, n);
}

/* 2^n for whole n in [-126, 127] */
VEC_FN vec vec_power_of_two(vec n)
{
    return _mm512_scalef_ps(_mm512_set1_ps(1.0f), n);
}

/* The first `lanes` of x, `fill` in the others. */
VEC_FN vec vec_fill(vec x, vec fill, int lanes)
{
    return lanes == LANES ? x : _mm512_mask_mov_ps(fill, mask_of(lanes), x);
}

/* x where bits >= threshold, 0 elsewhere */
VEC_FN vec vec_if_at_least(const void *bits, uint32_t threshold, vec x)
{
    __mmask16 keep = _mm512_cmpge_epu32_mask(_mm512_loadu_si512(bits), _mm512_set1_epi32((int)threshold));
    return _mm512_maskz_mov_ps(keep, x);
}

/* Sixteen 32-bit integers with a sign, after `added`, which may wrap around. */
VEC_FN vec vec_of_ints(const uint32_t *p, uint32_t added)
{
    return _mm512_cvtepi32_ps(_mm512_add_epi32(_mm512_loadu_si512(p), _mm512_set1_epi32((int)added)));
}

VEC_FN __m256 vec_low(vec x)
{
    return _mm512_castps512_ps256(x);
}

VEC_FN __m256 vec_high(vec x)
{
    return _mm512_extractf32x8_ps(x, 1);
}

#endif
