/* Products of bfloat16 by AVX-512, and by AMX. */
#ifndef S2S_KERNELS_BF16_BF16_H
#define S2S_KERNELS_BF16_BF16_H

#include "kernels/kernels.h"

extern const s2s_kernels s2s_kernels_avx512;

/* Tables "bf16" and "bf16-amx": AVX-512's with pack, packed_size and gemm on bfloat16.  Both factors are
 * rounded to nearest, sums are floats.  Thread-safe after the first call. */
const s2s_kernels *s2s_avx512_bf16_open(void);
const s2s_kernels *s2s_amx_bf16_open(void);
/* AMX's with its tile unit in plain C, for tests; not in the library. */
const s2s_kernels *s2s_emulated_bf16_open(void);

#endif
