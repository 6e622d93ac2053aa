/* Sixteen lanes of float, on AVX-512 one register, on AVX2 two: the same operations in the same order, so that
 * both builds of every source here give the same bits.
 *
 * The sources are compiled once per instruction set, S2S_ISA_NAME being avx2 or avx512.  Only instructions
 * whose result the standard fixes are used (no approximate reciprocals).  `lanes` is a count in [1, 16]: the
 * lanes beyond are zero when loaded and left alone when stored; with a constant 16 the masks vanish. */
#ifndef S2S_KERNELS_CPU_VEC_H
#define S2S_KERNELS_CPU_VEC_H

#include <immintrin.h>
#include <math.h>

#define S2S_ISA_JOIN(isa, name) s2s_##isa##_##name
#define S2S_ISA_JOIN_EXPANDED(isa, name) S2S_ISA_JOIN(isa, name)
#define S2S_ISA_FN(name) S2S_ISA_JOIN_EXPANDED(S2S_ISA_NAME, name)
#include "kernels/prototypes.h"

#define VEC_FN static inline __attribute__((always_inline))

enum { LANES = 16 };

/* Runs `call` for i = 0, 16, ... < n with `lanes` in scope: constant 16, then what is left. */
#define FOR_EACH_VEC(type, n, call)            \
    do {                                       \
        type i = 0;                            \
        for (; i + LANES <= (n); i += LANES) { \
            enum { lanes = LANES };            \
            call;                              \
        }                                      \
        if (i < (n)) {                         \
            const int lanes = (int)((n)-i);    \
            call;                              \
        }                                      \
    } while (0)

#ifdef __AVX512F__
#include "kernels/cpu/vec_avx512.h"
#else
#include "kernels/cpu/vec_avx2.h"
#endif

VEC_FN vec vec_zero(void)
{
    return vec_set(0.0f);
}

/* Of 8 lanes, always in the same order: halves upon halves. */
VEC_FN float sum_8(__m256 x)
{
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

VEC_FN float vec_sum(vec x)
{
    return sum_8(_mm256_add_ps(vec_low(x), vec_high(x)));
}

VEC_FN float vec_largest(vec x)
{
    __m256 eight = _mm256_max_ps(vec_low(x), vec_high(x));
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

/* Of n elements; NaN does not count, as the second operand of vec_max stays where the first one is NaN. */
VEC_FN float largest_of(const float *x, int n)
{
    const vec lowest = vec_set(-INFINITY);
    vec most = lowest;
    FOR_EACH_VEC(int, n, most = vec_max(vec_fill(vec_load(x + i, lanes), lowest, lanes), most));
    return vec_largest(most);
}

#endif
