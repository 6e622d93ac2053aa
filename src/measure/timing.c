#include "measure/timing.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"

enum {
    MIN_SAMPLES = 3,
    MAX_SAMPLES = 100,
    MAX_CALLS = 1000000, /* in a sample */
};

/* Seconds of one call, the mean of n of them. */
static s2s_status sample(s2s_timed_fn *fn, void *arg, int n, double *seconds, s2s_error *err)
{
    double began_s = s2s_clock_s();
    for (int i = 0; i < n; i++)
        S2S_TRY(fn(arg, err));
    *seconds = (s2s_clock_s() - began_s) / n;
    return S2S_OK;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between neighbours where the quantile falls between them. */
static double quantile(const double *sorted, int n, double q)
{
    double at = q * (n - 1);
    int i = (int)at, next = i + 1 < n ? i + 1 : i;
    return sorted[i] + (at - i) * (sorted[next] - sorted[i]);
}

s2s_status s2s_time(s2s_timed_fn *fn, void *arg, double budget_s, s2s_timing *timing, s2s_error *err)
{
    double samples[MAX_SAMPLES], seconds;
    S2S_TRY(sample(fn, arg, 1, &seconds, err));
    if (seconds < budget_s) /* the first call is slower than the others */
        S2S_TRY(sample(fn, arg, 1, &seconds, err));
    double calls = budget_s / MAX_SAMPLES / (seconds + 1e-9);
    int n_calls = calls < 1 ? 1 : calls > MAX_CALLS ? MAX_CALLS : (int)calls, n = 0;
    double end_s = s2s_clock_s() + budget_s;
    while (n < MAX_SAMPLES && (n < MIN_SAMPLES || s2s_clock_s() < end_s))
        S2S_TRY(sample(fn, arg, n_calls, &samples[n++], err));
    qsort(samples, (size_t)n, sizeof *samples, by_value);
    double median = quantile(samples, n, 0.5);
    *timing = (s2s_timing){
        .seconds = median,
        .spread = 100 * (quantile(samples, n, 0.75) - quantile(samples, n, 0.25)) / median,
        .n = n,
    };
    return S2S_OK;
}
