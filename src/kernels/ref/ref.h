/* The reference table's functions, and elementary functions of s2s_real. */
#ifndef S2S_KERNELS_REF_REF_H
#define S2S_KERNELS_REF_REF_H

#include <math.h>

#define S2S_ISA_FN(name) s2s_ref_##name
#include "kernels/prototypes.h"

#ifdef S2S_DOUBLE
#define REAL_FN(name) name
#else
#define REAL_FN(name) name##f
#endif

#define real_exp REAL_FN(exp)
#define real_tanh REAL_FN(tanh)
#define real_sqrt REAL_FN(sqrt)
#define real_abs REAL_FN(fabs)
#define real_fma REAL_FN(fma)

static inline s2s_real real_sigmoid(s2s_real x)
{
    return 1 / (1 + real_exp(-x));
}

#endif
