/* From the encoder's last states to the decoder's first:
 *
 *   copy        decoder layer l takes encoder layer min(l, depth - 1)'s h, and its c where both have memory
 *   projection  h_l = tanh(W_l h + b_l) of the top layer's h, and c_l likewise with weights of its own
 *   zero        zeros
 *
 * The attentional vector and the context before the first step are zero. */
#include <stdio.h>

#include "model/network.h"

static void declare_projection(s2s_params *params, int layer, char state, int H, s2s_param **w, s2s_param **b)
{
    char name[32];
    snprintf(name, sizeof name, "bridge.%d.%c.w", layer, state);
    *w = s2s_weight_declare(params, name, S2S_INIT_GLOROT, 1, H, H);
    snprintf(name, sizeof name, "bridge.%d.%c.b", layer, state);
    *b = s2s_param_declare(params, name, S2S_INIT_ZERO, 1, H);
}

void s2s_bridge_declare(s2s_network *network, s2s_params *params)
{
    const s2s_network_options *options = &network->options;
    s2s_bridge *bridge = &network->bridge;
    if (options->bridge != S2S_BRIDGE_PROJECTION)
        return;
    for (int l = 0; l < options->dec_depth; l++) {
        declare_projection(params, l, 'h', options->dim_hidden, &bridge->h_w[l], &bridge->h_b[l]);
        if (s2s_cell_has_memory((s2s_cell_kind)options->dec_cell))
            declare_projection(params, l, 'c', options->dim_hidden, &bridge->c_w[l], &bridge->c_b[l]);
    }
}

static s2s_tensor project(s2s_graph *graph, const s2s_tensor *x, s2s_param *w, s2s_param *b)
{
    s2s_tensor sum = s2s_tensor_new(graph, x->rows, w ? w->t.rows : 0);
    s2s_tensor y = s2s_tensor_new(graph, sum.rows, sum.cols);
    s2s_linear(graph, &sum, x, w, b);
    s2s_tanh(graph, &y, &sum);
    return y;
}

s2s_decoder_prev s2s_bridge_run(const s2s_network *network, s2s_graph *graph, const s2s_last_states *last,
                                int n)
{
    const s2s_network_options *options = &network->options;
    const s2s_bridge *bridge = &network->bridge;
    bool memory = s2s_cell_has_memory((s2s_cell_kind)options->dec_cell);
    int H = options->dim_hidden, top = options->enc_depth - 1;
    s2s_tensor zero = s2s_tensor_zero(graph, n, H);
    s2s_decoder_prev prev = {.feed = zero, .context = zero};
    for (int l = 0; l < options->dec_depth; l++) {
        int from = l < top ? l : top;
        prev.h[l] = prev.c[l] = zero;
        if (options->bridge == S2S_BRIDGE_COPY) {
            prev.h[l] = last->h[from];
            prev.c[l] = last->c[from].data ? last->c[from] : zero;
        } else if (options->bridge == S2S_BRIDGE_PROJECTION) {
            prev.h[l] = project(graph, &last->h[top], bridge->h_w[l], bridge->h_b[l]);
            if (memory)
                prev.c[l] = project(graph, &last->h[top], bridge->c_w[l], bridge->c_b[l]);
        }
    }
    return prev;
}
