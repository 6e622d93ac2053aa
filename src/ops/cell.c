/* One recurrent cell.  x W^T + b of all gates comes in; ' marks the previous step, o is the elementwise
 * product.
 *
 *   rnn           h = tanh(x + U h')
 *   gru           r = sigma(xr + Ur h')   z = sigma(xz + Uz h')   n = tanh(xn + r o (Un h' + bn))
 *                 h = (1 - z) o n + z o h'
 *   lstm          i, f, o = sigma(x + U h')   g = tanh(xg + Ug h')   c = f o c' + i o g   h = o o tanh(c)
 *   lstm-article  f, o = sigma(x + U h')   g = tanh(xg + Ug (f o c'))   c = sigma(Woc (o o g) + boc)
 *                 h = tanh(c)
 */
#include <string.h>

#include "ops/cell_run.h"

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

/* gates += h_in U^T, of the first n_gates gates. */
static void add_state_products(const s2s_cell_run *run, const s2s_cell_state *s, int member, int n_gates)
{
    int H = run->cell->hidden;
    for (int g = 0; g < n_gates; g++)
        product(run, member, s->gates.data + g * H, s->gates.ld, s->h_in.data, s->h_in.ld, run->w_hh, g,
                s->h.rows, true);
}

/* dh_in = dgates U, of the first n_gates gates, once all members have their gradients. */
static void state_grad(const s2s_cell_run *run, const s2s_cell_state *s, int member, int n_gates)
{
    int H = run->cell->hidden;
    s2s_team_barrier(run->graph->team, member);
    for (int g = 0; g < n_gates; g++)
        product(run, member, s->h_in.grad, s->h_in.ld, s->gates.grad + g * H, s->gates.ld, run->w_hh, g,
                s->h.rows, g > 0);
}

static void forward_rnn(const s2s_cell_run *run, const s2s_cell_state *s, int member)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int u, end;
    s2s_cell_units(run, member, &u, &end);
    add_state_products(run, s, member, 1);
    for (int r = 0; r < s->h.rows; r++)
        kernels->tanh(s2s_row(&s->h, r) + u, s2s_row(&s->gates, r) + u, end - u);
}

static void forward_gru(const s2s_cell_run *run, const s2s_cell_state *s, int member)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden, u, end;
    s2s_cell_units(run, member, &u, &end);
    add_state_products(run, s, member, 2);
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
    add_state_products(run, s, member, 4);
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
    add_state_products(run, s, member, 2);
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
    state_grad(run, s, member, 1);
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
    state_grad(run, s, member, 2);
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
    state_grad(run, s, member, 4);
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
    state_grad(run, s, member, 2);
}

/* ---- the table ---- */

typedef void pass_fn(const s2s_cell_run *run, const s2s_cell_state *rows, int member);

static const struct {
    pass_fn *forward, *backward;
} cells[] = {
    [S2S_CELL_RNN] = {forward_rnn, backward_rnn},
    [S2S_CELL_GRU] = {forward_gru, backward_gru},
    [S2S_CELL_LSTM] = {forward_lstm, backward_lstm},
    [S2S_CELL_LSTM_ARTICLE] = {forward_article, backward_article},
};

void s2s_cell_forward(const s2s_cell_run *run, const s2s_cell_state *rows, int member)
{
    cells[run->cell->kind].forward(run, rows, member);
}

void s2s_cell_backward(const s2s_cell_run *run, const s2s_cell_state *rows, int member)
{
    cells[run->cell->kind].backward(run, rows, member);
}
