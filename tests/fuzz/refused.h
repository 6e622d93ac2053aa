/* Every allocation of a call refused in turn, alone and with all that follow: each time the call says that
 * memory is short or does without it, and has freed all that it had. */
#ifndef REFUSED_H
#define REFUSED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "heap.h"
#include "s2s/status.h"

/* What is tried: prepare and check, which may be NULL, run with memory enough, before and after each try. */
typedef struct refused_call {
    const char *name;
    void (*prepare)(void);
    s2s_status (*run)(s2s_error *err);
    void (*check)(void);
    long n_single; /* so many allocations one by one, then ever longer strides; 0: all one by one */
} refused_call;

/* Refuses the n-th allocation; true when the call has so many. */
static inline bool refuse(const refused_call *call, long n, bool on)
{
    s2s_error err = {0};
    if (call->prepare)
        call->prepare();
    long n_before = atomic_load(&heap.n_blocks);
    heap_fail_at(n, on);
    s2s_status status = call->run(&err);
    bool reached = atomic_load(&heap.n_calls) >= n;
    heap_fail_at(0, false);
    long n_leaked = atomic_load(&heap.n_blocks) - n_before;
    const char *which = on ? "and all after it" : "alone";
    if (n_leaked != 0)
        fail_msg("%s, allocation %ld %s refused: %ld blocks leaked", call->name, n, which, n_leaked);
    if (status != S2S_OK && (!reached || status != S2S_EXHAUSTED || !strstr(err.msg, "memory")))
        fail_msg("%s, allocation %ld %s refused: status %d: %s", call->name, n, which, status, err.msg);
    if (call->check)
        call->check();
    return reached;
}

static inline void refuse_each(const refused_call *call)
{
    assert_false(refuse(call, 1L << 40, false));
    for (int on = 0; on < 2; on++) {
        long n = 1;
        while (refuse(call, n, on != 0))
            n += call->n_single == 0 || n < call->n_single ? 1 : 1 + n / 60;
        assert_true(n > 20);
    }
}

#endif
