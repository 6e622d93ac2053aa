/* A cell as operations: one step, and the weight gradients over all steps. */
#include "ops/cell_run.h"
#include "ops/product.h"

struct step {
    s2s_cell_run run;
    s2s_cell_state rows;
    s2s_cell_before before;
    bool in_place; /* the rows read the states before where they lie */
};

/* Where no gradient will want copies, and all that a copy is made of is there. */
static void read_in_place(struct step *s, const s2s_graph *graph)
{
    const s2s_tensor *prev = s2s_cell_carried(s->run.cell, &s->before);
    s->in_place = !graph->recording && s->before.h.data && prev->data && !s->before.mask.data;
    if (!s->in_place)
        return;
    s->rows.h_in = s->before.h;
    s->rows.prev = *prev;
}

/* The rows of a member. */
static struct step share_of(const struct step *whole, int member)
{
    struct step s = *whole;
    int begin, end;
    s2s_cell_rows(&s.run, member, s.rows.h.rows, &begin, &end);
    s.rows = s2s_cell_state_rows(&s.rows, begin, end - begin);
    s.before = (s2s_cell_before){.h = s2s_view_rows(&s.before.h, begin, end - begin),
                                 .c = s2s_view_rows(&s.before.c, begin, end - begin),
                                 .mask = s2s_view_rows(&s.before.mask, begin, end - begin)};
    return s;
}

static void forward_member(void *arg, int member)
{
    const struct step s = share_of(arg, member);
    if (!s.in_place)
        s2s_cell_fetch(&s.run, &s.rows, &s.before, member);
    s2s_cell_forward(&s.run, &s.rows, member);
}

static void backward_member(void *arg, int member)
{
    const struct step s = share_of(arg, member);
    s2s_cell_backward(&s.run, &s.rows, member);
    s2s_cell_pass_on(&s.run, &s.rows, &s.before, member);
}

static void step_back(s2s_graph *graph, void *saved)
{
    struct step *s = saved;
    if (s2s_cell_runs_begin(&s->run, 1, graph, S2S_PACK_BACKWARD, s->rows.h.rows))
        s2s_graph_run(graph, S2S_WORK_CELL, s2s_cell_flops(&s->run, s->rows.h.rows), backward_member, s);
}

void s2s_cell_step(s2s_graph *graph, const s2s_cell *cell, s2s_cell_state *state, const s2s_tensor *h_prev,
                   const s2s_tensor *c_prev, const s2s_tensor *mask)
{
    struct step s = {.run.cell = cell, .rows = *state, .before.h = *h_prev};
    if (!s2s_cell_runs_begin(&s.run, 1, graph, S2S_PACK_FORWARD, state->h.rows))
        return;
    if (c_prev)
        s.before.c = *c_prev;
    if (mask)
        s.before.mask = *mask;
    read_in_place(&s, graph);
    s2s_graph_run(graph, S2S_WORK_CELL, s2s_cell_flops(&s.run, s.rows.h.rows), forward_member, &s);
    s2s_graph_record(graph, step_back, &s, sizeof s);
}

/* ---- weight gradients: one product over all rows, per input of a product ---- */

struct weights {
    const s2s_cell *cell;
    s2s_cell_state state;
};

/* dW of blocks [block, block + n) of w_hh, and db of a bias if there is one, from dy and x. */
static void block_grad(s2s_graph *graph, const s2s_cell *cell, int block, int n, s2s_param *b,
                       const s2s_real *dy, ptrdiff_t ldy, const s2s_tensor *x)
{
    int H = cell->hidden;
    s2s_weight_grad(graph, s2s_grad_row(&cell->w_hh->t, block * H), cell->w_hh->t.ld, b ? b->t.grad : NULL, dy,
                    ldy, n * H, x->data, x->ld, H, x->rows);
}

static void weights_back(s2s_graph *graph, void *saved)
{
    const struct weights *w = saved;
    const s2s_cell *cell = w->cell;
    const s2s_cell_state *s = &w->state;
    int H = cell->hidden, n = s->h.rows;
    if (cell->kind == S2S_CELL_GRU) {
        block_grad(graph, cell, 0, 2, NULL, s->gates.grad, s->gates.ld, &s->h_in);
        block_grad(graph, cell, 2, 1, cell->b_hn, s->extra.grad, s->extra.ld, &s->h_in);
    } else if (cell->kind == S2S_CELL_LSTM_ARTICLE) {
        block_grad(graph, cell, 0, 2, NULL, s->gates.grad, s->gates.ld, &s->h_in);
        block_grad(graph, cell, 2, 1, NULL, s->gates.grad + 2 * H, s->gates.ld, &s->extra);
        s2s_weight_grad(graph, cell->w_oc->t.grad, cell->w_oc->t.ld, cell->b_oc->t.grad, s->c.grad, s->c.ld, H,
                        s->extra.data + H, s->extra.ld, H, n);
    } else {
        block_grad(graph, cell, 0, s2s_cell_gates(cell->kind), NULL, s->gates.grad, s->gates.ld, &s->h_in);
    }
}

void s2s_cell_weights(s2s_graph *graph, const s2s_cell *cell, const s2s_cell_state *state)
{
    struct weights w = {cell, *state};
    s2s_graph_record(graph, weights_back, &w, sizeof w);
}
