/* Embedding and the product with it, folded: y[r] = table[ids[r]] W^T + b.
 *
 * Rows of equal ids are equal, so the product is one of different ids only, whose rows are then gathered.
 * Where nothing is recorded, all rows of a small table are computed once for as long as the parameters stay.  A
 * row of a product does not depend on the others, so the numbers are the same.  The way back is that of the
 * operations: gradients of equal ids are summed up before they enter the products. */
#include "ops/ops.h"

enum {
    SMALL = 1 << 18,    /* elements of y for a whole small table: costs less than reading a few sentences */
    IN_CACHE = 1 << 20, /* elements of y for different ids at most */
    MIN_IDS = 32,       /* fewer rows take hardly longer than reading the weights */
};

struct s2s_fold {
    s2s_param *table, *w, *b;
    bool small;
    s2s_tensor rows;     /* small: [V, out]; without data until first used */
    const void *kernels; /* that they were computed with */
    uint64_t version;    /* value of params.version that they were computed at */
};

s2s_fold *s2s_fold_declare(s2s_params *params, s2s_param *table, s2s_param *w, s2s_param *b)
{
    if (params->status != S2S_OK)
        return NULL;
    s2s_fold *fold = s2s_arena_alloc(params->arena, sizeof *fold);
    if (!fold) {
        params->status = S2S_EXHAUSTED;
        return NULL;
    }
    *fold = (s2s_fold){.table = table, .w = w, .b = b};
    fold->rows = (s2s_tensor){.rows = table->t.rows, .cols = w->t.rows, .ld = w->t.rows};
    fold->small = s2s_size_mul((size_t)fold->rows.rows, (size_t)fold->rows.cols) <= SMALL;
    return fold;
}

void s2s_fold_prepare(s2s_graph *graph, s2s_fold *fold)
{
    if (!fold || !fold->small || graph->recording || graph->status != S2S_OK ||
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

/* The ids in use, each once, and for each of ids [n] which of them it is; returns how many they are. */
static int number_ids(s2s_graph *graph, const int *ids, int n, int V, int *used, int *index)
{
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    int *place = s2s_arena_alloc_zero(graph->scratch, (size_t)V * sizeof *place), n_used = 0; /* 0: none yet */
    if (!place)
        s2s_graph_fail(graph, S2S_EXHAUSTED, "folding an embedding");
    for (int r = 0; place && r < n; r++) {
        if (place[ids[r]] == 0) {
            used[n_used++] = ids[r];
            place[ids[r]] = n_used;
        }
        index[r] = place[ids[r]] - 1;
    }
    s2s_arena_release(graph->scratch, mark);
    return n_used;
}

/* embed and linear, of ids [n]. */
static s2s_tensor rows_of(s2s_graph *graph, const s2s_fold *fold, const int *ids, int n)
{
    s2s_tensor embedded = s2s_tensor_new(graph, n, fold->table->t.cols);
    s2s_tensor rows = s2s_tensor_new(graph, n, fold->w->t.rows);
    s2s_embed(graph, &embedded, fold->table, ids);
    s2s_linear(graph, &rows, &embedded, fold->w, fold->b);
    return rows;
}

/* Different ids for which folding pays: the products saved take longer than the copies of their rows and, while
 * recording, these and those of the other folds take no more memory than the embeddings saved. */
static int most_ids(const s2s_graph *graph, const s2s_fold *fold, int n, int n_folds)
{
    int64_t E = fold->table->t.cols, out = fold->w->t.rows;
    if (graph->recording)
        return (int)(n * E / (n_folds * (E + out)));
    return n / 2 < IN_CACHE / out ? n / 2 : (int)(IN_CACHE / out);
}

s2s_folded s2s_fold_ids(s2s_graph *graph, s2s_fold *fold, const int *ids, int n, int n_folds)
{
    const s2s_folded none = {0};
    if (!fold || !ids || graph->status != S2S_OK)
        return none;
    if (fold->small && !graph->recording) {
        s2s_fold_prepare(graph, fold);
        return (s2s_folded){fold->rows, ids};
    }
    if (n < MIN_IDS)
        return none;
    int *used = s2s_graph_save(graph, (size_t)n * sizeof *used);
    int *index = s2s_graph_save(graph, (size_t)n * sizeof *index);
    int n_used = used && index ? number_ids(graph, ids, n, fold->table->t.rows, used, index) : 0;
    if (graph->status != S2S_OK || n_used > most_ids(graph, fold, n, n_folds))
        return none;
    return (s2s_folded){rows_of(graph, fold, used, n_used), index};
}
