#include "base/profile.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"

s2s_status s2s_profile_new(s2s_profile **profile, s2s_error *err)
{
    if (!profile)
        return s2s_fail(err, S2S_MISUSE, "s2s_profile_new: expected a place for the profile, found NULL");
    *profile = calloc(1, sizeof **profile);
    return *profile ? S2S_OK : s2s_fail_memory(err, "making a profile");
}

void s2s_profile_free(s2s_profile *profile)
{
    free(profile);
}

/* ---- measuring ---- */

/* The time since the last change belongs to the section that ends now. */
static s2s_section *enter(s2s_profile *profile, s2s_phase phase, s2s_work work)
{
    double now_s = s2s_clock_s();
    profile->sections[profile->phase][profile->work].seconds += now_s - profile->since_s;
    profile->since_s = now_s;
    profile->phase = phase;
    profile->work = work;
    return &profile->sections[phase][work];
}

void s2s_profile_begin(s2s_profile *profile)
{
    if (!profile)
        return;
    profile->running = true;
    profile->since_s = s2s_clock_s();
    s2s_profile_phase(profile, S2S_PHASE_REST);
}

void s2s_profile_end(s2s_profile *profile)
{
    if (!profile)
        return;
    enter(profile, S2S_PHASE_REST, S2S_WORK_OTHER);
    profile->running = false;
    profile->n_steps++;
}

void s2s_profile_phase(s2s_profile *profile, s2s_phase phase)
{
    if (profile && profile->running)
        enter(profile, phase, S2S_WORK_OTHER)->calls++;
}

void s2s_profile_work_begin(s2s_profile *profile, s2s_work work, double flops)
{
    if (!profile || !profile->running)
        return;
    s2s_section *section = enter(profile, profile->phase, work);
    section->calls++;
    section->flops += flops;
}

void s2s_profile_work_end(s2s_profile *profile)
{
    if (profile && profile->running)
        enter(profile, profile->phase, S2S_WORK_OTHER);
}

/* ---- telling ---- */

typedef struct totals {
    double seconds, flops;
} totals;

static totals total(const s2s_profile *profile)
{
    totals sum = {0};
    for (int i = 0; i < S2S_N_SECTIONS; i++) {
        const s2s_section *section = &profile->sections[i / S2S_N_WORKS][i % S2S_N_WORKS];
        sum.seconds += section->seconds;
        sum.flops += section->flops;
    }
    return sum;
}

double s2s_profile_flops(const s2s_profile *profile)
{
    return total(profile).flops;
}

static int by_time(const void *a, const void *b)
{
    const s2s_profile_row *x = a, *y = b;
    return (x->ms < y->ms) - (x->ms > y->ms);
}

void s2s_profile_summarise(const s2s_profile *profile, s2s_profile_summary *summary)
{
#define S2S_X(NAME, name) name,
    static const char *const phases[] = {S2S_PHASE_LIST(S2S_X)}, *const works[] = {S2S_WORK_LIST(S2S_X)};
#undef S2S_X
    double all = total(profile).seconds, steps = (double)profile->n_steps;
    *summary = (s2s_profile_summary){.n_steps = profile->n_steps};
    if (profile->n_steps == 0 || all <= 0)
        return;
    summary->ms = 1e3 * all / steps;
    /* backwards, so that the rest comes last, and stays there */
    for (int i = S2S_N_SECTIONS - 1; i >= 0; i--) {
        const s2s_section *section = &profile->sections[i / S2S_N_WORKS][i % S2S_N_WORKS];
        if (section->calls == 0)
            continue;
        summary->rows[summary->n_rows++] = (s2s_profile_row){
            .phase = phases[i / S2S_N_WORKS],
            .work = works[i % S2S_N_WORKS],
            .calls = section->calls,
            .ms = 1e3 * section->seconds / steps,
            .share = 100 * section->seconds / all,
            .gflops = section->flops > 0 ? 1e-9 * section->flops / section->seconds : NAN,
        };
    }
    qsort(summary->rows, (size_t)summary->n_rows - 1, sizeof *summary->rows, by_time);
}
