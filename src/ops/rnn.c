/* A cell over all steps of a ragged batch, as one operation.
 *
 * Rows are time-major and sorted longest first, so the sequences alive at a step are its first rows, and the
 * previous state of sequence b is row b of the step before (after it, if reversed).  Each member of the team
 * owns a slice of units from the first step to the last; one barrier per step lets the products read whole
 * rows. */
#include "ops/cell_run.h"

struct rnn {
    s2s_cell_run run;
    const s2s_ragged *shape;
    s2s_cell_state state;
    s2s_cell_before start; /* h0, c0 and mask of all sequences */
    bool reverse;
};

static s2s_cell_state rows_of(const struct rnn *rnn, int t)
{
    return s2s_cell_state_rows(&rnn->state, rnn->shape->first[t], rnn->shape->alive[t]);
}

typedef void move_fn(const s2s_cell_run *run, const s2s_cell_state *rows, const s2s_cell_before *before,
                     int member);

/* Moves states between step t and what lies before it: the step before or, for sequences that begin at t,
 * h0 and c0. */
static void move(const struct rnn *rnn, int t, move_fn *fn, int member)
{
    const s2s_ragged *shape = rnn->shape;
    const s2s_cell_before *start = &rnn->start;
    int before = rnn->reverse ? t + 1 : t - 1, n = shape->alive[t], n_going_on = 0;
    if (before >= 0 && before < shape->max_len)
        n_going_on = shape->alive[before] < n ? shape->alive[before] : n;
    if (n_going_on > 0) {
        s2s_cell_state rows = s2s_cell_state_rows(&rnn->state, shape->first[t], n_going_on);
        fn(&rnn->run, &rows,
           &(s2s_cell_before){.h = s2s_view_rows(&rnn->state.h, shape->first[before], n_going_on),
                              .c = s2s_view_rows(&rnn->state.c, shape->first[before], n_going_on),
                              .mask = start->mask},
           member);
    }
    if (n_going_on < n) {
        int n_new = n - n_going_on;
        s2s_cell_state rows = s2s_cell_state_rows(&rnn->state, shape->first[t] + n_going_on, n_new);
        fn(&rnn->run, &rows,
           &(s2s_cell_before){.h = s2s_view_rows(&start->h, n_going_on, n_new),
                              .c = s2s_view_rows(&start->c, n_going_on, n_new),
                              .mask = s2s_view_rows(&start->mask, n_going_on, n_new)},
           member);
    }
}

static void forward_member(void *arg, int member)
{
    const struct rnn *rnn = arg;
    int T = rnn->shape->max_len;
    for (int i = 0; i < T; i++) {
        int t = rnn->reverse ? T - 1 - i : i;
        move(rnn, t, s2s_cell_fetch, member);
        s2s_team_barrier(rnn->run.graph->team, member);
        s2s_cell_state rows = rows_of(rnn, t);
        s2s_cell_forward(&rnn->run, &rows, member);
    }
}

static void backward_member(void *arg, int member)
{
    const struct rnn *rnn = arg;
    int T = rnn->shape->max_len;
    for (int i = 0; i < T; i++) {
        int t = rnn->reverse ? i : T - 1 - i;
        s2s_cell_state rows = rows_of(rnn, t);
        s2s_cell_backward(&rnn->run, &rows, member);
        move(rnn, t, s2s_cell_pass_on, member);
    }
}

static void back(s2s_graph *graph, void *saved)
{
    struct rnn *rnn = saved;
    if (s2s_cell_run_begin(&rnn->run, graph, rnn->run.cell, S2S_PACK_BACKWARD))
        s2s_graph_run(graph, S2S_WORK_CELL, s2s_cell_flops(&rnn->run, rnn->state.h.rows), backward_member, rnn);
}

void s2s_rnn(s2s_graph *graph, const s2s_cell *cell, const s2s_ragged *shape, s2s_cell_state *state,
             const s2s_tensor *h0, const s2s_tensor *c0, const s2s_tensor *mask, bool reverse)
{
    struct rnn rnn = {.shape = shape, .state = *state, .reverse = reverse};
    s2s_cell_weights(graph, cell, state);
    if (!s2s_cell_run_begin(&rnn.run, graph, cell, S2S_PACK_FORWARD))
        return;
    if (h0)
        rnn.start.h = *h0;
    if (c0)
        rnn.start.c = *c0;
    if (mask)
        rnn.start.mask = *mask;
    s2s_graph_run(graph, S2S_WORK_CELL, s2s_cell_flops(&rnn.run, rnn.state.h.rows), forward_member, &rnn);
    if (!graph->recording)
        return;
    struct rnn *saved = s2s_graph_save(graph, sizeof *saved);
    if (!saved)
        return;
    *saved = rnn;
    s2s_graph_note(graph, back, saved);
}
