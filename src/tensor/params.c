#include "tensor/params.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"

void s2s_params_begin(s2s_params *params)
{
    memset(params, 0, sizeof *params);
    params->version = 1;
    params->arena = s2s_arena_new(4096);
    if (!params->arena)
        params->status = S2S_EXHAUSTED;
}

void s2s_params_end(s2s_params *params)
{
    s2s_arena_free(params->arena);
    memset(params, 0, sizeof *params);
}

s2s_param *s2s_weight_declare(s2s_params *params, const char *name, s2s_init init, int blocks, int rows,
                              int cols)
{
    if (params->status != S2S_OK)
        return NULL;
    if (params->n == S2S_MAX_PARAMS) {
        params->status = S2S_BAD_CONFIG;
        return NULL;
    }
    s2s_param *param = s2s_arena_alloc_zero(params->arena, sizeof *param);
    if (!param) {
        params->status = S2S_EXHAUSTED;
        return NULL;
    }
    snprintf(param->name, sizeof param->name, "%s", name);
    param->init = init;
    param->blocks = blocks;
    param->t = (s2s_tensor){.rows = rows, .cols = cols, .ld = cols};
    params->items[params->n++] = param;
    return param;
}

s2s_param *s2s_param_declare(s2s_params *params, const char *name, s2s_init init, int rows, int cols)
{
    return s2s_weight_declare(params, name, init, 0, rows, cols);
}

s2s_param *s2s_table_declare(s2s_params *params, const char *name, int rows, int cols)
{
    s2s_param *param = s2s_param_declare(params, name, S2S_INIT_NORMAL, rows, cols);
    if (param)
        param->is_table = true;
    return param;
}

/* Elements of a parameter in the block, its gap included. */
static size_t block_share(const s2s_param *param)
{
    size_t unit = S2S_ALIGNMENT / sizeof(s2s_real);
    size_t n = s2s_size_mul((size_t)param->t.rows, (size_t)param->t.cols);
    return s2s_size_mul((s2s_size_add(n, unit - 1)) / unit, unit);
}

s2s_status s2s_params_declared(const s2s_params *params, s2s_error *err)
{
    if (params->status == S2S_BAD_CONFIG)
        return s2s_fail(err, S2S_BAD_CONFIG, "expected at most %d parameter tensors", S2S_MAX_PARAMS);
    return params->status == S2S_OK ? S2S_OK : s2s_fail_memory(err, "declaring parameters");
}

/* Raises the state of all strips that n elements from `at` on lie in. */
static void mark(s2s_params *params, size_t at, size_t n, s2s_strip state)
{
    for (size_t strip = at / S2S_STRIP; strip * S2S_STRIP < at + n; strip++)
        if (params->strips[strip] < state)
            params->strips[strip] = (unsigned char)state;
}

size_t s2s_params_elements(const s2s_params *params)
{
    size_t n = 0;
    for (int i = 0; i < params->n; i++)
        n = s2s_size_add(n, block_share(params->items[i]));
    return n;
}

/* Gives the parameters that are frozen, or those that are not, their places from `at` on; returns the end. */
static size_t place(s2s_params *params, bool frozen, size_t at)
{
    for (int i = 0; i < params->n; i++) {
        s2s_param *param = params->items[i];
        if (param->frozen != frozen)
            continue;
        param->t.data = params->data + at;
        param->t.grad = params->grad ? params->grad + at : NULL;
        if (params->grad && !param->is_table)
            mark(params, at, block_share(param), S2S_STRIP_DENSE);
        at += block_share(param);
    }
    return at;
}

s2s_status s2s_params_allocate(s2s_params *params, bool with_grad, s2s_error *err)
{
    S2S_TRY(s2s_params_declared(params, err));
    params->n_elements = s2s_params_elements(params);
    for (int i = 0; i < params->n; i++)
        params->n_parameters += (size_t)params->items[i]->t.rows * (size_t)params->items[i]->t.cols;
    size_t bytes = s2s_size_mul(params->n_elements, sizeof(s2s_real));
    params->data = s2s_arena_alloc_zero(params->arena, bytes);
    if (with_grad) {
        params->grad = s2s_arena_alloc_zero(params->arena, bytes);
        params->strips = s2s_arena_alloc_zero(params->arena, params->n_elements / S2S_STRIP + 1);
    }
    if (!params->data || (with_grad && (!params->grad || !params->strips)))
        return s2s_fail_memory(err, "allocating parameters");
    params->n_trained = place(params, false, 0);
    (void)place(params, true, params->n_trained);
    return S2S_OK;
}

void s2s_params_touch(s2s_params *params, const s2s_param *table, int row)
{
    if (table->is_table)
        mark(params, (size_t)(s2s_row(&table->t, row) - params->data), (size_t)table->t.cols,
             S2S_STRIP_TOUCHED);
}

s2s_param *s2s_params_find(const s2s_params *params, const char *name)
{
    for (int i = 0; i < params->n; i++)
        if (strcmp(params->items[i]->name, name) == 0)
            return params->items[i];
    return NULL;
}

/* Four sums side by side: a single one would wait for each of its additions. */
static double dot(const s2s_real *x, const s2s_real *y, int n)
{
    enum { SUMS = 4 };
    double sum[SUMS] = {0};
    int k = 0;
    for (; k + SUMS <= n; k += SUMS)
        for (int j = 0; j < SUMS; j++)
            sum[j] += (double)x[k + j] * (double)y[k + j];
    for (; k < n; k++)
        sum[0] += (double)x[k] * (double)y[k];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Makes the rows of a [n, len] orthonormal, n <= len, by modified Gram-Schmidt, twice for accuracy. */
static void orthonormalise(s2s_real *a, int n, int len)
{
    for (int v = 0; v < n; v++) {
        s2s_real *x = a + (ptrdiff_t)v * len;
        for (int pass = 0; pass < 2; pass++) {
            for (int w = 0; w < v; w++) {
                const s2s_real *y = a + (ptrdiff_t)w * len;
                double common = dot(x, y, len);
                for (int k = 0; k < len; k++)
                    x[k] -= (s2s_real)(common * (double)y[k]);
            }
            double norm = dot(x, x, len);
            norm = norm > 0 ? 1 / sqrt(norm) : 0;
            for (int k = 0; k < len; k++)
                x[k] *= (s2s_real)norm;
        }
    }
}

static void init_orthogonal(s2s_param *param, s2s_rng *rng)
{
    int blocks = param->blocks ? param->blocks : 1;
    int rows = param->t.rows / blocks, cols = param->t.cols;
    for (int b = 0; b < blocks; b++) {
        s2s_real *w = s2s_row(&param->t, b * rows);
        for (ptrdiff_t i = 0; i < (ptrdiff_t)rows * cols; i++)
            w[i] = (s2s_real)s2s_rng_normal(rng);
        orthonormalise(w, rows, cols);
    }
}

static void init_param(s2s_param *param, s2s_rng *rng)
{
    size_t n = (size_t)param->t.rows * (size_t)param->t.cols;
    s2s_real *w = param->t.data;
    int fans = param->t.rows / (param->blocks ? param->blocks : 1) + param->t.cols;
    double glorot = sqrt(6.0 / fans);
    double normal = 1 / sqrt(param->t.cols);
    switch (param->init) {
    case S2S_INIT_ZERO:
        memset(w, 0, n * sizeof *w);
        break;
    case S2S_INIT_ONE:
        for (size_t i = 0; i < n; i++)
            w[i] = 1;
        break;
    case S2S_INIT_GLOROT:
        for (size_t i = 0; i < n; i++)
            w[i] = (s2s_real)((2 * s2s_rng_uniform(rng) - 1) * glorot);
        break;
    case S2S_INIT_ORTHOGONAL:
        init_orthogonal(param, rng);
        break;
    case S2S_INIT_NORMAL:
        for (size_t i = 0; i < n; i++)
            w[i] = (s2s_real)(s2s_rng_normal(rng) * normal);
        break;
    case S2S_INIT_FORGET:
        for (size_t i = 0; i < n; i++)
            w[i] = i / (n / 4) == 1 ? 1 : 0;
        break;
    }
}

void s2s_params_init(s2s_params *params, uint64_t seed)
{
    for (int i = 0; i < params->n; i++) {
        s2s_param *param = params->items[i];
        uint64_t key = s2s_hash64(seed, 0);
        for (const char *c = param->name; *c; c++)
            key = s2s_hash64(key, (unsigned char)*c);
        s2s_rng rng;
        s2s_rng_seed(&rng, key);
        init_param(param, &rng);
    }
    s2s_params_changed(params);
}
