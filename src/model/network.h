/* The recurrent encoder-decoder: its parts, and what they hand to each other.
 *
 *   source ids -> embedding -> encoder layers -> outputs -> memory
 *                                             -> last states -> bridge -> decoder start
 *   target ids -> embedding -> decoder layers -> attention -> attentional vector -> output layer
 *
 * Names of parameters: src.embedding, tgt.embedding (of both sides with tied_all), enc.L.fwd.*, enc.L.bwd.*,
 * bridge.L.{h,c}.{w,b}, dec.L.*, dec.feed (input feeding), att.*, out.proj (tied embeddings of another size),
 * out.w (unless tied), out.b. */
#ifndef S2S_MODEL_NETWORK_H
#define S2S_MODEL_NETWORK_H

#include "model/arch.h"
#include "nn/attention.h"

#define S2S_MAX_DEPTH 16

typedef struct s2s_encoder {
    s2s_param *embedding;
    s2s_cell fwd[S2S_MAX_DEPTH], bwd[S2S_MAX_DEPTH];
    s2s_fold *fold_fwd, *fold_bwd; /* embedding into the gates of the first layer */
} s2s_encoder;

typedef struct s2s_decoder {
    s2s_param *embedding;
    s2s_cell layers[S2S_MAX_DEPTH];
    s2s_fold *fold; /* embedding into the gates of the first layer */
    s2s_param
        *feed; /* [G H, H]: the previous attentional vector into the first layer's gates; NULL: no feeding */
    s2s_attention attention;
    s2s_param *proj, *out_w, *out_b;
} s2s_decoder;

typedef struct s2s_bridge {
    s2s_param *h_w[S2S_MAX_DEPTH], *h_b[S2S_MAX_DEPTH], *c_w[S2S_MAX_DEPTH], *c_b[S2S_MAX_DEPTH];
} s2s_bridge;

struct s2s_network {
    s2s_network_options options;
    int source_vocab, target_vocab;
    s2s_encoder encoder;
    s2s_bridge bridge;
    s2s_decoder decoder;
};

/* Last states of the encoder's layers, [B, H], in source order; c empty where the cell has no memory. */
typedef struct s2s_last_states {
    s2s_tensor h[S2S_MAX_DEPTH], c[S2S_MAX_DEPTH];
} s2s_last_states;

/* What one decoder step hands to the next: [R, H] each. */
typedef struct s2s_decoder_prev {
    s2s_tensor h[S2S_MAX_DEPTH], c[S2S_MAX_DEPTH];
    s2s_tensor feed;    /* attentional vector */
    s2s_tensor context; /* location attention */
} s2s_decoder_prev;

/* encoder.c */
void s2s_encoder_declare(s2s_network *network, s2s_params *params);
/* The top layer's outputs, time-major, and the last states of every layer. */
s2s_tensor s2s_encoder_run(const s2s_network *network, s2s_graph *graph, const s2s_source_batch *source,
                           s2s_last_states *last);
/* Outputs regrouped sentence by sentence, with keys and values; empty without attention. */
s2s_memory s2s_encoder_memory(const s2s_network *network, s2s_graph *graph, const s2s_source_batch *source,
                              const s2s_tensor *outputs);

/* bridge.c */
void s2s_bridge_declare(s2s_network *network, s2s_params *params);
/* The decoder's start, row = sentence in source order. */
s2s_decoder_prev s2s_bridge_run(const s2s_network *network, s2s_graph *graph, const s2s_last_states *last,
                                int n);

/* decoder.c */
void s2s_decoder_declare(s2s_network *network, s2s_params *params);
/* weights: NULL, or those of the attention, all heads, with a gradient. */
void s2s_decoder_train(const s2s_network *network, s2s_graph *graph, const s2s_memory *memory,
                       int longest_source, const s2s_decoder_prev *start, const s2s_target_batch *target,
                       s2s_real sampling, s2s_tensor *a, s2s_tensor *weights);
/* One step of decoding; prev is replaced.  weights: as in s2s_arch. */
void s2s_decoder_step(const s2s_network *network, s2s_graph *graph, const s2s_encoded *encoded,
                      s2s_decoder_prev *prev, const int *tokens, const int *sentence, int n_rows, s2s_tensor *a,
                      s2s_tensor *weights);
/* From attentional vectors to what the output matrix meets. */
s2s_tensor s2s_decoder_output(const s2s_network *network, s2s_graph *graph, const s2s_tensor *a);

/* Shared by encoder and decoder. */

/* Dropout of x with probability p; x itself where nothing is dropped. */
s2s_tensor s2s_network_dropout(s2s_graph *graph, const s2s_tensor *x, double p);
/* What the input products of ids [n] (NULL: not known), by n_folds, are gathered from, so that nobody needs their
 * embeddings; no rows where elements of these are dropped, or folding does not pay. */
s2s_folded s2s_network_fold(const s2s_network *network, s2s_graph *graph, s2s_fold *fold, const int *ids, int n,
                            int n_folds);
/* A variational mask of the recurrent state; empty when there is none. */
s2s_tensor s2s_network_mask(const s2s_network *network, s2s_graph *graph, int n_seqs, int units);

#endif
