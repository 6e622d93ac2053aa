/* Products of bfloat16 by AVX-512. */
#ifndef S2S_KERNELS_BF16_BF16_H
#define S2S_KERNELS_BF16_BF16_H

#include "kernels/kernels.h"

/* A table "bf16": `base`, which must be AVX-512's, with pack, packed_size and gemm on bfloat16.  Both factors
 * are rounded to nearest, sums are floats.  Thread-safe after the first call. */
const s2s_kernels *s2s_bf16_open(const s2s_kernels *base);

#endif
