/* y = x W^T + b
 *
 *   dx += dy W      dW += dy^T x      db += sum of the rows of dy */
#include <string.h>

#include "ops/ops.h"
#include "ops/product.h"

struct linear {
    s2s_graph *graph;
    s2s_tensor y, x;
    s2s_param *w, *b;
    const s2s_packed *packed;
    bool add;
};

/* Of the product, and of that of dx. */
static double flops(const struct linear *l)
{
    return s2s_product_flops(l->y.rows, l->y.cols, l->x.cols);
}

static void forward_member(void *arg, int member)
{
    const struct linear *l = arg;
    s2s_product_member(l->graph, member, l->y.data, l->y.ld, l->x.data, l->x.ld, l->packed, 0, l->y.rows,
                       l->y.cols, l->x.cols, l->add, l->b ? l->b->t.data : NULL);
}

static void backward_member(void *arg, int member)
{
    const struct linear *l = arg;
    s2s_product_member(l->graph, member, l->x.grad, l->x.ld, l->y.grad, l->y.ld, l->packed, 0, l->x.rows,
                       l->x.cols, l->y.cols, true, NULL);
}

static void rows_back(s2s_graph *graph, void *saved)
{
    struct linear *l = saved;
    if (!l->x.grad || !l->y.rows)
        return;
    l->packed = s2s_graph_packed(graph, l->w, S2S_PACK_BACKWARD);
    if (l->packed)
        s2s_graph_run(graph, S2S_WORK_LINEAR, flops(l), backward_member, l);
}

static void weights_back(s2s_graph *graph, void *saved)
{
    const struct linear *l = saved;
    s2s_weight_grad(graph, l->w->t.grad, l->w->t.ld, l->b ? l->b->t.grad : NULL, l->y.grad, l->y.ld, l->y.cols,
                    l->x.data, l->x.ld, l->x.cols, l->y.rows);
}

void s2s_linear_weights(s2s_graph *graph, const s2s_tensor *y, const s2s_tensor *x, s2s_param *w, s2s_param *b)
{
    struct linear l = {graph, *y, *x, w, b, NULL, false};
    s2s_graph_record(graph, weights_back, &l, sizeof l);
}

void s2s_linear_rows(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x, s2s_param *w, s2s_param *b, bool add)
{
    struct linear l = {graph, *y, *x, w, b, s2s_graph_packed(graph, w, S2S_PACK_FORWARD), add};
    if (!l.packed)
        return;
    s2s_graph_run(graph, S2S_WORK_LINEAR, flops(&l), forward_member, &l);
    s2s_graph_record(graph, rows_back, &l, sizeof l);
}

void s2s_linear(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x, s2s_param *w, s2s_param *b)
{
    s2s_linear_weights(graph, y, x, w, b);
    s2s_linear_rows(graph, y, x, w, b, false);
}
