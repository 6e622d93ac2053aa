/* The product of floats. */
#define TILE_FMA vec_fma
#include "kernels/cpu/tile.h"

size_t S2S_ISA_FN(packed_size)(int K, int N)
{
    return s2s_panels_size(K, N);
}

void S2S_ISA_FN(gemm)(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M, int N,
                      int K, int p0, int p1, int accumulate)
{
    enum { ROWS_IN_CACHE = 12 * 14, FLOATS_IN_CACHE = 128 * 1024 };
    const int col = p0 * S2S_PANEL, end = p1 * S2S_PANEL < N ? p1 * S2S_PANEL : N;
    place at = {.ldc = ldc, .a = a, .lda = lda, .K = K, .panel_K = K, .accumulate = accumulate};
    int rows = ROWS_IN_CACHE;
    while (rows > 3 * 14 && (long)rows * K > FLOATS_IN_CACHE)
        rows -= 14;
    for (int m = 0; m < M; m += rows) {
        at.a = a + m * lda;
        rows_times_panels(at, c + m * ldc, packed, M - m < rows ? M - m : rows, N, col, end);
    }
}
