/* One recurrent cell.  x W^T + b of all gates comes in; ' marks the previous step, o is the elementwise
 * product.
 *
 *   rnn   h = tanh(x + U h')
 *   gru   r = sigma(xr + Ur h')   z = sigma(xz + Uz h')   n = tanh(xn + r o (Un h' + bn))   h = (1 - z) o n + z
 * o h' lstm  i, f, o = sigma(x + U h')   g = tanh(xg + Ug h')   c = f o c' + i o g   h = o o tanh(c)
 *   lstm-article   f, o = sigma(x + U h')   g = tanh(xg + Ug (f o c'))   c = sigma(Woc (o o g) + boc)   h =
 * tanh(c) */
#include <stdio.h>
#include <string.h>

#include "ops/cell_run.h"
#include "ops/product.h"

int s2s_cell_gates(s2s_cell_kind kind)
{
    return kind == S2S_CELL_RNN ? 1 : kind == S2S_CELL_LSTM ? 4 : 3;
}

bool s2s_cell_has_memory(s2s_cell_kind kind)
{
    return kind == S2S_CELL_LSTM || kind == S2S_CELL_LSTM_ARTICLE;
}

static s2s_param *declare(s2s_params *params, const char *prefix, const char *name, s2s_init init, int blocks,
                          int rows, int cols)
{
    char full[64];
    snprintf(full, sizeof full, "%s.%s", prefix, name);
    return s2s_weight_declare(params, full, init, blocks, rows, cols);
}

void s2s_cell_declare(s2s_cell *cell, s2s_params *params, const char *prefix, s2s_cell_kind kind, int input,
                      int hidden)
{
    int gates = s2s_cell_gates(kind), width = gates * hidden;
    *cell = (s2s_cell){.kind = kind, .input = input, .hidden = hidden};
    cell->w_ih = declare(params, prefix, "w_ih", S2S_INIT_GLOROT, 1, width, input);
    cell->w_hh = declare(params, prefix, "w_hh", S2S_INIT_ORTHOGONAL, gates, width, hidden);
    cell->b =
        declare(params, prefix, "b", kind == S2S_CELL_LSTM ? S2S_INIT_FORGET : S2S_INIT_ZERO, 0, 1, width);
    if (kind == S2S_CELL_GRU)
        cell->b_hn = declare(params, prefix, "b_hn", S2S_INIT_ZERO, 0, 1, hidden);
    if (kind == S2S_CELL_LSTM_ARTICLE) {
        cell->w_oc = declare(params, prefix, "w_oc", S2S_INIT_GLOROT, 1, hidden, hidden);
        cell->b_oc = declare(params, prefix, "b_oc", S2S_INIT_ZERO, 0, 1, hidden);
    }
}

s2s_cell_state s2s_cell_state_into(s2s_graph *graph, const s2s_cell *cell, const s2s_tensor *h)
{
    int N = h->rows, H = cell->hidden;
    s2s_cell_state state = {
        .gates = s2s_tensor_reused(graph, N, s2s_cell_gates(cell->kind) * H),
        .h_in = s2s_tensor_new(graph, N, H),
        .h = *h,
    };
    if (cell->kind != S2S_CELL_RNN)
        state.prev = s2s_tensor_reused(graph, N, H);
    if (cell->kind == S2S_CELL_GRU)
        state.extra = s2s_tensor_reused(graph, N, H);
    if (cell->kind == S2S_CELL_LSTM_ARTICLE)
        state.extra = s2s_tensor_new(graph, N, 2 * H);
    if (s2s_cell_has_memory(cell->kind))
        state.c = s2s_tensor_new(graph, N, H);
    return state;
}

s2s_cell_state s2s_cell_state_new(s2s_graph *graph, const s2s_cell *cell, int rows)
{
    s2s_tensor h = s2s_tensor_new(graph, rows, cell->hidden);
    return s2s_cell_state_into(graph, cell, &h);
}

s2s_cell_state s2s_cell_state_rows(const s2s_cell_state *state, int first, int n)
{
    s2s_cell_state view = {
        .gates = s2s_view_rows(&state->gates, first, n),
        .h_in = s2s_view_rows(&state->h_in, first, n),
        .h = s2s_view_rows(&state->h, first, n),
    };
    if (state->prev.data)
        view.prev = s2s_view_rows(&state->prev, first, n);
    if (state->extra.data)
        view.extra = s2s_view_rows(&state->extra, first, n);
    if (state->c.data)
        view.c = s2s_view_rows(&state->c, first, n);
    return view;
}

bool s2s_cell_run_begin(s2s_cell_run *run, s2s_graph *graph, const s2s_cell *cell, s2s_packing packing)
{
    *run = (s2s_cell_run){graph, cell, s2s_graph_packed(graph, cell->w_hh, packing), NULL};
    if (cell->kind == S2S_CELL_LSTM_ARTICLE)
        run->w_oc = s2s_graph_packed(graph, cell->w_oc, packing);
    return graph->status == S2S_OK;
}

void s2s_cell_units(const s2s_cell_run *run, int member, int *begin, int *end)
{
    int panel = run->graph->kernels->panel, H = run->cell->hidden;
    s2s_team_share((H + panel - 1) / panel, member, s2s_team_size(run->graph->team), begin, end);
    *begin *= panel;
    *end *= panel;
    if (*begin > H)
        *begin = H;
    if (*end > H)
        *end = H;
}

/* The member's units of y [R, H] (+)= x [R, H] times block `block` of w. */
static void product(const s2s_cell_run *run, int member, s2s_real *y, ptrdiff_t ldy, const s2s_real *x,
                    ptrdiff_t ldx, const s2s_packed *w, int block, int n_rows, bool accumulate)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden, begin, end;
    s2s_cell_units(run, member, &begin, &end);
    if (begin < end)
        kernels->gemm(y, ldy, x, ldx, w->data + (size_t)block * w->block_size, n_rows, H, H,
                      begin / kernels->panel, (end + kernels->panel - 1) / kernels->panel, accumulate);
}

static void forward_rnn(const s2s_cell_run *run, const s2s_cell_state *s, int member)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int u, end;
    s2s_cell_units(run, member, &u, &end);
    product(run, member, s->gates.data, s->gates.ld, s->h_in.data, s->h_in.ld, run->w_hh, 0, s->h.rows, true);
    for (int r = 0; r < s->h.rows; r++)
        kernels->tanh(s2s_row(&s->h, r) + u, s2s_row(&s->gates, r) + u, end - u);
}

static void forward_gru(const s2s_cell_run *run, const s2s_cell_state *s, int member)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden, u, end;
    s2s_cell_units(run, member, &u, &end);
    for (int g = 0; g < 2; g++)
        product(run, member, s->gates.data + g * H, s->gates.ld, s->h_in.data, s->h_in.ld, run->w_hh, g,
                s->h.rows, true);
    product(run, member, s->extra.data, s->extra.ld, s->h_in.data, s->h_in.ld, run->w_hh, 2, s->h.rows, false);
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *gates = s2s_row(&s->gates, r) + u, *hn = s2s_row(&s->extra, r) + u;
        kernels->add(hn, run->cell->b_hn->t.data + u, end - u);
        kernels->gru(s2s_row(&s->h, r) + u, gates, gates + H, gates + 2 * H, hn, s2s_row(&s->prev, r) + u,
                     end - u);
    }
}

static void forward_lstm(const s2s_cell_run *run, const s2s_cell_state *s, int member)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden, u, end;
    s2s_cell_units(run, member, &u, &end);
    for (int g = 0; g < 4; g++)
        product(run, member, s->gates.data + g * H, s->gates.ld, s->h_in.data, s->h_in.ld, run->w_hh, g,
                s->h.rows, true);
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *gates = s2s_row(&s->gates, r) + u;
        kernels->lstm(s2s_row(&s->h, r) + u, s2s_row(&s->c, r) + u, gates, gates + H, gates + 2 * H,
                      gates + 3 * H, s2s_row(&s->prev, r) + u, end - u);
    }
}

/* extra holds f o c' in its first H columns and o o g in the others: the inputs of the second and third
 * product. */
static void forward_article(const s2s_cell_run *run, const s2s_cell_state *s, int member)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden, u, end;
    s2s_cell_units(run, member, &u, &end);
    for (int g = 0; g < 2; g++)
        product(run, member, s->gates.data + g * H, s->gates.ld, s->h_in.data, s->h_in.ld, run->w_hh, g,
                s->h.rows, true);
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *f = s2s_row(&s->gates, r) + u, *o = f + H;
        kernels->sigmoid(f, f, end - u);
        kernels->sigmoid(o, o, end - u);
        kernels->mul(s2s_row(&s->extra, r) + u, f, s2s_row(&s->prev, r) + u, end - u);
    }
    s2s_team_barrier(run->graph->team, member);
    product(run, member, s->gates.data + 2 * H, s->gates.ld, s->extra.data, s->extra.ld, run->w_hh, 2,
            s->h.rows, true);
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *o = s2s_row(&s->gates, r) + u + H, *g = o + H;
        kernels->tanh(g, g, end - u);
        kernels->mul(s2s_row(&s->extra, r) + H + u, o, g, end - u);
    }
    s2s_team_barrier(run->graph->team, member);
    product(run, member, s->c.data, s->c.ld, s->extra.data + H, s->extra.ld, run->w_oc, 0, s->h.rows, false);
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *c = s2s_row(&s->c, r) + u;
        kernels->add(c, run->cell->b_oc->t.data + u, end - u);
        kernels->sigmoid(c, c, end - u);
        kernels->tanh(s2s_row(&s->h, r) + u, c, end - u);
    }
}

void s2s_cell_forward(const s2s_cell_run *run, const s2s_cell_state *rows, int member)
{
    switch (run->cell->kind) {
    case S2S_CELL_GRU:
        forward_gru(run, rows, member);
        break;
    case S2S_CELL_LSTM:
        forward_lstm(run, rows, member);
        break;
    case S2S_CELL_LSTM_ARTICLE:
        forward_article(run, rows, member);
        break;
    default:
        forward_rnn(run, rows, member);
    }
}

/* ---- backward ---- */

static void zero_units(const s2s_tensor *x, int r, int u, int end)
{
    memset(s2s_grad_row(x, r) + u, 0, (size_t)(end - u) * sizeof(s2s_real));
}

static void backward_rnn(const s2s_cell_run *run, const s2s_cell_state *s, int member)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int u, end;
    s2s_cell_units(run, member, &u, &end);
    for (int r = 0; r < s->h.rows; r++) {
        zero_units(&s->gates, r, u, end);
        kernels->tanh_back(s2s_grad_row(&s->gates, r) + u, s2s_row(&s->h, r) + u, s2s_grad_row(&s->h, r) + u,
                           end - u);
    }
    s2s_team_barrier(run->graph->team, member);
    product(run, member, s->h_in.grad, s->h_in.ld, s->gates.grad, s->gates.ld, run->w_hh, 0, s->h.rows, false);
}

static void backward_gru(const s2s_cell_run *run, const s2s_cell_state *s, int member)
{
    int H = run->cell->hidden, u, end;
    s2s_cell_units(run, member, &u, &end);
    for (int r = 0; r < s->h.rows; r++) {
        const s2s_real *gates = s2s_row(&s->gates, r) + u;
        s2s_real *d = s2s_grad_row(&s->gates, r) + u;
        run->graph->kernels->gru_back(d, d + H, d + 2 * H, s2s_grad_row(&s->extra, r) + u,
                                      s2s_grad_row(&s->prev, r) + u, gates, gates + H, gates + 2 * H,
                                      s2s_row(&s->extra, r) + u, s2s_row(&s->prev, r) + u,
                                      s2s_grad_row(&s->h, r) + u, end - u);
    }
    s2s_team_barrier(run->graph->team, member);
    for (int g = 0; g < 2; g++)
        product(run, member, s->h_in.grad, s->h_in.ld, s->gates.grad + g * H, s->gates.ld, run->w_hh, g,
                s->h.rows, g > 0);
    product(run, member, s->h_in.grad, s->h_in.ld, s->extra.grad, s->extra.ld, run->w_hh, 2, s->h.rows, true);
}

static void backward_lstm(const s2s_cell_run *run, const s2s_cell_state *s, int member)
{
    int H = run->cell->hidden, u, end;
    s2s_cell_units(run, member, &u, &end);
    for (int r = 0; r < s->h.rows; r++) {
        const s2s_real *gates = s2s_row(&s->gates, r) + u;
        s2s_real *d = s2s_grad_row(&s->gates, r) + u;
        run->graph->kernels->lstm_back(d, d + H, d + 2 * H, d + 3 * H, s2s_grad_row(&s->prev, r) + u, gates,
                                       gates + H, gates + 2 * H, gates + 3 * H, s2s_row(&s->prev, r) + u,
                                       s2s_row(&s->c, r) + u, s2s_grad_row(&s->h, r) + u,
                                       s2s_grad_row(&s->c, r) + u, end - u);
    }
    s2s_team_barrier(run->graph->team, member);
    for (int g = 0; g < 4; g++)
        product(run, member, s->h_in.grad, s->h_in.ld, s->gates.grad + g * H, s->gates.ld, run->w_hh, g,
                s->h.rows, g > 0);
}

/* c.grad becomes the gradient before the last sigmoid, which the third product and b_oc need. */
static void article_output_back(const s2s_cell_run *run, const s2s_cell_state *s, int r, int u, int n)
{
    s2s_real *dc = s2s_grad_row(&s->c, r) + u;
    const s2s_real *c = s2s_row(&s->c, r) + u;
    run->graph->kernels->tanh_back(dc, s2s_row(&s->h, r) + u, s2s_grad_row(&s->h, r) + u, n);
    for (int j = 0; j < n; j++)
        dc[j] *= c[j] * (1 - c[j]);
}

static void backward_article(const s2s_cell_run *run, const s2s_cell_state *s, int member)
{
    int H = run->cell->hidden, u, end;
    s2s_cell_units(run, member, &u, &end);
    for (int r = 0; r < s->h.rows; r++)
        article_output_back(run, s, r, u, end - u);
    s2s_team_barrier(run->graph->team, member);
    product(run, member, s->extra.grad + H, s->extra.ld, s->c.grad, s->c.ld, run->w_oc, 0, s->h.rows, false);
    for (int r = 0; r < s->h.rows; r++) {
        const s2s_real *o = s2s_row(&s->gates, r) + H + u, *g = o + H, *dv = s2s_grad_row(&s->extra, r) + H + u;
        s2s_real *d_o = s2s_grad_row(&s->gates, r) + H + u, *dg = d_o + H;
        for (int j = 0; j < end - u; j++) {
            s2s_real oj = o[j], gj = g[j]; /* their gradients take their places */
            d_o[j] = dv[j] * gj * oj * (1 - oj);
            dg[j] = dv[j] * oj * (1 - gj * gj);
        }
    }
    s2s_team_barrier(run->graph->team, member);
    product(run, member, s->extra.grad, s->extra.ld, s->gates.grad + 2 * H, s->gates.ld, run->w_hh, 2,
            s->h.rows, false);
    for (int r = 0; r < s->h.rows; r++) {
        const s2s_real *f = s2s_row(&s->gates, r) + u, *du = s2s_grad_row(&s->extra, r) + u;
        const s2s_real *prev = s2s_row(&s->prev, r) + u;
        s2s_real *df = s2s_grad_row(&s->gates, r) + u;
        s2s_real *dprev = s2s_grad_row(&s->prev, r) + u;
        for (int j = 0; j < end - u; j++) {
            s2s_real fj = f[j];
            df[j] = du[j] * prev[j] * fj * (1 - fj);
            dprev[j] = du[j] * fj;
        }
    }
    s2s_team_barrier(run->graph->team, member);
    for (int g = 0; g < 2; g++)
        product(run, member, s->h_in.grad, s->h_in.ld, s->gates.grad + g * H, s->gates.ld, run->w_hh, g,
                s->h.rows, g > 0);
}

void s2s_cell_backward(const s2s_cell_run *run, const s2s_cell_state *rows, int member)
{
    switch (run->cell->kind) {
    case S2S_CELL_GRU:
        backward_gru(run, rows, member);
        break;
    case S2S_CELL_LSTM:
        backward_lstm(run, rows, member);
        break;
    case S2S_CELL_LSTM_ARTICLE:
        backward_article(run, rows, member);
        break;
    default:
        backward_rnn(run, rows, member);
    }
}
