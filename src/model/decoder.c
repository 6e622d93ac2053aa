/* Decoder: embedding, layers, attention, attentional vector.
 *
 * Training runs over all rows of a target batch: as whole sequences where no step needs the outcome of the one
 * before it, else step by step.  Decoding runs the same step on fresh rows. */
#include <stdio.h>
#include <string.h>

#include "model/network.h"

static bool output_is_tied(const s2s_network_options *options)
{
    return options->tied_embeddings || options->tied_all;
}

int s2s_output_width(const s2s_network_options *options)
{
    return output_is_tied(options) ? options->dim_emb : options->dim_hidden;
}

static s2s_param *declare_embedding(const s2s_network *network, s2s_params *params)
{
    int V = network->target_vocab, E = network->options.dim_emb;
    if (network->options.tied_all)
        return network->encoder.embedding;
    if (output_is_tied(&network->options))
        return s2s_weight_declare(params, "tgt.embedding", S2S_INIT_NORMAL, 1, V, E);
    return s2s_table_declare(params, "tgt.embedding", V, E);
}

void s2s_decoder_declare(s2s_network *network, s2s_params *params)
{
    const s2s_network_options *options = &network->options;
    s2s_decoder *decoder = &network->decoder;
    int E = options->dim_emb, H = options->dim_hidden, V = network->target_vocab;
    decoder->embedding = declare_embedding(network, params);
    for (int l = 0; l < options->dec_depth; l++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "dec.%d", l);
        decoder->layers[l] = (s2s_cell){.kind = (s2s_cell_kind)options->dec_cell,
                                        .input = l == 0 ? E : H,
                                        .hidden = H,
                                        .layer_norm = options->layer_norm};
        s2s_cell_declare(&decoder->layers[l], params, prefix);
    }
    decoder->fold = s2s_fold_declare(params, decoder->embedding, decoder->layers[0].w_ih, decoder->layers[0].b);
    if (options->input_feeding && options->attention != S2S_ATTENTION_NONE)
        decoder->feed = s2s_weight_declare(params, "dec.feed", S2S_INIT_GLOROT, 1,
                                           s2s_cell_gates((s2s_cell_kind)options->dec_cell) * H, H);
    s2s_attention_declare(&decoder->attention, params, (s2s_attention_kind)options->attention, H,
                          options->heads, options->max_source);
    if (output_is_tied(&network->options) && E != H)
        decoder->proj = s2s_weight_declare(params, "out.proj", S2S_INIT_GLOROT, 1, E, H);
    decoder->out_w = output_is_tied(&network->options)
                         ? decoder->embedding
                         : s2s_weight_declare(params, "out.w", S2S_INIT_GLOROT, 1, V, H);
    decoder->out_b = s2s_param_declare(params, "out.b", S2S_INIT_ZERO, 1, V);
}

/* Everything that a number of decoder rows need. */
struct rows {
    int n;
    s2s_folded folded;           /* input products of the first layer; without rows: */
    s2s_tensor embedded;         /* what they come from */
    s2s_tensor x[S2S_MAX_DEPTH]; /* input of each layer; what it comes from, if nothing is dropped */
    s2s_tensor feed;             /* [N, H] the attentional vector of the step before */
    s2s_cell_state state[S2S_MAX_DEPTH];
    s2s_tensor y[S2S_MAX_DEPTH]; /* output of each layer: its h, plus its input if residual */
    s2s_attention_rows attention;
};

static bool has_attention(const s2s_network *network)
{
    return network->decoder.attention.kind != S2S_ATTENTION_NONE;
}

static bool layer_is_residual(const s2s_network *network, int l)
{
    return network->options.residual && l > 0;
}

/* Whether the state of the top layer itself is the query, and written where the attention reads it. */
static bool attends_to_state(const s2s_network *network)
{
    return has_attention(network) && !layer_is_residual(network, network->options.dec_depth - 1);
}

/* ids [n], or NULL where they are not known yet. */
static struct rows rows_new(const s2s_network *network, s2s_graph *graph, const int *ids, int n,
                            int longest_source, bool guided)
{
    const s2s_decoder *decoder = &network->decoder;
    int H = network->options.dim_hidden, top = network->options.dec_depth - 1;
    bool dropped = graph->training && network->options.dropout > 0;
    struct rows rows = {.n = n, .folded = s2s_network_fold(network, graph, decoder->fold, ids, n, 1)};
    if (rows.folded.products.rows == 0)
        rows.embedded = s2s_tensor_new(graph, n, network->options.dim_emb);
    if (has_attention(network))
        rows.attention = s2s_attention_rows_new(graph, &decoder->attention, n, longest_source, guided);
    if (decoder->feed)
        rows.feed = s2s_tensor_new(graph, n, H);
    for (int l = 0; l < network->options.dec_depth; l++) {
        const s2s_tensor *from = l == 0 ? &rows.embedded : &rows.y[l - 1];
        rows.x[l] = dropped ? s2s_tensor_new(graph, n, from->cols) : *from;
        rows.state[l] = l == top && attends_to_state(network)
                            ? s2s_cell_state_into(graph, &decoder->layers[l], &rows.attention.s)
                            : s2s_cell_state_new(graph, &decoder->layers[l], n);
        rows.y[l] = layer_is_residual(network, l) ? s2s_tensor_new(graph, n, H) : rows.state[l].h;
    }
    return rows;
}

static struct rows rows_view(const s2s_network *network, const struct rows *rows, int first, int n)
{
    struct rows view = {.n = n, .embedded = s2s_view_rows(&rows->embedded, first, n)};
    if (has_attention(network))
        view.attention = s2s_attention_rows_view(&rows->attention, first, n);
    view.feed = s2s_view_rows(&rows->feed, first, n);
    for (int l = 0; l < network->options.dec_depth; l++) {
        view.x[l] = s2s_view_rows(&rows->x[l], first, n);
        view.y[l] = s2s_view_rows(&rows->y[l], first, n);
        view.state[l] = s2s_cell_state_rows(&rows->state[l], first, n);
    }
    return view;
}

static void drop(const s2s_network *network, s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x)
{
    if (y->data != x->data)
        s2s_dropout(graph, y, x, (s2s_real)network->options.dropout);
}

/* The output of layer l and the input of the next one. */
static void finish_layer(const s2s_network *network, s2s_graph *graph, struct rows *rows, int l)
{
    if (layer_is_residual(network, l)) {
        s2s_copy(graph, &rows->y[l], &rows->state[l].h);
        s2s_add(graph, &rows->y[l], &rows->x[l]);
    }
    if (l + 1 < network->options.dec_depth)
        drop(network, graph, &rows->x[l + 1], &rows->y[l]);
}

/* Attention over what the top layer gave; a of these rows. */
static void attend(const s2s_network *network, s2s_graph *graph, const s2s_memory *memory, struct rows *rows,
                   const int *sentence)
{
    if (!has_attention(network))
        return;
    if (!attends_to_state(network))
        s2s_copy(graph, &rows->attention.s, &rows->y[network->options.dec_depth - 1]);
    s2s_attention_look(graph, &network->decoder.attention, memory, &rows->attention, sentence);
}

static s2s_tensor *a_of(const s2s_network *network, struct rows *rows)
{
    return has_attention(network) ? &rows->attention.a : &rows->y[network->options.dec_depth - 1];
}

/* Input products of the first layer. */
static void embed(const s2s_network *network, s2s_graph *graph, struct rows *rows, const int *ids)
{
    const s2s_cell *first = &network->decoder.layers[0];
    if (rows->folded.products.rows > 0) {
        s2s_gather(graph, &rows->state[0].gates, &rows->folded.products, rows->folded.index);
        return;
    }
    s2s_embed(graph, &rows->embedded, network->decoder.embedding, ids);
    drop(network, graph, &rows->x[0], &rows->embedded);
    s2s_linear_rows(graph, &rows->state[0].gates, &rows->x[0], first->w_ih, first->b, false);
}

/* One step, the first layer's input products given. */
static void step(const s2s_network *network, s2s_graph *graph, const s2s_memory *memory,
                 const s2s_decoder_prev *prev, struct rows *rows, const int *sentence, const s2s_tensor *masks)
{
    const s2s_decoder *decoder = &network->decoder;
    int top = network->options.dec_depth - 1;
    if (decoder->feed) {
        s2s_copy(graph, &rows->feed, &prev->feed);
        s2s_linear_rows(graph, &rows->state[0].gates, &rows->feed, decoder->feed, NULL, true);
    }
    if (rows->attention.prev_s.data) {
        s2s_copy(graph, &rows->attention.prev_s, &prev->h[top]);
        s2s_copy(graph, &rows->attention.prev_c, &prev->context);
    }
    for (int l = 0; l <= top; l++) {
        const s2s_cell *cell = &decoder->layers[l];
        if (l > 0)
            s2s_linear_rows(graph, &rows->state[l].gates, &rows->x[l], cell->w_ih, cell->b, false);
        s2s_tensor mask = masks && masks[l].data ? s2s_view_rows(&masks[l], 0, rows->n) : (s2s_tensor){0};
        s2s_cell_step(graph, cell, &rows->state[l], &prev->h[l], &prev->c[l], mask.data ? &mask : NULL);
        finish_layer(network, graph, rows, l);
    }
    attend(network, graph, memory, rows, sentence);
}

/* What a step leaves to the next: views of its first n rows. */
static s2s_decoder_prev prev_of(const s2s_network *network, const struct rows *rows, int n)
{
    s2s_decoder_prev prev = {0};
    for (int l = 0; l < network->options.dec_depth; l++) {
        prev.h[l] = s2s_view_rows(&rows->state[l].h, 0, n);
        prev.c[l] = s2s_view_rows(&rows->state[l].c, 0, n);
    }
    if (has_attention(network)) {
        prev.feed = s2s_view_rows(&rows->attention.a, 0, n);
        prev.context = s2s_view_rows(&rows->attention.context, 0, n);
    }
    return prev;
}

/* ---- training ---- */

/* Sentence of every target row. */
static const int *row_sentences(s2s_graph *graph, const s2s_target_batch *target)
{
    const s2s_ragged *shape = &target->shape;
    int *sentence = s2s_graph_save(graph, (size_t)shape->n_tokens * sizeof *sentence);
    for (int t = 0; sentence && t < shape->max_len; t++)
        for (int b = 0; b < shape->alive[t]; b++)
            sentence[s2s_ragged_row(shape, b, t)] = target->sentence[b];
    return sentence;
}

/* Weight gradients of the input products of layer l over all rows; those of a fold are its own. */
static void note_input_weights(const s2s_network *network, s2s_graph *graph, const struct rows *rows, int l)
{
    const s2s_cell *cell = &network->decoder.layers[l];
    if (l > 0 || rows->folded.products.rows == 0)
        s2s_linear_weights(graph, &rows->state[l].gates, &rows->x[l], cell->w_ih, cell->b);
}

static void run_whole(const s2s_network *network, s2s_graph *graph, const s2s_memory *memory,
                      const s2s_decoder_prev *start, const s2s_target_batch *target, struct rows *rows,
                      const int *sentence, const s2s_tensor *masks)
{
    const s2s_decoder *decoder = &network->decoder;
    for (int l = 0; l < network->options.dec_depth; l++) {
        const s2s_cell *cell = &decoder->layers[l];
        note_input_weights(network, graph, rows, l);
        if (l == 0)
            embed(network, graph, rows, target->in);
        else
            s2s_linear_rows(graph, &rows->state[l].gates, &rows->x[l], cell->w_ih, cell->b, false);
        s2s_rnn(graph, &target->shape,
                &(s2s_rnn_pass){cell, rows->state[l], start->h[l], start->c[l], masks[l], false}, 1);
        finish_layer(network, graph, rows, l);
    }
    if (has_attention(network))
        s2s_attention_begin(graph, &decoder->attention, memory, &rows->attention, sentence);
    attend(network, graph, memory, rows, sentence);
}

/* Scheduled sampling (Bengio et al. 2015, arXiv:1506.03099): with the given probability a row reads what the
 * network finds most likely after the step before, instead of the target. */
static void sample_inputs(const s2s_network *network, s2s_graph *graph, struct rows *before, int n, int *ids,
                          int first_row, s2s_real sampling)
{
    s2s_graph silent = *graph; /* choosing inputs leaves no trace on the tape, and nothing in the step arena */
    silent.recording = false;
    silent.training = false;
    s2s_arena_mark mark = s2s_arena_save(graph->step);
    s2s_candidate *best = s2s_graph_save(&silent, (size_t)n * sizeof *best);
    int *n_best = s2s_graph_save(&silent, (size_t)n * sizeof *n_best); /* 0 where logits are NaN */
    s2s_tensor a = s2s_view_rows(a_of(network, before), 0, n);
    s2s_tensor x = s2s_decoder_output(network, &silent, &a);
    s2s_output_top(&silent, &(s2s_top){.tokens = best, .n_tokens = n_best, .n = 1}, &x, network->decoder.out_w,
                   network->decoder.out_b);
    if (silent.status != S2S_OK)
        s2s_graph_fail(graph, silent.status, silent.failed);
    for (int r = 0; r < n && silent.status == S2S_OK; r++) {
        double coin = (double)(s2s_hash64(~graph->key, (uint64_t)first_row + (uint64_t)r) >> 11) * 0x1p-53;
        if (coin < (double)sampling && n_best[r] > 0)
            ids[r] = best[r].token;
    }
    s2s_arena_release(graph->step, mark);
}

/* Gradients of weights, and of the memory, over all steps; noted first, so that they run last. */
static void note_all_steps(const s2s_network *network, s2s_graph *graph, const s2s_memory *memory,
                           const struct rows *rows, const int *sentence)
{
    const s2s_decoder *decoder = &network->decoder;
    for (int l = 0; l < network->options.dec_depth; l++) {
        const s2s_cell *cell = &decoder->layers[l];
        note_input_weights(network, graph, rows, l);
        s2s_cell_weights(graph, cell, &rows->state[l]);
    }
    if (decoder->feed)
        s2s_linear_weights(graph, &rows->state[0].gates, &rows->feed, decoder->feed, NULL);
    if (has_attention(network))
        s2s_attention_begin(graph, &decoder->attention, memory, &rows->attention, sentence);
}

static void run_steps(const s2s_network *network, s2s_graph *graph, const s2s_memory *memory,
                      const s2s_decoder_prev *start, const s2s_target_batch *target, struct rows *rows,
                      const int *sentence, const s2s_tensor *masks, s2s_real sampling)
{
    const s2s_ragged *shape = &target->shape;
    int *ids = s2s_graph_save(graph, (size_t)shape->n_tokens * sizeof *ids);
    if (!ids)
        return;
    memcpy(ids, target->in, (size_t)shape->n_tokens * sizeof *ids);
    note_all_steps(network, graph, memory, rows, sentence);
    if (sampling <= 0)
        embed(network, graph, rows, ids);
    struct rows before = {0};
    for (int t = 0; t < shape->max_len && graph->status == S2S_OK; t++) {
        int first = shape->first[t], n = shape->alive[t];
        struct rows now = rows_view(network, rows, first, n);
        if (sampling > 0 && t > 0)
            sample_inputs(network, graph, &before, n, ids + first, first, sampling);
        if (sampling > 0)
            embed(network, graph, &now, ids + first);
        s2s_decoder_prev prev = t == 0 ? *start : prev_of(network, &before, n);
        step(network, graph, memory, &prev, &now, sentence + first, masks);
        before = now;
    }
}

/* The start states, from source order into target order. */
static s2s_decoder_prev start_in_target_order(const s2s_network *network, s2s_graph *graph,
                                              const s2s_decoder_prev *start, const s2s_target_batch *target)
{
    int B = target->shape.n_seqs, H = network->options.dim_hidden;
    s2s_decoder_prev sorted = {.feed = start->feed, .context = start->context};
    for (int l = 0; l < network->options.dec_depth; l++) {
        sorted.h[l] = s2s_tensor_new(graph, B, H);
        s2s_gather(graph, &sorted.h[l], &start->h[l], target->sentence);
        if (!s2s_cell_has_memory(network->decoder.layers[l].kind))
            continue;
        sorted.c[l] = s2s_tensor_new(graph, B, H);
        s2s_gather(graph, &sorted.c[l], &start->c[l], target->sentence);
    }
    return sorted;
}

void s2s_decoder_train(const s2s_network *network, s2s_graph *graph, const s2s_memory *memory,
                       int longest_source, const s2s_decoder_prev *start, const s2s_target_batch *target,
                       s2s_real sampling, s2s_tensor *a, s2s_tensor *weights)
{
    const s2s_decoder *decoder = &network->decoder;
    s2s_decoder_prev sorted = start_in_target_order(network, graph, start, target);
    struct rows rows = rows_new(network, graph, sampling > 0 ? NULL : target->in, target->shape.n_tokens,
                                longest_source, weights != NULL);
    const int *sentence = row_sentences(graph, target);
    s2s_tensor masks[S2S_MAX_DEPTH];
    for (int l = 0; l < network->options.dec_depth; l++)
        masks[l] = s2s_network_mask(network, graph, target->shape.n_seqs, network->options.dim_hidden);
    if (graph->status != S2S_OK)
        return;
    if (decoder->feed || decoder->attention.kind == S2S_ATTENTION_LOCATION || sampling > 0)
        run_steps(network, graph, memory, &sorted, target, &rows, sentence, masks, sampling);
    else
        run_whole(network, graph, memory, &sorted, target, &rows, sentence, masks);
    *a = *a_of(network, &rows);
    if (weights)
        *weights = rows.attention.weights;
}

s2s_tensor s2s_decoder_output(const s2s_network *network, s2s_graph *graph, const s2s_tensor *a)
{
    s2s_tensor x = s2s_network_dropout(graph, a, network->options.dropout);
    if (!network->decoder.proj)
        return x;
    s2s_tensor y = s2s_tensor_new(graph, x.rows, network->options.dim_emb);
    s2s_linear(graph, &y, &x, network->decoder.proj, NULL);
    return y;
}

/* ---- decoding ---- */

/* Weights of each row over the source, the mean of all heads. */
static s2s_tensor mean_weights(s2s_graph *graph, const s2s_tensor *weights, int heads)
{
    if (heads == 1)
        return *weights;
    int longest = weights->cols / heads;
    s2s_tensor mean = s2s_tensor_zero(graph, weights->rows, longest);
    for (int r = 0; r < mean.rows; r++)
        for (int head = 0; head < heads; head++)
            graph->kernels->axpy(s2s_row(&mean, r), 1 / (s2s_real)heads, s2s_row(weights, r) + head * longest,
                                 longest);
    return mean;
}

void s2s_decoder_step(const s2s_network *network, s2s_graph *graph, const s2s_encoded *encoded,
                      s2s_decoder_prev *prev, const int *tokens, const int *sentence, int n_rows, s2s_tensor *a,
                      s2s_tensor *weights)
{
    struct rows rows = rows_new(network, graph, tokens, n_rows, encoded->max_source, false);
    if (graph->status != S2S_OK)
        return;
    embed(network, graph, &rows, tokens);
    step(network, graph, &encoded->memory, prev, &rows, sentence, NULL);
    *a = *a_of(network, &rows);
    *weights = (s2s_tensor){0};
    if (has_attention(network))
        *weights = mean_weights(graph, &rows.attention.weights, network->decoder.attention.heads);
    *prev = prev_of(network, &rows, n_rows);
}
