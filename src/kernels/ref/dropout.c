/* Dropout by hash. */
#include "kernels/dropout_rule.h"
#include "kernels/ref/ref.h"

void s2s_ref_dropout(s2s_real *y, const s2s_real *x, uint64_t key, uint64_t first, s2s_real p, int n)
{
    uint32_t threshold = s2s_dropout_threshold(p);
    s2s_real scale = 1 / (1 - p);
    for (int i = 0; i < n; i++)
        y[i] = s2s_dropout_keeps(key, first + (uint64_t)i, threshold) ? x[i] * scale : 0;
}

void s2s_ref_dropout_mask(s2s_real *mask, uint64_t key, uint64_t first, s2s_real p, int n)
{
    uint32_t threshold = s2s_dropout_threshold(p);
    s2s_real scale = 1 / (1 - p);
    for (int i = 0; i < n; i++)
        mask[i] = s2s_dropout_keeps(key, first + (uint64_t)i, threshold) ? scale : 0;
}
