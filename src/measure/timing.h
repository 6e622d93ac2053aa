/* Repeating something until its time is known. */
#ifndef S2S_MEASURE_TIMING_H
#define S2S_MEASURE_TIMING_H

#include "s2s/status.h"

typedef s2s_status s2s_timed_fn(void *arg, s2s_error *err);

typedef struct s2s_timing {
    double seconds; /* of one call: the median of the samples */
    double spread;  /* distance of their quartiles, % of the median */
    int n;          /* samples, each the mean of as many calls as make the clock's grain small */
} s2s_timing;

/* Calls fn once or twice to warm up, then for about budget_s seconds, at least three times.  The status is that
 * of the first call that fails. */
s2s_status s2s_time(s2s_timed_fn *fn, void *arg, double budget_s, s2s_timing *timing,
                    s2s_error *err) S2S_MUST_USE;

#endif
