/* Measuring into a profile.  All functions take NULL, which costs a test; none allocates.  They are called by
 * the thread that runs the step alone: what its team does meanwhile belongs to the section too. */
#ifndef S2S_BASE_PROFILE_H
#define S2S_BASE_PROFILE_H

#include <stdbool.h>

#include "s2s/profile.h"

typedef struct s2s_section {
    int64_t calls;
    double seconds, flops;
} s2s_section;

struct s2s_profile {
    s2s_section sections[S2S_N_PHASES][S2S_N_WORKS];
    s2s_phase phase; /* the section that the time belongs to */
    s2s_work work;
    double since_s; /* since when */
    bool running;   /* inside a step: what runs outside, validation for one, is not counted */
    int64_t n_steps;
};

/* A step begins, in the phase "the rest". */
void s2s_profile_begin(s2s_profile *profile);
void s2s_profile_end(s2s_profile *profile);
/* From now on the time belongs to this phase. */
void s2s_profile_phase(s2s_profile *profile, s2s_phase phase);

/* Work in the present phase, with the floating-point operations of its products; it ends before the next one
 * begins. */
void s2s_profile_work_begin(s2s_profile *profile, s2s_work work, double flops);
void s2s_profile_work_end(s2s_profile *profile);

/* Of a product [M, K] x [K, N]: two per multiply-add. */
static inline double s2s_product_flops(int M, int N, int K)
{
    return 2.0 * M * N * K;
}

double s2s_profile_flops(const s2s_profile *profile); /* of all steps */

#endif
