/* Cells over all steps of a ragged batch, as one operation.
 *
 * Rows are time-major and sorted longest first, so the sequences alive at a step are its first rows, and the
 * previous state of sequence b is row b of the step before (after it, if reversed).  Each member of the team
 * owns slices of units from the first step to the last, with a barrier a step, or a share of the rows of each
 * step, with a barrier where these shares change.  Two passes go side by side, the reversed one from the other
 * end, so that they share it. */
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

/* Rows of step t that a member owns. */
static s2s_cell_state rows_of(const struct rnn *rnn, int pass, int t, int member)
{
    int begin, end;
    s2s_cell_rows(&rnn->runs[pass], member, rnn->shape->alive[t], &begin, &end);
    return s2s_cell_state_rows(&rnn->passes[pass].state, rnn->shape->first[t] + begin, end - begin);
}

typedef void move_fn(const s2s_cell_run *run, const s2s_cell_state *rows, const s2s_cell_before *before,
                     int member);

/* Moves states between a member's rows of step t and what lies before them: the step before or, for sequences
 * that begin at t, h0 and c0. */
static void move(const struct rnn *rnn, int pass, int t, move_fn *fn, int member)
{
    const s2s_ragged *shape = rnn->shape;
    const s2s_rnn_pass *p = &rnn->passes[pass];
    int before = p->reverse ? t + 1 : t - 1, first_new = 0, begin, end;
    s2s_cell_rows(&rnn->runs[pass], member, shape->alive[t], &begin, &end);
    if (before >= 0 && before < shape->max_len)
        first_new = shape->alive[before] < end ? shape->alive[before] : end;
    if (begin < first_new) {
        int n = first_new - begin, from = shape->first[before] + begin;
        s2s_cell_state rows = s2s_cell_state_rows(&p->state, shape->first[t] + begin, n);
        fn(&rnn->runs[pass], &rows,
           &(s2s_cell_before){.h = s2s_view_rows(&p->state.h, from, n),
                              .c = s2s_view_rows(&p->state.c, from, n),
                              .mask = s2s_view_rows(&p->mask, begin, n)},
           member);
    }
    begin = first_new > begin ? first_new : begin;
    if (begin < end) {
        int n = end - begin;
        s2s_cell_state rows = s2s_cell_state_rows(&p->state, shape->first[t] + begin, n);
        fn(&rnn->runs[pass], &rows,
           &(s2s_cell_before){.h = s2s_view_rows(&p->h0, begin, n),
                              .c = s2s_view_rows(&p->c0, begin, n),
                              .mask = s2s_view_rows(&p->mask, begin, n)},
           member);
    }
}

/* Between steps i and next of a pass in which members own rows: some may be those that another member had. */
static void meet(const struct rnn *rnn, int i, int next, int member)
{
    const int *alive = rnn->shape->alive;
    if (!rnn->runs->by_rows || next < 0 || next >= rnn->shape->max_len)
        return;
    bool changed = false;
    for (int pass = 0; pass < n_passes(rnn); pass++)
        changed = changed || alive[step_of(rnn, pass, i)] != alive[step_of(rnn, pass, next)];
    if (changed)
        s2s_team_barrier(rnn->runs->graph->team, member);
}

static void forward_member(void *arg, int member)
{
    const struct rnn *rnn = arg;
    for (int i = 0; i < rnn->shape->max_len; i++) {
        s2s_cell_state rows[S2S_CELL_RUNS];
        for (int pass = 0; pass < n_passes(rnn); pass++) {
            int t = step_of(rnn, pass, i);
            rows[pass] = rows_of(rnn, pass, t, member);
            move(rnn, pass, t, s2s_cell_fetch, member);
        }
        s2s_cell_forward(rnn->runs, rows, member);
        meet(rnn, i, i + 1, member);
    }
}

static void backward_member(void *arg, int member)
{
    const struct rnn *rnn = arg;
    for (int i = rnn->shape->max_len - 1; i >= 0; i--) {
        s2s_cell_state rows[S2S_CELL_RUNS];
        for (int pass = 0; pass < n_passes(rnn); pass++)
            rows[pass] = rows_of(rnn, pass, step_of(rnn, pass, i), member);
        s2s_cell_backward(rnn->runs, rows, member);
        for (int pass = 0; pass < n_passes(rnn); pass++)
            move(rnn, pass, step_of(rnn, pass, i), s2s_cell_pass_on, member);
        meet(rnn, i, i - 1, member);
    }
}

static void run(struct rnn *rnn, s2s_graph *graph, int n, s2s_packing packing, s2s_team_fn *fn)
{
    const s2s_ragged *shape = rnn->shape;
    if (s2s_cell_runs_begin(rnn->runs, n, graph, packing,
                            shape->max_len > 0 ? shape->n_tokens / shape->max_len : 0))
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
