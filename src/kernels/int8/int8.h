/* Products of 8-bit integers: how numbers become them, how they are packed, and the functions of the tables.
 *
 * Quantisation is symmetric and linear: x = scale q, q whole, scale = max |x| / 127.  B has a scale per column,
 * found when it is packed; A has one per row, found by the product itself.  A product is
 *
 *   c = (sum of qa qb) scale_a scale_b
 *
 * where K is taken in pieces, each added to C when it is complete.  The sum of a piece is exact in 32 bits, so
 * every table gives the same bits.  With r = max |x| of a row of A or a column of B, the error of an element is at
 * most sum (|a| r_b + |b| r_a) / 254 + K r_a r_b / 254^2, and the rounding of the results.
 *
 * In weight gradients, A^T B, the columns of A are gradients, most of which may be far below the largest.  Rounded
 * to nearest these would vanish, though together they weigh much; so they are dithered (kernels/dither_rule.h), to
 * numbers down to -128 and with errors up to twice as large.
 *
 * Packed panels are those of floats (prototypes.h) with words in place of floats.  Word k holds elements 4k to
 * 4k + 3 of a column, the lowest first, zeros beyond K.  Behind the words of a piece come two more rows: the
 * scales, and 128 times the sums of the columns in it, which is what a product of A + 128 has too much. */
#ifndef S2S_KERNELS_INT8_INT8_H
#define S2S_KERNELS_INT8_INT8_H

#include <float.h>
#include <math.h>
#include <string.h>

#include "kernels/kernels.h"

enum {
    S2S_INT8_PIECE = 2048, /* elements: many rows of A in pieces of them stay in cache */
    S2S_INT8_EXTRA_ROWS = 2,
};

static inline int s2s_int8_words(int n)
{
    return (n + 3) / 4;
}

/* Elements of the piece that begins with element k. */
static inline int s2s_int8_piece_length(int k, int K)
{
    return K - k < S2S_INT8_PIECE ? K - k : S2S_INT8_PIECE;
}

/* The row of a panel that it begins with. */
static inline size_t s2s_int8_piece_row(int k)
{
    return (size_t)(k / S2S_INT8_PIECE) * (S2S_INT8_PIECE / 4 + S2S_INT8_EXTRA_ROWS);
}

/* Rows of a panel; there is always a piece. */
static inline int s2s_int8_rows(int K)
{
    int n_pieces = K > 0 ? (K + S2S_INT8_PIECE - 1) / S2S_INT8_PIECE : 1;
    return s2s_int8_words(K) + n_pieces * S2S_INT8_EXTRA_ROWS;
}

/* |x| as bits, which are in the order of the numbers; NaN is the largest. */
static inline uint32_t s2s_int8_magnitude(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits & 0x7fffffff;
}

typedef struct s2s_int8_scale {
    float scale, inverse;
} s2s_int8_scale;

/* From the largest magnitude.  Numbers too small to divide by become zeros; a row or column that is not finite
 * has the scale NaN, so that its products are NaN.  In both cases inverse is 0. */
static inline s2s_int8_scale s2s_int8_scale_of(uint32_t magnitude)
{
    const float limit = 127;
    float largest;
    memcpy(&largest, &magnitude, sizeof largest);
    if (largest >= limit * FLT_MIN && largest <= FLT_MAX)
        return (s2s_int8_scale){largest / limit, limit / largest};
    return (s2s_int8_scale){largest - largest, 0};
}

/* To nearest, ties to even. */
static inline int8_t s2s_int8_round(float x, s2s_int8_scale scale)
{
    return scale.inverse > 0 ? (int8_t)lrintf(x * scale.inverse) : 0;
}

S2S_KERNEL_TYPE(packed_size) s2s_int8_packed_size;
S2S_KERNEL_TYPE(pack) s2s_int8_pack;     /* plain C, the specification */
S2S_KERNEL_TYPE(gemm) s2s_int8_gemm;     /* likewise */
S2S_KERNEL_TYPE(gemm_t) s2s_int8_gemm_t; /* likewise */
S2S_KERNEL_TYPE(pack) s2s_avx2_int8_pack, s2s_avx512_int8_pack;
S2S_KERNEL_TYPE(gemm) s2s_avx2_int8_gemm, s2s_avx512_int8_gemm;
S2S_KERNEL_TYPE(gemm_t) s2s_avx2_int8_gemm_t, s2s_avx512_int8_gemm_t;

#endif
