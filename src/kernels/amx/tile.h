/* Tiles of a packed matrix product by AMX; UNIT_MULTIPLY(sum, a, b) is what they do with their words.
 *
 * Words and panels are those of cpu/tile.h, but K is a multiple of 16 words, filled up with zeros.  A block of
 * C, up to 32 rows by the 32 columns of a panel, stays in four registers while K goes by in steps of 16 words;
 * what is left of rows and columns gets narrower registers, so nothing outside C is touched.  An element is
 * summed in one order, whatever the block. */
#ifndef S2S_KERNELS_AMX_TILE_H
#define S2S_KERNELS_AMX_TILE_H

#include "kernels/amx/unit.h"
#include "kernels/cpu/place.h"

enum { UNIT_WORDS = UNIT_BYTES / 4, MAX_ROWS = UNIT_ROWS };

/* Registers 0 to 3 are C, row by row; 4 and 5 rows of A; 6 and 7 columns of B. */
VEC_FN void block(const int row_tiles, const int strips, const place *at)
{
    const ptrdiff_t a_stride = at->lda * 4, b_stride = S2S_PANEL * 4, c_stride = at->ldc * 4;
    float *c = at->c, *c_below = c + UNIT_ROWS * at->ldc;
    UNIT_ZERO(0);
    UNIT_ZERO(1);
    UNIT_ZERO(2);
    UNIT_ZERO(3);
    if (at->accumulate) {
        UNIT_LOAD(0, c, c_stride);
        if (strips > 1)
            UNIT_LOAD(1, c + UNIT_WORDS, c_stride);
        if (row_tiles > 1)
            UNIT_LOAD(2, c_below, c_stride);
        if (row_tiles > 1 && strips > 1)
            UNIT_LOAD(3, c_below + UNIT_WORDS, c_stride);
    }
    for (int k = 0; k < at->K; k += UNIT_WORDS) {
        UNIT_LOAD(4, at->a + k, a_stride);
        UNIT_LOAD(6, at->b + (ptrdiff_t)k * S2S_PANEL, b_stride);
        UNIT_MULTIPLY(0, 4, 6);
        if (strips > 1) {
            UNIT_LOAD(7, at->b + (ptrdiff_t)k * S2S_PANEL + UNIT_WORDS, b_stride);
            UNIT_MULTIPLY(1, 4, 7);
        }
        if (row_tiles > 1) {
            UNIT_LOAD(5, at->a + UNIT_ROWS * at->lda + k, a_stride);
            UNIT_MULTIPLY(2, 5, 6);
        }
        if (row_tiles > 1 && strips > 1)
            UNIT_MULTIPLY(3, 5, 7);
    }
    UNIT_STORE(0, c, c_stride);
    if (strips > 1)
        UNIT_STORE(1, c + UNIT_WORDS, c_stride);
    if (row_tiles > 1)
        UNIT_STORE(2, c_below, c_stride);
    if (row_tiles > 1 && strips > 1)
        UNIT_STORE(3, c_below + UNIT_WORDS, c_stride);
}

/* A register must have a shape even where a block has no use for it. */
static int share(int n, int index, int size)
{
    int left = n - index * size;
    return left > size ? size : left < 1 ? 1 : left;
}

/* Registers for blocks of `rows` (at most 32) by `cols` (at most a panel). */
static void configure(int rows, int cols)
{
    unit_shapes shapes = {.palette = 1};
    for (int tile = 0; tile < 4; tile++) {
        shapes.rows[tile] = (uint8_t)share(rows, tile / 2, UNIT_ROWS);
        shapes.row_bytes[tile] = (uint16_t)(4 * share(cols, tile % 2, UNIT_WORDS));
    }
    for (int i = 0; i < 2; i++) {
        shapes.rows[4 + i] = shapes.rows[2 * i];
        shapes.row_bytes[4 + i] = UNIT_BYTES;
        shapes.rows[6 + i] = UNIT_WORDS;
        shapes.row_bytes[6 + i] = shapes.row_bytes[i];
    }
    UNIT_CONFIGURE(&shapes);
}

/* To what a block has just stored. */
static void add_bias(const place *at, int rows)
{
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < at->cols; j += LANES) {
            const int lanes = at->cols - j < LANES ? at->cols - j : LANES;
            float *c = at->c + r * at->ldc + j;
            vec_store(c, vec_add(vec_load(c, lanes), vec_load(at->bias + at->col + j, lanes)), lanes);
        }
}

/* All blocks of one shape, `rows` by `cols`: from row m and column col on, as many as fit before M and end. */
VEC_FN void blocks(place at, float *c, const float *packed, int m, int M, int N, int col, int end, int rows,
                   int cols)
{
    const float *a = at.a;
    if (rows == 0 || cols == 0 || m + rows > M || col + cols > end)
        return;
    configure(rows, cols);
    for (; col + cols <= end; col += S2S_PANEL)
        for (int r = m; r + rows <= M; r += rows) {
            move_to(&at, c + r * at.ldc, packed, col, cols, N);
            at.a = a + r * at.lda;
            if (rows > UNIT_ROWS)
                cols > UNIT_WORDS ? block(2, 2, &at) : block(2, 1, &at);
            else
                cols > UNIT_WORDS ? block(1, 2, &at) : block(1, 1, &at);
            if (at.bias)
                add_bias(&at, rows);
        }
}

/* Rows [0, M) of C, columns [col, end) of its N. */
VEC_FN void rows_times_panels(place at, float *c, const float *packed, int M, int N, int col, int end)
{
    enum { BLOCK_ROWS = 2 * UNIT_ROWS };
    const int whole_rows = M / BLOCK_ROWS * BLOCK_ROWS, whole_cols = col + (end - col) / S2S_PANEL * S2S_PANEL;
    blocks(at, c, packed, 0, whole_rows, N, col, whole_cols, BLOCK_ROWS, S2S_PANEL);
    blocks(at, c, packed, 0, whole_rows, N, whole_cols, end, BLOCK_ROWS, end - whole_cols);
    blocks(at, c, packed, whole_rows, M, N, col, whole_cols, M - whole_rows, S2S_PANEL);
    blocks(at, c, packed, whole_rows, M, N, whole_cols, end, M - whole_rows, end - whole_cols);
    UNIT_RELEASE();
}

#endif
