#define _GNU_SOURCE /* sched_getaffinity */
#include "base/team.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __SSE2__
#include <xmmintrin.h>
#endif

#include "base/fail.h"
#include "base/thread.h"

#define SPINS 2000 /* some 50 to 100 us: longer than a step takes to get to its next barrier */
#define CACHE_LINE 64

/* A number that grows, and members that wait for it to do so. */
typedef struct gate {
    _Alignas(CACHE_LINE) atomic_uint value;
    atomic_int n_sleepers;
    pthread_mutex_t mutex;
    pthread_cond_t grown;
} gate;

typedef struct worker {
    struct s2s_team *team;
    int index;
    pthread_t thread;
} worker;

struct s2s_team {
    int size;
    int spins;
    bool ended; /* written before start opens, as are fn and arg */
    s2s_team_fn *fn;
    void *arg;
    gate start;                              /* opens for each run */
    gate barrier;                            /* opens when all have arrived */
    _Alignas(CACHE_LINE) atomic_int arrived; /* at the barrier */
    int n_workers;                           /* threads started: all members but the caller */
    worker workers[];                        /* member i + 1 is workers[i] */
};

static inline void spin_pause(void)
{
#ifdef __SSE2__
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Sets flush-to-zero and denormals-are-zero; returns the mode before. */
static inline unsigned flush_denormals(void)
{
#ifdef __SSE2__
    unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040u);
    return mode;
#else
    return 0;
#endif
}

static inline void restore_denormals(unsigned mode)
{
#ifdef __SSE2__
    _mm_setcsr(mode);
#else
    (void)mode;
#endif
}

/* Neither can fail with default attributes on Linux. */
static void gate_init(gate *g)
{
    pthread_mutex_init(&g->mutex, NULL);
    pthread_cond_init(&g->grown, NULL);
}

static void gate_destroy(gate *g)
{
    pthread_cond_destroy(&g->grown);
    pthread_mutex_destroy(&g->mutex);
}

/* The sleeper announces itself, then looks at the value; the opener changes the value, then looks for sleepers.
 * Both in sequentially consistent order, so that at least one of them sees the other. */
static void gate_open(gate *g)
{
    atomic_fetch_add(&g->value, 1);
    if (atomic_load(&g->n_sleepers) == 0)
        return;
    pthread_mutex_lock(&g->mutex);
    pthread_cond_broadcast(&g->grown);
    pthread_mutex_unlock(&g->mutex);
}

static void gate_wait(gate *g, unsigned old, int spins)
{
    for (int i = 0; i < spins; i++) {
        if (atomic_load_explicit(&g->value, memory_order_acquire) != old)
            return;
        spin_pause();
    }
    pthread_mutex_lock(&g->mutex);
    atomic_fetch_add(&g->n_sleepers, 1);
    while (atomic_load(&g->value) == old)
        pthread_cond_wait(&g->grown, &g->mutex);
    atomic_fetch_sub(&g->n_sleepers, 1);
    pthread_mutex_unlock(&g->mutex);
}

void s2s_team_barrier(s2s_team *team, int member)
{
    (void)member;
    if (team->size == 1)
        return;
    /* Read before arriving: afterwards the gate may open at any time. */
    unsigned old = atomic_load_explicit(&team->barrier.value, memory_order_relaxed);
    if (atomic_fetch_add(&team->arrived, 1) + 1 < team->size) {
        gate_wait(&team->barrier, old, team->spins);
        return;
    }
    atomic_store_explicit(&team->arrived, 0, memory_order_relaxed);
    gate_open(&team->barrier);
}

static void *worker_main(void *arg)
{
    worker *self = arg;
    s2s_team *team = self->team;
    flush_denormals();
    for (unsigned run = 0;; run++) {
        gate_wait(&team->start, run, team->spins);
        if (team->ended)
            return NULL;
        team->fn(team->arg, self->index);
        s2s_team_barrier(team, self->index);
    }
}

static int start_workers(s2s_team *team)
{
    int error = 0;
    while (team->n_workers < team->size - 1 && error == 0) {
        worker *m = &team->workers[team->n_workers];
        m->team = team;
        m->index = team->n_workers + 1;
        error = s2s_thread_start(&m->thread, worker_main, m);
        team->n_workers += error == 0;
    }
    return error;
}

/* Where the system does not say (more than a cpu_set_t holds), all. */
int s2s_team_cores(void)
{
    cpu_set_t allowed;
    long n = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed)
                                                                 : sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > S2S_TEAM_MAX ? S2S_TEAM_MAX : (int)n;
}

s2s_status s2s_team_new(s2s_team **out, int n_threads, s2s_error *err)
{
    *out = NULL;
    if (n_threads == 0)
        n_threads = s2s_team_cores();
    if (n_threads < 1 || n_threads > S2S_TEAM_MAX)
        return s2s_fail(err, S2S_MISUSE, "threads: expected 0 to %d, found %d", S2S_TEAM_MAX, n_threads);
    size_t bytes = sizeof(s2s_team) + (size_t)(n_threads - 1) * sizeof(worker);
    s2s_team *team = aligned_alloc(CACHE_LINE, (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
    if (!team)
        return s2s_fail_memory(err, "starting threads");
    /* Spinning for somebody who waits for this very core only delays him. */
    int spins = n_threads > s2s_team_cores() ? 0 : SPINS;
    *team = (s2s_team){.size = n_threads, .spins = spins};
    gate_init(&team->start);
    gate_init(&team->barrier);
    int error = start_workers(team);
    if (error != 0) {
        s2s_team_free(team);
        errno = error;
        return s2s_fail_errno(err, S2S_EXHAUSTED, "cannot start %d threads", n_threads);
    }
    *out = team;
    return S2S_OK;
}

void s2s_team_free(s2s_team *team)
{
    if (!team)
        return;
    team->ended = true;
    gate_open(&team->start);
    for (int i = 0; i < team->n_workers; i++)
        pthread_join(team->workers[i].thread, NULL);
    gate_destroy(&team->start);
    gate_destroy(&team->barrier);
    free(team);
}

int s2s_team_size(const s2s_team *team)
{
    return team->size;
}

void s2s_team_run(s2s_team *team, s2s_team_fn *fn, void *arg)
{
    unsigned mode = flush_denormals();
    if (team->size > 1) {
        team->fn = fn;
        team->arg = arg;
        gate_open(&team->start);
    }
    fn(arg, 0);
    s2s_team_barrier(team, 0);
    restore_denormals(mode);
}
