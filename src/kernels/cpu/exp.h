/* exp, sigmoid and tanh of sixteen lanes; relative errors below 2e-7 over the whole range, denormal results of
 * exp and sigmoid excepted (there the error is below one unit in the last place); infinities give the limits,
 * NaN gives NaN. */
#ifndef S2S_KERNELS_CPU_EXP_H
#define S2S_KERNELS_CPU_EXP_H

#include "kernels/cpu/vec.h"

/* exp(x) = 2^n (1 + result), n whole, |result| <= sqrt(2) - 1.  log(2) is split so that n times its upper part
 * is exact.  The polynomial is Cephes's (Moshier 1992). */
VEC_FN vec reduced_expm1(vec x, vec *n)
{
    *n = vec_round(vec_mul(x, vec_set(1.44269504f)));
    vec r = vec_fnma(*n, vec_set(0.693359375f), x);
    r = vec_fma(*n, vec_set(2.12194440e-4f), r);
    vec p = vec_set(1.9875691500e-4f);
    p = vec_fma(p, r, vec_set(1.3981999507e-3f));
    p = vec_fma(p, r, vec_set(8.3334519073e-3f));
    p = vec_fma(p, r, vec_set(4.1665795894e-2f));
    p = vec_fma(p, r, vec_set(1.6666665459e-1f));
    p = vec_fma(p, r, vec_set(5.0000001201e-1f));
    return vec_fma(p, vec_mul(r, r), r);
}

/* The clamps keep n in range and change no result: exp(-104) rounds to 0, exp(89) to infinity.  x is their
 * second operand because that is the one which passes a NaN on. */
VEC_FN vec vec_exp(vec x)
{
    vec n;
    x = vec_min(vec_set(89.0f), vec_max(vec_set(-104.0f), x));
    vec q = reduced_expm1(x, &n);
    return vec_scale(vec_add(vec_set(1.0f), q), n);
}

/* exp(x) for x <= 0, faster, for sums with exp(0) in them: the relative error is below 2e-7 + 1e-7 |x|, that of
 * the sum below 2e-7.  2^n 2^f, n whole; the polynomial is that of Cephes's exp2f.  2^-150 rounds to 0. */
VEC_FN vec vec_exp_of_negative(vec x)
{
    vec power = vec_max(vec_set(-150.0f), vec_mul(x, vec_set(1.44269504f)));
    vec n = vec_round(power), f = vec_sub(power, n);
    vec p = vec_set(1.535336188319500e-4f);
    p = vec_fma(p, f, vec_set(1.339887440266574e-3f));
    p = vec_fma(p, f, vec_set(9.618437357674640e-3f));
    p = vec_fma(p, f, vec_set(5.550332471162809e-2f));
    p = vec_fma(p, f, vec_set(2.402264791363012e-1f));
    p = vec_fma(p, f, vec_set(6.931472028550421e-1f));
    return vec_scale(vec_fma(p, f, vec_set(1.0f)), n);
}

/* 1 / (1 + e) or e / (1 + e) with e = exp(-|x|): no overflow, and small values keep their digits. */
VEC_FN vec vec_sigmoid(vec x)
{
    vec one = vec_set(1.0f);
    vec e = vec_exp(vec_sub(vec_zero(), vec_abs(x)));
    return vec_div(vec_if_negative(x, e, one), vec_add(one, e));
}

/* tanh |x| = -m / (2 + m) with m = exp(-2 |x|) - 1, which is accurate near 0 as m is.  1 is reached before 10.
 */
VEC_FN vec vec_tanh(vec x)
{
    vec n;
    vec t = vec_max(vec_set(-20.0f), vec_mul(vec_set(-2.0f), vec_abs(x)));
    vec q = reduced_expm1(t, &n);
    vec power = vec_power_of_two(n);
    vec m = vec_fma(power, q, vec_sub(power, vec_set(1.0f)));
    return vec_with_sign(vec_div(vec_abs(m), vec_add(vec_set(2.0f), m)), x);
}

#endif
