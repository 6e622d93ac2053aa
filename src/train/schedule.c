#include <math.h>

#include "train/optimiser.h"

/* Linear from 0 over the warm-up, 1 afterwards. */
static double warm_up(const s2s_train_options *options, int64_t update)
{
    return update < options->warmup ? (double)update / options->warmup : 1;
}

double s2s_schedule_rate(const s2s_train_options *options, int64_t update, double progress, int halvings)
{
    double pi = acos(-1);
    double rate = options->learn_rate * warm_up(options, update);
    double peak = options->warmup > 1 ? options->warmup : 1; /* the update at which the warm-up ends */
    switch (options->schedule) {
    case S2S_SCHEDULE_INV_SQRT:
        return (double)update > peak ? rate * sqrt(peak / (double)update) : rate;
    case S2S_SCHEDULE_COSINE:
        return rate * 0.5 * (1 + cos(pi * fmin(fmax(progress, 0), 1)));
    case S2S_SCHEDULE_PLATEAU:
        return ldexp(rate, -halvings);
    default:
        return rate;
    }
}
