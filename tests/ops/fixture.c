#include "ops/fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { INPUT = 1, CONSTANT = 101, PARAM = 201, WEIGHT = 301 }; /* numbers of the arrays of each kind */
#define OP_KEY 20140u                                          /* of dropout masks */

/* Uniform in [-1, 1), exact in f32. */
static s2s_real made_up(int array, int row, int col)
{
    uint64_t bits = s2s_hash64((uint64_t)array, (uint64_t)row * 65536 + (uint64_t)col);
    return (s2s_real)((double)(bits >> 44) / (1 << 19) - 1);
}

static void fill(s2s_tensor *x, int array, s2s_real size)
{
    for (int r = 0; r < x->rows; r++)
        for (int c = 0; c < x->cols; c++)
            s2s_row(x, r)[c] = size * made_up(array, r, c);
}

const op_case *op_case_named(const char *name)
{
    for (const op_case *op = op_cases; op->name; op++)
        if (strcmp(op->name, name) == 0)
            return op;
    fail_msg("there is no case \"%s\"", name);
    return NULL;
}

void op_run_open(op_run *run, const op_case *op, op_sizes size, const s2s_kernels *kernels, int team_size)
{
    s2s_error err = {0};
    *run = (op_run){.op = op, .size = size, .nudge = {.input = -1}};
    s2s_params_begin(&run->params);
    if (op->declare)
        op->declare(run);
    if (s2s_params_allocate(&run->params, true, &err) != S2S_OK ||
        s2s_team_new(&run->team, team_size, &err) != S2S_OK ||
        s2s_graph_open(&run->graph, &run->params, run->team, kernels, &err) != S2S_OK)
        fail_msg("%s: %s", op->name, err.msg);
    for (int i = 0; i < run->params.n; i++)
        fill(&run->params.items[i]->t, PARAM + i, (s2s_real)0.75);
    s2s_params_changed(&run->params);
}

void op_run_close(op_run *run)
{
    s2s_graph_close(&run->graph);
    s2s_team_free(run->team);
    s2s_params_end(&run->params);
}

static double sum_outputs(const op_run *run)
{
    double sum = run->objective;
    for (int i = 0; i < run->n_outputs; i++)
        for (int r = 0; r < run->outputs[i].rows; r++)
            for (int c = 0; c < run->outputs[i].cols; c++)
                sum += (double)s2s_row(&run->outputs[i], r)[c] * (double)made_up(WEIGHT + i, r, c);
    return sum;
}

double op_run_forward(op_run *run, bool recording)
{
    s2s_error err = {0};
    run->n_inputs = run->n_outputs = run->n_results = 0;
    run->objective = 0;
    s2s_graph_begin(&run->graph, recording, true, OP_KEY);
    run->op->forward(run);
    if (s2s_graph_status(&run->graph, &err) != S2S_OK)
        fail_msg("%s: %s", run->op->name, err.msg);
    return sum_outputs(run);
}

void op_run_backward(op_run *run)
{
    s2s_error err = {0};
    for (int i = 0; i < run->n_outputs; i++)
        for (int r = 0; r < run->outputs[i].rows; r++)
            for (int c = 0; c < run->outputs[i].cols; c++)
                s2s_grad_row(&run->outputs[i], r)[c] += made_up(WEIGHT + i, r, c);
    s2s_graph_backward(&run->graph);
    if (s2s_graph_status(&run->graph, &err) != S2S_OK)
        fail_msg("%s: %s", run->op->name, err.msg);
}

static op_array *array_of(op_array *array, const s2s_tensor *x, const s2s_real *data)
{
    array->data = data;
    array->rows = x->rows;
    array->cols = x->cols;
    array->ld = x->ld;
    return array;
}

int op_run_arrays(const op_run *run, bool gradients, op_array *arrays)
{
    int n = 0;
    for (int i = 0; i < run->n_outputs; i++)
        snprintf(array_of(&arrays[n++], &run->outputs[i], run->outputs[i].data)->name, OP_NAME_BYTES,
                 "output %d", i);
    for (int i = 0; i < run->n_results; i++)
        snprintf(array_of(&arrays[n++], &run->results[i], run->results[i].data)->name, OP_NAME_BYTES,
                 "result %d", i);
    for (int i = 0; gradients && i < run->n_inputs; i++)
        snprintf(array_of(&arrays[n++], &run->inputs[i], run->inputs[i].grad)->name, OP_NAME_BYTES,
                 "gradient of input %d", i);
    for (int i = 0; gradients && i < run->params.n; i++) {
        const s2s_param *param = run->params.items[i];
        snprintf(array_of(&arrays[n++], &param->t, param->t.grad)->name, OP_NAME_BYTES, "gradient of %s",
                 param->name);
    }
    assert_true(n <= OP_MAX_RUN_ARRAYS);
    return n;
}

double op_array_scale(const op_array *array)
{
    double scale = 0;
    for (int r = 0; r < array->rows; r++)
        for (int c = 0; c < array->cols; c++)
            scale = fmax(scale, fabs((double)array->data[(ptrdiff_t)r * array->ld + c]));
    return scale;
}

s2s_tensor op_input(op_run *run, int rows, int cols)
{
    s2s_tensor x = s2s_tensor_new(&run->graph, rows, cols);
    assert_true(run->n_inputs < OP_MAX_ARRAYS);
    if (x.rows != rows || x.cols != cols)
        fail_msg("%s: no memory for an input", run->op->name);
    fill(&x, INPUT + run->n_inputs, 1);
    if (run->nudge.input == run->n_inputs)
        s2s_row(&x, run->nudge.row)[run->nudge.col] += run->nudge.delta;
    run->inputs[run->n_inputs++] = x;
    return x;
}

s2s_tensor op_constant(op_run *run, int rows, int cols)
{
    s2s_tensor x = s2s_tensor_new(&run->graph, rows, cols);
    if (x.rows != rows || x.cols != cols)
        fail_msg("%s: no memory for a constant", run->op->name);
    fill(&x, CONSTANT, 1);
    x.grad = NULL;
    return x;
}

int *op_ints(op_run *run, int n)
{
    int *ints = s2s_arena_alloc_zero(run->graph.step, (size_t)n * sizeof *ints);
    if (!ints)
        fail_msg("%s: no memory for integers", run->op->name);
    return ints;
}

void op_output(op_run *run, const s2s_tensor *y)
{
    assert_true(run->n_outputs < OP_MAX_ARRAYS);
    run->outputs[run->n_outputs++] = *y;
}

void op_result(op_run *run, const s2s_tensor *y)
{
    assert_true(run->n_results < OP_MAX_ARRAYS);
    run->results[run->n_results++] = *y;
}
