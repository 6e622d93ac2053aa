/* A cell over all steps of a ragged batch, as one operation.
 *
 * Rows are time-major and sorted longest first, so the sequences alive at a step are its first rows, and the
 * previous state of sequence b is row b of the step before (after it, if reversed).  Each member of the team
 * owns a slice of units from the first step to the last; one barrier per step lets the products read whole
 * rows. */
#include <string.h>

#include "ops/cell_run.h"

struct rnn {
    s2s_cell_run run;
    const s2s_ragged *shape;
    s2s_cell_state state;
    s2s_tensor h0, c0, mask; /* data NULL: none */
    bool reverse;
};

/* Where the previous state of sequence b at step t lies: a row of the state, or of h0 and c0 (*row < 0). */
static int previous_row(const struct rnn *rnn, int t, int b)
{
    int before = rnn->reverse ? t + 1 : t - 1;
    bool exists = before >= 0 && before < rnn->shape->max_len && b < rnn->shape->alive[before];
    return exists ? s2s_ragged_row(rnn->shape, b, before) : -1;
}

/* Fills the member's units of h_in and prev for step t. */
static void fetch(const struct rnn *rnn, int t, int u, int n)
{
    const s2s_kernels *kernels = rnn->run.graph->kernels;
    const s2s_cell_state *s = &rnn->state;
    bool memory = s2s_cell_has_memory(rnn->run.cell->kind);
    size_t bytes = (size_t)n * sizeof(s2s_real);
    for (int b = 0; b < rnn->shape->alive[t]; b++) {
        int row = s2s_ragged_row(rnn->shape, b, t), before = previous_row(rnn, t, b);
        const s2s_tensor *h = before >= 0 ? &s->h : &rnn->h0,
                         *raw = memory ? (before >= 0 ? &s->c : &rnn->c0) : h;
        int from = before >= 0 ? before : b;
        s2s_real *h_in = s2s_row(&s->h_in, row) + u;
        if (!h->data)
            memset(h_in, 0, bytes);
        else if (rnn->mask.data)
            kernels->mul(h_in, s2s_row(h, from) + u, s2s_row(&rnn->mask, b) + u, n);
        else
            memcpy(h_in, s2s_row(h, from) + u, bytes);
        if (!s->prev.data)
            continue;
        if (raw->data)
            memcpy(s2s_row(&s->prev, row) + u, s2s_row(raw, from) + u, bytes);
        else
            memset(s2s_row(&s->prev, row) + u, 0, bytes);
    }
}

/* Passes the gradients of step t on to the state before it. */
static void pass_on(const struct rnn *rnn, int t, int u, int n)
{
    const s2s_kernels *kernels = rnn->run.graph->kernels;
    const s2s_cell_state *s = &rnn->state;
    bool memory = s2s_cell_has_memory(rnn->run.cell->kind);
    for (int b = 0; b < rnn->shape->alive[t]; b++) {
        int row = s2s_ragged_row(rnn->shape, b, t), before = previous_row(rnn, t, b);
        const s2s_tensor *h = before >= 0 ? &s->h : &rnn->h0,
                         *raw = memory ? (before >= 0 ? &s->c : &rnn->c0) : h;
        int to = before >= 0 ? before : b;
        const s2s_real *dh_in = s2s_grad_row(&s->h_in, row) + u;
        if (h->grad && rnn->mask.data)
            kernels->mul_add(s2s_grad_row(h, to) + u, dh_in, s2s_row(&rnn->mask, b) + u, n);
        else if (h->grad)
            kernels->add(s2s_grad_row(h, to) + u, dh_in, n);
        if (s->prev.data && raw->grad)
            kernels->add(s2s_grad_row(raw, to) + u, s2s_grad_row(&s->prev, row) + u, n);
    }
}

static s2s_cell_state rows_of(const struct rnn *rnn, int t)
{
    return s2s_cell_state_rows(&rnn->state, rnn->shape->first[t], rnn->shape->alive[t]);
}

static void forward_member(void *arg, int member)
{
    const struct rnn *rnn = arg;
    int u, end, T = rnn->shape->max_len;
    s2s_cell_units(&rnn->run, member, &u, &end);
    for (int i = 0; i < T; i++) {
        int t = rnn->reverse ? T - 1 - i : i;
        fetch(rnn, t, u, end - u);
        s2s_team_barrier(rnn->run.graph->team, member);
        s2s_cell_state rows = rows_of(rnn, t);
        s2s_cell_forward(&rnn->run, &rows, member);
    }
}

static void backward_member(void *arg, int member)
{
    const struct rnn *rnn = arg;
    int u, end, T = rnn->shape->max_len;
    s2s_cell_units(&rnn->run, member, &u, &end);
    for (int i = 0; i < T; i++) {
        int t = rnn->reverse ? i : T - 1 - i;
        s2s_cell_state rows = rows_of(rnn, t);
        s2s_cell_backward(&rnn->run, &rows, member);
        pass_on(rnn, t, u, end - u);
    }
}

static void back(s2s_graph *graph, void *saved)
{
    struct rnn *rnn = saved;
    if (s2s_cell_run_begin(&rnn->run, graph, rnn->run.cell, S2S_PACK_BACKWARD))
        s2s_graph_run(graph, backward_member, rnn);
}

void s2s_rnn(s2s_graph *graph, const s2s_cell *cell, const s2s_ragged *shape, s2s_cell_state *state,
             const s2s_tensor *h0, const s2s_tensor *c0, const s2s_tensor *mask, bool reverse)
{
    struct rnn rnn = {.shape = shape, .state = *state, .reverse = reverse};
    s2s_cell_weights(graph, cell, state);
    if (!s2s_cell_run_begin(&rnn.run, graph, cell, S2S_PACK_FORWARD))
        return;
    if (h0)
        rnn.h0 = *h0;
    if (c0)
        rnn.c0 = *c0;
    if (mask)
        rnn.mask = *mask;
    s2s_graph_run(graph, forward_member, &rnn);
    if (!graph->recording)
        return;
    struct rnn *saved = s2s_graph_save(graph, sizeof *saved);
    if (!saved)
        return;
    *saved = rnn;
    s2s_graph_note(graph, back, saved);
}
