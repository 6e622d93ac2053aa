/* Where a tile of a packed matrix product reads and writes. */
#ifndef S2S_KERNELS_CPU_PLACE_H
#define S2S_KERNELS_CPU_PLACE_H

#include "kernels/cpu/vec.h"

typedef struct place {
    float *c; /* the tile's first element */
    ptrdiff_t ldc;
    const float *a; /* its first row */
    ptrdiff_t lda;
    const float *b; /* its first strip, in the first of its panels */
    int cols;       /* columns to write, at most the tile's */
    int K;          /* words to go through */
    int panel_K;    /* words of a panel's column: K, unless K goes in pieces or more follows */
    int accumulate;
    int col;           /* the tile's first column */
    const float *bias; /* [N], NULL: none */
} place;

/* A place is moved to column `col` of C, a multiple of 16, with at most `width` columns there. */
VEC_FN void move_to(place *at, float *c, const float *packed, int col, int width, int N)
{
    at->c = c + col;
    at->col = col;
    at->b = packed + (size_t)(col / S2S_PANEL) * at->panel_K * S2S_PANEL + col % S2S_PANEL;
    at->cols = N - col < width ? N - col : width;
}

#endif
