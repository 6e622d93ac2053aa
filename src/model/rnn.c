/* The recurrent encoder-decoder behind the table s2s_arch. */
#include <stdlib.h>

#include "base/fail.h"
#include "model/network.h"

/* ---- shared by encoder and decoder ---- */

s2s_tensor s2s_network_dropout(s2s_graph *graph, const s2s_tensor *x, double p)
{
    if (!graph->training || p <= 0)
        return *x;
    s2s_tensor y = s2s_tensor_new(graph, x->rows, x->cols);
    s2s_dropout(graph, &y, x, (s2s_real)p);
    return y;
}

s2s_tensor s2s_network_mask(const s2s_network *network, s2s_graph *graph, int n_seqs, int units)
{
    if (!graph->training || network->options.dropout_recurrent <= 0)
        return (s2s_tensor){0};
    return s2s_dropout_mask(graph, n_seqs, units, (s2s_real)network->options.dropout_recurrent);
}

s2s_folded s2s_network_fold(const s2s_network *network, s2s_graph *graph, s2s_fold *fold, const int *ids, int n,
                            int n_folds)
{
    bool dropped = graph->training && network->options.dropout > 0;
    return dropped ? (s2s_folded){0} : s2s_fold_ids(graph, fold, ids, n, n_folds);
}

/* ---- declaration ---- */

s2s_status s2s_network_options_check(const s2s_network_options *options, s2s_error *err)
{
    if (options->bidirectional && options->dim_hidden % 2)
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--dim-hidden: expected an even size for a bidirectional encoder, found %d",
                        options->dim_hidden);
    if (options->attention == S2S_ATTENTION_MULTIHEAD && options->dim_hidden % options->heads)
        return s2s_fail(err, S2S_BAD_CONFIG, "--heads: expected a divisor of --dim-hidden %d, found %d",
                        options->dim_hidden, options->heads);
    if (options->layer_norm &&
        (options->enc_cell == S2S_CELL_LSTM_ARTICLE || options->dec_cell == S2S_CELL_LSTM_ARTICLE))
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--layer-norm: expected cells rnn, gru or lstm, found --%s-cell lstm-article, which "
                        "keeps to its article",
                        options->enc_cell == S2S_CELL_LSTM_ARTICLE ? "enc" : "dec");
    if (options->enc_depth > S2S_MAX_DEPTH || options->dec_depth > S2S_MAX_DEPTH)
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--enc-depth, --dec-depth: expected at most %d layers, found %d and %d", S2S_MAX_DEPTH,
                        options->enc_depth, options->dec_depth);
    return S2S_OK;
}

static void network_free(s2s_network *network)
{
    free(network);
}

static s2s_status declare(s2s_network **network, const s2s_network_options *options, int source_vocab,
                          int target_vocab, s2s_params *params, s2s_error *err)
{
    *network = NULL;
    S2S_TRY(s2s_network_options_check(options, err));
    if (options->tied_all && source_vocab != target_vocab)
        return s2s_fail(
            err, S2S_BAD_CONFIG,
            "--tied-all: expected one vocabulary of both sides, found %d pieces of the source and %d of the "
            "target",
            source_vocab, target_vocab);
    s2s_network *n = calloc(1, sizeof *n);
    if (!n)
        return s2s_fail_memory(err, "declaring a network");
    n->options = *options;
    n->source_vocab = source_vocab;
    n->target_vocab = target_vocab;
    s2s_encoder_declare(n, params);
    s2s_bridge_declare(n, params);
    s2s_decoder_declare(n, params);
    s2s_status status = s2s_params_declared(params, err);
    if (status == S2S_OK)
        *network = n;
    else
        free(n);
    return status;
}

/* ---- training ---- */

static int longest(const s2s_source_batch *source)
{
    return source->shape.max_len;
}

static void forward(const s2s_network *network, s2s_graph *graph, const s2s_source_batch *source,
                    const s2s_target_batch *target, const s2s_objective *objective, s2s_real sampling,
                    s2s_loss *loss, s2s_real *row_nll)
{
    s2s_last_states last = {0};
    const s2s_attention *attention = &network->decoder.attention;
    bool guided = objective->guided_alignment > 0 && attention->kind != S2S_ATTENTION_NONE;
    s2s_tensor outputs = s2s_encoder_run(network, graph, source, &last), a = {0}, weights = {0};
    s2s_memory memory = s2s_encoder_memory(network, graph, source, &outputs);
    s2s_decoder_prev start = s2s_bridge_run(network, graph, &last, source->shape.n_seqs);
    s2s_decoder_train(network, graph, &memory, longest(source), &start, target, sampling, &a,
                      guided ? &weights : NULL);
    if (graph->status != S2S_OK)
        return;
    s2s_tensor x = s2s_decoder_output(network, graph, &a);
    s2s_output_loss(graph, loss, &x, network->decoder.out_w, network->decoder.out_b, target->out, objective,
                    row_nll);
    if (guided)
        s2s_alignment_loss(graph, loss, &weights, attention->heads, &target->links, objective);
}

/* ---- decoding: the state as a list ---- */

/* Visits the tensors that make up the state of this network, always in the same order. */
static int state_items(const s2s_network *network, s2s_decoder_prev *prev, s2s_tensor *items[S2S_MAX_STATE])
{
    int n = 0;
    for (int l = 0; l < network->options.dec_depth; l++) {
        items[n++] = &prev->h[l];
        if (s2s_cell_has_memory((s2s_cell_kind)network->options.dec_cell))
            items[n++] = &prev->c[l];
    }
    if (network->decoder.feed)
        items[n++] = &prev->feed;
    if (network->decoder.attention.kind == S2S_ATTENTION_LOCATION)
        items[n++] = &prev->context;
    return n;
}

static void pack_state(const s2s_network *network, s2s_decoder_prev *prev, s2s_decoder_state *state)
{
    s2s_tensor *items[S2S_MAX_STATE];
    state->n = state_items(network, prev, items);
    for (int i = 0; i < state->n; i++)
        state->items[i] = *items[i];
}

static void unpack_state(const s2s_network *network, const s2s_decoder_state *state, s2s_decoder_prev *prev)
{
    s2s_tensor *items[S2S_MAX_STATE];
    int n = state_items(network, prev, items);
    for (int i = 0; i < n; i++)
        *items[i] = state->items[i];
}

static void prepare(const s2s_network *network, s2s_graph *graph)
{
    s2s_fold_prepare(graph, network->encoder.fold_fwd);
    s2s_fold_prepare(graph, network->encoder.fold_bwd);
    s2s_fold_prepare(graph, network->decoder.fold);
}

static void encode(const s2s_network *network, s2s_graph *graph, const s2s_source_batch *source,
                   s2s_encoded *encoded)
{
    s2s_last_states last = {0};
    s2s_tensor outputs = s2s_encoder_run(network, graph, source, &last);
    *encoded = (s2s_encoded){.n_sentences = source->shape.n_seqs, .max_source = longest(source)};
    encoded->memory = s2s_encoder_memory(network, graph, source, &outputs);
    s2s_decoder_prev start = s2s_bridge_run(network, graph, &last, source->shape.n_seqs);
    if (graph->status == S2S_OK)
        pack_state(network, &start, &encoded->last);
}

static void step(const s2s_network *network, s2s_graph *graph, const s2s_encoded *encoded,
                 s2s_decoder_state *state, const int *tokens, const int *sentence, int n_rows,
                 s2s_output *output, s2s_tensor *weights)
{
    s2s_decoder_prev prev = {0};
    s2s_tensor a = {0};
    unpack_state(network, state, &prev);
    s2s_decoder_step(network, graph, encoded, &prev, tokens, sentence, n_rows, &a, weights);
    if (graph->status != S2S_OK)
        return;
    *output = (s2s_output){
        .x = s2s_decoder_output(network, graph, &a), .w = network->decoder.out_w, .b = network->decoder.out_b};
    pack_state(network, &prev, state);
}

const s2s_arch s2s_arch_rnn = {
    .name = "rnn",
    .declare = declare,
    .free = network_free,
    .forward = forward,
    .prepare = prepare,
    .encode = encode,
    .step = step,
};
