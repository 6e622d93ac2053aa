/* Every operation as a case, or several. */
#include <math.h>

#include "ops/fixture.h"
#include "ops/recurrent_cases.h"

/* ---- linear.c ---- */

static void declare_linear(op_run *run)
{
    s2s_weight_declare(&run->params, "w", S2S_INIT_ZERO, 1, run->size.out, run->size.in);
    if (run->op->full)
        s2s_param_declare(&run->params, "b", S2S_INIT_ZERO, 1, run->size.out);
}

static s2s_param *bias(op_run *run)
{
    return run->op->full ? run->params.items[1] : NULL;
}

static void forward_linear(op_run *run)
{
    s2s_tensor x = op_input(run, run->size.rows, run->size.in);
    s2s_tensor y = s2s_tensor_new(&run->graph, run->size.rows, run->size.out);
    s2s_linear(&run->graph, &y, &x, run->params.items[0], bias(run));
    op_output(run, &y);
}

static void forward_linear_constant(op_run *run)
{
    s2s_tensor x = op_constant(run, run->size.rows, run->size.in);
    s2s_tensor y = s2s_tensor_new(&run->graph, run->size.rows, run->size.out);
    s2s_linear(&run->graph, &y, &x, run->params.items[0], bias(run));
    op_output(run, &y);
}

/* Row by row, each row the input of the map once with b and once without. */
static void forward_linear_rows(op_run *run)
{
    s2s_graph *graph = &run->graph;
    s2s_param *w = run->params.items[0];
    s2s_tensor x = op_input(run, run->size.rows, run->size.in),
               more = op_input(run, run->size.rows, run->size.in);
    s2s_tensor y = s2s_tensor_new(graph, run->size.rows, run->size.out);
    s2s_linear_weights(graph, &y, &x, w, bias(run));
    s2s_linear_weights(graph, &y, &more, w, NULL);
    for (int r = 0; r < run->size.rows; r++) {
        s2s_tensor xr = s2s_view_rows(&x, r, 1), mr = s2s_view_rows(&more, r, 1), yr = s2s_view_rows(&y, r, 1);
        s2s_linear_rows(graph, &yr, &xr, w, bias(run), false);
        s2s_linear_rows(graph, &yr, &mr, w, NULL, true);
    }
    op_output(run, &y);
}

/* Columns of wider tensors, as concatenations are. */
static void forward_linear_columns(op_run *run)
{
    s2s_tensor wide_x = op_input(run, run->size.rows, run->size.in + 3);
    s2s_tensor wide_y = s2s_tensor_zero(&run->graph, run->size.rows, run->size.out + 2);
    s2s_tensor x = s2s_view_cols(&wide_x, 2, run->size.in), y = s2s_view_cols(&wide_y, 1, run->size.out);
    s2s_linear(&run->graph, &y, &x, run->params.items[0], bias(run));
    op_output(run, &wide_y);
}

/* ---- gather.c ---- */

static void declare_table(op_run *run)
{
    s2s_param_declare(&run->params, "table", S2S_INIT_ZERO, run->size.in, run->size.out);
}

/* A row of the table for each row; of many rows, some are equal. */
static const int *op_ids(op_run *run)
{
    int *ids = op_ints(run, run->size.rows);
    for (int r = 0; r < run->size.rows; r++)
        ids[r] = (r * r + 1) % 97 % run->size.in;
    return ids;
}

static void forward_embed(op_run *run)
{
    s2s_tensor y = s2s_tensor_new(&run->graph, run->size.rows, run->size.out);
    s2s_embed(&run->graph, &y, run->params.items[0], op_ids(run));
    op_output(run, &y);
}

static void forward_gather(op_run *run)
{
    int *index = op_ints(run, run->size.rows);
    for (int r = 0; r < run->size.rows; r++)
        index[r] = r % 4 == 2 ? -1 : (r * r + 1) % run->size.in;
    s2s_tensor x = op_input(run, run->size.in, run->size.out);
    s2s_tensor y = s2s_tensor_new(&run->graph, run->size.rows, run->size.out);
    s2s_gather(&run->graph, &y, &x, index);
    op_output(run, &y);
}

/* ---- fold.c ---- */

static void declare_fold(op_run *run)
{
    declare_table(run);
    s2s_weight_declare(&run->params, "w", S2S_INIT_ZERO, 1, run->size.out, run->size.out);
    s2s_param_declare(&run->params, "b", S2S_INIT_ZERO, 1, run->size.out);
}

static void embed_and_project(op_run *run, s2s_tensor *y, const int *ids)
{
    s2s_param *const *params = run->params.items;
    s2s_tensor embedded = s2s_tensor_new(&run->graph, run->size.rows, run->size.out);
    s2s_embed(&run->graph, &embedded, params[0], ids);
    s2s_linear(&run->graph, y, &embedded, params[1], params[2]);
}

static void forward_fold(op_run *run)
{
    s2s_param *const *params = run->params.items;
    s2s_tensor y = s2s_tensor_new(&run->graph, run->size.rows, run->size.out);
    s2s_fold *fold = s2s_fold_declare(&run->params, params[0], params[1], params[2]);
    const int *ids = op_ids(run);
    s2s_fold_prepare(&run->graph, fold);
    s2s_folded folded = s2s_fold_ids(&run->graph, fold, ids, run->size.rows, 1);
    run->folded = folded.products.rows > 0;
    if (run->folded)
        s2s_gather(&run->graph, &y, &folded.products, folded.index);
    else
        embed_and_project(run, &y, ids);
    op_output(run, &y);
}

/* What a fold stands for. */
static void forward_apart(op_run *run)
{
    s2s_tensor y = s2s_tensor_new(&run->graph, run->size.rows, run->size.out);
    embed_and_project(run, &y, op_ids(run));
    op_output(run, &y);
}

/* ---- elementwise.c ---- */

static void forward_tanh(op_run *run)
{
    s2s_tensor x = op_input(run, run->size.rows, run->size.out);
    s2s_tensor y = s2s_tensor_new(&run->graph, run->size.rows, run->size.out);
    s2s_tanh(&run->graph, &y, &x);
    op_output(run, &y);
}

static void forward_add(op_run *run)
{
    s2s_tensor y = op_input(run, run->size.rows, run->size.out),
               x = op_input(run, run->size.rows, run->size.out);
    s2s_add(&run->graph, &y, &x);
    op_output(run, &y);
    op_output(run, &x);
}

static void forward_copy(op_run *run)
{
    s2s_tensor wide = op_input(run, run->size.rows, run->size.out + 2);
    s2s_tensor x = s2s_view_cols(&wide, 1, run->size.out);
    s2s_tensor y = s2s_tensor_new(&run->graph, run->size.rows, run->size.out);
    s2s_copy(&run->graph, &y, &x);
    op_output(run, &y);
}

static void forward_dropout(op_run *run)
{
    s2s_tensor x = op_input(run, run->size.rows, run->size.out);
    s2s_tensor y = s2s_tensor_new(&run->graph, run->size.rows, run->size.out);
    s2s_dropout(&run->graph, &y, &x, run->op->full ? (s2s_real)0.375 : 0);
    op_output(run, &y);
}

/* ---- attention.c ---- */

static const int memory_offset[] = {0, 5, 6, 9};

enum { N_SENTENCES = 3, MAX_SOURCE = 6 };

static int n_heads(const op_run *run)
{
    return run->op->other ? 3 : 1;
}

static void declare_attend(op_run *run)
{
    if (run->op->kind == S2S_SCORE_ADDITIVE)
        s2s_param_declare(&run->params, "v", S2S_INIT_ZERO, 1, run->size.in);
}

static s2s_look look_rows(const s2s_look *look, int first, int n)
{
    s2s_look view = *look;
    view.sentence += first;
    view.q = s2s_view_rows(&look->q, first, n);
    view.weights = s2s_view_rows(&look->weights, first, n);
    view.context = s2s_view_rows(&look->context, first, n);
    view.scores_grad = s2s_view_rows(&look->scores_grad, first, n);
    return view;
}

/* Twice over the same memory, a third of the rows and then the others, as steps of a decoder do. */
static void forward_attend(op_run *run)
{
    s2s_graph *graph = &run->graph;
    int R = run->size.rows, heads = n_heads(run), S = memory_offset[N_SENTENCES];
    int K = run->size.in * heads, D = run->size.out * heads;
    s2s_look look = {
        .kind = (s2s_score_kind)run->op->kind, .heads = heads, .scale = run->op->other ? (s2s_real)0.5 : 1};
    if (look.kind == S2S_SCORE_ADDITIVE)
        look.v = run->params.items[0];
    s2s_memory memory = {.values = op_input(run, S, run->op->full ? D : K), .offset = memory_offset};
    memory.keys = run->op->full ? op_input(run, S, K) : memory.values;
    int *sentence = op_ints(run, R);
    for (int r = 0; r < R; r++)
        sentence[r] = (r + 2) % N_SENTENCES;
    look.sentence = sentence;
    for (int again = 0; again < 2; again++) {
        look.q = op_input(run, R, look.kind == S2S_SCORE_GIVEN ? MAX_SOURCE : K);
        look.context = s2s_tensor_new(graph, R, memory.values.cols);
        look.weights = s2s_tensor_new(graph, R, heads * MAX_SOURCE);
        look.scores_grad = s2s_tensor_constant(graph, R, heads * MAX_SOURCE);
        s2s_attend_memory(graph, &memory, &look);
        s2s_look some = look_rows(&look, 0, R / 3), others = look_rows(&look, R / 3, R - R / 3);
        s2s_attend(graph, &memory, &some);
        s2s_attend(graph, &memory, &others);
        op_output(run, &look.context);
        op_output(run, &look.weights);
    }
}

/* ---- alignment.c ---- */

enum { MOST_LINKS = 3 };

/* Row r is linked to r % (MOST_LINKS + 1) of the columns of its weights, which are positive. */
static void forward_alignment_loss(op_run *run)
{
    int N = run->size.rows, heads = n_heads(run), columns = run->size.out, n = 0;
    int *first = op_ints(run, N + 1), *position = op_ints(run, N * MOST_LINKS);
    s2s_tensor x = op_input(run, N, heads * columns), weights = s2s_tensor_new(&run->graph, N, heads * columns);
    s2s_objective how = {.guided_alignment = (s2s_real)0.75, .grad_scale = (s2s_real)0.5};
    s2s_loss loss = {0};
    s2s_copy(&run->graph, &weights, &x);
    for (int i = 0; i < N * weights.cols; i++)
        s2s_row(&weights, i / weights.cols)[i % weights.cols] += (s2s_real)1.5;
    for (int r = 0; r < N; r++) {
        for (int i = 0; i < r % (MOST_LINKS + 1) && i < columns; i++)
            position[n++] = (r + i) % columns;
        first[r + 1] = n;
    }
    s2s_alignment_loss(&run->graph, &loss, &weights, heads, &(s2s_links){first, position}, &how);
    run->objective += loss.objective * (double)how.grad_scale;
}

/* ---- loss.c ---- */

static int *targets(op_run *run)
{
    int *ids = op_ints(run, run->size.rows);
    for (int r = 0; r < run->size.rows; r++)
        ids[r] = op_target(run, r);
    return ids;
}

static void forward_output_loss(op_run *run)
{
    int N = run->size.rows;
    s2s_real scale = (s2s_real)0.5;
    s2s_loss loss = {0};
    s2s_tensor x = op_input(run, N, run->size.in), row_nll = s2s_tensor_new(&run->graph, N, 1);
    s2s_objective how = {.smoothing = run->op->full ? (s2s_real)0.125 : 0, .grad_scale = scale};
    s2s_output_loss(&run->graph, &loss, &x, run->params.items[0], bias(run), targets(run), &how, row_nll.data);
    run->objective += loss.objective * (double)scale;
    op_result(run, &row_nll);
}

/* Twins with inputs of their own: their targets are the same, their probabilities are not. */
static void forward_r_drop(op_run *run)
{
    int N = run->size.rows;
    s2s_loss loss = {0};
    s2s_tensor x = op_input(run, N, run->size.in), other = op_input(run, N, run->size.in);
    s2s_tensor both = s2s_tensor_new(&run->graph, 2 * N, run->size.in);
    int *ids = op_ints(run, 2 * N);
    for (int r = 0; r < N; r++) {
        s2s_tensor first = s2s_view_rows(&both, 2 * r, 1), second = s2s_view_rows(&both, 2 * r + 1, 1);
        s2s_tensor x_row = s2s_view_rows(&x, r, 1), other_row = s2s_view_rows(&other, r, 1);
        s2s_copy(&run->graph, &first, &x_row);
        s2s_copy(&run->graph, &second, &other_row);
        ids[2 * r] = ids[2 * r + 1] = op_target(run, r);
    }
    s2s_objective how = {.smoothing = (s2s_real)0.125, .r_drop = 3, .grad_scale = (s2s_real)0.5};
    s2s_output_loss(&run->graph, &loss, &both, run->params.items[0], bias(run), ids, &how, NULL);
    run->objective += loss.objective * (double)how.grad_scale;
}

static void forward_output_log_probs(op_run *run)
{
    s2s_tensor x = op_input(run, run->size.rows, run->size.in);
    s2s_tensor y = s2s_tensor_new(&run->graph, run->size.rows, run->size.out);
    s2s_output_log_probs(&run->graph, &y, &x, run->params.items[0], bias(run));
    op_result(run, &y);
}

/* Log-probabilities of the most likely tokens, and of one that is asked for. */
static void forward_output_top(op_run *run)
{
    enum { TOP = 3 };
    int N = run->size.rows, n = run->size.out < TOP ? run->size.out : TOP;
    s2s_tensor x = op_input(run, N, run->size.in), y = s2s_tensor_zero(&run->graph, N, TOP + 1);
    s2s_candidate *tokens = s2s_graph_save(&run->graph, (size_t)(N * n) * sizeof *tokens);
    s2s_candidate *asked = s2s_graph_save(&run->graph, (size_t)N * sizeof *asked);
    int *n_tokens = op_ints(run, N);
    for (int r = 0; r < N; r++)
        asked[r].token = op_target(run, r);
    s2s_output_top(&run->graph,
                   &(s2s_top){.tokens = tokens, .n_tokens = n_tokens, .n = n, .asked = asked, .n_asked = 1}, &x,
                   run->params.items[0], bias(run));
    for (int r = 0; r < N; r++) {
        for (int i = 0; i < n_tokens[r]; i++)
            s2s_row(&y, r)[i] = tokens[r * n + i].log_prob;
        s2s_row(&y, r)[TOP] = asked[r].log_prob;
    }
    op_result(run, &y);
}

/* The same where a row knows every other token only, the first row even ones and the others odd ones. */
static void forward_output_parts(op_run *run)
{
    enum { TOP = 3 };
    int N = run->size.rows, V = run->size.out, n_parts = V > 1 ? 2 : 1, *part = op_ints(run, N);
    s2s_tensor x = op_input(run, N, run->size.in), y = s2s_tensor_new(&run->graph, N, V + TOP + 1);
    s2s_output_part parts[2] = {0};
    for (int p = 0; p < n_parts; p++) {
        int *tokens = op_ints(run, V);
        for (int v = p; v < V; v += n_parts)
            tokens[parts[p].n++] = v;
        parts[p].tokens = tokens;
    }
    s2s_candidate *tokens = s2s_graph_save(&run->graph, (size_t)(N * TOP) * sizeof *tokens);
    s2s_candidate *asked = s2s_graph_save(&run->graph, (size_t)N * sizeof *asked);
    int *n_tokens = op_ints(run, N);
    for (int r = 0; r < N; r++) {
        part[r] = r > 0 && n_parts > 1;
        asked[r].token = parts[part[r]].tokens[op_target(run, r) % parts[part[r]].n];
    }
    s2s_output_parts_make(&run->graph, parts, n_parts, run->params.items[0], bias(run), run->graph.step);
    s2s_tensor log_probs = s2s_view_cols(&y, 0, V);
    s2s_output_parts_log_probs(&run->graph, &log_probs, &x, parts, part);
    s2s_output_parts_top(
        &run->graph, &(s2s_top){.tokens = tokens, .n_tokens = n_tokens, .n = TOP, .asked = asked, .n_asked = 1},
        &x, parts, part);
    for (int r = 0; r < N; r++) {
        s2s_real *row = s2s_row(&y, r);
        for (int v = 0; v < V; v++)
            row[v] = isfinite(row[v]) ? row[v] : 0; /* not of its part */
        for (int i = 0; i < TOP; i++)
            row[V + i] = i < n_tokens[r] ? (s2s_real)tokens[r * TOP + i].log_prob : 0;
        row[V + TOP] = (s2s_real)asked[r].log_prob;
    }
    op_result(run, &y);
}

/* Two distributions of unlike weights: all log-probabilities, the most likely tokens, and one that is asked for. */
static void forward_mixture(op_run *run)
{
    enum { TOP = 3 };
    static const double log_weights[] = {-0.28768207245178085, -1.3862943611198906}; /* 3/4, 1/4 */
    int N = run->size.rows, V = run->size.out, n = V < TOP ? V : TOP, *n_tokens = op_ints(run, N);
    s2s_tensor log_probs[2], y = s2s_tensor_zero(&run->graph, N, V + TOP + 1);
    s2s_candidate *tokens = s2s_graph_save(&run->graph, (size_t)(N * n) * sizeof *tokens);
    s2s_candidate *asked = s2s_graph_save(&run->graph, (size_t)N * sizeof *asked);
    for (int k = 0; k < 2; k++) {
        s2s_tensor x = op_constant(run, N, V);
        log_probs[k] = s2s_tensor_new(&run->graph, N, V);
        s2s_copy(&run->graph, &log_probs[k], &x);
        for (int r = 0; r < N; r++)
            run->graph.kernels->log_softmax(s2s_row(&log_probs[k], r), V);
    }
    for (int r = 0; r < N; r++)
        asked[r].token = op_target(run, r);
    const s2s_mixture mixture = {log_probs, log_weights, 2};
    s2s_tensor all = s2s_view_cols(&y, 0, V);
    s2s_mixture_log_probs(&run->graph, &all, &mixture);
    s2s_mixture_top(&run->graph,
                    &(s2s_top){.tokens = tokens, .n_tokens = n_tokens, .n = n, .asked = asked, .n_asked = 1},
                    &mixture);
    for (int r = 0; r < N; r++) {
        for (int i = 0; i < n_tokens[r]; i++)
            s2s_row(&y, r)[V + i] = (s2s_real)tokens[r * n + i].log_prob;
        s2s_row(&y, r)[V + TOP] = (s2s_real)asked[r].log_prob;
    }
    op_result(run, &y);
}

#define CELL_CASE(text, what, ops, declare, forward, ...) {text " " what, ops, declare, forward, __VA_ARGS__},
#define ALL_CASES_OF_CELL(text, ...)                                                                          \
    CELL_CASE(text, "steps", "s2s_cell_step s2s_cell_weights", declare_cell, forward_cell, __VA_ARGS__)       \
    CELL_CASE(text, "steps, mask", "s2s_cell_step s2s_cell_weights", declare_cell, forward_cell, __VA_ARGS__, \
              .full = true)                                                                                   \
    CELL_CASE(text, "layer", "s2s_rnn", declare_cell, forward_rnn, __VA_ARGS__)                               \
    CELL_CASE(text, "layer, start, mask", "s2s_rnn", declare_cell, forward_rnn, __VA_ARGS__, .full = true)    \
    CELL_CASE(text, "layer, reverse", "s2s_rnn", declare_cell, forward_rnn, __VA_ARGS__, .other = true)       \
    CELL_CASE(text, "layer, reverse, start, mask", "s2s_rnn", declare_cell, forward_rnn, __VA_ARGS__,         \
              .full = true, .other = true)                                                                    \
    CELL_CASE(text, "layer, both ways, start, mask", "s2s_rnn", declare_two_cells, forward_two_passes,        \
              __VA_ARGS__, .full = true)
#define CELL_CASES(NAME, text) ALL_CASES_OF_CELL(text, .kind = S2S_CELL_##NAME)
#define NORM_CASES(NAME, text) \
    ALL_CASES_OF_CELL(text " with layer norm", .kind = S2S_CELL_##NAME, .layer_norm = true)

const op_case op_cases[] = {
    {"linear", "s2s_linear", declare_linear, forward_linear, .full = true},
    {"linear, no bias", "s2s_linear", declare_linear, forward_linear, .full = false},
    {"linear of a constant", "s2s_linear", declare_linear, forward_linear_constant, .full = true},
    {"linear between columns", "s2s_linear", declare_linear, forward_linear_columns, .full = true},
    {"linear, step by step", "s2s_linear_weights s2s_linear_rows", declare_linear, forward_linear_rows,
     .full = true},
    {"embed", "s2s_embed", declare_table, forward_embed, .full = true},
    {"gather", "s2s_gather", NULL, forward_gather, .full = true},
    {"fold", "s2s_fold_prepare s2s_fold_ids", declare_fold, forward_fold, .full = true},
    {"fold, apart", "s2s_embed s2s_linear", declare_fold, forward_apart, .full = true},
    {"tanh", "s2s_tanh", NULL, forward_tanh, .full = true},
    {"add", "s2s_add", NULL, forward_add, .full = true},
    {"copy", "s2s_copy", NULL, forward_copy, .full = true},
    {"dropout", "s2s_dropout", NULL, forward_dropout, .full = true},
    {"dropout of nothing", "s2s_dropout", NULL, forward_dropout, .full = false},
    S2S_CELL_LIST(CELL_CASES) NORM_CASES(RNN, "rnn") NORM_CASES(GRU, "gru")
        NORM_CASES(LSTM, "lstm"){"dot attention", "s2s_attend s2s_attend_memory", declare_attend,
                                 forward_attend, S2S_SCORE_DOT, .full = false},
    {"dot attention, keys", "s2s_attend s2s_attend_memory", declare_attend, forward_attend, S2S_SCORE_DOT,
     .full = true},
    {"dot attention, keys, heads", "s2s_attend s2s_attend_memory", declare_attend, forward_attend,
     S2S_SCORE_DOT, .full = true, .other = true},
    {"additive attention", "s2s_attend s2s_attend_memory", declare_attend, forward_attend, S2S_SCORE_ADDITIVE,
     .full = true},
    {"given attention", "s2s_attend s2s_attend_memory", declare_attend, forward_attend, S2S_SCORE_GIVEN,
     .full = false},
    {"alignment loss", "s2s_alignment_loss", NULL, forward_alignment_loss, .full = true},
    {"alignment loss, heads", "s2s_alignment_loss", NULL, forward_alignment_loss, .full = true, .other = true},
    {"output loss", "s2s_output_loss", declare_linear, forward_output_loss, .full = false},
    {"output loss, bias, smoothing", "s2s_output_loss", declare_linear, forward_output_loss, .full = true},
    {"output loss, R-Drop", "s2s_output_loss", declare_linear, forward_r_drop, .full = true},
    {"output log-probabilities", "s2s_output_log_probs", declare_linear, forward_output_log_probs,
     .full = true},
    {"output, top", "s2s_output_top", declare_linear, forward_output_top, .full = true},
    {"output of some tokens", "s2s_output_parts_make s2s_output_parts_log_probs s2s_output_parts_top",
     declare_linear, forward_output_parts, .full = true},
    {"mixture", "s2s_mixture_log_probs s2s_mixture_top", NULL, forward_mixture, .full = true},
    {NULL},
};
