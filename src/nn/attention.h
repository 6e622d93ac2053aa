/* Attention layers.  q: query, the decoder's top output s; m: memory, the encoder's outputs; c: context.
 *
 *   dot        q . m
 *   general    q . W_k m
 *   additive   v . tanh(W_q q + b_q + W_k m)
 *   concat     v . tanh(W_q q + W_k m) = v . tanh(W [q; m])
 *   multihead  scaled dot of W_q q and W_k m in slices, values W_v m, context W_o c
 *   location   W_s s' + W_c c' + b, one score per source position; ' marks the previous step
 *
 * and the attentional vector of Luong et al. 2015 (arXiv:1508.04025): a = tanh(W_combine [c; s]). */
#ifndef S2S_NN_ATTENTION_H
#define S2S_NN_ATTENTION_H

#include "ops/ops.h"

typedef struct s2s_attention {
    s2s_attention_kind kind;
    int hidden, heads;
    int max_source; /* location: positions that have a score */
    s2s_param *w_q, *b_q, *w_k, *w_v, *w_o, *v;
    s2s_param *w_s, *w_c, *b; /* location */
    s2s_param *combine;
} s2s_attention;

/* What a number of decoder rows need: all rows of a training batch, or one step's.  All [N, H] but for those
 * noted. */
typedef struct s2s_attention_rows {
    s2s_tensor s;              /* query; in, columns [H, 2H) of cat */
    s2s_tensor cat;            /* [N, 2H] context, query */
    s2s_tensor q;              /* projected query; location: [N, max_source] scores */
    s2s_tensor prev_s, prev_c; /* location: of the step before; in */
    s2s_tensor mixed;          /* multihead: context before W_o */
    s2s_tensor context;        /* columns [0, H) of cat */
    s2s_tensor sum, a;         /* the attentional vector before and after tanh */
    s2s_tensor weights;        /* [N, heads x longest source]; a gradient where they are guided */
    s2s_tensor scores_grad;    /* of s2s_look */
} s2s_attention_rows;

void s2s_attention_declare(s2s_attention *attention, s2s_params *params, s2s_attention_kind kind, int hidden,
                           int heads, int max_source);

/* Keys and values from the encoder's outputs [S, H], sentence-major; offset is borrowed. */
s2s_memory s2s_attention_memory(s2s_graph *graph, const s2s_attention *attention, const s2s_tensor *outputs,
                                const int *offset);

/* guided: the weights get a gradient. */
s2s_attention_rows s2s_attention_rows_new(s2s_graph *graph, const s2s_attention *attention, int n_rows,
                                          int longest_source, bool guided);
s2s_attention_rows s2s_attention_rows_view(const s2s_attention_rows *rows, int first, int n);

/* Notes what is computed over all rows, gradients of weights and memory: before the first s2s_attention_look on
 * views of them. */
void s2s_attention_begin(s2s_graph *graph, const s2s_attention *attention, const s2s_memory *memory,
                         const s2s_attention_rows *rows, const int *sentence);
/* From s (and prev_s, prev_c) to a: row r looks at sentence[r]. */
void s2s_attention_look(s2s_graph *graph, const s2s_attention *attention, const s2s_memory *memory,
                        s2s_attention_rows *rows, const int *sentence);

#endif
