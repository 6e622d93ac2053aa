/* Single operations against PyTorch: values and gradients. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "golden/golden.h"
#include "ops/ops.h"

static s2s_param *weight(golden_run *run, const golden *g, const char *prefix, const char *name)
{
    if (!golden_has(g, prefix, name))
        return NULL;
    const golden_array *array = golden_get(g, prefix, name);
    return s2s_weight_declare(&run->params, name, S2S_INIT_ZERO, 1, array->rows, array->cols);
}

static s2s_param *bias(golden_run *run, const golden *g, const char *prefix, const char *name)
{
    if (!golden_has(g, prefix, name))
        return NULL;
    const golden_array *array = golden_get(g, prefix, name);
    return s2s_param_declare(&run->params, name, S2S_INIT_ZERO, array->rows, array->cols);
}

/* Checks the gradients of all parameters: prefix + "d" + name. */
static void check_params(const golden *g, const char *prefix, const golden_run *run)
{
    char full[64];
    snprintf(full, sizeof full, "%sd", prefix);
    for (int i = 0; i < run->params.n; i++)
        golden_check_grad(g, full, run->params.items[i]->name, &run->params.items[i]->t);
}

static void linear(void **state)
{
    (void)state;
    golden g = golden_open("linear");
    golden_run run;
    golden_run_begin(&run);
    s2s_param *w = weight(&run, &g, "", "w"), *b = bias(&run, &g, "", "b");
    golden_run_open(&run, &g, "");
    s2s_tensor x = golden_tensor(&run, &g, "", "x"), added = golden_tensor(&run, &g, "", "y0");
    s2s_tensor y = s2s_tensor_new(&run.graph, x.rows, w->t.rows);
    s2s_linear(&run.graph, &y, &x, w, b);
    golden_check(&g, "", "y", &y);
    golden_add_grad(&y, &g, "", "dy");
    golden_run_backward(&run);
    golden_check_grad(&g, "", "dx", &x);
    check_params(&g, "", &run);
    s2s_linear_rows(&run.graph, &added, &x, w, NULL, true);
    golden_check(&g, "", "y_add", &added);
    golden_run_close(&run);
    golden_close(&g);
}

static void embed(void **state)
{
    (void)state;
    golden g = golden_open("embed");
    golden_run run;
    golden_run_begin(&run);
    s2s_param *table = bias(&run, &g, "", "table");
    golden_run_open(&run, &g, "");
    int n, *ids = golden_ints(&g, "ids", &n);
    s2s_tensor y = s2s_tensor_new(&run.graph, n, table->t.cols);
    s2s_embed(&run.graph, &y, table, ids);
    golden_check(&g, "", "y", &y);
    golden_add_grad(&y, &g, "", "dy");
    golden_run_backward(&run);
    check_params(&g, "", &run);
    free(ids);
    golden_run_close(&run);
    golden_close(&g);
}

static void tanh_of_all(void **state)
{
    (void)state;
    golden g = golden_open("tanh");
    golden_run run;
    golden_run_begin(&run);
    golden_run_open(&run, &g, "");
    s2s_tensor x = golden_tensor(&run, &g, "", "x"), y = s2s_tensor_new(&run.graph, x.rows, x.cols);
    s2s_tanh(&run.graph, &y, &x);
    golden_check(&g, "", "y", &y);
    golden_add_grad(&y, &g, "", "dy");
    golden_run_backward(&run);
    golden_check_grad(&g, "", "dx", &x);
    golden_run_close(&run);
    golden_close(&g);
}

static void check_output(const golden *g, const char *prefix)
{
    golden_run run;
    golden_run_begin(&run);
    s2s_param *w = weight(&run, g, "", "w"), *b = bias(&run, g, "", "b");
    golden_run_open(&run, g, "");
    s2s_tensor x = golden_tensor(&run, g, "", "x"), row_nll = s2s_tensor_new(&run.graph, 1, x.rows);
    s2s_tensor log_probs = s2s_tensor_new(&run.graph, x.rows, w->t.rows);
    int *targets = golden_ints(g, "targets", NULL);
    s2s_loss loss = {0};
    s2s_objective objective = {.smoothing = (s2s_real)golden_number(g, prefix, "smoothing"),
                               .r_drop = (s2s_real)golden_number(g, prefix, "r_drop"),
                               .grad_scale = 1};
    s2s_output_loss(&run.graph, &loss, &x, w, b, targets, &objective, row_nll.data);
    golden_run_backward(&run);
    golden_check_number(g, "", "nll", loss.nll);
    golden_check_number(g, prefix, "objective", loss.objective);
    golden_check_number(g, "", "correct", (double)loss.correct);
    golden_check(g, "", "row_nll", &row_nll);
    golden_check_grad(g, prefix, "dx", &x);
    check_params(g, prefix, &run);
    s2s_output_log_probs(&run.graph, &log_probs, &x, w, b);
    golden_check(g, "", "log_probs", &log_probs);
    free(targets);
    golden_run_close(&run);
}

static void output_and_loss(void **state)
{
    (void)state;
    golden g = golden_open("loss");
    check_output(&g, "plain.");
    check_output(&g, "smooth.");
    check_output(&g, "r_drop.");
    golden_close(&g);
}

/* ---- cells over a ragged batch ---- */

/* The rows of each sequence's last step in the direction of reading: the final states. */
static void last_rows(const s2s_ragged *shape, bool reverse, int *rows)
{
    for (int b = 0; b < shape->n_seqs; b++)
        rows[b] = s2s_ragged_row(shape, b, reverse ? 0 : shape->len[b] - 1);
}

static void check_layer_gradients(const golden *g, const char *prefix, const golden_run *run,
                                  const s2s_tensor *x, const s2s_tensor *h0, const s2s_tensor *c0)
{
    golden_check_grad(g, prefix, "dx", x);
    golden_check_grad(g, prefix, "dh0", h0);
    if (c0)
        golden_check_grad(g, prefix, "dc0", c0);
    check_params(g, prefix, run);
}

static void check_layer(const golden *g, s2s_cell_kind kind, const char *prefix, bool reverse, bool masked)
{
    golden_run run;
    s2s_cell cell;
    golden_run_begin(&run);
    cell = (s2s_cell){.kind = kind,
                      .input = golden_get(g, "", "cell.w_ih")->cols,
                      .hidden = golden_get(g, "", "cell.w_hh")->cols,
                      .layer_norm = golden_has(g, "cell.", "gain")};
    s2s_cell_declare(&cell, &run.params, "cell");
    golden_run_open(&run, g, "");
    s2s_graph *graph = &run.graph;
    int n, *len = golden_ints(g, "len", &n), last[8];
    s2s_ragged shape;
    assert_true(s2s_ragged_make(&shape, len, n, graph->step));
    last_rows(&shape, reverse, last);
    bool memory = s2s_cell_has_memory(kind);
    s2s_tensor x = golden_tensor(&run, g, "", "x"), h0 = golden_tensor(&run, g, "", "h0"), c0 = {0};
    s2s_tensor mask = golden_tensor(&run, g, "", "mask");
    if (memory)
        c0 = golden_tensor(&run, g, "", "c0");
    s2s_cell_state layer = s2s_cell_state_new(graph, &cell, shape.n_tokens);
    s2s_linear(graph, &layer.gates, &x, cell.w_ih, cell.b);
    s2s_rnn(graph, &shape, &(s2s_rnn_pass){&cell, layer, h0, c0, masked ? mask : (s2s_tensor){0}, reverse}, 1);
    golden_check(g, prefix, "h", &layer.h);
    if (memory) {
        s2s_tensor c_last = s2s_tensor_new(graph, n, cell.hidden);
        s2s_gather(graph, &c_last, &layer.c, last);
        golden_check(g, prefix, "c_last", &c_last);
        golden_add_grad(&c_last, g, "", "dc_last");
    }
    golden_add_grad(&layer.h, g, "", "dh");
    golden_run_backward(&run);
    check_layer_gradients(g, prefix, &run, &x, &h0, memory ? &c0 : NULL);
    free(len);
    golden_run_close(&run);
}

static void check_layers(s2s_cell_kind kind, const char *name, const char *variant)
{
    char file[64];
    snprintf(file, sizeof file, "rnn_%s%s", name, variant);
    golden g = golden_open(file);
    check_layer(&g, kind, "fwd.", false, false);
    check_layer(&g, kind, "rev.", true, false);
    check_layer(&g, kind, "fwd.masked.", false, true);
    check_layer(&g, kind, "rev.masked.", true, true);
    golden_close(&g);
}

static void recurrent_layers(void **state)
{
    (void)state;
#define X(NAME, name) name,
    static const char *const names[] = {S2S_CELL_LIST(X)};
#undef X
    for (int kind = 0; kind < S2S_N_CELLS; kind++) {
        check_layers((s2s_cell_kind)kind, names[kind], "");
        if (kind != S2S_CELL_LSTM_ARTICLE)
            check_layers((s2s_cell_kind)kind, names[kind], "_norm");
    }
}

/* ---- attention ---- */

/* y = x W^T + b, or x itself where there is no W. */
static s2s_tensor mapped(golden_run *run, const s2s_tensor *x, s2s_param *w, s2s_param *b)
{
    if (!w)
        return *x;
    s2s_tensor y = s2s_tensor_new(&run->graph, x->rows, w->t.rows);
    s2s_linear(&run->graph, &y, x, w, b);
    return y;
}

static void check_attention(const golden *g, const char *kind, s2s_score_kind score, int heads)
{
    char prefix[32], gradients[32];
    snprintf(prefix, sizeof prefix, "%s.", kind);
    snprintf(gradients, sizeof gradients, "%s.grad.", kind);
    golden_run run;
    golden_run_begin(&run);
    bool given = score == S2S_SCORE_GIVEN;
    s2s_param *w_q = weight(&run, g, prefix, given ? "w_s" : "w_q"),
              *b_q = bias(&run, g, prefix, given ? "b" : "b_q");
    s2s_param *w_k = weight(&run, g, prefix, "w_k"), *w_v = weight(&run, g, prefix, "w_v");
    s2s_param *w_c = weight(&run, g, prefix, "w_c"), *v = bias(&run, g, prefix, "v");
    golden_run_open(&run, g, prefix);
    s2s_tensor s = golden_tensor(&run, g, "", "s"), memory = golden_tensor(&run, g, "", "memory");
    s2s_tensor c_prev = golden_tensor(&run, g, "", "c_prev"), q = mapped(&run, &s, w_q, b_q);
    if (w_c) {
        s2s_linear_weights(&run.graph, &q, &c_prev, w_c, NULL);
        s2s_linear_rows(&run.graph, &q, &c_prev, w_c, NULL, true);
    }
    int *offset = golden_ints(g, "offset", NULL), *sentence = golden_ints(g, "sentence", NULL);
    s2s_memory seen = {mapped(&run, &memory, w_v, NULL), mapped(&run, &memory, w_k, NULL), offset};
    int S = golden_get(g, prefix, "weights")->cols;
    s2s_look look = {.kind = score,
                     .heads = heads,
                     .scale = heads > 1 ? (s2s_real)(1 / sqrt(s.cols / heads)) : 1,
                     .v = v,
                     .sentence = sentence,
                     .q = q,
                     .weights = s2s_tensor_new(&run.graph, s.rows, S),
                     .context = s2s_tensor_new(&run.graph, s.rows, memory.cols),
                     .scores_grad = s2s_tensor_constant(&run.graph, s.rows, S)};
    s2s_attend_memory(&run.graph, &seen, &look);
    s2s_attend(&run.graph, &seen, &look);
    golden_check(g, prefix, "context", &look.context);
    golden_check(g, prefix, "weights", &look.weights);
    golden_add_grad(&look.context, g, "", "dcontext");
    golden_run_backward(&run);
    golden_check_grad(g, gradients, "dmemory", &memory);
    golden_check_grad(g, gradients, "ds", &s);
    if (w_c)
        golden_check_grad(g, gradients, "dc_prev", &c_prev);
    check_params(g, gradients, &run);
    free(offset);
    free(sentence);
    golden_run_close(&run);
}

static void attention(void **state)
{
    (void)state;
    golden g = golden_open("attention");
    check_attention(&g, "dot", S2S_SCORE_DOT, 1);
    check_attention(&g, "general", S2S_SCORE_DOT, 1);
    check_attention(&g, "multihead", S2S_SCORE_DOT, (int)golden_number(&g, "", "heads"));
    check_attention(&g, "additive", S2S_SCORE_ADDITIVE, 1);
    check_attention(&g, "concat", S2S_SCORE_ADDITIVE, 1);
    check_attention(&g, "location", S2S_SCORE_GIVEN, 1);
    golden_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear),           cmocka_unit_test(embed),
        cmocka_unit_test(tanh_of_all),      cmocka_unit_test(output_and_loss),
        cmocka_unit_test(recurrent_layers), cmocka_unit_test(attention),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
