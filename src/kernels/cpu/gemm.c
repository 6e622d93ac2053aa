/* The product of floats. */
#define TILE_FMA vec_fma
#include "kernels/cpu/tile.h"

size_t S2S_ISA_FN(packed_size)(int K, int N)
{
    return s2s_panels_size(K, N);
}

void S2S_ISA_FN(gemm)(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M, int N,
                      int K, int p0, int p1, int accumulate, const float *bias)
{
    enum { ROWS_IN_CACHE = 12 * 14 };
    const int col = p0 * S2S_PANEL, end = p1 * S2S_PANEL < N ? p1 * S2S_PANEL : N;
    place at = {.ldc = ldc, .lda = lda, .panel_K = K};
    for (int m = 0; m < M; m += ROWS_IN_CACHE)
        for (int k = 0; k < K || k == 0; k += S2S_GEMM_K) {
            at.a = a + m * lda + k;
            at.K = K - k < S2S_GEMM_K ? K - k : S2S_GEMM_K;
            at.accumulate = accumulate || k > 0;
            at.bias = K - k <= S2S_GEMM_K ? bias : NULL;
            rows_times_panels(at, c + m * ldc, packed + (size_t)k * S2S_PANEL,
                              M - m < ROWS_IN_CACHE ? M - m : ROWS_IN_CACHE, N, col, end);
        }
}

static void lay_out(float *words, const float *a, ptrdiff_t lda, const int *first, int tiles, int K)
{
    for (int k = 0; k < K; k++)
        for (int t = 0; t < tiles; t++) {
            const int n = first[t + 1] - first[t];
            const float *row = a + k * lda + first[t];
            _mm_prefetch((const char *)(row + AHEAD_T * lda), _MM_HINT_T0);
            vec_store(words + first[t] * K + k * n, vec_load(row, n), n);
        }
}

void S2S_ISA_FN(gemm_t)(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M,
                        int N, int K, int p0, int p1)
{
    const int col = p0 * S2S_PANEL, end = p1 * S2S_PANEL < N ? p1 * S2S_PANEL : N;
    transposed_times_panels(lay_out, (place){.ldc = ldc, .K = K, .panel_K = K, .accumulate = 1}, c, a, lda,
                            packed, M, N, K, col, end);
}
