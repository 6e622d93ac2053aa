/* y[r] = x[index[r]]        dx[index[r]] += dy[r]
 *
 * Rows of y may share a row of x, so the backward splits columns: every sum runs in row order. */
#include <string.h>

#include "ops/ops.h"

struct lookup {
    s2s_graph *graph;
    s2s_tensor y, x;
    const int *index;       /* row of x for each row of y; -1: none */
    const s2s_param *table; /* that x is; NULL: x is no parameter */
};

static void forward_member(void *arg, int member)
{
    const struct lookup *l = arg;
    int begin, end;
    s2s_team_share(l->y.rows, member, s2s_team_size(l->graph->team), &begin, &end);
    for (int r = begin; r < end; r++) {
        size_t bytes = (size_t)l->y.cols * sizeof(s2s_real);
        if (l->index[r] < 0)
            memset(s2s_row(&l->y, r), 0, bytes);
        else
            memcpy(s2s_row(&l->y, r), s2s_row(&l->x, l->index[r]), bytes);
    }
}

static void backward_member(void *arg, int member)
{
    const struct lookup *l = arg;
    int begin, end;
    s2s_team_share(l->y.cols, member, s2s_team_size(l->graph->team), &begin, &end);
    for (int r = 0; r < l->y.rows && begin < end; r++)
        if (l->index[r] >= 0)
            l->graph->kernels->add(s2s_grad_row(&l->x, l->index[r]) + begin, s2s_grad_row(&l->y, r) + begin,
                                   end - begin);
}

static void back(s2s_graph *graph, void *saved)
{
    const struct lookup *l = saved;
    for (int r = 0; l->table && r < l->y.rows; r++)
        if (l->index[r] >= 0)
            s2s_params_touch(graph->params, l->table, l->index[r]);
    s2s_graph_run(graph, S2S_WORK_LOOKUP, 0, backward_member, saved);
}

static void look_up(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x, const s2s_param *table,
                    const int *index)
{
    if (graph->status != S2S_OK)
        return;
    struct lookup l = {graph, *y, *x, index, table};
    s2s_graph_run(graph, S2S_WORK_LOOKUP, 0, forward_member, &l);
    if (x->grad)
        s2s_graph_record(graph, back, &l, sizeof l);
}

void s2s_gather(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x, const int *index)
{
    look_up(graph, y, x, NULL, index);
}

void s2s_embed(s2s_graph *graph, s2s_tensor *y, s2s_param *table, const int *ids)
{
    look_up(graph, y, &table->t, table, ids);
}
