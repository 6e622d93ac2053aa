/* Tiles of a packed matrix product; TILE_FMA(factor, piece, sum) is what they do with their words, and
 * TILE_RESULT(sum, a, b) what a sum, a TILE_SUM, gives; a and b are what follows the words of its row and its
 * columns.
 *
 * A word is 32 bits of A or packed B: a float (gemm.c), two bfloat16 of neighbouring k (bf16/gemm.c) or four
 * 8-bit integers (int8/cpu/gemm.c).  A tile of C, some rows by some strips of 16 columns, stays in registers
 * while k runs from 0 to K - 1; so every element is one chain of TILE_FMA in order, whatever the tile.  Tiles
 * are as tall as the registers allow, to use each loaded piece of B often.  With few rows they are wide
 * instead, to have enough independent chains in flight. */
#ifndef S2S_KERNELS_CPU_TILE_H
#define S2S_KERNELS_CPU_TILE_H

#include "kernels/cpu/place.h"

#ifndef TILE_RESULT
#define TILE_SUM vec
#define TILE_RESULT(sum, a, b) (sum)
#define TILE_EXTRA_T 0 /* words behind those of a row of A^T */
#endif

/* Strips of 16 columns in a panel. */
enum { STRIPS = S2S_PANEL / LANES };

VEC_FN void store_lanes(const place *at, int row, int strip, vec sum, int lanes)
{
    float *c = at->c + row * at->ldc + strip * LANES;
    if (at->accumulate)
        sum = vec_add(vec_load(c, lanes), sum);
    if (at->bias)
        sum = vec_add(sum, vec_load(at->bias + at->col + strip * LANES, lanes));
    vec_store(c, sum, lanes);
}

VEC_FN void store_strip(const place *at, int row, int strip, vec sum)
{
    int lanes = at->cols - strip * LANES;
    if (lanes >= LANES)
        store_lanes(at, row, strip, sum, LANES);
    else if (lanes > 0)
        store_lanes(at, row, strip, sum, lanes);
}

/* Row i of A is reached from every fourth row by 0 to 3 times lda, which needs few address registers; of A^T,
 * whose words of one k lie side by side, all rows are reached from the first.  A panel of B is fetched 64 steps
 * ahead, further than the hardware looks; wide tiles have streams enough without.  C is fetched while there is
 * time. */
VEC_FN void tile(const int rows, const int strips, const bool transposed, const place *where)
{
    enum { AHEAD = 64 * S2S_PANEL };
    const place here = *where, *at = &here; /* a copy, which stores to C cannot change */
    const ptrdiff_t lda = at->lda, lda3 = 3 * lda;
    const ptrdiff_t panel = (ptrdiff_t)at->panel_K * S2S_PANEL;
    const float *b = at->b;
    const float *a[4] = {at->a, rows > 4 ? at->a + 4 * lda : at->a, rows > 8 ? at->a + 8 * lda : at->a,
                         rows > 12 ? at->a + 12 * lda : at->a};
    vec piece[8];
    TILE_SUM sum[32];
#pragma GCC unroll 32
    for (int i = 0; i < rows * strips; i++)
        sum[i] = (TILE_SUM){0};
#pragma GCC unroll 32
    for (int i = 0; i < rows * strips; i++)
        _mm_prefetch((const char *)(at->c + i / strips * at->ldc + i % strips * LANES), _MM_HINT_T0);
    for (int k = 0; k < at->K; k++, b += S2S_PANEL) {
#pragma GCC unroll 8
        for (int j = 0; j < strips; j++) {
            piece[j] = vec_load(b + j / STRIPS * panel + j % STRIPS * LANES, LANES);
            if (strips <= STRIPS)
                _mm_prefetch((const char *)(b + AHEAD + j * LANES), _MM_HINT_T0);
        }
#pragma GCC unroll 14
        for (int i = 0; i < rows; i++) {
            vec factor = vec_set(transposed ? a[0][i] : a[i / 4][i % 4 == 3 ? lda3 : i % 4 * lda]);
#pragma GCC unroll 8
            for (int j = 0; j < strips; j++)
                sum[i * strips + j] = TILE_FMA(factor, piece[j], sum[i * strips + j]);
        }
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++)
            a[i] += transposed ? rows : 1;
    }
#pragma GCC unroll 14
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 8
        for (int j = 0; j < strips; j++)
            store_strip(at, i, j,
                        TILE_RESULT(sum[i * strips + j],
                                    transposed ? a[0] + i : a[i / 4] + (i % 4 == 3 ? lda3 : i % 4 * lda),
                                    b + j / STRIPS * panel + j % STRIPS * LANES));
}

typedef void tile_fn(const place *at);
typedef struct wide_tile {
    tile_fn *fn;
    int strips;
} wide_tile;

/* tall[rows] and, for A^T, tall_t[rows] are STRIP_STEP strips wide, wide[rows].strips more. */
#define TALL(rows)                             \
    static void tile_##rows(const place *at)   \
    {                                          \
        tile(rows, STRIP_STEP, false, at);     \
    }                                          \
    static void tile_t_##rows(const place *at) \
    {                                          \
        tile(rows, STRIP_STEP, true, at);      \
    }
#define WIDE(rows, strips)                              \
    static void tile_##rows##_##strips(const place *at) \
    {                                                   \
        tile(rows, strips, false, at);                  \
    }

#ifdef __AVX512F__ /* 32 registers of one vec */
enum { MAX_ROWS = 14, ALIASING_ROWS = 10, STRIP_STEP = 2, MAX_WIDE = 4 };
#else /* 16 registers of half a vec */
enum { MAX_ROWS = 6, ALIASING_ROWS = 6, STRIP_STEP = 1, MAX_WIDE = 2 };
#endif

TALL(1)
TALL(2)
TALL(3)
TALL(4)
TALL(5)
TALL(6)
#ifdef __AVX512F__
TALL(7)
TALL(8)
TALL(9)
TALL(10)
TALL(11)
TALL(12)
TALL(13)
TALL(14)
WIDE(1, 8)
WIDE(2, 8)
WIDE(3, 4)
WIDE(4, 4)
#define EACH_TALL(X) \
    NULL, X(1), X(2), X(3), X(4), X(5), X(6), X(7), X(8), X(9), X(10), X(11), X(12), X(13), X(14)
static const wide_tile wide[MAX_WIDE + 1] = {
    {NULL, 0}, {tile_1_8, 8}, {tile_2_8, 8}, {tile_3_4, 4}, {tile_4_4, 4}};
#else
WIDE(1, 4)
WIDE(2, 2)
#define EACH_TALL(X) NULL, X(1), X(2), X(3), X(4), X(5), X(6)
static const wide_tile wide[MAX_WIDE + 1] = {{NULL, 0}, {tile_1_4, 4}, {tile_2_2, 2}};
#endif

#define TILE_OF(rows) tile_##rows
#define TILE_T_OF(rows) tile_t_##rows
static tile_fn *const tall[MAX_ROWS + 1] = {EACH_TALL(TILE_OF)};
static tile_fn *const tall_t[MAX_ROWS + 1] = {EACH_TALL(TILE_T_OF)};

/* At most MAX_WIDE rows, columns [col, end). */
VEC_FN void few_rows(place at, float *c, const float *packed, int M, int N, int col, int end)
{
    const int width = wide[M].strips * LANES;
    for (; col + width <= end; col += width) {
        move_to(&at, c, packed, col, width, N);
        wide[M].fn(&at);
    }
    for (; col < end; col += STRIP_STEP * LANES) {
        move_to(&at, c, packed, col, STRIP_STEP * LANES, N);
        tall[M](&at);
    }
}

/* Rows of A a multiple of 4096 bytes apart share one set of an 8-way cache: a tall tile would evict its own. */
enum { ALIASING_LDA = 1024 };

/* The first row of tile t of `tiles`.  They are split evenly, as a tile of 7 rows is faster than one of 13 and
 * one of 1. */
static int tile_row(int M, int t, int tiles)
{
    return (int)((long)M * t / tiles);
}

/* Rows that fit the cache together, a_row words of A apart; every piece of B is used for all of them before the
 * next is fetched. */
VEC_FN void many_rows(tile_fn *const *fns, int tiles, ptrdiff_t a_row, place at, float *c, const float *packed,
                      int M, int N, int col, int end)
{
    const float *a = at.a;
    for (; col < end; col += STRIP_STEP * LANES)
        for (int t = 0; t < tiles; t++) {
            int first = tile_row(M, t, tiles), next = tile_row(M, t + 1, tiles);
            move_to(&at, c + first * at.ldc, packed, col, STRIP_STEP * LANES, N);
            at.a = a + first * a_row;
            fns[next - first](&at);
        }
}

static int n_tiles(int M, int max_rows)
{
    return (M + max_rows - 1) / max_rows;
}

/* Rows [0, M) of C, columns [col, end) of its N. */
VEC_FN void rows_times_panels(place at, float *c, const float *packed, int M, int N, int col, int end)
{
    if (M <= MAX_WIDE)
        few_rows(at, c, packed, M, N, col, end);
    else
        many_rows(tall, n_tiles(M, at.lda % ALIASING_LDA == 0 ? ALIASING_ROWS : MAX_ROWS), at.lda, at, c,
                  packed, M, N, col, end);
}

/* Tiles of A^T that are laid out together at most; rows of A that are fetched ahead meanwhile. */
enum { MAX_TILES_T = 64, MAX_COLUMNS_T = MAX_TILES_T * MAX_ROWS, AHEAD_T = 16 };

/* Words of A^T, rows first[0] to first[tiles]: columns of A.  Those of a tile lie together, in it those of one k
 * side by side, and so what TILE_EXTRA_T puts behind them.  A row of A is read for all tiles at once, as the next
 * one may be pages away. */
typedef void lay_out_fn(float *words, const float *a, ptrdiff_t lda, const int *first, int tiles, int K);

/* C += A^T B, M rows, columns [col, end) of N, at->K words of K elements. */
VEC_FN void transposed_times_panels(lay_out_fn *lay_out, place at, float *c, const float *a, ptrdiff_t lda,
                                    const float *packed, int M, int N, int K, int col, int end)
{
    enum { WORDS = 4 * MAX_ROWS * S2S_GEMM_T_K };
    float words[WORDS];
    int first[MAX_TILES_T + 1];
    const int words_of_row = at.K + TILE_EXTRA_T,
              fitting = WORDS / MAX_ROWS / (words_of_row > 0 ? words_of_row : 1);
    const int max_rows = (fitting < MAX_TILES_T ? fitting : MAX_TILES_T) * MAX_ROWS;
    at.a = words;
    for (int m = 0, rows; m < M; m += rows) {
        rows = M - m < max_rows ? M - m : max_rows;
        const int tiles = n_tiles(rows, MAX_ROWS);
        for (int t = 0; t <= tiles; t++)
            first[t] = tile_row(rows, t, tiles);
        lay_out(words, a + m, lda, first, tiles, K);
        many_rows(tall_t, tiles, words_of_row, at, c + m * at.ldc, packed, rows, N, col, end);
    }
}

#endif
