/* Packing weights as 8-bit integers in vector code: bit for bit what plain C gives of finite columns (int8/gemm.c).
 *
 * Rows of B that are contiguous become words as they lie.  Columns that are become rows of bytes, a step of K at
 * a time; as words these are then transposed. */
#include "kernels/int8/cpu/quantise.h"

enum { STEP = 256 }; /* elements of a column at once: they stay in the first cache */
_Static_assert(S2S_INT8_PIECE % STEP == 0, "a step is of one piece");

/* The columns of a panel, and what is known of each. */
typedef struct columns {
    const float *b;
    ptrdiff_t k_stride, n_stride;
    int K, n; /* n: of at most S2S_PANEL */
    s2s_int8_scale scale[S2S_PANEL];
    int32_t sum[S2S_PANEL]; /* of the piece */
} columns;

static void find_scales(columns *c)
{
    float largest[S2S_PANEL];
    if (c->n_stride == 1)
        largest_of_columns(largest, c->b, c->k_stride, c->K, c->n);
    for (int j = 0; j < c->n; j++)
        c->scale[j] = c->n_stride == 1 ? s2s_int8_scale_of(s2s_int8_magnitude(largest[j]))
                                       : scale_of(c->b + j * c->n_stride, c->K);
}

/* Rows x [n], `lanes` of whose columns begin with the j-th, into words; adds up what is in them. */
VEC_FN void pack_rows(columns *c, float *to, const float *x, int n, int j, int lanes)
{
    float inverse[LANES] = {0};
    for (int i = 0; i < lanes; i++)
        inverse[i] = c->scale[j + i].inverse;
    const vec by = vec_load(inverse, LANES);
    sums sum = {0};
    for (int k = 0; k < n; k += 4, to += S2S_PANEL) {
        sums q[4];
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++) {
            vec row = k + r < n ? vec_load(x + (k + r) * c->k_stride + j, lanes) : vec_zero();
            q[r] = whole(row, by);
            sum = added(sum, q[r]);
        }
        vec_store(to + j, words_of(q[0], q[1], q[2], q[3]), LANES);
    }
    memcpy(c->sum + j, &sum, sizeof sum);
}

/* x [n] as bytes, zeros up to a multiple of LANES; returns their sum. */
VEC_FN int32_t quantise(float *words, const float *x, int n, s2s_int8_scale scale)
{
    const vec inverse = vec_set(scale.inverse);
    sums sum = {0};
    FOR_EACH_VEC(int, n, {
        sums q = whole(vec_load(x + i, lanes), inverse);
        sum = added(sum, q);
        _mm_storeu_si128((__m128i *)(words + i / 4), bytes_of(q));
    });
    return total(sum);
}

/* Columns x [n] into words; adds up what is in them. */
static void pack_columns(columns *c, float *to, const float *x, int n)
{
    float words[S2S_PANEL * STEP / 4] = {0};
    for (int j = 0; j < c->n; j++)
        if (c->scale[j].inverse > 0) /* else they are zeros */
            c->sum[j] += quantise(words + j * (STEP / 4), x + j * c->n_stride, n, c->scale[j]);
    S2S_ISA_FN(transpose)(to, S2S_PANEL, words, STEP / 4, 0, S2S_PANEL, s2s_int8_words(n));
}

/* Elements [k, k + n), a piece. */
static void pack_piece(columns *c, float *piece, int k, int n)
{
    const float *x = c->b + k * c->k_stride;
    float *scales = piece + s2s_int8_words(n) * S2S_PANEL;
    memset(scales, 0, S2S_INT8_EXTRA_ROWS * S2S_PANEL * sizeof *scales);
    memset(c->sum, 0, sizeof c->sum);
    if (c->n_stride == 1)
        for (int j = 0; j < S2S_PANEL; j += LANES)
            if (c->n - j >= LANES)
                pack_rows(c, piece, x, n, j, LANES);
            else
                pack_rows(c, piece, x, n, j, c->n > j ? c->n - j : 0);
    else
        for (int i = 0; i < n; i += STEP)
            pack_columns(c, piece + i / 4 * S2S_PANEL, x + i, n - i < STEP ? n - i : STEP);
    for (int j = 0; j < c->n; j++) {
        int32_t sum = c->scale[j].inverse > 0 ? 128 * c->sum[j] : 0; /* else it may be of what is not finite */
        scales[j] = c->scale[j].scale;
        memcpy(&scales[S2S_PANEL + j], &sum, sizeof sum);
    }
}

static void pack_panel(columns *c, float *panel)
{
    int k = 0;
    find_scales(c);
    do
        pack_piece(c, panel + s2s_int8_piece_row(k) * S2S_PANEL, k, s2s_int8_piece_length(k, c->K));
    while ((k += S2S_INT8_PIECE) < c->K);
}

void S2S_ISA_FN(int8_pack)(float *packed, const float *b, ptrdiff_t k_stride, ptrdiff_t n_stride, int K, int N,
                           int p0, int p1)
{
    if (k_stride != 1 && n_stride != 1) {
        s2s_int8_pack(packed, b, k_stride, n_stride, K, N, p0, p1);
        return;
    }
    const size_t size = s2s_int8_packed_size(K, S2S_PANEL);
    for (int p = p0; p < p1; p++) {
        int col = p * S2S_PANEL;
        columns c = {.b = b + col * n_stride,
                     .k_stride = k_stride,
                     .n_stride = n_stride,
                     .K = K,
                     .n = N - col < S2S_PANEL ? N - col : S2S_PANEL};
        pack_panel(&c, packed + (size_t)p * size);
    }
}
