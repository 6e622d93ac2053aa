/* exp, sigmoid and tanh of sixteen lanes; relative errors below 2e-7 over the whole range, denormal results of
 * exp and sigmoid excepted (there the error is below one unit in the last place); infinities give the limits,
 * NaN gives NaN. */
#ifndef S2S_KERNELS_CPU_EXP_H
#define S2S_KERNELS_CPU_EXP_H

#include "kernels/cpu/vec.h"

/* r = x - n log(2), |r| <= log(2) / 2, n whole.  log(2) is split so that n times its upper part is exact. */
VEC_FN vec reduced(vec x, vec *n)
{
    *n = vec_round(vec_mul(x, vec_set(1.44269504f)));
    vec r = vec_fnma(*n, vec_set(0.693359375f), x);
    return vec_fma(*n, vec_set(2.12194440e-4f), r);
}

/* exp(r) - 1 for |r| <= log(2) / 2, by Cephes's polynomial (Moshier 1992). */
VEC_FN vec expm1_of_reduced(vec r)
{
    vec p = vec_set(1.9875691500e-4f);
    p = vec_fma(p, r, vec_set(1.3981999507e-3f));
    p = vec_fma(p, r, vec_set(8.3334519073e-3f));
    p = vec_fma(p, r, vec_set(4.1665795894e-2f));
    p = vec_fma(p, r, vec_set(1.6666665459e-1f));
    p = vec_fma(p, r, vec_set(5.0000001201e-1f));
    return vec_fma(p, vec_mul(r, r), r);
}

/* exp(x) for x <= 0: 2^n exp(r), by the polynomial of degree 6 with the least relative error (3e-9) among those
 * that begin with 1 + r.  The clamp keeps n in range and changes no result, as exp(-104) rounds to 0; x is its
 * second operand because that is the one which passes a NaN on. */
VEC_FN vec vec_exp_of_negative(vec x)
{
    vec n, r = reduced(vec_max(vec_set(-104.0f), x), &n);
    vec p = vec_set(1.381459878757596e-3f);
    p = vec_fma(p, r, vec_set(8.368716575205326e-3f));
    p = vec_fma(p, r, vec_set(4.166838899254799e-2f));
    p = vec_fma(p, r, vec_set(1.666652113199234e-1f));
    p = vec_fma(p, r, vec_set(4.999999403953552e-1f));
    p = vec_fma(p, r, vec_set(1.0f));
    return vec_scale(vec_fma(p, r, vec_set(1.0f)), n);
}

/* 1 / (1 + e) or e / (1 + e) with e = exp(-|x|): no overflow, and small values keep their digits. */
VEC_FN vec vec_sigmoid(vec x)
{
    vec one = vec_set(1.0f);
    vec e = vec_exp_of_negative(vec_sub(vec_zero(), vec_abs(x)));
    return vec_div(vec_if_negative(x, e, one), vec_add(one, e));
}

/* tanh |x| = -m / (2 + m) with m = exp(-2 |x|) - 1, which is accurate near 0 as m is.  1 is reached before 10.
 */
VEC_FN vec vec_tanh(vec x)
{
    vec n;
    vec t = vec_max(vec_set(-20.0f), vec_mul(vec_set(-2.0f), vec_abs(x)));
    vec q = expm1_of_reduced(reduced(t, &n));
    vec power = vec_power_of_two(n);
    vec m = vec_fma(power, q, vec_sub(power, vec_set(1.0f)));
    return vec_with_sign(vec_div(vec_abs(m), vec_add(vec_set(2.0f), m)), x);
}

#endif
