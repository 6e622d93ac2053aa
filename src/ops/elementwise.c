/* Operations on single elements: tanh, sum, copy, dropout. */
#include <string.h>

#include "ops/ops.h"

struct elementwise {
    s2s_graph *graph;
    s2s_tensor y, x;
    uint64_t key; /* dropout */
    s2s_real p;
    void (*row)(const struct elementwise *e, int r);
};

static void run_member(void *arg, int member)
{
    const struct elementwise *e = arg;
    int begin, end;
    s2s_team_share(e->y.rows, member, s2s_team_size(e->graph->team), &begin, &end);
    for (int r = begin; r < end; r++)
        e->row(e, r);
}

static void back(s2s_graph *graph, void *saved)
{
    s2s_graph_run(graph, S2S_WORK_ELEMENTWISE, 0, run_member, saved);
}

/* Runs forward now and notes backward; two rows of code make an operation. */
static void run(struct elementwise e, void (*forward)(const struct elementwise *, int),
                void (*backward)(const struct elementwise *, int))
{
    if (e.graph->status != S2S_OK)
        return;
    e.row = forward;
    s2s_graph_run(e.graph, S2S_WORK_ELEMENTWISE, 0, run_member, &e);
    e.row = backward;
    if (e.y.grad && e.x.grad)
        s2s_graph_record(e.graph, back, &e, sizeof e);
}

/* ---- y = tanh(x): dx += dy (1 - y^2) ---- */

static void tanh_forward(const struct elementwise *e, int r)
{
    e->graph->kernels->tanh(s2s_row(&e->y, r), s2s_row(&e->x, r), e->y.cols);
}

static void tanh_backward(const struct elementwise *e, int r)
{
    e->graph->kernels->tanh_back(s2s_grad_row(&e->x, r), s2s_row(&e->y, r), s2s_grad_row(&e->y, r), e->y.cols);
}

void s2s_tanh(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x)
{
    run((struct elementwise){.graph = graph, .y = *y, .x = *x}, tanh_forward, tanh_backward);
}

/* ---- y += x and y = x: dx += dy ---- */

static void add_forward(const struct elementwise *e, int r)
{
    e->graph->kernels->add(s2s_row(&e->y, r), s2s_row(&e->x, r), e->y.cols);
}

static void copy_forward(const struct elementwise *e, int r)
{
    memcpy(s2s_row(&e->y, r), s2s_row(&e->x, r), (size_t)e->y.cols * sizeof(s2s_real));
}

static void pass_backward(const struct elementwise *e, int r)
{
    e->graph->kernels->add(s2s_grad_row(&e->x, r), s2s_grad_row(&e->y, r), e->y.cols);
}

void s2s_add(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x)
{
    run((struct elementwise){.graph = graph, .y = *y, .x = *x}, add_forward, pass_backward);
}

void s2s_copy(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x)
{
    run((struct elementwise){.graph = graph, .y = *y, .x = *x}, copy_forward, pass_backward);
}

/* ---- dropout: y = m x, dx += m dy, the mask m being drawn twice from the same key ---- */

static void dropout_forward(const struct elementwise *e, int r)
{
    e->graph->kernels->dropout(s2s_row(&e->y, r), s2s_row(&e->x, r), e->key, (uint64_t)r * (uint64_t)e->y.cols,
                               e->p, e->y.cols);
}

static void dropout_backward(const struct elementwise *e, int r)
{
    s2s_real *dy = s2s_grad_row(&e->y, r);
    e->graph->kernels->dropout(dy, dy, e->key, (uint64_t)r * (uint64_t)e->y.cols, e->p, e->y.cols);
    e->graph->kernels->add(s2s_grad_row(&e->x, r), dy, e->y.cols);
}

void s2s_dropout(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x, s2s_real p)
{
    if (!graph->training || p <= 0) {
        s2s_copy(graph, y, x);
        return;
    }
    run((struct elementwise){.graph = graph, .y = *y, .x = *x, .key = s2s_graph_draw(graph), .p = p},
        dropout_forward, dropout_backward);
}

s2s_tensor s2s_dropout_mask(s2s_graph *graph, int rows, int cols, s2s_real p)
{
    s2s_tensor mask = s2s_tensor_constant(graph, rows, cols);
    if (!mask.data)
        return mask;
    uint64_t key = s2s_graph_draw(graph);
    for (int r = 0; r < rows; r++)
        graph->kernels->dropout_mask(s2s_row(&mask, r), key, (uint64_t)r * (uint64_t)cols, p, cols);
    return mask;
}
