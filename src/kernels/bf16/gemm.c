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

#include <string.h>

#include "kernels/bf16/bf16.h"

/* Rows of A that are rounded together, and words of them; their stride keeps rows off one set of the cache. */
enum { PIECE_ROWS = 4 * MAX_ROWS, PIECE_K = 512, PIECE_LD = PIECE_K + LANES };

/* Zeros fill the last of them. */
static int words_of(int K)
{
    return (K + 2 * WORDS_AT_ONCE - 1) / (2 * WORDS_AT_ONCE) * WORDS_AT_ONCE;
}

static size_t packed_size(int K, int N)
{
    return s2s_panels_size(words_of(K), N);
}

/* Words of even and odd, elements of two neighbouring k. */
VEC_FN vec words(vec even, vec odd)
{
    __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(even));
    __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(odd));
    return _mm512_castsi512_ps(_mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
}

static void pack(float *packed, const float *b, ptrdiff_t k_stride, ptrdiff_t n_stride, int K, int N, int p0,
                 int p1)
{
    enum { ROWS = 32 }; /* of B at once */
    float rows[ROWS * S2S_PANEL];
    for (int p = p0; p < p1; p++) {
        int col = p * S2S_PANEL, cols = N - col < S2S_PANEL ? N - col : S2S_PANEL;
        float *panel = packed + (size_t)p * packed_size(K, S2S_PANEL);
        for (int k = 0; k < K; k += ROWS) {
            int n = K - k < ROWS ? K - k : ROWS;
            s2s_kernels_avx512.pack(rows, b + k * k_stride + col * n_stride, k_stride, n_stride, n, cols, 0, 1);
            memset(rows + n * S2S_PANEL, 0, (size_t)(2 * words_of(n) - n) * S2S_PANEL * sizeof *rows);
            for (int i = 0; i < words_of(n) * S2S_PANEL; i += LANES) {
                const float *even = rows + i / S2S_PANEL * 2 * S2S_PANEL + i % S2S_PANEL;
                vec_store(panel + k / 2 * S2S_PANEL + i,
                          words(vec_load(even, LANES), vec_load(even + S2S_PANEL, LANES)), LANES);
            }
        }
    }
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

/* All columns [col, end) of rows [0, M), M <= PIECE_ROWS. */
static void piece_of_rows(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M,
                          int N, int K, int col, int end, int accumulate)
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
                    .accumulate = accumulate || k > 0};
        rows_times_panels(at, c, packed + (size_t)k / 2 * S2S_PANEL, M, N, col, end);
    }
}

static void gemm(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M, int N,
                 int K, int p0, int p1, int accumulate)
{
    const int col = p0 * S2S_PANEL, end = p1 * S2S_PANEL < N ? p1 * S2S_PANEL : N;
    for (int m = 0; m < M; m += PIECE_ROWS)
        piece_of_rows(c + m * ldc, ldc, a + m * lda, lda, packed, M - m < PIECE_ROWS ? M - m : PIECE_ROWS, N, K,
                      col, end, accumulate);
}

const s2s_kernels *S2S_ISA_FN(bf16_open)(void)
{
    static s2s_kernels table;
    table = s2s_kernels_avx512;
    table.name = TABLE_NAME;
    table.packed_size = packed_size;
    table.pack = pack;
    table.gemm = gemm;
    return &table;
}
