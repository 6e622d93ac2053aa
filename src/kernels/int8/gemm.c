/* Packing, and the product in plain C. */
#include "kernels/int8/int8.h"
#include "kernels/ref/ref.h"

size_t s2s_int8_packed_size(int K, int N)
{
    return K > S2S_INT8_MAX_K ? SIZE_MAX : s2s_panels_size(s2s_int8_words(K) + S2S_INT8_EXTRA_ROWS, N);
}

static s2s_int8_scale scale_of(const float *x, ptrdiff_t stride, int n)
{
    uint32_t magnitude = 0;
    for (int i = 0; i < n; i++) {
        uint32_t bits = s2s_int8_magnitude(x[i * stride]);
        magnitude = bits > magnitude ? bits : magnitude;
    }
    return s2s_int8_scale_of(magnitude);
}

/* Where element k of column j of a panel lies. */
static size_t element(int k, int j)
{
    return ((size_t)(k / 4) * S2S_PANEL + (size_t)j) * 4 + (size_t)k % 4;
}

/* Column j of a panel of zeros. */
static void pack_column(float *panel, int j, const float *b, ptrdiff_t k_stride, int K)
{
    float *scales = panel + s2s_int8_words(K) * S2S_PANEL;
    s2s_int8_scale scale = scale_of(b, k_stride, K);
    int32_t sum = 0;
    for (int k = 0; k < K; k++) {
        int8_t q = s2s_int8_round(b[k * k_stride], scale);
        ((int8_t *)panel)[element(k, j)] = q;
        sum += q;
    }
    sum *= 128;
    scales[j] = scale.scale;
    memcpy(&scales[S2S_PANEL + j], &sum, sizeof sum);
}

void s2s_int8_pack(float *packed, const float *b, ptrdiff_t k_stride, ptrdiff_t n_stride, int K, int N, int p0,
                   int p1)
{
    const size_t size = s2s_int8_packed_size(K, S2S_PANEL);
    for (int p = p0; p < p1; p++) {
        float *panel = packed + (size_t)p * size;
        memset(panel, 0, size * sizeof *panel);
        for (int j = 0; j < S2S_PANEL && p * S2S_PANEL + j < N; j++)
            pack_column(panel, j, b + (p * S2S_PANEL + j) * n_stride, k_stride, K);
    }
}

/* Row a [K] times one panel, whose first `cols` columns are added to or stored in c, with their bias. */
static void row_times_panel(float *c, const int8_t *a, float scale, const float *panel, int K, int cols,
                            int accumulate, const float *bias)
{
    const int8_t *b = (const int8_t *)panel;
    const float *scales = panel + s2s_int8_words(K) * S2S_PANEL;
    int32_t sum[S2S_PANEL] = {0};
    for (int k = 0; k < K; k++)
        for (int j = 0; j < S2S_PANEL; j++)
            sum[j] += a[k] * b[element(k, j)];
    for (int j = 0; j < cols; j++) {
        float value = (float)sum[j] * scale * scales[j];
        value = accumulate ? c[j] + value : value;
        c[j] = bias ? value + bias[j] : value;
    }
}

void s2s_int8_gemm(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M, int N,
                   int K, int p0, int p1, int accumulate, const float *bias)
{
    const size_t size = s2s_int8_packed_size(K, S2S_PANEL);
    int8_t row[S2S_INT8_MAX_K];
    for (int m = 0; m < M; m++) {
        s2s_int8_scale scale = scale_of(a + m * lda, 1, K);
        for (int k = 0; k < K; k++)
            row[k] = s2s_int8_round(a[m * lda + k], scale);
        for (int p = p0; p < p1; p++) {
            int left = N - p * S2S_PANEL;
            row_times_panel(c + m * ldc + p * S2S_PANEL, row, scale.scale, packed + (size_t)p * size, K,
                            left < S2S_PANEL ? left : S2S_PANEL, accumulate,
                            bias ? bias + p * S2S_PANEL : NULL);
        }
    }
}
