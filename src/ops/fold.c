/* Embedding and the product with it, folded: y[r] = table[ids[r]] W^T + b.
 *
 * Of a small table all rows of the product are computed once, for as long as the parameters stay or, while
 * recording, for the pass, and then looked up.  A row of a product does not depend on the others, so the numbers
 * are the same.  The way back is that of the two operations: gradients of equal ids are summed up before they
 * enter the products. */
#include "ops/ops.h"

/* Elements of the folded table at most: it costs less than reading a few sentences, and stays in cache. */
enum { MAX_ELEMENTS = 1 << 18 };

struct s2s_fold {
    s2s_param *table, *w, *b;
    s2s_tensor rows;     /* [V, out]; without data until first used */
    const void *kernels; /* that they were computed with */
    uint64_t version;    /* value of params.version that they were computed at */
};

s2s_fold *s2s_fold_declare(s2s_params *params, s2s_param *table, s2s_param *w, s2s_param *b)
{
    if (params->status != S2S_OK || s2s_size_mul((size_t)table->t.rows, (size_t)w->t.rows) > MAX_ELEMENTS)
        return NULL;
    s2s_fold *fold = s2s_arena_alloc(params->arena, sizeof *fold);
    if (!fold) {
        params->status = S2S_EXHAUSTED;
        return NULL;
    }
    *fold = (s2s_fold){.table = table, .w = w, .b = b};
    fold->rows = (s2s_tensor){.rows = table->t.rows, .cols = w->t.rows, .ld = w->t.rows};
    return fold;
}

void s2s_fold_prepare(s2s_graph *graph, s2s_fold *fold)
{
    if (!fold || graph->recording || graph->status != S2S_OK ||
        (fold->kernels == graph->kernels && fold->version == graph->params->version))
        return;
    if (!fold->rows.data) {
        size_t n = (size_t)fold->rows.rows * (size_t)fold->rows.cols;
        fold->rows.data = s2s_arena_alloc(graph->params->arena, n * sizeof *fold->rows.data);
    }
    if (!fold->rows.data) {
        s2s_graph_fail(graph, S2S_EXHAUSTED, "folding an embedding");
        return;
    }
    s2s_linear_rows(graph, &fold->rows, &fold->table->t, fold->w, fold->b, false);
    if (graph->status != S2S_OK) /* nothing was computed */
        return;
    fold->kernels = graph->kernels;
    fold->version = graph->params->version;
}

bool s2s_fold_pays(const s2s_graph *graph, const s2s_fold *fold, int n_rows)
{
    return fold && (!graph->recording || n_rows >= 2 * fold->rows.rows);
}

static void touch_back(s2s_graph *graph, void *saved)
{
    const s2s_fold *fold = *(s2s_fold **)saved;
    for (int r = 0; r < fold->rows.rows; r++)
        s2s_params_touch(graph->params, fold->table, r);
}

s2s_tensor s2s_fold_rows(s2s_graph *graph, s2s_fold *fold)
{
    if (!graph->recording) {
        s2s_fold_prepare(graph, fold);
        return fold->rows;
    }
    s2s_tensor rows = s2s_tensor_new(graph, fold->rows.rows, fold->rows.cols);
    s2s_linear(graph, &rows, &fold->table->t, fold->w, fold->b);
    s2s_graph_record(graph, touch_back, &fold, sizeof fold);
    return rows;
}
