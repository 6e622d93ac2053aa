/* The product of bfloat16: a word of a tile holds elements 2k and 2k + 1, the second one in its upper half.  By
 * AVX-512 or, compiled a second time, by AMX. */
#if defined(__AMX_BF16__) || defined(S2S_AMX_EMULATED)
#define UNIT_MULTIPLY UNIT_BF16
#include "kernels/amx/tile.h"
enum { WORDS_AT_ONCE = UNIT_WORDS };
#define TABLE_NAME "bf16-amx"
#else
#define TILE_FMA(factor, piece, sum) _mm512_dpbf16_ps(sum, (__m512bh)(factor), (__m512bh)(piece))
#include "kernels/cpu/tile.h"
enum { WORDS_AT_ONCE = 1 };
#define TABLE_NAME "bf16"
#endif

#include "kernels/bf16/bf16.h"

/* Rows of A that are rounded together, and words of them; their stride keeps rows off one set of the cache. */
enum { PIECE_ROWS = 4 * MAX_ROWS, PIECE_K = S2S_GEMM_K / 2, PIECE_LD = PIECE_K + LANES };

/* Zeros fill the last of them. */
static int words_of(int K)
{
    return (K + 2 * WORDS_AT_ONCE - 1) / (2 * WORDS_AT_ONCE) * WORDS_AT_ONCE;
}

static size_t packed_size(int K, int N)
{
    return s2s_panels_size(words_of(K), N);
}

/* words [words_of(n)] of n elements */
VEC_FN void round_row(float *words, const float *a, int n)
{
    for (int i = 0; i < n; i += 2 * LANES) {
        int lanes = n - i < LANES ? n - i : LANES, more = n - i - lanes < LANES ? n - i - lanes : LANES;
        vec low = vec_load(a + i, lanes), high = more > 0 ? vec_load(a + i + LANES, more) : vec_zero();
        _mm512_storeu_si512(words + i / 2, (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
}

/* Words of even and odd, elements of two neighbouring k. */
VEC_FN vec words(vec even, vec odd)
{
    static const uint16_t from[2 * LANES] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                             8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    return _mm512_castsi512_ps(
        _mm512_permutexvar_epi16(_mm512_loadu_si512(from), (__m512i)_mm512_cvtne2ps_pbh(odd, even)));
}

/* The words of n columns in rows k and k + 1 of b, of K in all; zeros stand for rows that there are not. */
VEC_FN vec words_of_rows(const float *b, ptrdiff_t ldb, int k, int K, int n)
{
    return words(k < K ? vec_load(b + k * ldb, n) : vec_zero(),
                 k + 1 < K ? vec_load(b + (k + 1) * ldb, n) : vec_zero());
}

/* A panel of K rows that lie in b as they are. */
VEC_FN void panel_of_rows(float *panel, const float *b, ptrdiff_t ldb, int K)
{
    for (int k = 0; k < 2 * words_of(K); k += 2)
        for (int j = 0; j < S2S_PANEL; j += LANES)
            vec_store(panel + k / 2 * S2S_PANEL + j, words_of_rows(b + j, ldb, k, K, LANES), LANES);
}

/* The first `cols` columns of a panel; columns of B that are contiguous are rounded and transposed as words. */
static void pack_panel(float *panel, const float *b, ptrdiff_t k_stride, ptrdiff_t n_stride, int K, int cols)
{
    enum { ROWS = 256 }; /* of B at once */
    float piece[ROWS * S2S_PANEL];
    for (int k = 0; k < K; k += ROWS, b += ROWS * k_stride, panel += ROWS / 2 * S2S_PANEL) {
        const int n = K - k < ROWS ? K - k : ROWS;
        if (k_stride == 1) {
            for (int j = 0; j < cols; j++)
                round_row(piece + j * ROWS / 2, b + j * n_stride, n);
            s2s_kernels_avx512.pack(panel, piece, 1, ROWS / 2, words_of(n), cols, 0, 1);
        } else if (n_stride == 1 && cols == S2S_PANEL) {
            panel_of_rows(panel, b, k_stride, n);
        } else {
            s2s_kernels_avx512.pack(piece, b, k_stride, n_stride, n, cols, 0, 1);
            panel_of_rows(panel, piece, S2S_PANEL, n);
        }
    }
}

static void pack(float *packed, const float *b, ptrdiff_t k_stride, ptrdiff_t n_stride, int K, int N, int p0,
                 int p1)
{
    for (int p = p0; p < p1; p++) {
        int col = p * S2S_PANEL, cols = N - col < S2S_PANEL ? N - col : S2S_PANEL;
        pack_panel(packed + (size_t)p * packed_size(K, S2S_PANEL), b + col * n_stride, k_stride, n_stride, K,
                   cols);
    }
}

/* All columns [col, end) of rows [0, M), M <= PIECE_ROWS. */
static void piece_of_rows(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M,
                          int N, int K, int col, int end, int accumulate, const float *bias)
{
    float piece[PIECE_ROWS * PIECE_LD];
    for (int k = 0; k < K || k == 0; k += 2 * PIECE_K) {
        int n = K - k < 2 * PIECE_K ? K - k : 2 * PIECE_K;
        for (int m = 0; m < M; m++)
            round_row(piece + m * PIECE_LD, a + m * lda + k, n);
        place at = {.ldc = ldc,
                    .a = piece,
                    .lda = PIECE_LD,
                    .K = words_of(n),
                    .panel_K = words_of(K),
                    .accumulate = accumulate || k > 0,
                    .bias = K - k <= 2 * PIECE_K ? bias : NULL};
        rows_times_panels(at, c, packed + (size_t)k / 2 * S2S_PANEL, M, N, col, end);
    }
}

static void gemm(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M, int N,
                 int K, int p0, int p1, int accumulate, const float *bias)
{
    const int col = p0 * S2S_PANEL, end = p1 * S2S_PANEL < N ? p1 * S2S_PANEL : N;
    for (int m = 0; m < M; m += PIECE_ROWS)
        piece_of_rows(c + m * ldc, ldc, a + m * lda, lda, packed, M - m < PIECE_ROWS ? M - m : PIECE_ROWS, N, K,
                      col, end, accumulate, bias);
}

#ifdef UNIT_MULTIPLY /* takes rows of A^T */
static void transposed(float *c, const float *a, ptrdiff_t lda, place at, const float *packed, int M, int N,
                       int K, int col, int end)
{
    float columns[S2S_GEMM_T_K / 2 * PIECE_ROWS], piece[PIECE_ROWS * PIECE_LD];
    at.a = piece;
    at.lda = PIECE_LD;
    for (int m = 0; m < M; m += PIECE_ROWS) {
        const int rows = M - m < PIECE_ROWS ? M - m : PIECE_ROWS;
        for (int k = 0; k < 2 * at.K; k += 2)
            for (int i = 0; i < rows; i += LANES) {
                const int n = rows - i < LANES ? rows - i : LANES;
                vec_store(columns + k / 2 * PIECE_ROWS + i, words_of_rows(a + m + i, lda, k, K, n), n);
            }
        s2s_kernels_avx512.transpose(piece, PIECE_LD, columns, PIECE_ROWS, 0, at.K, rows);
        rows_times_panels(at, c + m * at.ldc, packed, rows, N, col, end);
    }
}
#else
static void lay_out(float *out, const float *a, ptrdiff_t lda, const int *first, int tiles, int K)
{
    for (int k = 0; k < K; k += 2)
        for (int t = 0; t < tiles; t++) {
            const int n = first[t + 1] - first[t];
            const float *column = a + first[t], *ahead = column + (k + AHEAD_T) * lda;
            _mm_prefetch((const char *)ahead, _MM_HINT_T0);
            _mm_prefetch((const char *)(ahead + lda), _MM_HINT_T0);
            vec_store(out + first[t] * words_of(K) + k / 2 * n, words_of_rows(column, lda, k, K, n), n);
        }
}

static void transposed(float *c, const float *a, ptrdiff_t lda, place at, const float *packed, int M, int N,
                       int K, int col, int end)
{
    transposed_times_panels(lay_out, at, c, a, lda, packed, M, N, K, col, end);
}
#endif

static void gemm_t(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M, int N,
                   int K, int p0, int p1)
{
    const int col = p0 * S2S_PANEL, end = p1 * S2S_PANEL < N ? p1 * S2S_PANEL : N;
    place at = {.ldc = ldc, .K = words_of(K), .panel_K = words_of(K), .accumulate = 1};
    transposed(c, a, lda, at, packed, M, N, K, col, end);
}

const s2s_kernels *S2S_ISA_FN(bf16_open)(void)
{
    static s2s_kernels table;
    table = s2s_kernels_avx512;
    table.name = TABLE_NAME;
    table.packed_size = packed_size;
    table.pack = pack;
    table.gemm = gemm;
    table.gemm_t = gemm_t;
    return &table;
}
