#include "ops/product.h"

void s2s_product_member(s2s_graph *graph, int member, s2s_real *c, ptrdiff_t ldc, const s2s_real *a,
                        ptrdiff_t lda, const s2s_packed *packed, int block, int M, int N, int K,
                        bool accumulate, const s2s_real *bias)
{
    const s2s_kernels *kernels = graph->kernels;
    const s2s_real *b = packed->data + (size_t)block * packed->block_size;
    int size = s2s_team_size(graph->team), n_panels = (N + kernels->panel - 1) / kernels->panel;
    int begin, end;
    /* few panels that do not divide evenly would leave members waiting for the one that has most */
    bool even = n_panels % size == 0 || n_panels >= 4 * size;
    if (s2s_rows_are_many(graph, M) || (!even && M >= 4 * size)) {
        s2s_team_share(M, member, size, &begin, &end);
        if (begin < end)
            kernels->gemm(c + begin * ldc, ldc, a + begin * lda, lda, b, end - begin, N, K, 0, n_panels,
                          accumulate, bias);
    } else {
        s2s_team_share(n_panels, member, size, &begin, &end);
        if (begin < end)
            kernels->gemm(c, ldc, a, lda, b, M, N, K, begin, end, accumulate, bias);
    }
}

/* Rows and units that enter a weight gradient at once: packed x of so many rows, and dy of so many rows and
 * units, stay in cache. */
enum { GRAD_ROWS = S2S_GEMM_T_K, GRAD_UNITS = 112 };

struct weight_grad {
    s2s_graph *graph;
    s2s_real *dw, *db;
    const s2s_real *dy, *x;
    ptrdiff_t ldw, ldy, ldx;
    int out, in, n;
    s2s_real *packed; /* panels of [GRAD_ROWS, in] */
};

/* Of units [begin, end), from n rows of dy and packed x. */
static void add_units(const struct weight_grad *g, const s2s_real *dy, int n, int begin, int end)
{
    const s2s_kernels *kernels = g->graph->kernels;
    int n_panels = (g->in + kernels->panel - 1) / kernels->panel;
    for (int units; begin < end; begin += units) {
        units = end - begin < GRAD_UNITS ? end - begin : GRAD_UNITS;
        if (g->db)
            kernels->add_rows(g->db + begin, NULL, dy + begin, g->ldy, NULL, n, units);
        kernels->gemm_t(g->dw + begin * g->ldw, g->ldw, dy + begin, g->ldy, g->packed, units, g->in, n, 0,
                        n_panels);
    }
}

static void weight_grad_member(void *arg, int member)
{
    const struct weight_grad *g = arg;
    const s2s_kernels *kernels = g->graph->kernels;
    int size = s2s_team_size(g->graph->team), n_panels = (g->in + kernels->panel - 1) / kernels->panel;
    int p0, p1, begin, end;
    s2s_team_share(n_panels, member, size, &p0, &p1);
    s2s_team_share(g->out, member, size, &begin, &end);
    for (int first = 0; first < g->n; first += GRAD_ROWS) {
        int n = g->n - first < GRAD_ROWS ? g->n - first : GRAD_ROWS;
        kernels->pack(g->packed, g->x + first * g->ldx, g->ldx, 1, n, g->in, p0, p1);
        s2s_team_barrier(g->graph->team, member);
        add_units(g, g->dy + first * g->ldy, n, begin, end);
        s2s_team_barrier(g->graph->team, member);
    }
}

void s2s_weight_grad(s2s_graph *graph, s2s_real *dw, ptrdiff_t ldw, s2s_real *db, const s2s_real *dy,
                     ptrdiff_t ldy, int out, const s2s_real *x, ptrdiff_t ldx, int in, int n)
{
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    int rows = n < GRAD_ROWS ? n : GRAD_ROWS;
    struct weight_grad g = {graph, dw, db, dy, x, ldw, ldy, ldx, out, in, n, NULL};
    g.packed =
        s2s_arena_alloc(graph->scratch, s2s_size_mul(graph->kernels->packed_size(rows, in), sizeof *g.packed));
    if (g.packed)
        s2s_graph_run(graph, S2S_WORK_WEIGHT_GRADIENT, s2s_product_flops(out, in, n), weight_grad_member, &g);
    else
        s2s_graph_fail(graph, S2S_EXHAUSTED, "computing a weight gradient");
    s2s_arena_release(graph->scratch, mark);
}
