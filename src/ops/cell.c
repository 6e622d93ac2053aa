/* One recurrent cell.  x W^T + b of all gates comes in; ' marks the previous step, * is the elementwise
 * product.
 *
 *   rnn           h = tanh(x + U h')
 *   gru           r = sigma(xr + Ur h')   z = sigma(xz + Uz h')   n = tanh(xn + r * (Un h' + bn))
 *                 h = (1 - z) * n + z * h'
 *   lstm          i, f, o = sigma(x + U h')   g = tanh(xg + Ug h')   c = f * c' + i * g   h = o * tanh(c)
 *   lstm-article  f, o = sigma(x + U h')   g = tanh(xg + Ug (f * c'))   c = sigma(Woc (o * g) + boc)
 *                 h = tanh(c)
 *
 * Those with layer normalisation are in cell_norm.c.
 */
#include <string.h>

#include "ops/cell_stages.h"

void s2s_cell_rows(const s2s_cell_run *run, int member, int n, int *begin, int *end)
{
    *begin = 0;
    *end = n;
    if (run->by_rows)
        s2s_team_share(n, member, s2s_team_size(run->graph->team), begin, end);
}

void s2s_cell_units(const s2s_cell_run *run, int member, int *begin, int *end)
{
    int panel = run->graph->kernels->panel, H = run->cell->hidden, n = run->n_runs;
    if (run->by_rows) {
        *begin = 0;
        *end = H;
        return;
    }
    s2s_team_share(n * ((H + panel - 1) / panel), member, s2s_team_size(run->graph->team), begin, end);
    /* panel j of the runs together is panel j / n of run j % n */
    *begin = (*begin + n - 1 - run->number) / n * panel;
    *end = (*end + n - 1 - run->number) / n * panel;
    if (*begin > H)
        *begin = H;
    if (*end > H)
        *end = H;
}

void s2s_cell_product(const s2s_cell_run *run, int u, int end, s2s_real *y, ptrdiff_t ldy, const s2s_real *x,
                      ptrdiff_t ldx, const s2s_packed *w, int block, int n_rows, bool accumulate)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden;
    if (u < end)
        kernels->gemm(y, ldy, x, ldx, w->data + (size_t)block * w->block_size, n_rows, H, H, u / kernels->panel,
                      (end + kernels->panel - 1) / kernels->panel, accumulate, NULL);
}

void s2s_cell_state_products(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end,
                             const s2s_tensor *y, int n_gates, bool accumulate)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden;
    /* all of gates that are whole panels: one matrix, for which h_in is prepared once */
    if (u == 0 && end == H && H % kernels->panel == 0) {
        kernels->gemm(y->data, y->ld, s->h_in.data, s->h_in.ld, run->w_hh->data, s->h.rows, n_gates * H, H, 0,
                      n_gates * H / kernels->panel, accumulate, NULL);
        return;
    }
    for (int g = 0; g < n_gates; g++)
        s2s_cell_product(run, u, end, y->data + g * H, y->ld, s->h_in.data, s->h_in.ld, run->w_hh, g, s->h.rows,
                         accumulate);
}

/* gates += h_in U^T, of the first n_gates gates. */
static void add_state_products(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end, int n_gates)
{
    s2s_cell_state_products(run, s, u, end, &s->gates, n_gates, true);
}

/* dh_in = dgates U, of the first n_gates gates. */
static void state_grad(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end, int n_gates)
{
    int H = run->cell->hidden;
    for (int g = 0; g < n_gates; g++)
        s2s_cell_product(run, u, end, s->h_in.grad, s->h_in.ld, s->gates.grad + g * H, s->gates.ld, run->w_hh,
                         g, s->h.rows, g > 0);
}

/* ---- rnn ---- */

static void rnn_forward(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    const s2s_kernels *kernels = run->graph->kernels;
    add_state_products(run, s, u, end, 1);
    for (int r = 0; r < s->h.rows; r++)
        kernels->tanh(s2s_row(&s->h, r) + u, s2s_row(&s->gates, r) + u, end - u);
}

static void rnn_backward(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    const s2s_kernels *kernels = run->graph->kernels;
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *d = s2s_grad_row(&s->gates, r) + u;
        memset(d, 0, (size_t)(end - u) * sizeof *d);
        kernels->tanh_back(d, s2s_row(&s->h, r) + u, s2s_grad_row(&s->h, r) + u, end - u);
    }
}

void s2s_cell_rnn_state_grad(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    state_grad(run, s, u, end, 1);
}

/* ---- gru ---- */

static void gru_forward(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden;
    add_state_products(run, s, u, end, 2);
    s2s_cell_product(run, u, end, s->extra.data, s->extra.ld, s->h_in.data, s->h_in.ld, run->w_hh, 2, s->h.rows,
                     false);
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *gates = s2s_row(&s->gates, r) + u, *hn = s2s_row(&s->extra, r) + u;
        kernels->add(hn, run->cell->b_hn->t.data + u, end - u);
        kernels->gru(s2s_row(&s->h, r) + u, gates, gates + H, gates + 2 * H, hn, s2s_row(&s->prev, r) + u,
                     end - u);
    }
}

static void gru_backward(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    int H = run->cell->hidden;
    for (int r = 0; r < s->h.rows; r++) {
        const s2s_real *gates = s2s_row(&s->gates, r) + u;
        s2s_real *d = s2s_grad_row(&s->gates, r) + u;
        run->graph->kernels->gru_back(d, d + H, d + 2 * H, s2s_grad_row(&s->extra, r) + u,
                                      s2s_grad_row(&s->prev, r) + u, gates, gates + H, gates + 2 * H,
                                      s2s_row(&s->extra, r) + u, s2s_row(&s->prev, r) + u,
                                      s2s_grad_row(&s->h, r) + u, end - u);
    }
}

void s2s_cell_gru_state_grad(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    state_grad(run, s, u, end, 2);
    s2s_cell_product(run, u, end, s->h_in.grad, s->h_in.ld, s->extra.grad, s->extra.ld, run->w_hh, 2, s->h.rows,
                     true);
}

/* ---- lstm ---- */

static void lstm_forward(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden;
    add_state_products(run, s, u, end, 4);
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *gates = s2s_row(&s->gates, r) + u;
        kernels->lstm(s2s_row(&s->h, r) + u, s2s_row(&s->c, r) + u, gates, gates + H, gates + 2 * H,
                      gates + 3 * H, s2s_row(&s->prev, r) + u, end - u);
    }
}

static void lstm_backward(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    int H = run->cell->hidden;
    for (int r = 0; r < s->h.rows; r++) {
        const s2s_real *gates = s2s_row(&s->gates, r) + u;
        s2s_real *d = s2s_grad_row(&s->gates, r) + u;
        run->graph->kernels->lstm_back(d, d + H, d + 2 * H, d + 3 * H, s2s_grad_row(&s->prev, r) + u, gates,
                                       gates + H, gates + 2 * H, gates + 3 * H, s2s_row(&s->prev, r) + u,
                                       s2s_row(&s->c, r) + u, s2s_grad_row(&s->h, r) + u,
                                       s2s_grad_row(&s->c, r) + u, end - u);
    }
}

void s2s_cell_lstm_state_grad(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    state_grad(run, s, u, end, 4);
}

/* ---- lstm-article ----
 *
 * extra holds f * c' in its first H columns and o * g in the others: the inputs of the second and third
 * product. */

static void article_gates(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden;
    add_state_products(run, s, u, end, 2);
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *f = s2s_row(&s->gates, r) + u, *o = f + H;
        kernels->sigmoid(f, f, end - u);
        kernels->sigmoid(o, o, end - u);
        kernels->mul(s2s_row(&s->extra, r) + u, f, s2s_row(&s->prev, r) + u, end - u);
    }
}

static void article_candidate(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden;
    s2s_cell_product(run, u, end, s->gates.data + 2 * H, s->gates.ld, s->extra.data, s->extra.ld, run->w_hh, 2,
                     s->h.rows, true);
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *o = s2s_row(&s->gates, r) + u + H, *g = o + H;
        kernels->tanh(g, g, end - u);
        kernels->mul(s2s_row(&s->extra, r) + H + u, o, g, end - u);
    }
}

static void article_output(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden;
    s2s_cell_product(run, u, end, s->c.data, s->c.ld, s->extra.data + H, s->extra.ld, run->w_oc, 0, s->h.rows,
                     false);
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *c = s2s_row(&s->c, r) + u;
        kernels->add(c, run->cell->b_oc->t.data + u, end - u);
        kernels->sigmoid(c, c, end - u);
        kernels->tanh(s2s_row(&s->h, r) + u, c, end - u);
    }
}

/* c.grad becomes the gradient before the last sigmoid, which the third product and b_oc need. */
static void article_output_back(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *dc = s2s_grad_row(&s->c, r) + u;
        const s2s_real *c = s2s_row(&s->c, r) + u;
        run->graph->kernels->tanh_back(dc, s2s_row(&s->h, r) + u, s2s_grad_row(&s->h, r) + u, end - u);
        for (int j = 0; j < end - u; j++)
            dc[j] *= c[j] * (1 - c[j]);
    }
}

static void article_candidate_back(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    int H = run->cell->hidden;
    s2s_cell_product(run, u, end, s->extra.grad + H, s->extra.ld, s->c.grad, s->c.ld, run->w_oc, 0, s->h.rows,
                     false);
    for (int r = 0; r < s->h.rows; r++) {
        const s2s_real *o = s2s_row(&s->gates, r) + H + u, *g = o + H, *dv = s2s_grad_row(&s->extra, r) + H + u;
        s2s_real *d_o = s2s_grad_row(&s->gates, r) + H + u, *dg = d_o + H;
        for (int j = 0; j < end - u; j++) {
            s2s_real oj = o[j], gj = g[j]; /* their gradients take their places */
            d_o[j] = dv[j] * gj * oj * (1 - oj);
            dg[j] = dv[j] * oj * (1 - gj * gj);
        }
    }
}

static void article_gates_back(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    int H = run->cell->hidden;
    s2s_cell_product(run, u, end, s->extra.grad, s->extra.ld, s->gates.grad + 2 * H, s->gates.ld, run->w_hh, 2,
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
}

static void article_state_grad(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    state_grad(run, s, u, end, 2);
}

/* ---- the table ---- */

static const s2s_cell_stages cells[] = {
    [S2S_CELL_RNN] = {{rnn_forward}, {rnn_backward, s2s_cell_rnn_state_grad}},
    [S2S_CELL_GRU] = {{gru_forward}, {gru_backward, s2s_cell_gru_state_grad}},
    [S2S_CELL_LSTM] = {{lstm_forward}, {lstm_backward, s2s_cell_lstm_state_grad}},
    [S2S_CELL_LSTM_ARTICLE] = {{article_gates, article_candidate, article_output},
                               {article_output_back, article_candidate_back, article_gates_back,
                                article_state_grad}},
};

static const s2s_cell_stages *stages_of(const s2s_cell *cell)
{
    return cell->layer_norm ? &s2s_cell_norm_stages[cell->kind] : &cells[cell->kind];
}

static void run_stages(s2s_cell_stage *const *stages, const s2s_cell_run *runs, const s2s_cell_state *rows,
                       int member)
{
    int u[S2S_CELL_RUNS] = {0}, end[S2S_CELL_RUNS] = {0};
    for (int i = 0; i < runs->n_runs; i++)
        s2s_cell_units(&runs[i], member, &u[i], &end[i]);
    for (int stage = 0; stage < S2S_CELL_STAGES && stages[stage]; stage++) {
        if (stage > 0 && !runs->by_rows)
            s2s_team_barrier(runs->graph->team, member);
        for (int i = 0; i < runs->n_runs; i++)
            stages[stage](&runs[i], &rows[i], u[i], end[i]);
    }
}

void s2s_cell_forward(const s2s_cell_run *runs, const s2s_cell_state *rows, int member)
{
    if (!runs->by_rows)
        s2s_team_barrier(runs->graph->team, member); /* all of h_in */
    run_stages(stages_of(runs->cell)->forward, runs, rows, member);
}

void s2s_cell_backward(const s2s_cell_run *runs, const s2s_cell_state *rows, int member)
{
    run_stages(stages_of(runs->cell)->backward, runs, rows, member);
}
