#include "nn/attention.h"

#include <math.h>

void s2s_attention_declare(s2s_attention *attention, s2s_params *params, s2s_attention_kind kind, int hidden,
                           int heads, int max_source)
{
    int H = hidden, P = max_source;
    *attention = (s2s_attention){.kind = kind, .hidden = H, .heads = 1, .max_source = P};
    bool additive = kind == S2S_ATTENTION_ADDITIVE || kind == S2S_ATTENTION_CONCAT;
    bool multihead = kind == S2S_ATTENTION_MULTIHEAD;
    if (kind == S2S_ATTENTION_NONE)
        return;
    if (additive || multihead)
        attention->w_q = s2s_weight_declare(params, "att.w_q", S2S_INIT_GLOROT, 1, H, H);
    if (kind == S2S_ATTENTION_ADDITIVE)
        attention->b_q = s2s_param_declare(params, "att.b_q", S2S_INIT_ZERO, 1, H);
    if (additive || multihead || kind == S2S_ATTENTION_GENERAL)
        attention->w_k = s2s_weight_declare(params, "att.w_k", S2S_INIT_GLOROT, 1, H, H);
    if (additive)
        attention->v = s2s_param_declare(params, "att.v", S2S_INIT_GLOROT, 1, H);
    if (multihead) {
        attention->heads = heads;
        attention->w_v = s2s_weight_declare(params, "att.w_v", S2S_INIT_GLOROT, 1, H, H);
        attention->w_o = s2s_weight_declare(params, "att.w_o", S2S_INIT_GLOROT, 1, H, H);
    }
    if (kind == S2S_ATTENTION_LOCATION) {
        attention->w_s = s2s_weight_declare(params, "att.w_s", S2S_INIT_GLOROT, 1, P, H);
        attention->w_c = s2s_weight_declare(params, "att.w_c", S2S_INIT_GLOROT, 1, P, H);
        attention->b = s2s_param_declare(params, "att.b", S2S_INIT_ZERO, 1, P);
    }
    attention->combine = s2s_weight_declare(params, "att.combine", S2S_INIT_GLOROT, 1, H, 2 * H);
}

s2s_memory s2s_attention_memory(s2s_graph *graph, const s2s_attention *attention, const s2s_tensor *outputs,
                                const int *offset)
{
    s2s_memory memory = {*outputs, *outputs, offset};
    if (attention->w_k) {
        memory.keys = s2s_tensor_new(graph, outputs->rows, attention->hidden);
        s2s_linear(graph, &memory.keys, outputs, attention->w_k, NULL);
    }
    if (attention->w_v) {
        memory.values = s2s_tensor_new(graph, outputs->rows, attention->hidden);
        s2s_linear(graph, &memory.values, outputs, attention->w_v, NULL);
    }
    return memory;
}

s2s_attention_rows s2s_attention_rows_new(s2s_graph *graph, const s2s_attention *attention, int n_rows,
                                          int longest_source, bool guided)
{
    int N = n_rows, H = attention->hidden, columns = attention->heads * longest_source;
    s2s_attention_rows rows = {.cat = s2s_tensor_new(graph, N, 2 * H)};
    rows.context = s2s_view_cols(&rows.cat, 0, H);
    rows.s = s2s_view_cols(&rows.cat, H, H);
    rows.q = rows.s;
    rows.mixed = rows.context;
    if (attention->w_q)
        rows.q = s2s_tensor_new(graph, N, H);
    if (attention->w_o)
        rows.mixed = s2s_tensor_new(graph, N, H);
    if (attention->w_s) {
        rows.q = s2s_tensor_new(graph, N, attention->max_source);
        rows.prev_s = s2s_tensor_new(graph, N, H);
        rows.prev_c = s2s_tensor_new(graph, N, H);
    }
    rows.sum = s2s_tensor_new(graph, N, H);
    rows.a = s2s_tensor_new(graph, N, H);
    rows.weights = guided ? s2s_tensor_new(graph, N, columns) : s2s_tensor_constant(graph, N, columns);
    if (graph->recording)
        rows.scores_grad = s2s_tensor_constant(graph, N, columns);
    return rows;
}

s2s_attention_rows s2s_attention_rows_view(const s2s_attention_rows *rows, int first, int n)
{
    s2s_attention_rows view = {
        .s = s2s_view_rows(&rows->s, first, n),
        .cat = s2s_view_rows(&rows->cat, first, n),
        .q = s2s_view_rows(&rows->q, first, n),
        .mixed = s2s_view_rows(&rows->mixed, first, n),
        .context = s2s_view_rows(&rows->context, first, n),
        .sum = s2s_view_rows(&rows->sum, first, n),
        .a = s2s_view_rows(&rows->a, first, n),
        .weights = s2s_view_rows(&rows->weights, first, n),
        .scores_grad = s2s_view_rows(&rows->scores_grad, first, n),
    };
    if (rows->prev_s.data) {
        view.prev_s = s2s_view_rows(&rows->prev_s, first, n);
        view.prev_c = s2s_view_rows(&rows->prev_c, first, n);
    }
    return view;
}

/* What the rows do with the memory. */
static s2s_look look_of(const s2s_attention *attention, const s2s_attention_rows *rows, const int *sentence)
{
    int width = attention->hidden / attention->heads;
    return (s2s_look){
        .kind = attention->w_s ? S2S_SCORE_GIVEN
                : attention->v ? S2S_SCORE_ADDITIVE
                               : S2S_SCORE_DOT,
        .heads = attention->heads,
        .scale = attention->w_o ? (s2s_real)(1 / sqrt(width)) : 1,
        .v = attention->v,
        .sentence = sentence,
        .q = rows->q,
        .weights = rows->weights,
        .context = rows->mixed,
        .scores_grad = rows->scores_grad,
    };
}

void s2s_attention_begin(s2s_graph *graph, const s2s_attention *attention, const s2s_memory *memory,
                         const s2s_attention_rows *rows, const int *sentence)
{
    s2s_look look = look_of(attention, rows, sentence);
    s2s_attend_memory(graph, memory, &look);
    if (attention->w_q)
        s2s_linear_weights(graph, &rows->q, &rows->s, attention->w_q, attention->b_q);
    if (attention->w_s) {
        s2s_linear_weights(graph, &rows->q, &rows->prev_s, attention->w_s, attention->b);
        s2s_linear_weights(graph, &rows->q, &rows->prev_c, attention->w_c, NULL);
    }
    if (attention->w_o)
        s2s_linear_weights(graph, &rows->context, &rows->mixed, attention->w_o, NULL);
    s2s_linear_weights(graph, &rows->sum, &rows->cat, attention->combine, NULL);
}

void s2s_attention_look(s2s_graph *graph, const s2s_attention *attention, const s2s_memory *memory,
                        s2s_attention_rows *rows, const int *sentence)
{
    if (attention->w_q)
        s2s_linear_rows(graph, &rows->q, &rows->s, attention->w_q, attention->b_q, false);
    if (attention->w_s) {
        s2s_linear_rows(graph, &rows->q, &rows->prev_s, attention->w_s, attention->b, false);
        s2s_linear_rows(graph, &rows->q, &rows->prev_c, attention->w_c, NULL, true);
    }
    s2s_look look = look_of(attention, rows, sentence);
    s2s_attend(graph, memory, &look);
    if (attention->w_o)
        s2s_linear_rows(graph, &rows->context, &rows->mixed, attention->w_o, NULL, false);
    s2s_linear_rows(graph, &rows->sum, &rows->cat, attention->combine, NULL, false);
    s2s_tanh(graph, &rows->a, &rows->sum);
}
