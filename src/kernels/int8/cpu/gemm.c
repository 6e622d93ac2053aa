/* The product of 8-bit integers in vector code: with AVX-512 VNNI, or with AVX2.
 *
 * A row of A is quantised into words like those of B, with its scale behind them. */
#include "kernels/dither_rule.h"
#include "kernels/int8/cpu/quantise.h"

#ifdef __AVX512VNNI__

/* The instruction multiplies bytes without a sign by bytes with one: A has 128 added. */
VEC_FN sums add_products(vec a, vec b, sums sum)
{
    return (sums)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
}

/* Without what `excess`, the columns', adds to them. */
VEC_FN vec values_of(sums sum, const float *excess)
{
    return _mm512_cvtepi32_ps(_mm512_sub_epi32((__m512i)sum, _mm512_loadu_si512(excess)));
}

VEC_FN vec factors(vec words)
{
    return (vec)_mm512_xor_si512((__m512i)words, _mm512_set1_epi8(-128));
}

VEC_FN __m128i quantised(vec x, vec inverse)
{
    return _mm_xor_si128(bytes_of(whole(x, inverse)), _mm_set1_epi8(-128));
}

#else

/* |a| times b with the sign of a: two such products are at most 2 128 127, which 16 bits hold. */
VEC_FN half_sums add_products_8(__m256i a, __m256i b, half_sums sum)
{
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(b, a));
    return sum + (half_sums)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

VEC_FN sums add_products(vec a, vec b, sums sum)
{
    return (sums){add_products_8((__m256i)a.low, (__m256i)b.low, sum.low),
                  add_products_8((__m256i)a.high, (__m256i)b.high, sum.high)};
}

VEC_FN vec values_of(sums sum, const float *excess)
{
    (void)excess; /* A has its sign */
    return (vec){_mm256_cvtepi32_ps((__m256i)sum.low), _mm256_cvtepi32_ps((__m256i)sum.high)};
}

VEC_FN vec factors(vec words)
{
    return words;
}

VEC_FN __m128i quantised(vec x, vec inverse)
{
    return bytes_of(whole(x, inverse));
}

#endif

VEC_FN vec scaled(sums sum, const float *scale_a, const float *column)
{
    vec values = vec_mul(values_of(sum, column + S2S_PANEL), vec_set(*scale_a));
    return vec_mul(values, vec_load(column, LANES));
}

#define TILE_SUM sums
#define TILE_FMA add_products
#define TILE_RESULT scaled
#define TILE_EXTRA_T 1 /* the scales of the rows of A^T */
#include "kernels/cpu/tile.h"

/* Rows of A that are quantised together, and words of pieces of them with what is behind: 112 KiB of the stack. */
enum { MAX_ROWS_OF_A = 256, PIECE_WORDS = 28 * 1024, ROW_EXTRA = LANES };

/* words [s2s_int8_words(n) + ROW_EXTRA] */
static void quantise_row(float *words, const float *a, int n, s2s_int8_scale scale)
{
    const vec inverse = vec_set(scale.inverse);
    FOR_EACH_VEC(int, n,
                 _mm_storeu_si128((__m128i *)(words + i / 4), quantised(vec_load(a + i, lanes), inverse)));
    words[s2s_int8_words(n)] = scale.scale;
}

void S2S_ISA_FN(int8_gemm)(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M,
                           int N, int K, int p0, int p1, int accumulate, const float *bias)
{
    const int ld = s2s_int8_words(s2s_int8_piece_length(0, K)) + ROW_EXTRA;
    const int max_rows = PIECE_WORDS / ld < MAX_ROWS_OF_A ? PIECE_WORDS / ld : MAX_ROWS_OF_A;
    const int col = p0 * S2S_PANEL, end = p1 * S2S_PANEL < N ? p1 * S2S_PANEL : N;
    float piece[PIECE_WORDS];
    s2s_int8_scale scale[MAX_ROWS_OF_A];
    place at = {.ldc = ldc, .a = piece, .lda = ld, .panel_K = s2s_int8_rows(K)};
    for (int m = 0; m < M; m += max_rows) {
        int rows = M - m < max_rows ? M - m : max_rows, k = 0;
        for (int r = 0; r < rows; r++)
            scale[r] = scale_of(a + (m + r) * lda, K);
        do {
            int n = s2s_int8_piece_length(k, K);
            for (int r = 0; r < rows; r++)
                quantise_row(piece + r * ld, a + (m + r) * lda + k, n, scale[r]);
            at.K = s2s_int8_words(n);
            at.accumulate = accumulate || k > 0;
            at.bias = k + S2S_INT8_PIECE >= K ? bias : NULL;
            rows_times_panels(at, c + m * ldc, packed + s2s_int8_piece_row(k) * S2S_PANEL, rows, N, col, end);
        } while ((k += S2S_INT8_PIECE) < K);
    }
}

/* What the columns of A that are laid out together need to become integers. */
typedef struct columns {
    float inverse[MAX_COLUMNS_T + LANES];
    uint32_t key[MAX_COLUMNS_T + LANES]; /* of their noise */
} columns;

/* Words of rows k to k + 3, of K, and n columns of A, the first of which is column i of those laid out. */
VEC_FN vec dithered_words(const columns *c, int i, const float *a, ptrdiff_t lda, int k, int K, int n)
{
    const vec unit = vec_set(0x1p-32f), inverse = vec_load(c->inverse + i, LANES);
    sums q[4];
#pragma GCC unroll 4
    for (int r = 0; r < 4; r++) { /* words behind K meet zeros of B */
        vec row = k + r < K ? vec_load(a + r * lda, n) : vec_zero();
        vec noise = vec_of_ints(c->key + i, (uint32_t)(k + r) * S2S_DITHER_STEP);
        q[r] = rounded(vec_fma(noise, unit, vec_mul(row, inverse)));
    }
    return factors(words_of(q[0], q[1], q[2], q[3]));
}

static void lay_out(float *out, const float *a, ptrdiff_t lda, const int *first, int tiles, int K)
{
    const int ld = s2s_int8_words(K) + TILE_EXTRA_T;
    float largest[MAX_COLUMNS_T];
    columns c = {0};
    largest_of_columns(largest, a, lda, K, first[tiles]);
    for (int t = 0; t < tiles; t++) {
        const int n = first[t + 1] - first[t];
        float *scales = out + first[t] * ld + n * s2s_int8_words(K);
        for (int i = first[t]; i < first[t + 1]; i++) {
            s2s_int8_scale scale = s2s_int8_scale_of(s2s_int8_magnitude(largest[i]));
            c.inverse[i] = scale.inverse;
            c.key[i] = s2s_dither_key(largest[i], K > 0 ? a[i] : 0);
            scales[i - first[t]] = scale.scale;
        }
    }
    for (int k = 0; k < K; k += 4)
        for (int t = 0; t < tiles; t++) {
            const int n = first[t + 1] - first[t];
            vec_store(out + first[t] * ld + k / 4 * n,
                      dithered_words(&c, first[t], a + k * lda + first[t], lda, k, K, n), n);
        }
}

void S2S_ISA_FN(int8_gemm_t)(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M,
                             int N, int K, int p0, int p1)
{
    const int col = p0 * S2S_PANEL, end = p1 * S2S_PANEL < N ? p1 * S2S_PANEL : N;
    const place at = {.ldc = ldc, .K = s2s_int8_words(K), .panel_K = s2s_int8_rows(K), .accumulate = 1};
    transposed_times_panels(lay_out, at, c, a, lda, packed, M, N, K, col, end);
}
