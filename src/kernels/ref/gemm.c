/* Packed matrix products and transpose. */
#include "kernels/ref/ref.h"

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

size_t s2s_ref_packed_size(int K, int N)
{
    return s2s_panels_size(K, N);
}

void s2s_ref_pack(s2s_real *packed, const s2s_real *b, ptrdiff_t k_stride, ptrdiff_t n_stride, int K, int N,
                  int p0, int p1)
{
    for (int p = p0; p < p1; p++) {
        s2s_real *panel = packed + (size_t)p * K * S2S_PANEL;
        for (int k = 0; k < K; k++)
            for (int j = 0; j < S2S_PANEL; j++) {
                int n = p * S2S_PANEL + j;
                panel[(size_t)k * S2S_PANEL + j] = n < N ? b[k * k_stride + n * n_stride] : 0;
            }
    }
}

/* Row a [K] times one panel: every column is one chain of fused multiply-adds over k = 0 .. K - 1. */
static void row_times_panel(s2s_real sum[S2S_PANEL], const s2s_real *a, const s2s_real *panel, int K)
{
    for (int j = 0; j < S2S_PANEL; j++)
        sum[j] = 0;
    for (int k = 0; k < K; k++)
        for (int j = 0; j < S2S_PANEL; j++)
            sum[j] = real_fma(a[k], panel[(size_t)k * S2S_PANEL + j], sum[j]);
}

void s2s_ref_gemm(s2s_real *c, ptrdiff_t ldc, const s2s_real *a, ptrdiff_t lda, const s2s_real *packed, int M,
                  int N, int K, int p0, int p1, int accumulate, const s2s_real *bias)
{
    for (int p = p0; p < p1; p++)
        for (int m = 0; m < M; m++) {
            const s2s_real *row = a + m * lda, *panel = packed + (size_t)p * K * S2S_PANEL;
            s2s_real *out = c + m * ldc + p * S2S_PANEL;
            const int cols = min_int(S2S_PANEL, N - p * S2S_PANEL);
            for (int k = 0; k < K || k == 0; k += S2S_GEMM_K) {
                s2s_real sum[S2S_PANEL];
                row_times_panel(sum, row + k, panel + (size_t)k * S2S_PANEL, min_int(K - k, S2S_GEMM_K));
                for (int j = 0; j < cols; j++)
                    out[j] = accumulate || k > 0 ? out[j] + sum[j] : sum[j];
            }
            for (int j = 0; j < cols && bias; j++)
                out[j] += bias[p * S2S_PANEL + j];
        }
}

void s2s_ref_gemm_t(s2s_real *c, ptrdiff_t ldc, const s2s_real *a, ptrdiff_t lda, const s2s_real *packed, int M,
                    int N, int K, int p0, int p1)
{
    s2s_real column[S2S_GEMM_T_K];
    for (int m = 0; m < M; m++) {
        for (int k = 0; k < K; k++)
            column[k] = a[k * lda + m];
        s2s_ref_gemm(c + m * ldc, ldc, column, K, packed, 1, N, K, p0, p1, 1, NULL);
    }
}

void s2s_ref_transpose(s2s_real *y, ptrdiff_t ldy, const s2s_real *x, ptrdiff_t ldx, int r0, int r1, int cols)
{
    for (int r = r0; r < r1; r++)
        for (int col = 0; col < cols; col++)
            y[col * ldy + r] = x[r * ldx + col];
}
