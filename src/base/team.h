/* The team: a fixed set of threads that run one function together and meet at barriers.
 *
 * The caller is member 0.  Work is split by member number, and every number is computed by exactly one
 * member in one order, so results do not depend on the size of the team.  Members spin shortly, then sleep,
 * so an idle team costs nothing.
 *
 * While a function runs, all members, the caller included, flush denormal numbers to zero where the processor
 * can (x86): they are slow, and mean nothing here.  The caller's mode is restored afterwards.  Signals are
 * blocked in the threads of the team, so they reach the caller's threads. */
#ifndef S2S_BASE_TEAM_H
#define S2S_BASE_TEAM_H

#include "s2s/status.h"

typedef struct s2s_team s2s_team;
typedef void s2s_team_fn(void *arg, int member);

#define S2S_TEAM_MAX 256

/* Cores that the caller may run on: taskset and cpusets are seen, a quota of time is not. */
int s2s_team_cores(void);
/* n_threads: at most S2S_TEAM_MAX; 0: one per core. */
s2s_status s2s_team_new(s2s_team **team, int n_threads, s2s_error *err) S2S_MUST_USE;
void s2s_team_free(s2s_team *team); /* NULL is allowed; joins the threads */
int s2s_team_size(const s2s_team *team);

/* Every member calls fn(arg, member); returns when all are done.  Not to be nested. */
void s2s_team_run(s2s_team *team, s2s_team_fn *fn, void *arg);
/* Inside fn: waits until every member has come here.  All writes before it are seen after it. */
void s2s_team_barrier(s2s_team *team, int member);

/* Share [*begin, *end) of n units that belongs to a member: contiguous, sizes differ by at most one. */
static inline void s2s_team_share(int n, int member, int size, int *begin, int *end)
{
    *begin = (int)((long)n * member / size);
    *end = (int)((long)n * (member + 1) / size);
}

#endif
