/* Packed products on the team: y [M, N] = x [M, K] W^T, as the networks run them. */
#include <math.h>

#include "base/fail.h"
#include "measure/measure.h"
#include "ops/ops.h"

typedef struct product_shape {
    const char *name;
    int M, N, K;
} product_shape;

static const product_shape shapes[S2S_N_BENCH_PRODUCTS] = {
    {"64 x 2048 x 512", 64, 2048, 512},   /* a recurrent step of a batch */
    {"960 x 2048 x 256", 960, 2048, 256}, /* an input product of all its tokens */
    {"960 x 8192 x 512", 960, 8192, 512}, /* the output layer of all its tokens */
    {"1 x 2048 x 512", 1, 2048, 512},     /* a recurrent step of one sentence */
    {"5 x 8192 x 512", 5, 8192, 512},     /* the output layer of its beam */
};

typedef struct product {
    s2s_params params;
    s2s_graph graph;
    s2s_param *x, *w;
    s2s_tensor y;
} product;

static s2s_status open_product(product *p, const product_shape *shape, s2s_team *team,
                               const s2s_kernels *kernels, s2s_error *err)
{
    s2s_params_begin(&p->params);
    p->x = s2s_param_declare(&p->params, "x", S2S_INIT_NORMAL, shape->M, shape->K);
    p->w = s2s_weight_declare(&p->params, "w", S2S_INIT_NORMAL, 1, shape->N, shape->K);
    S2S_TRY(s2s_params_declared(&p->params, err));
    S2S_TRY(s2s_params_allocate(&p->params, false, err));
    s2s_params_init(&p->params, 1);
    S2S_TRY(s2s_graph_open(&p->graph, &p->params, team, kernels, err));
    s2s_graph_begin(&p->graph, false, false, 0);
    p->y = s2s_tensor_new(&p->graph, shape->M, shape->N);
    return s2s_graph_status(&p->graph, err);
}

static void close_product(product *p)
{
    s2s_graph_close(&p->graph);
    s2s_params_end(&p->params);
}

static s2s_status run_product(void *arg, s2s_error *err)
{
    product *p = arg;
    s2s_linear_rows(&p->graph, &p->y, &p->x->t, p->w, NULL, false);
    return s2s_graph_status(&p->graph, err);
}

/* GFLOP/s of shape i are known afterwards. */
static s2s_status measure(s2s_bench *bench, int i, int precision, double seconds, s2s_timing *timing,
                          s2s_error *err)
{
    const product_shape *shape = &shapes[i];
    product p = {0};
    s2s_status status = open_product(&p, shape, bench->team, s2s_kernels_of(precision), err);
    if (status == S2S_OK)
        status = s2s_time(run_product, &p, seconds, timing, err);
    close_product(&p);
    if (status == S2S_OK)
        bench->gflops[precision][i] = 1e-9 * s2s_product_flops(shape->M, shape->N, shape->K) / timing->seconds;
    return status;
}

s2s_status s2s_bench_products(s2s_bench *bench, s2s_error *err)
{
    for (int i = 0; i < S2S_N_BENCH_PRODUCTS; i++)
        for (int precision = S2S_PRECISION_F32; precision < S2S_N_PRECISIONS; precision++) {
            if (!s2s_bench_wants(bench, shapes[i].name) || !s2s_bench_uses(bench, precision))
                continue;
            s2s_timing timing;
            S2S_TRY(measure(bench, i, precision, bench->options->seconds, &timing, err));
            s2s_bench_row row = s2s_bench_row_new(bench, S2S_BENCH_PRODUCTS, shapes[i].name, &timing);
            row.figures[S2S_BENCH_GFLOPS] = bench->gflops[precision][i];
            S2S_TRY(s2s_bench_tell(bench, &row, precision, err));
        }
    return S2S_OK;
}

s2s_status s2s_bench_ceiling(s2s_bench *bench, int precision, double *gflops, s2s_error *err)
{
    const double enough_s = 0.3; /* for rows that nobody asked for */
    *gflops = 0;
    for (int i = 0; i < S2S_N_BENCH_PRODUCTS; i++) {
        s2s_timing timing;
        if (bench->gflops[precision][i] == 0)
            S2S_TRY(measure(bench, i, precision, fmin(bench->options->seconds, enough_s), &timing, err));
        *gflops = fmax(*gflops, bench->gflops[precision][i]);
    }
    return S2S_OK;
}
