/* base/team.h */
#define _GNU_SOURCE /* sched_setaffinity */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <cmocka.h>

#include "base/team.h"

#define N_STEPS 50

typedef struct work {
    s2s_team *team;
    int size;
    int visits[S2S_TEAM_MAX];
    long cells[2][S2S_TEAM_MAX];
    int n_wrong[S2S_TEAM_MAX];
} work;

/* Every member writes its cell and, after the barrier, reads those of all others: plain memory, so a barrier
 * that lets somebody through early shows as a wrong value, and as a race. */
static void write_then_read_all(void *arg, int member)
{
    work *w = arg;
    w->visits[member]++;
    for (int step = 0; step < N_STEPS; step++) {
        long *cells = w->cells[step % 2];
        cells[member] = (long)step * 1000 + member;
        s2s_team_barrier(w->team, member);
        for (int other = 0; other < w->size; other++)
            w->n_wrong[member] += cells[other] != (long)step * 1000 + other;
    }
}

static void check_team(int size, int n_runs)
{
    work w = {.size = size};
    assert_int_equal(s2s_team_new(&w.team, size, NULL), S2S_OK);
    assert_int_equal(s2s_team_size(w.team), size);
    for (int run = 0; run < n_runs; run++)
        s2s_team_run(w.team, write_then_read_all, &w);
    for (int member = 0; member < size; member++) {
        assert_int_equal(w.visits[member], n_runs);
        assert_int_equal(w.n_wrong[member], 0);
    }
    s2s_team_free(w.team);
}

static void members_meet_at_barriers(void **state)
{
    (void)state;
    check_team(1, 20);
    check_team(2, 200);
    check_team(3, 20);
}

static void many_more_members_than_cores_work_too(void **state)
{
    (void)state;
    check_team(16, 3);
}

static void pause_ms(long ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static double cpu_ms(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

/* Runs after a pause find the members asleep; while they sleep they take no processor time. */
static void an_idle_team_sleeps_and_wakes(void **state)
{
    (void)state;
    work w = {.size = 4};
    assert_int_equal(s2s_team_new(&w.team, 4, NULL), S2S_OK);
    pause_ms(30);
    double before = cpu_ms();
    pause_ms(200);
    assert_true(cpu_ms() - before < 100); /* three that spin would take at least 200 */
    for (int run = 0; run < 5; run++) {
        pause_ms(5);
        s2s_team_run(w.team, write_then_read_all, &w);
    }
    for (int member = 0; member < 4; member++) {
        assert_int_equal(w.visits[member], 5);
        assert_int_equal(w.n_wrong[member], 0);
    }
    s2s_team_free(w.team);
}

/* One member comes late, so that the others sleep at the barrier. */
static void come_late(void *arg, int member)
{
    work *w = arg;
    if (member == w->visits[0] % w->size)
        pause_ms(5);
    w->cells[0][member] = member + 1;
    s2s_team_barrier(w->team, member);
    for (int other = 0; other < w->size; other++)
        w->n_wrong[member] += w->cells[0][other] != other + 1;
}

static void a_late_member_is_waited_for(void **state)
{
    (void)state;
    work w = {.size = 3};
    assert_int_equal(s2s_team_new(&w.team, 3, NULL), S2S_OK);
    for (int run = 0; run < 6; run++) {
        memset(w.cells, 0, sizeof w.cells);
        s2s_team_run(w.team, come_late, &w);
        w.visits[0]++;
    }
    for (int member = 0; member < 3; member++)
        assert_int_equal(w.n_wrong[member], 0);
    s2s_team_free(w.team);
}

static void teams_may_be_made_and_freed_often(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        s2s_team *team;
        assert_int_equal(s2s_team_new(&team, 1 + i % 4, NULL), S2S_OK);
        s2s_team_free(team);
    }
    s2s_team_free(NULL);
}

static int size_of_a_default_team(void)
{
    s2s_team *team;
    assert_int_equal(s2s_team_new(&team, 0, NULL), S2S_OK);
    int size = s2s_team_size(team);
    s2s_team_free(team);
    return size;
}

/* Cores that the caller may not use do not count. */
static void size_0_is_one_per_core(void **state)
{
    (void)state;
    cpu_set_t all, one;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    assert_int_equal(size_of_a_default_team(), CPU_COUNT(&all));
    int core = 0;
    while (!CPU_ISSET(core, &all))
        core++;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    int size = size_of_a_default_team();
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
    assert_int_equal(size, 1);
}

static void wrong_sizes_are_misuse(void **state)
{
    (void)state;
    s2s_team *team;
    s2s_error err = {0};
    assert_int_equal(s2s_team_new(&team, -1, &err), S2S_MISUSE);
    assert_string_equal(err.msg, "threads: expected 0 to 256, found -1");
    assert_int_equal(s2s_team_new(&team, S2S_TEAM_MAX + 1, &err), S2S_MISUSE);
    assert_null(team);
}

static void shares_cover_everything_once(void **state)
{
    (void)state;
    for (int size = 1; size <= 9; size++) {
        for (int n = 0; n < 40; n++) {
            int next = 0;
            for (int member = 0; member < size; member++) {
                int begin, end;
                s2s_team_share(n, member, size, &begin, &end);
                assert_int_equal(begin, next);
                assert_in_range(end - begin, n / size, (n + size - 1) / size);
                next = end;
            }
            assert_int_equal(next, n);
        }
    }
}

#ifdef __SSE2__
static void halve_smallest(void *arg, int member)
{
    volatile float smallest = 1.17549435e-38f;
    ((float *)arg)[member] = smallest * 0.5f;
}

static void denormals_are_zero_inside_only(void **state)
{
    (void)state;
    for (int size = 1; size <= 2; size++) {
        float halves[2] = {1, 1}, after[1];
        s2s_team *team;
        assert_int_equal(s2s_team_new(&team, size, NULL), S2S_OK);
        s2s_team_run(team, halve_smallest, halves);
        for (int member = 0; member < size; member++)
            assert_true(halves[member] == 0);
        halve_smallest(after, 0);
        assert_true(after[0] != 0);
        s2s_team_free(team);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_meet_at_barriers),
        cmocka_unit_test(many_more_members_than_cores_work_too),
        cmocka_unit_test(an_idle_team_sleeps_and_wakes),
        cmocka_unit_test(a_late_member_is_waited_for),
        cmocka_unit_test(teams_may_be_made_and_freed_often),
        cmocka_unit_test(size_0_is_one_per_core),
        cmocka_unit_test(wrong_sizes_are_misuse),
        cmocka_unit_test(shares_cover_everything_once),
#ifdef __SSE2__
        cmocka_unit_test(denormals_are_zero_inside_only),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
