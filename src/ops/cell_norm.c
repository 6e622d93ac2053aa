/* Cells with layer normalisation (Ba, Kiros and Hinton 2016, arXiv:1607.06450): what each gate sums up, and the
 * memory of an lstm where it leaves, is normalised over the units of the layer.  N(a) = gain * (a - mean(a)) /
 * sqrt(variance(a) + epsilon) + shift, with gain and shift of its own for every gate; else as in cell.c.
 *
 *   rnn   h = tanh(N(x + U h'))
 *   gru   r = sigma(N(xr + Ur h'))   z = sigma(N(xz + Uz h'))   n = tanh(N(xn + r * (Un h' + bn)))
 *         h = (1 - z) * n + z * h'
 *   lstm  i, f, o = sigma(N(x + U h'))   g = tanh(N(xg + Ug h'))   c = f * c' + i * g   h = o * tanh(N(c))
 *
 * Each member takes the mean and variance of whole rows for itself, in the same order as the others, so that
 * they need no barrier of their own.  What is normalised stays in `sums`: nobody overwrites what others still
 * read.  Gradients of gain and shift are added up row by row by the member that owns the unit. */
#include <string.h>

#include "ops/cell_stages.h"

/* Units [u, end) of y = N(x), rows of H. */
static void normalise(const s2s_cell_run *run, s2s_real *y, const s2s_real *x, const s2s_real *gain,
                      const s2s_real *shift, int u, int end)
{
    const s2s_kernels *kernels = run->graph->kernels;
    if (u == end)
        return;
    s2s_norm norm = kernels->norm_sums(x, run->cell->hidden);
    kernels->norm(y + u, x + u, &norm, gain + u, shift + u, end - u);
}

/* Units [u, end) of dx += what comes of dy, for N with columns from `first` of gain and shift. */
static void normalise_back(const s2s_cell_run *run, s2s_real *dx, const s2s_real *x, const s2s_real *dy,
                           const s2s_param *gain, const s2s_param *shift, int first, int u, int end)
{
    const s2s_kernels *kernels = run->graph->kernels;
    const s2s_real *g = gain->t.data + first;
    if (u == end)
        return;
    s2s_norm norm = kernels->norm_back_sums(x, dy, g, run->cell->hidden);
    kernels->norm_back(dx + u, gain->t.grad + first + u, shift->t.grad + first + u, x + u, dy + u, &norm, g + u,
                       end - u);
}

/* sums = gates + h_in U^T, of the first n_gates gates. */
static void sum_gates(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end, int n_gates)
{
    int H = run->cell->hidden;
    s2s_cell_state_products(run, s, u, end, &s->sums, n_gates, false);
    for (int g = 0; g < n_gates; g++)
        for (int r = 0; r < s->h.rows; r++)
            run->graph->kernels->add(s2s_row(&s->sums, r) + g * H + u, s2s_row(&s->gates, r) + g * H + u,
                                     end - u);
}

/* Gate g of a row = N(sums). */
static void normalise_gate(const s2s_cell_run *run, const s2s_cell_state *s, int r, int g, int u, int end)
{
    int first = g * run->cell->hidden;
    normalise(run, s2s_row(&s->gates, r) + first, s2s_row(&s->sums, r) + first, run->cell->gain->t.data + first,
              run->cell->shift->t.data + first, u, end);
}

/* dgates of gate g of a row, written, from the gradient of the sums. */
static void normalise_gate_back(const s2s_cell_run *run, const s2s_cell_state *s, int r, int g, int u, int end)
{
    int first = g * run->cell->hidden;
    s2s_real *d = s2s_grad_row(&s->gates, r) + first;
    memset(d + u, 0, (size_t)(end - u) * sizeof *d);
    normalise_back(run, d, s2s_row(&s->sums, r) + first, s2s_grad_row(&s->sums, r) + first, run->cell->gain,
                   run->cell->shift, first, u, end);
}

/* ---- rnn ---- */

static void rnn_sums(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    sum_gates(run, s, u, end, 1);
}

static void rnn_output(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    for (int r = 0; r < s->h.rows; r++) {
        normalise_gate(run, s, r, 0, u, end);
        run->graph->kernels->tanh(s2s_row(&s->h, r) + u, s2s_row(&s->gates, r) + u, end - u);
    }
}

static void rnn_output_back(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *d = s2s_grad_row(&s->sums, r) + u;
        memset(d, 0, (size_t)(end - u) * sizeof *d);
        run->graph->kernels->tanh_back(d, s2s_row(&s->h, r) + u, s2s_grad_row(&s->h, r) + u, end - u);
    }
}

static void rnn_sums_back(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    for (int r = 0; r < s->h.rows; r++)
        normalise_gate_back(run, s, r, 0, u, end);
}

/* ---- gru ---- */

enum { GRU_R, GRU_Z, GRU_N };

static void gru_sums(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    sum_gates(run, s, u, end, 2);
    s2s_cell_product(run, u, end, s->extra.data, s->extra.ld, s->h_in.data, s->h_in.ld, run->w_hh, GRU_N,
                     s->h.rows, false);
    for (int r = 0; r < s->h.rows; r++)
        run->graph->kernels->add(s2s_row(&s->extra, r) + u, run->cell->b_hn->t.data + u, end - u);
}

/* r and z, and the sum of the candidate. */
static void gru_gates(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden;
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *reset = s2s_row(&s->gates, r) + u, *update = reset + H, *xn = update + H;
        s2s_real *sum = s2s_row(&s->sums, r) + GRU_N * H + u;
        normalise_gate(run, s, r, GRU_R, u, end);
        normalise_gate(run, s, r, GRU_Z, u, end);
        kernels->sigmoid(reset, reset, end - u);
        kernels->sigmoid(update, update, end - u);
        memcpy(sum, xn, (size_t)(end - u) * sizeof *sum);
        kernels->mul_add(sum, reset, s2s_row(&s->extra, r) + u, end - u);
    }
}

static void gru_output(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    int H = run->cell->hidden;
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *z = s2s_row(&s->gates, r) + GRU_Z * H + u, *n = z + H, *h = s2s_row(&s->h, r) + u;
        const s2s_real *prev = s2s_row(&s->prev, r) + u;
        normalise_gate(run, s, r, GRU_N, u, end);
        run->graph->kernels->tanh(n, n, end - u);
        for (int j = 0; j < end - u; j++)
            h[j] = (1 - z[j]) * n[j] + z[j] * prev[j];
    }
}

static void gru_output_back(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    int H = run->cell->hidden;
    for (int r = 0; r < s->h.rows; r++) {
        const s2s_real *z = s2s_row(&s->gates, r) + GRU_Z * H + u, *n = z + H, *dh = s2s_grad_row(&s->h, r) + u;
        const s2s_real *prev = s2s_row(&s->prev, r) + u;
        s2s_real *dz = s2s_grad_row(&s->sums, r) + GRU_Z * H + u, *dn = dz + H;
        s2s_real *dprev = s2s_grad_row(&s->prev, r) + u;
        for (int j = 0; j < end - u; j++) {
            dz[j] = dh[j] * (prev[j] - n[j]) * z[j] * (1 - z[j]);
            dn[j] = dh[j] * (1 - z[j]) * (1 - n[j] * n[j]);
            dprev[j] = dh[j] * z[j]; /* takes the place of prev */
        }
    }
}

static void gru_candidate_back(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    int H = run->cell->hidden;
    for (int r = 0; r < s->h.rows; r++) {
        const s2s_real *reset = s2s_row(&s->gates, r) + u, *hn = s2s_row(&s->extra, r) + u;
        const s2s_real *dn = s2s_grad_row(&s->gates, r) + GRU_N * H + u;
        s2s_real *dr = s2s_grad_row(&s->sums, r) + u, *dhn = s2s_grad_row(&s->extra, r) + u;
        normalise_gate_back(run, s, r, GRU_N, u, end);
        for (int j = 0; j < end - u; j++) {
            dr[j] = dn[j] * hn[j] * reset[j] * (1 - reset[j]);
            dhn[j] = dn[j] * reset[j]; /* takes the place of hn */
        }
    }
}

static void gru_gates_back(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    for (int r = 0; r < s->h.rows; r++) {
        normalise_gate_back(run, s, r, GRU_R, u, end);
        normalise_gate_back(run, s, r, GRU_Z, u, end);
    }
}

/* ---- lstm ---- */

enum { LSTM_I, LSTM_F, LSTM_G, LSTM_O, LSTM_GATES };

static void lstm_sums(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    sum_gates(run, s, u, end, LSTM_GATES);
}

static void lstm_memory(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden;
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *i = s2s_row(&s->gates, r) + u, *f = i + H, *g = f + H, *o = g + H, *c = s2s_row(&s->c, r) + u;
        for (int gate = 0; gate < LSTM_GATES; gate++)
            normalise_gate(run, s, r, gate, u, end);
        kernels->sigmoid(i, i, end - u);
        kernels->sigmoid(f, f, end - u);
        kernels->tanh(g, g, end - u);
        kernels->sigmoid(o, o, end - u);
        kernels->mul(c, f, s2s_row(&s->prev, r) + u, end - u);
        kernels->mul_add(c, i, g, end - u);
    }
}

static void lstm_output(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    const s2s_kernels *kernels = run->graph->kernels;
    int H = run->cell->hidden;
    for (int r = 0; r < s->h.rows; r++) {
        s2s_real *y = s2s_row(&s->sums, r) + LSTM_GATES * H;
        normalise(run, y, s2s_row(&s->c, r), run->cell->gain_c->t.data, run->cell->shift_c->t.data, u, end);
        kernels->tanh(y + u, y + u, end - u);
        kernels->mul(s2s_row(&s->h, r) + u, s2s_row(&s->gates, r) + LSTM_O * H + u, y + u, end - u);
    }
}

static void lstm_output_back(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    int H = run->cell->hidden;
    for (int r = 0; r < s->h.rows; r++) {
        const s2s_real *o = s2s_row(&s->gates, r) + LSTM_O * H + u,
                       *y = s2s_row(&s->sums, r) + LSTM_GATES * H + u;
        const s2s_real *dh = s2s_grad_row(&s->h, r) + u;
        s2s_real *d_o = s2s_grad_row(&s->sums, r) + LSTM_O * H + u, *dy = d_o + H;
        for (int j = 0; j < end - u; j++) {
            d_o[j] = dh[j] * y[j] * o[j] * (1 - o[j]);
            dy[j] = dh[j] * o[j] * (1 - y[j] * y[j]);
        }
    }
}

static void lstm_memory_back(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    int H = run->cell->hidden;
    for (int r = 0; r < s->h.rows; r++) {
        const s2s_real *i = s2s_row(&s->gates, r) + u, *f = i + H, *g = f + H, *prev = s2s_row(&s->prev, r) + u;
        const s2s_real *dc = s2s_grad_row(&s->c, r) + u;
        s2s_real *di = s2s_grad_row(&s->sums, r) + u, *df = di + H, *dg = df + H;
        s2s_real *dprev = s2s_grad_row(&s->prev, r) + u;
        normalise_back(run, s2s_grad_row(&s->c, r), s2s_row(&s->c, r),
                       s2s_grad_row(&s->sums, r) + LSTM_GATES * H, run->cell->gain_c, run->cell->shift_c, 0, u,
                       end);
        for (int j = 0; j < end - u; j++) {
            di[j] = dc[j] * g[j] * i[j] * (1 - i[j]);
            df[j] = dc[j] * prev[j] * f[j] * (1 - f[j]);
            dg[j] = dc[j] * i[j] * (1 - g[j] * g[j]);
            dprev[j] = dc[j] * f[j]; /* takes the place of prev */
        }
    }
}

static void lstm_gates_back(const s2s_cell_run *run, const s2s_cell_state *s, int u, int end)
{
    for (int r = 0; r < s->h.rows; r++)
        for (int gate = 0; gate < LSTM_GATES; gate++)
            normalise_gate_back(run, s, r, gate, u, end);
}

const s2s_cell_stages s2s_cell_norm_stages[] = {
    [S2S_CELL_RNN] = {{rnn_sums, rnn_output}, {rnn_output_back, rnn_sums_back, s2s_cell_rnn_state_grad}},
    [S2S_CELL_GRU] = {{gru_sums, gru_gates, gru_output},
                      {gru_output_back, gru_candidate_back, gru_gates_back, s2s_cell_gru_state_grad}},
    [S2S_CELL_LSTM] = {{lstm_sums, lstm_memory, lstm_output},
                       {lstm_output_back, lstm_memory_back, lstm_gates_back, s2s_cell_lstm_state_grad}},
};
