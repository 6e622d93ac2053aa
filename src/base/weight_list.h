/* Lists of weights, "5,1". */
#ifndef S2S_BASE_WEIGHT_LIST_H
#define S2S_BASE_WEIGHT_LIST_H

#include "base/fail.h"

#define S2S_MIN_WEIGHT 1e-9
#define S2S_MAX_WEIGHT 1000

/* Reads a weight for each of n things, which are called `each` in messages that begin with `where`
 * ("--weights"); weights NULL only checks.  A list that does not fit is S2S_BAD_CONFIG. */
s2s_status s2s_weight_list_read(double *weights, int n, const char *list, const char *where, const char *each,
                                s2s_error *err) S2S_MUST_USE;

#endif
