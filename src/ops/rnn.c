/* Cells over all steps of a ragged batch, as one operation.
 *
 * Rows are time-major and sorted longest first, so the sequences alive at a step are its first rows, and the
 * previous state of sequence b is row b of the step before (after it, if reversed).  Each member of the team
 * owns slices of units from the first step to the last; one barrier per step lets the products read whole
 * rows.  Two passes go side by side, the reversed one from the other end, so that they share the barriers. */
#include "ops/cell_run.h"

struct rnn {
    const s2s_ragged *shape;
    s2s_rnn_pass passes[S2S_CELL_RUNS];
    s2s_cell_run runs[S2S_CELL_RUNS];
};

static int n_passes(const struct rnn *rnn)
{
    return rnn->runs->n_runs;
}

/* The step that a pass takes as its i-th. */
static int step_of(const struct rnn *rnn, int pass, int i)
{
    return rnn->passes[pass].reverse ? rnn->shape->max_len - 1 - i : i;
}

static s2s_cell_state rows_of(const struct rnn *rnn, int pass, int t)
{
    return s2s_cell_state_rows(&rnn->passes[pass].state, rnn->shape->first[t], rnn->shape->alive[t]);
}

typedef void move_fn(const s2s_cell_run *run, const s2s_cell_state *rows, const s2s_cell_before *before,
                     int member);

/* Moves states between step t and what lies before it: the step before or, for sequences that begin at t,
 * h0 and c0. */
static void move(const struct rnn *rnn, int pass, int t, move_fn *fn, int member)
{
    const s2s_ragged *shape = rnn->shape;
    const s2s_rnn_pass *p = &rnn->passes[pass];
    int before = p->reverse ? t + 1 : t - 1, n = shape->alive[t], n_going_on = 0;
    if (before >= 0 && before < shape->max_len)
        n_going_on = shape->alive[before] < n ? shape->alive[before] : n;
    if (n_going_on > 0) {
        s2s_cell_state rows = s2s_cell_state_rows(&p->state, shape->first[t], n_going_on);
        fn(&rnn->runs[pass], &rows,
           &(s2s_cell_before){.h = s2s_view_rows(&p->state.h, shape->first[before], n_going_on),
                              .c = s2s_view_rows(&p->state.c, shape->first[before], n_going_on),
                              .mask = p->mask},
           member);
    }
    if (n_going_on < n) {
        int n_new = n - n_going_on;
        s2s_cell_state rows = s2s_cell_state_rows(&p->state, shape->first[t] + n_going_on, n_new);
        fn(&rnn->runs[pass], &rows,
           &(s2s_cell_before){.h = s2s_view_rows(&p->h0, n_going_on, n_new),
                              .c = s2s_view_rows(&p->c0, n_going_on, n_new),
                              .mask = s2s_view_rows(&p->mask, n_going_on, n_new)},
           member);
    }
}

static void forward_member(void *arg, int member)
{
    const struct rnn *rnn = arg;
    for (int i = 0; i < rnn->shape->max_len; i++) {
        s2s_cell_state rows[S2S_CELL_RUNS];
        for (int pass = 0; pass < n_passes(rnn); pass++) {
            int t = step_of(rnn, pass, i);
            rows[pass] = rows_of(rnn, pass, t);
            move(rnn, pass, t, s2s_cell_fetch, member);
        }
        s2s_cell_forward(rnn->runs, rows, member);
    }
}

static void backward_member(void *arg, int member)
{
    const struct rnn *rnn = arg;
    for (int i = rnn->shape->max_len - 1; i >= 0; i--) {
        s2s_cell_state rows[S2S_CELL_RUNS];
        for (int pass = 0; pass < n_passes(rnn); pass++)
            rows[pass] = rows_of(rnn, pass, step_of(rnn, pass, i));
        s2s_cell_backward(rnn->runs, rows, member);
        for (int pass = 0; pass < n_passes(rnn); pass++)
            move(rnn, pass, step_of(rnn, pass, i), s2s_cell_pass_on, member);
    }
}

static void run(struct rnn *rnn, s2s_graph *graph, int n, s2s_packing packing, s2s_team_fn *fn)
{
    if (s2s_cell_runs_begin(rnn->runs, n, graph, packing))
        s2s_graph_run(graph, S2S_WORK_CELL, s2s_cell_flops(rnn->runs, rnn->shape->n_tokens), fn, rnn);
}

static void back(s2s_graph *graph, void *saved)
{
    struct rnn *rnn = saved;
    run(rnn, graph, n_passes(rnn), S2S_PACK_BACKWARD, backward_member);
}

void s2s_rnn(s2s_graph *graph, const s2s_ragged *shape, const s2s_rnn_pass *passes, int n)
{
    struct rnn rnn = {.shape = shape};
    for (int pass = 0; pass < n; pass++) {
        rnn.passes[pass] = passes[pass];
        rnn.runs[pass].cell = passes[pass].cell;
        s2s_cell_weights(graph, passes[pass].cell, &passes[pass].state);
    }
    run(&rnn, graph, n, S2S_PACK_FORWARD, forward_member);
    s2s_graph_record(graph, back, &rnn, sizeof rnn);
}
