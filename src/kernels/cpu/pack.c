/* Packing and transposing. */
#include <string.h>

#include "kernels/cpu/vec.h"

/* y [8, 8] = x^T */
VEC_FN void transpose_8x8(float *y, ptrdiff_t ldy, const float *x, ptrdiff_t ldx)
{
    __m256 row[8], pair[8], quad[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        row[i] = _mm256_loadu_ps(x + i * ldx);
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
        pair[i] = _mm256_unpacklo_ps(row[i], row[i + 1]);
        pair[i + 1] = _mm256_unpackhi_ps(row[i], row[i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
        quad[i] = _mm256_shuffle_ps(pair[i], pair[i + 2], 0x44);
        quad[i + 1] = _mm256_shuffle_ps(pair[i], pair[i + 2], 0xee);
        quad[i + 2] = _mm256_shuffle_ps(pair[i + 1], pair[i + 3], 0x44);
        quad[i + 3] = _mm256_shuffle_ps(pair[i + 1], pair[i + 3], 0xee);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        _mm256_storeu_ps(y + i * ldy, _mm256_permute2f128_ps(quad[i], quad[i + 4], 0x20));
        _mm256_storeu_ps(y + (i + 4) * ldy, _mm256_permute2f128_ps(quad[i], quad[i + 4], 0x31));
    }
}

static void transpose_small(float *y, ptrdiff_t ldy, const float *x, ptrdiff_t ldx, int rows, int cols)
{
    for (int r = 0; r < rows; r++)
        for (int col = 0; col < cols; col++)
            y[col * ldy + r] = x[r * ldx + col];
}

/* y [cols, rows] = x^T, in strips of 16 rows so that whole cache lines of y are written. */
static void transpose_block(float *y, ptrdiff_t ldy, const float *x, ptrdiff_t ldx, int rows, int cols)
{
    const int whole_rows = rows & ~15, whole_cols = cols & ~7;
    for (int r = 0; r < whole_rows; r += 16)
        for (int col = 0; col < whole_cols; col += 8) {
            transpose_8x8(y + col * ldy + r, ldy, x + r * ldx + col, ldx);
            transpose_8x8(y + col * ldy + r + 8, ldy, x + (r + 8) * ldx + col, ldx);
        }
    transpose_small(y + whole_cols * ldy, ldy, x + whole_cols, ldx, whole_rows, cols - whole_cols);
    transpose_small(y + whole_rows, ldy, x + whole_rows * ldx, ldx, rows - whole_rows, cols);
}

void S2S_ISA_FN(transpose)(float *y, ptrdiff_t ldy, const float *x, ptrdiff_t ldx, int r0, int r1, int cols)
{
    transpose_block(y + r0, ldy, x + r0 * ldx, ldx, r1 - r0, cols);
}

/* The first `cols` columns of a panel; rows or columns of B that are contiguous go fast. */
static void pack_panel(float *panel, const float *b, ptrdiff_t k_stride, ptrdiff_t n_stride, int K, int cols)
{
    if (n_stride == 1)
        for (int k = 0; k < K; k++)
            memcpy(panel + (size_t)k * S2S_PANEL, b + k * k_stride, (size_t)cols * sizeof *b);
    else if (k_stride == 1)
        transpose_block(panel, S2S_PANEL, b, n_stride, cols, K);
    else
        for (int k = 0; k < K; k++)
            for (int j = 0; j < cols; j++)
                panel[(size_t)k * S2S_PANEL + j] = b[k * k_stride + j * n_stride];
    if (cols < S2S_PANEL)
        for (int k = 0; k < K; k++)
            memset(panel + (size_t)k * S2S_PANEL + cols, 0, (size_t)(S2S_PANEL - cols) * sizeof *panel);
}

void S2S_ISA_FN(pack)(float *packed, const float *b, ptrdiff_t k_stride, ptrdiff_t n_stride, int K, int N,
                      int p0, int p1)
{
    for (int p = p0; p < p1; p++) {
        int col = p * S2S_PANEL, cols = N - col < S2S_PANEL ? N - col : S2S_PANEL;
        pack_panel(packed + (size_t)col * K, b + col * n_stride, k_stride, n_stride, K, cols);
    }
}
