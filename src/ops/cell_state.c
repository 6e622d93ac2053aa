/* What a recurrent cell owns and what its steps keep: parameters, state, how a state reaches the next step. */
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

static void declare_norm(s2s_cell *cell, s2s_params *params, const char *prefix, int width, s2s_init shift)
{
    int H = cell->hidden;
    cell->gain = declare(params, prefix, "gain", S2S_INIT_ONE, 0, 1, width);
    cell->shift = declare(params, prefix, "shift", shift, 0, 1, width);
    if (cell->kind != S2S_CELL_LSTM)
        return;
    cell->gain_c = declare(params, prefix, "gain_c", S2S_INIT_ONE, 0, 1, H);
    cell->shift_c = declare(params, prefix, "shift_c", S2S_INIT_ZERO, 0, 1, H);
}

void s2s_cell_declare(s2s_cell *cell, s2s_params *params, const char *prefix)
{
    s2s_cell_kind kind = cell->kind;
    int hidden = cell->hidden, gates = s2s_cell_gates(kind), width = gates * hidden;
    s2s_init bias = kind == S2S_CELL_LSTM ? S2S_INIT_FORGET : S2S_INIT_ZERO;
    cell->w_ih = declare(params, prefix, "w_ih", S2S_INIT_GLOROT, 1, width, cell->input);
    cell->w_hh = declare(params, prefix, "w_hh", S2S_INIT_ORTHOGONAL, gates, width, hidden);
    if (cell->layer_norm)
        declare_norm(cell, params, prefix, width, bias);
    else
        cell->b = declare(params, prefix, "b", bias, 0, 1, width);
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
        .h_in = s2s_tensor_written(graph, N, H),
        .h = *h,
    };
    if (cell->kind != S2S_CELL_RNN)
        state.prev = s2s_tensor_reused(graph, N, H);
    if (cell->kind == S2S_CELL_GRU)
        state.extra = s2s_tensor_reused(graph, N, H);
    if (cell->kind == S2S_CELL_LSTM_ARTICLE)
        state.extra = s2s_tensor_written(graph, N, 2 * H);
    if (cell->layer_norm)
        state.sums =
            s2s_tensor_written(graph, N, (s2s_cell_gates(cell->kind) + (cell->kind == S2S_CELL_LSTM)) * H);
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
    return (s2s_cell_state){
        .gates = s2s_view_rows(&state->gates, first, n),
        .h_in = s2s_view_rows(&state->h_in, first, n),
        .prev = s2s_view_rows(&state->prev, first, n),
        .extra = s2s_view_rows(&state->extra, first, n),
        .sums = s2s_view_rows(&state->sums, first, n),
        .h = s2s_view_rows(&state->h, first, n),
        .c = s2s_view_rows(&state->c, first, n),
    };
}

bool s2s_cell_runs_begin(s2s_cell_run *runs, int n_runs, s2s_graph *graph, s2s_packing packing, int n_rows)
{
    for (int i = 0; i < n_runs; i++) {
        const s2s_cell *cell = runs[i].cell;
        runs[i] = (s2s_cell_run){.cell = cell,
                                 .graph = graph,
                                 .w_hh = s2s_graph_packed(graph, cell->w_hh, packing),
                                 .number = i,
                                 .n_runs = n_runs,
                                 /* the gradients of a gain are sums over rows */
                                 .by_rows = s2s_rows_are_many(graph, n_rows) && !cell->layer_norm};
        if (cell->kind == S2S_CELL_LSTM_ARTICLE)
            runs[i].w_oc = s2s_graph_packed(graph, cell->w_oc, packing);
    }
    return graph->status == S2S_OK;
}

double s2s_cell_flops(const s2s_cell_run *runs, int n_rows)
{
    int H = runs->cell->hidden, width = runs->cell->w_hh->t.rows + (runs->w_oc ? H : 0);
    return runs->n_runs * s2s_product_flops(n_rows, width, H);
}

const s2s_tensor *s2s_cell_carried(const s2s_cell *cell, const s2s_cell_before *before)
{
    return s2s_cell_has_memory(cell->kind) ? &before->c : &before->h;
}

void s2s_cell_fetch(const s2s_cell_run *run, const s2s_cell_state *rows, const s2s_cell_before *before,
                    int member)
{
    const s2s_tensor *h = &before->h, *prev = s2s_cell_carried(run->cell, before);
    int u, end;
    s2s_cell_units(run, member, &u, &end);
    size_t bytes = (size_t)(end - u) * sizeof(s2s_real);
    for (int r = 0; r < rows->h.rows; r++) {
        s2s_real *h_in = s2s_row(&rows->h_in, r) + u;
        if (!h->data)
            memset(h_in, 0, bytes);
        else if (before->mask.data)
            run->graph->kernels->mul(h_in, s2s_row(h, r) + u, s2s_row(&before->mask, r) + u, end - u);
        else
            memcpy(h_in, s2s_row(h, r) + u, bytes);
        if (!rows->prev.data)
            continue;
        if (prev->data)
            memcpy(s2s_row(&rows->prev, r) + u, s2s_row(prev, r) + u, bytes);
        else
            memset(s2s_row(&rows->prev, r) + u, 0, bytes);
    }
}

void s2s_cell_pass_on(const s2s_cell_run *run, const s2s_cell_state *rows, const s2s_cell_before *before,
                      int member)
{
    const s2s_kernels *kernels = run->graph->kernels;
    const s2s_tensor *h = &before->h, *prev = s2s_cell_carried(run->cell, before);
    int u, end;
    s2s_cell_units(run, member, &u, &end);
    for (int r = 0; r < rows->h.rows; r++) {
        const s2s_real *dh_in = s2s_grad_row(&rows->h_in, r) + u;
        if (h->grad && before->mask.data)
            kernels->mul_add(s2s_grad_row(h, r) + u, dh_in, s2s_row(&before->mask, r) + u, end - u);
        else if (h->grad)
            kernels->add(s2s_grad_row(h, r) + u, dh_in, end - u);
        if (rows->prev.data && prev->grad)
            kernels->add(s2s_grad_row(prev, r) + u, s2s_grad_row(&rows->prev, r) + u, end - u);
    }
}
