/* Encoder: embedding, then layers of one or two directions. */
#include <stdio.h>

#include "model/network.h"

void s2s_encoder_declare(s2s_network *network, s2s_params *params)
{
    const s2s_network_options *options = &network->options;
    int units = options->bidirectional ? options->dim_hidden / 2 : options->dim_hidden;
    network->encoder.embedding =
        options->tied_all ? s2s_weight_declare(params, "tgt.embedding", S2S_INIT_NORMAL, 1,
                                               network->target_vocab, options->dim_emb)
                          : s2s_table_declare(params, "src.embedding", network->source_vocab, options->dim_emb);
    for (int l = 0; l < options->enc_depth; l++) {
        char prefix[32];
        network->encoder.fwd[l] = network->encoder.bwd[l] =
            (s2s_cell){.kind = (s2s_cell_kind)options->enc_cell,
                       .input = l == 0 ? options->dim_emb : options->dim_hidden,
                       .hidden = units,
                       .layer_norm = options->layer_norm};
        snprintf(prefix, sizeof prefix, "enc.%d.fwd", l);
        s2s_cell_declare(&network->encoder.fwd[l], params, prefix);
        snprintf(prefix, sizeof prefix, "enc.%d.bwd", l);
        if (options->bidirectional)
            s2s_cell_declare(&network->encoder.bwd[l], params, prefix);
    }
    s2s_encoder *encoder = &network->encoder;
    encoder->fold_fwd = s2s_fold_declare(params, encoder->embedding, encoder->fwd[0].w_ih, encoder->fwd[0].b);
    if (options->bidirectional)
        encoder->fold_bwd =
            s2s_fold_declare(params, encoder->embedding, encoder->bwd[0].w_ih, encoder->bwd[0].b);
}

/* What a layer reads: its input or, folded, the input products of both directions. */
typedef struct layer_input {
    s2s_tensor x;
    s2s_folded folded[2];
} layer_input;

/* A direction of layer l before its recurrence, which writes its columns of y. */
static s2s_rnn_pass direction(const s2s_network *network, s2s_graph *graph, int l, bool reverse,
                              const s2s_source_batch *source, const layer_input *from, const s2s_tensor *y)
{
    const s2s_encoder *encoder = &network->encoder;
    const s2s_cell *cell = reverse ? &encoder->bwd[l] : &encoder->fwd[l];
    s2s_tensor h = s2s_view_cols(y, reverse ? cell->hidden : 0, cell->hidden);
    s2s_rnn_pass pass = {.cell = cell, .state = s2s_cell_state_into(graph, cell, &h), .reverse = reverse};
    pass.mask = s2s_network_mask(network, graph, source->shape.n_seqs, cell->hidden);
    if (from->folded[reverse].products.rows > 0)
        s2s_gather(graph, &pass.state.gates, &from->folded[reverse].products, from->folded[reverse].index);
    else
        s2s_linear(graph, &pass.state.gates, &from->x, cell->w_ih, cell->b);
    return pass;
}

/* Into the columns of the direction: the state of each sequence after its last step. */
static void keep_last(s2s_graph *graph, const s2s_ragged *shape, const s2s_rnn_pass *pass,
                      const s2s_tensor *last_h, const s2s_tensor *last_c)
{
    int units = pass->cell->hidden, first = pass->reverse ? units : 0;
    int *rows = s2s_graph_save(graph, (size_t)shape->n_seqs * sizeof *rows);
    if (!rows)
        return;
    for (int b = 0; b < shape->n_seqs; b++)
        rows[b] = s2s_ragged_row(shape, b, pass->reverse ? 0 : shape->len[b] - 1);
    s2s_tensor h = s2s_view_cols(last_h, first, units), c = s2s_view_cols(last_c, first, units);
    s2s_gather(graph, &h, &pass->state.h, rows);
    if (s2s_cell_has_memory(pass->cell->kind))
        s2s_gather(graph, &c, &pass->state.c, rows);
}

/* What a recurrence keeps beside its outputs matters to the backward alone, and is most of the memory of a long
 * source.  Gates are a third of it or, without layer normalisation, more: with more elements of gates than this
 * in both directions, the tensors of one are released before the other begins. */
enum { MAX_GATES_AT_ONCE = 1 << 23 };

/* Layer l, its outputs into y: both directions side by side, unless that takes too much memory. */
static void run_layer(const s2s_network *network, s2s_graph *graph, int l, const s2s_source_batch *source,
                      const layer_input *from, const s2s_tensor *y, s2s_last_states *last)
{
    int n = network->options.bidirectional ? 2 : 1;
    size_t n_gates = (size_t)n * (size_t)network->encoder.fwd[l].w_hh->t.rows * (size_t)y->rows;
    int n_at_once = graph->recording || n_gates <= MAX_GATES_AT_ONCE ? n : 1;
    for (int first = 0; first < n; first += n_at_once) {
        s2s_rnn_pass passes[2];
        s2s_arena_mark mark = s2s_arena_save(graph->step);
        for (int i = 0; i < n_at_once; i++)
            passes[i] = direction(network, graph, l, first + i > 0, source, from, y);
        s2s_rnn(graph, &source->shape, passes, n_at_once);
        for (int i = 0; i < n_at_once; i++)
            keep_last(graph, &source->shape, &passes[i], &last->h[l], &last->c[l]);
        if (!graph->recording)
            s2s_arena_release(graph->step, mark);
    }
}

static layer_input read_ids(const s2s_network *network, s2s_graph *graph, const s2s_source_batch *source)
{
    const s2s_encoder *encoder = &network->encoder;
    int N = source->shape.n_tokens, n_folds = network->options.bidirectional ? 2 : 1;
    layer_input from = {0};
    from.folded[0] = s2s_network_fold(network, graph, encoder->fold_fwd, source->ids, N, n_folds);
    from.folded[1] = s2s_network_fold(network, graph, encoder->fold_bwd, source->ids, N, n_folds);
    if (from.folded[0].products.rows > 0)
        return from;
    s2s_tensor embedded = s2s_tensor_new(graph, N, network->options.dim_emb);
    s2s_embed(graph, &embedded, encoder->embedding, source->ids);
    from.x = s2s_network_dropout(graph, &embedded, network->options.dropout);
    return from;
}

s2s_tensor s2s_encoder_run(const s2s_network *network, s2s_graph *graph, const s2s_source_batch *source,
                           s2s_last_states *last)
{
    const s2s_network_options *options = &network->options;
    const s2s_encoder *encoder = &network->encoder;
    int N = source->shape.n_tokens, B = source->shape.n_seqs, H = options->dim_hidden;
    layer_input from = read_ids(network, graph, source);
    for (int l = 0; l < options->enc_depth; l++) {
        s2s_tensor y = s2s_tensor_new(graph, N, H);
        last->h[l] = s2s_tensor_new(graph, B, H);
        last->c[l] = s2s_cell_has_memory(encoder->fwd[l].kind) ? s2s_tensor_new(graph, B, H) : (s2s_tensor){0};
        run_layer(network, graph, l, source, &from, &y, last);
        if (options->residual && l > 0) {
            /* into a tensor of its own: the recurrence goes back through h as it was */
            s2s_tensor sum = s2s_tensor_new(graph, N, H);
            s2s_copy(graph, &sum, &y);
            s2s_add(graph, &sum, &from.x);
            y = sum;
        }
        double dropout = l + 1 < options->enc_depth ? options->dropout : options->dropout_encoder;
        from = (layer_input){.x = s2s_network_dropout(graph, &y, dropout)};
    }
    return from.x;
}

s2s_memory s2s_encoder_memory(const s2s_network *network, s2s_graph *graph, const s2s_source_batch *source,
                              const s2s_tensor *outputs)
{
    const s2s_attention *attention = &network->decoder.attention;
    if (attention->kind == S2S_ATTENTION_NONE)
        return (s2s_memory){0};
    const s2s_ragged *shape = &source->shape;
    int *offset = s2s_graph_save(graph, ((size_t)shape->n_seqs + 1) * sizeof *offset);
    int *rows = s2s_graph_save(graph, (size_t)shape->n_tokens * sizeof *rows);
    if (!offset || !rows)
        return (s2s_memory){0};
    int n = 0;
    for (int b = 0; b < shape->n_seqs; b++) {
        offset[b] = n;
        for (int t = 0; t < shape->len[b]; t++)
            rows[n++] = s2s_ragged_row(shape, b, t);
    }
    offset[shape->n_seqs] = n;
    s2s_tensor values = s2s_tensor_new(graph, n, outputs->cols);
    s2s_gather(graph, &values, outputs, rows);
    return s2s_attention_memory(graph, attention, &values, offset);
}
