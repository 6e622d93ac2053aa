/* Packing, and the products in plain C. */
#include "kernels/dither_rule.h"
#include "kernels/int8/int8.h"
#include "kernels/ref/ref.h"

size_t s2s_int8_packed_size(int K, int N)
{
    return s2s_panels_size(s2s_int8_rows(K), N);
}

/* The largest. */
static uint32_t magnitude_of(const float *x, ptrdiff_t stride, int n)
{
    uint32_t magnitude = 0;
    for (int i = 0; i < n; i++) {
        uint32_t bits = s2s_int8_magnitude(x[i * stride]);
        magnitude = bits > magnitude ? bits : magnitude;
    }
    return magnitude;
}

static s2s_int8_scale scale_of(const float *x, ptrdiff_t stride, int n)
{
    return s2s_int8_scale_of(magnitude_of(x, stride, n));
}

/* To one of the two nearest, as the noise has it. */
static int8_t round_dithered(float x, s2s_int8_scale scale, int32_t noise)
{
    float y = fmaf((float)noise, 0x1p-32f, x * scale.inverse);
    return scale.inverse > 0 ? (int8_t)lrintf(fminf(fmaxf(y, -128), 127)) : 0;
}

/* Where element k of column j of a piece lies. */
static size_t element(int k, int j)
{
    return ((size_t)(k / 4) * S2S_PANEL + (size_t)j) * 4 + (size_t)k % 4;
}

/* Elements b [n] into column j of a piece of zeros. */
static void pack_piece(float *piece, int j, const float *b, ptrdiff_t k_stride, int n, s2s_int8_scale scale)
{
    float *scales = piece + s2s_int8_words(n) * S2S_PANEL;
    int32_t sum = 0;
    for (int k = 0; k < n; k++) {
        int8_t q = s2s_int8_round(b[k * k_stride], scale);
        ((int8_t *)piece)[element(k, j)] = q;
        sum += q;
    }
    sum *= 128;
    scales[j] = scale.scale;
    memcpy(&scales[S2S_PANEL + j], &sum, sizeof sum);
}

/* Column j of a panel of zeros. */
static void pack_column(float *panel, int j, const float *b, ptrdiff_t k_stride, int K)
{
    s2s_int8_scale scale = scale_of(b, k_stride, K);
    int k = 0;
    do
        pack_piece(panel + s2s_int8_piece_row(k) * S2S_PANEL, j, b + k * k_stride, k_stride,
                   s2s_int8_piece_length(k, K), scale);
    while ((k += S2S_INT8_PIECE) < K);
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

/* A piece of a row, a [n], times that of a panel, whose first `cols` columns are added to or stored in c, with
 * their bias. */
static void row_times_piece(float *c, const int8_t *a, float scale, const float *piece, int n, int cols,
                            int accumulate, const float *bias)
{
    const int8_t *b = (const int8_t *)piece;
    const float *scales = piece + s2s_int8_words(n) * S2S_PANEL;
    int32_t sum[S2S_PANEL] = {0};
    for (int k = 0; k < n; k++)
        for (int j = 0; j < S2S_PANEL; j++)
            sum[j] += a[k] * b[element(k, j)];
    for (int j = 0; j < cols; j++) {
        float value = (float)sum[j] * scale * scales[j];
        value = accumulate ? c[j] + value : value;
        c[j] = bias ? value + bias[j] : value;
    }
}

/* A piece of a row times those of panels [p0, p1). */
static void row_times_pieces(float *c, const int8_t *a, float scale, const float *packed, int k, int N, int K,
                             int p0, int p1, int accumulate, const float *bias)
{
    const size_t size = s2s_int8_packed_size(K, S2S_PANEL);
    for (int p = p0; p < p1; p++) {
        int col = p * S2S_PANEL, left = N - col;
        row_times_piece(c + col, a, scale, packed + (size_t)p * size + s2s_int8_piece_row(k) * S2S_PANEL,
                        s2s_int8_piece_length(k, K), left < S2S_PANEL ? left : S2S_PANEL, accumulate,
                        bias ? bias + col : NULL);
    }
}

void s2s_int8_gemm(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M, int N,
                   int K, int p0, int p1, int accumulate, const float *bias)
{
    int8_t row[S2S_INT8_PIECE];
    for (int m = 0; m < M; m++, a += lda, c += ldc) {
        s2s_int8_scale scale = scale_of(a, 1, K);
        int k = 0;
        do {
            for (int i = 0; i < s2s_int8_piece_length(k, K); i++)
                row[i] = s2s_int8_round(a[k + i], scale);
            bool last = k + S2S_INT8_PIECE >= K;
            row_times_pieces(c, row, scale.scale, packed, k, N, K, p0, p1, accumulate || k > 0,
                             last ? bias : NULL);
        } while ((k += S2S_INT8_PIECE) < K);
    }
}

void s2s_int8_gemm_t(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M, int N,
                     int K, int p0, int p1)
{
    int8_t column[S2S_GEMM_T_K];
    for (int m = 0; m < M; m++, a++, c += ldc) {
        uint32_t magnitude = magnitude_of(a, lda, K);
        s2s_int8_scale scale = s2s_int8_scale_of(magnitude);
        float largest;
        memcpy(&largest, &magnitude, sizeof largest);
        uint32_t key = s2s_dither_key(largest, K > 0 ? *a : 0);
        for (int k = 0; k < K; k++)
            column[k] = round_dithered(a[k * lda], scale, s2s_dither_noise(key, (uint32_t)k));
        row_times_pieces(c, column, scale.scale, packed, 0, N, K, p0, p1, 1, NULL);
    }
}
