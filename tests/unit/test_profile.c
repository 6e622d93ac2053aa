#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/profile.h"

static s2s_profile *new_profile(void)
{
    s2s_error err = {0};
    s2s_profile *profile;
    assert_int_equal(s2s_profile_new(&profile, &err), S2S_OK);
    return profile;
}

/* At least so long, by the clock that profiles use. */
static void spend(double ms)
{
    double end_s = s2s_clock_s() + 1e-3 * ms;
    while (s2s_clock_s() < end_s)
        ;
}

static const s2s_profile_row *find(const s2s_profile_summary *summary, const char *phase, const char *work)
{
    for (int i = 0; i < summary->n_rows; i++)
        if (strcmp(summary->rows[i].phase, phase) == 0 && strcmp(summary->rows[i].work, work) == 0)
            return &summary->rows[i];
    fail_msg("no row %s, %s", phase, work);
    return NULL;
}

static void assert_between(const char *what, double value, double least, double most)
{
    if (!(value >= least && value <= most))
        fail_msg("%s: expected %g to %g, found %g", what, least, most, value);
}

/* One step of at least 10 ms: 1 ms of rest, 2 ms of a phase around 4 ms of work in it, 3 ms of another phase.
 * Returns how many it took. */
static double run_step(s2s_profile *profile)
{
    double began_s = s2s_clock_s();
    s2s_profile_begin(profile);
    spend(1);
    s2s_profile_phase(profile, S2S_PHASE_FORWARD);
    spend(1);
    s2s_profile_work_begin(profile, S2S_WORK_LINEAR, 8e6);
    spend(4);
    s2s_profile_work_end(profile);
    spend(1);
    s2s_profile_phase(profile, S2S_PHASE_BACKWARD);
    spend(3);
    s2s_profile_end(profile);
    return 1e3 * (s2s_clock_s() - began_s);
}

static void test_every_moment_belongs_to_one_section(void **state)
{
    (void)state;
    s2s_profile *profile = new_profile();
    s2s_profile_summary summary;
    double first_ms = run_step(profile), second_ms = run_step(profile);
    double passed_ms = (first_ms + second_ms) / 2, ms = 0, share = 0;
    s2s_profile_summarise(profile, &summary);
    assert_int_equal(summary.n_steps, 2);
    assert_int_equal(summary.n_rows, 4);
    for (int i = 0; i < summary.n_rows; i++) {
        ms += summary.rows[i].ms;
        share += summary.rows[i].share;
    }
    assert_between("ms of a step", summary.ms, 10, passed_ms);
    assert_between("ms of all rows", ms, summary.ms - 1e-6, summary.ms + 1e-6);
    assert_between("shares", share, 100 - 1e-6, 100 + 1e-6);
    /* what is left of the whole if the others take their least: none holds what another one does */
    const double slack = passed_ms - 10 + 1e-6;
    assert_between("linear", find(&summary, "forward", "linear")->ms, 4, 4 + slack);
    assert_between("forward", find(&summary, "forward", "")->ms, 2, 2 + slack);
    assert_between("backward", find(&summary, "backward", "")->ms, 3, 3 + slack);
    assert_between("the rest", find(&summary, "the rest", "")->ms, 1, 1 + slack);
    s2s_profile_free(profile);
}

static void test_rows_are_told_most_time_first_and_the_rest_last(void **state)
{
    (void)state;
    s2s_profile *profile = new_profile();
    s2s_profile_summary summary;
    s2s_profile_begin(profile);
    spend(3);
    s2s_profile_phase(profile, S2S_PHASE_NORM);
    spend(2);
    s2s_profile_phase(profile, S2S_PHASE_OPTIMISER);
    spend(1);
    s2s_profile_end(profile);
    s2s_profile_summarise(profile, &summary);
    assert_int_equal(summary.n_rows, 3);
    assert_true(summary.rows[0].ms >= summary.rows[1].ms);
    assert_string_equal(summary.rows[2].phase, "the rest");
    s2s_profile_free(profile);
}

static void test_calls_and_operations_are_counted(void **state)
{
    (void)state;
    s2s_profile *profile = new_profile();
    s2s_profile_summary summary;
    for (int i = 0; i < 3; i++)
        run_step(profile);
    s2s_profile_summarise(profile, &summary);
    const s2s_profile_row *linear = find(&summary, "forward", "linear");
    assert_int_equal(linear->calls, 3);
    assert_int_equal(find(&summary, "forward", "")->calls, 3);
    assert_true(s2s_profile_flops(profile) == 3 * 8e6);
    assert_between("GFLOP/s", linear->gflops * linear->ms * 1e6, 8e6 - 1, 8e6 + 1);
    assert_true(isnan(find(&summary, "backward", "")->gflops));
    s2s_profile_free(profile);
}

static void test_what_is_outside_of_a_step_is_not_counted(void **state)
{
    (void)state;
    s2s_profile *profile = new_profile();
    s2s_profile_summary summary;
    s2s_profile_phase(profile, S2S_PHASE_ENCODE);
    s2s_profile_work_begin(profile, S2S_WORK_CELL, 1);
    s2s_profile_work_end(profile);
    s2s_profile_summarise(profile, &summary);
    assert_int_equal(summary.n_steps, 0);
    assert_int_equal(summary.n_rows, 0);
    double passed_ms = run_step(profile);
    s2s_profile_work_begin(profile, S2S_WORK_CELL, 1);
    spend(5);
    s2s_profile_work_end(profile);
    passed_ms += run_step(profile);
    s2s_profile_summarise(profile, &summary);
    assert_int_equal(summary.n_rows, 4);
    assert_between("ms of both steps", 2 * summary.ms, 20, passed_ms);
    assert_true(s2s_profile_flops(profile) == 2 * 8e6);
    s2s_profile_free(profile);
}

static void test_no_profile_is_allowed(void **state)
{
    (void)state;
    s2s_profile_begin(NULL);
    s2s_profile_phase(NULL, S2S_PHASE_READ);
    s2s_profile_work_begin(NULL, S2S_WORK_CELL, 1);
    s2s_profile_work_end(NULL);
    s2s_profile_end(NULL);
    s2s_profile_free(NULL);
    assert_int_equal(s2s_profile_new(NULL, NULL), S2S_MISUSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_moment_belongs_to_one_section),
        cmocka_unit_test(test_rows_are_told_most_time_first_and_the_rest_last),
        cmocka_unit_test(test_calls_and_operations_are_counted),
        cmocka_unit_test(test_what_is_outside_of_a_step_is_not_counted),
        cmocka_unit_test(test_no_profile_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
