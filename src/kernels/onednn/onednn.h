/* The matrix product by oneDNN (version 2 or 3), loaded when first asked for; S2S_ISA=onednn selects it. */
#ifndef S2S_KERNELS_ONEDNN_ONEDNN_H
#define S2S_KERNELS_ONEDNN_ONEDNN_H

#include "kernels/kernels.h"

/* A table "onednn": `base` with pack, packed_size and gemm by oneDNN, except where K is no multiple of 64; NULL
 * if the library cannot be loaded.  Its sums run in the library's order: equal to the other tables' up to
 * rounding.  Not thread-safe itself; the table is. */
const s2s_kernels *s2s_onednn_open(const s2s_kernels *base);

#endif
