/* Noise that makes rounding right in the mean. */
#include <math.h>

#include "kernels/dither_rule.h"
#include "kernels/ref/ref.h"

void s2s_ref_dither(s2s_real *x, int n)
{
    s2s_real most = 0;
    for (int i = 0; i < n; i++)
        most = real_abs(x[i]) > most ? real_abs(x[i]) : most;
    if (n == 0 || !(most < INFINITY)) /* there are no steps */
        return;
    const uint32_t key = s2s_dither_key((float)most, (float)x[0]);
    const s2s_real unit = s2s_dither_unit(most);
    for (int i = 0; i < n; i++) {
        s2s_real y = real_fma((s2s_real)s2s_dither_noise(key, (uint32_t)i), unit, x[i]);
        y = y > most ? most : y < -most ? -most : y;
        x[i] = real_abs(x[i]) < most ? y : x[i];
    }
}
