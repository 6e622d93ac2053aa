/* Sixteen numbers as 8-bit integers, in vector code. */
#ifndef S2S_KERNELS_INT8_CPU_QUANTISE_H
#define S2S_KERNELS_INT8_CPU_QUANTISE_H

#include "kernels/cpu/vec.h"
#include "kernels/int8/int8.h"

/* What makes words of four bytes of each of four vectors, in every lane of 128 bits. */
static const uint8_t by_fours[16] = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};

/* Sixteen sums are vectors of int, not __m512i or __m256i, whose lanes have 64 bits: between the two types GCC
 * would copy every sum in every step. */
#ifdef __AVX512F__

typedef int sums __attribute__((vector_size(64)));

VEC_FN sums rounded(vec x)
{
    return (sums)_mm512_cvtps_epi32(x);
}

/* Words of four numbers, each the nearest that 8 bits hold. */
VEC_FN vec words_of(sums a, sums b, sums c, sums d)
{
    __m512i low = _mm512_packs_epi32((__m512i)a, (__m512i)b), high = _mm512_packs_epi32((__m512i)c, (__m512i)d);
    const __m512i order = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)by_fours));
    return (vec)_mm512_shuffle_epi8(_mm512_packs_epi16(low, high), order);
}

VEC_FN __m128i bytes_of(sums q)
{
    return _mm512_cvtepi32_epi8((__m512i)q);
}

VEC_FN sums added(sums a, sums b)
{
    return a + b;
}

VEC_FN int32_t total(sums x)
{
    return _mm512_reduce_add_epi32((__m512i)x);
}

VEC_FN vec larger_magnitude(vec largest, vec x)
{
    return (vec)_mm512_max_epu32((__m512i)largest, (__m512i)vec_abs(x));
}

VEC_FN uint32_t largest_magnitude(vec x)
{
    return _mm512_reduce_max_epu32((__m512i)x);
}

#else

typedef int half_sums __attribute__((vector_size(32)));
typedef struct sums {
    half_sums low, high;
} sums;

VEC_FN sums rounded(vec x)
{
    return (sums){(half_sums)_mm256_cvtps_epi32(x.low), (half_sums)_mm256_cvtps_epi32(x.high)};
}

VEC_FN __m256 half_words_of(half_sums a, half_sums b, half_sums c, half_sums d)
{
    __m256i low = _mm256_packs_epi32((__m256i)a, (__m256i)b), high = _mm256_packs_epi32((__m256i)c, (__m256i)d);
    const __m256i order = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)by_fours));
    return (__m256)_mm256_shuffle_epi8(_mm256_packs_epi16(low, high), order);
}

VEC_FN vec words_of(sums a, sums b, sums c, sums d)
{
    return (vec){half_words_of(a.low, b.low, c.low, d.low), half_words_of(a.high, b.high, c.high, d.high)};
}

VEC_FN __m128i bytes_of(sums q)
{
    __m256i halves = _mm256_packs_epi32((__m256i)q.low, (__m256i)q.high);
    __m256i bytes = _mm256_permute4x64_epi64(halves, 0xd8);
    return _mm_packs_epi16(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
}

VEC_FN sums added(sums a, sums b)
{
    return (sums){a.low + b.low, a.high + b.high};
}

VEC_FN int32_t total(sums x)
{
    half_sums sum = x.low + x.high;
    int32_t total = 0;
    for (int i = 0; i < LANES / 2; i++)
        total += sum[i];
    return total;
}

VEC_FN vec larger_magnitude(vec largest, vec x)
{
    vec magnitude = vec_abs(x);
    return (vec){(__m256)_mm256_max_epu32((__m256i)largest.low, (__m256i)magnitude.low),
                 (__m256)_mm256_max_epu32((__m256i)largest.high, (__m256i)magnitude.high)};
}

VEC_FN uint32_t largest_magnitude(vec x)
{
    uint32_t lane[LANES / 2], largest = 0;
    _mm256_storeu_si256((__m256i *)lane, _mm256_max_epu32((__m256i)x.low, (__m256i)x.high));
    for (int i = 0; i < LANES / 2; i++)
        largest = lane[i] > largest ? lane[i] : largest;
    return largest;
}

#endif

/* x inverse, rounded. */
VEC_FN sums whole(vec x, vec inverse)
{
    return rounded(vec_mul(x, inverse));
}

/* A row may be pages from the next, which the processor does not foresee. */
VEC_FN void largest_of_strip(float *largest, const float *x, ptrdiff_t ldx, int rows, const int n_vecs,
                             int lanes)
{
    enum { AHEAD = 16, MAX_VECS = 7 };
    vec most[MAX_VECS];
    for (int j = 0; j < n_vecs; j++)
        most[j] = vec_zero();
    for (int r = 0; r < rows; r++, x += ldx)
        for (int j = 0; j < n_vecs; j++) {
            _mm_prefetch((const char *)(x + AHEAD * ldx + j * LANES), _MM_HINT_T0);
            most[j] = larger_magnitude(most[j], vec_load(x + j * LANES, lanes));
        }
    for (int j = 0; j < n_vecs; j++)
        vec_store(largest + j * LANES, most[j], lanes);
}

/* The largest magnitudes of n columns of x [rows, n]; NaN is the largest. */
VEC_FN void largest_of_columns(float *largest, const float *x, ptrdiff_t ldx, int rows, int n)
{
    int done = 0;
    for (; done + 7 * LANES <= n; done += 7 * LANES)
        largest_of_strip(largest + done, x + done, ldx, rows, 7, LANES);
    for (; done + 2 * LANES <= n; done += 2 * LANES)
        largest_of_strip(largest + done, x + done, ldx, rows, 2, LANES);
    largest += done;
    x += done;
    FOR_EACH_VEC(int, n - done, largest_of_strip(largest + i, x + i, ldx, rows, 1, lanes));
}

/* Of n elements. */
VEC_FN s2s_int8_scale scale_of(const float *x, int n)
{
    vec largest = vec_zero();
    FOR_EACH_VEC(int, n, largest = larger_magnitude(largest, vec_load(x + i, lanes)));
    return s2s_int8_scale_of(largest_magnitude(largest));
}

#endif
