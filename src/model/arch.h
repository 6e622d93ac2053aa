/* A network behind one table: what training and search need to know of it, and no more. */
#ifndef S2S_MODEL_ARCH_H
#define S2S_MODEL_ARCH_H

#include "ops/ops.h"
#include "s2s/network.h"
#include "tensor/batch.h"

typedef struct s2s_network s2s_network; /* declared parameters and their layout; immutable after declare */

/* The state of a decoder: a list of tensors, row = hypothesis.  Search reorders all of them alike. */
#define S2S_MAX_STATE 64
typedef struct s2s_decoder_state {
    s2s_tensor items[S2S_MAX_STATE];
    int n;
} s2s_decoder_state;

/* What encode leaves for the decoder, valid until the graph begins anew. */
typedef struct s2s_encoded {
    s2s_memory memory; /* sentences in source order (longest first); empty without attention */
    int n_sentences;
    int max_source;         /* columns of one head's weights */
    s2s_decoder_state last; /* decoder start states, row = sentence in source order */
} s2s_encoded;

/* What a step leaves to its caller: the output layer, whose logits x W^T + b he computes as he needs them. */
typedef struct s2s_output {
    s2s_tensor x; /* [R, H] */
    s2s_param *w; /* [V, H] */
    s2s_param *b; /* [1, V] or NULL */
} s2s_output;

typedef struct s2s_arch {
    const char *name;
    /* Declares all parameters.  S2S_BAD_CONFIG when the options contradict each other. */
    s2s_status (*declare)(s2s_network **network, const s2s_network_options *options, int source_vocab,
                          int target_vocab, s2s_params *params, s2s_error *err);
    void (*free)(s2s_network *network);
    /* Teacher forcing: adds the loss of the batch and, while recording, its gradient.  sampling: probability of
     * feeding the model's own prediction instead of the target's token.  objective, row_nll: see
     * s2s_output_loss; with R-Drop every pair is in the batch twice, one after the other. */
    void (*forward)(const s2s_network *network, s2s_graph *graph, const s2s_source_batch *source,
                    const s2s_target_batch *target, const s2s_objective *objective, s2s_real sampling,
                    s2s_loss *loss, s2s_real *row_nll);
    /* Computes from the parameters what passes without a tape share, so that those of several threads find
     * nothing to change; comes with s2s_graph_prepare. */
    void (*prepare)(const s2s_network *network, s2s_graph *graph);
    /* Decoding, without a tape. */
    void (*encode)(const s2s_network *network, s2s_graph *graph, const s2s_source_batch *source,
                   s2s_encoded *encoded);
    /* One step of R hypotheses: hypothesis r reads token tokens[r] of sentence sentence[r].  state is replaced
     * by new tensors; output (R rows) and weights [R, max_source] (mean over heads; 0 x 0 without attention)
     * hold new tensors. */
    void (*step)(const s2s_network *network, s2s_graph *graph, const s2s_encoded *encoded,
                 s2s_decoder_state *state, const int *tokens, const int *sentence, int n_rows,
                 s2s_output *output, s2s_tensor *weights);
} s2s_arch;

extern const s2s_arch s2s_arch_rnn; /* recurrent encoder-decoder with attention */

/* Columns of the output layer's matrix. */
int s2s_output_width(const s2s_network_options *options);

/* Checks what declare would refuse, without declaring. */
s2s_status s2s_network_options_check(const s2s_network_options *options, s2s_error *err) S2S_MUST_USE;

#endif
