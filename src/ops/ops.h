/* The operations.  Each has its file, src/ops/NAME.c, with its shape rule, forward and backward.
 *
 * Tensors, and structs of tensors, are copied.  What they point to, parameters, cells, shapes and arrays are
 * borrowed: for the call or, while the graph records, until the backward has run.
 *
 * Letters: N rows, R rows of a step, B sequences, D and H columns, G gates, V vocabulary. */
#ifndef S2S_OPS_OPS_H
#define S2S_OPS_OPS_H

#include "ops/graph.h"
#include "s2s/network.h"
#include "tensor/batch.h"

/* ---- linear.c: y = x W^T + b ---- */

/* y [N, out], x [N, in], w [out, in], b [1, out] or NULL. */
void s2s_linear(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x, s2s_param *w, s2s_param *b);
/* A map applied step by step: the steps compute rows and input gradients only, and the weight gradient over all
 * steps is one product.  Call s2s_linear_weights on the whole tensors first, then s2s_linear_rows (add = false:
 * y = x W^T + b; true: y += x W^T) on row views of them. */
void s2s_linear_weights(s2s_graph *graph, const s2s_tensor *y, const s2s_tensor *x, s2s_param *w, s2s_param *b);
void s2s_linear_rows(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x, s2s_param *w, s2s_param *b,
                     bool add);

/* ---- gather.c: y[r] = x[index[r]]; an index of -1 gives zeros ---- */

void s2s_gather(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x, const int *index);
/* The same from a parameter: y [N, E], table [V, E]. */
void s2s_embed(s2s_graph *graph, s2s_tensor *y, s2s_param *table, const int *ids);

/* ---- fold.c: an embedding and the linear map that follows it, folded ---- */

typedef struct s2s_fold s2s_fold; /* lives as long as the parameters */

/* table [V, E], w [out, E], b [1, out] or NULL.  NULL: failed, as the parameters' status tells. */
s2s_fold *s2s_fold_declare(s2s_params *params, s2s_param *table, s2s_param *w, s2s_param *b);
/* Brings what it keeps up to date, so that graphs which share the parameters find nothing to change; does
 * nothing for NULL, or while recording. */
void s2s_fold_prepare(s2s_graph *graph, s2s_fold *fold);
/* The different rows of y = table[ids] W^T + b, for s2s_gather: bit for bit what s2s_embed and s2s_linear give. */
typedef struct s2s_folded {
    s2s_tensor products; /* no rows: folding does not pay, or failed; take s2s_embed and s2s_linear */
    const int *index;    /* [N] which of them is that of each id */
} s2s_folded;

/* Of ids [n]; NULL: not known.  n_folds of equal sizes are to take them. */
s2s_folded s2s_fold_ids(s2s_graph *graph, s2s_fold *fold, const int *ids, int n, int n_folds);

/* ---- elementwise.c ---- */
void s2s_tanh(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x); /* y = tanh(x) */
void s2s_add(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x);  /* y += x */
void s2s_copy(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x); /* y = x, shapes equal */
/* y = x with each element dropped with probability p, the others scaled by 1 / (1 - p); a copy unless
 * graph->training and p > 0. */
void s2s_dropout(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x, s2s_real p);
/* A mask [rows, cols] of 0 and 1 / (1 - p), without a gradient: variational dropout. */
s2s_tensor s2s_dropout_mask(s2s_graph *graph, int rows, int cols, s2s_real p);

/* ---- cell.c (equations), cell_state.c, cell_step.c: one recurrent cell; docs/math.md ---- */

/* Number of gate blocks in w_ih, w_hh and the saved gates; has_memory: the state has a c beside h. */
int s2s_cell_gates(s2s_cell_kind kind);
bool s2s_cell_has_memory(s2s_cell_kind kind);

/* A cell with input size I and H units, and its parameters.
 *   rnn           w_ih [H, I]   w_hh [H, H]   b [1, H]
 *   gru           w_ih [3H, I]  w_hh [3H, H]  b [1, 3H]   gates r, z, n;  b_hn [1, H]
 *   lstm          w_ih [4H, I]  w_hh [4H, H]  b [1, 4H]   gates i, f, g, o
 *   lstm-article  w_ih [3H, I]  w_hh [3H, H]  b [1, 3H]   gates f, o, c~ (w_hh of c~ meets f * c');
 *                 w_oc [H, H], b_oc [1, H]
 * With layer normalisation, which lstm-article does not have, gain and shift [1, G H] take the place of b, and
 * an lstm has gain_c and shift_c [1, H]. */
typedef struct s2s_cell {
    s2s_cell_kind kind;
    int input, hidden;
    bool layer_norm;
    s2s_param *w_ih, *w_hh, *b;
    s2s_param *b_hn;        /* gru */
    s2s_param *w_oc, *b_oc; /* lstm-article */
    s2s_param *gain, *shift, *gain_c, *shift_c;
} s2s_cell;

/* Of a cell of which all but the parameters is given; those that it has not are NULL. */
void s2s_cell_declare(s2s_cell *cell, s2s_params *params, const char *prefix);

/* Everything that a sequence of steps keeps: rows are tokens (a whole sequence) or hypotheses (one step).
 * gates holds x W_ih^T + b on entry of a step and activations after it; its gradient is that of the products,
 * so the input product is an ordinary s2s_linear into gates. */
typedef struct s2s_cell_state {
    s2s_tensor gates; /* [N, G H] */
    s2s_tensor h_in;  /* [N, H] previous h as the product meets it: masked; unused where nothing is recorded */
    s2s_tensor prev;  /* [N, H] previous c, or previous h of a gru, unused likewise; rnn: empty */
    s2s_tensor
        extra; /* gru [N, H]: U h + b_hn of the candidate; lstm-article [N, 2H]: f * c', o * c~; else empty */
    s2s_tensor sums; /* layer normalisation: [N, G H] what is normalised, its gradient that of the normalised;
                        lstm: [N, 5 H], at last tanh of the normalised c; else empty */
    s2s_tensor h, c; /* [N, H]; c empty without memory */
} s2s_cell_state;

/* For N = rows, or with h (a view [N, H]) to be written into. */
s2s_cell_state s2s_cell_state_new(s2s_graph *graph, const s2s_cell *cell, int rows);
s2s_cell_state s2s_cell_state_into(s2s_graph *graph, const s2s_cell *cell, const s2s_tensor *h);
s2s_cell_state s2s_cell_state_rows(const s2s_cell_state *state, int first, int n); /* a view */

/* One step on R rows: state->gates is given, h_prev and c_prev [R, H] (c_prev may be NULL without memory); mask
 * [R, H] or NULL is multiplied into the previous h before the product.  Gradients flow to gates, h_prev,
 * c_prev; those of w_hh, b_hn, w_oc, b_oc come from s2s_cell_weights, to be called before the first step on the
 * tensors whose row views the steps use. */
void s2s_cell_step(s2s_graph *graph, const s2s_cell *cell, s2s_cell_state *state, const s2s_tensor *h_prev,
                   const s2s_tensor *c_prev, const s2s_tensor *mask);
void s2s_cell_weights(s2s_graph *graph, const s2s_cell *cell, const s2s_cell_state *state);

/* ---- rnn.c: cells over all steps of a ragged batch, as one operation ---- */

typedef struct s2s_rnn_pass {
    const s2s_cell *cell;
    s2s_cell_state state; /* of shape->n_tokens rows, gates given */
    s2s_tensor h0, c0;    /* [B, H]; empty: zero */
    s2s_tensor mask;      /* [B, H] of s2s_cell_step; empty: none */
    bool reverse;         /* from each sequence's last token to its first */
} s2s_rnn_pass;

/* n: 1 or 2 passes, of cells of one kind and size, which do not know of each other: the numbers are those of
 * one call per pass, for half the waiting.  Includes the weight gradients. */
void s2s_rnn(s2s_graph *graph, const s2s_ragged *shape, const s2s_rnn_pass *passes, int n);

/* ---- attention.c: scores, softmax, context ---- */

/* The memory that queries look at: sentence-major, sentence b owns rows [offset[b], offset[b + 1]). */
typedef struct s2s_memory {
    s2s_tensor values; /* [S, D] */
    s2s_tensor keys;   /* [S, K]; may be values itself */
    const int *offset; /* [B + 1] */
} s2s_memory;

typedef enum s2s_score_kind { S2S_SCORE_DOT, S2S_SCORE_ADDITIVE, S2S_SCORE_GIVEN } s2s_score_kind;

/* R rows that look at a memory: row r at sentence[r].
 *   DOT       score = scale (q . k), in `heads` equal slices of the columns of q, keys and values, each with
 *             weights of its own
 *   ADDITIVE  score = v . tanh(q + k), v [1, K]
 *   GIVEN     score of position s is q[r][s] (location attention); keys are not used, and positions beyond the
 *             columns of q are not looked at
 * weights [R, heads x max_source] receives each row's weights, head after head, zero where it does not look;
 * where it has a gradient, that goes back too. */
typedef struct s2s_look {
    s2s_score_kind kind;
    int heads;
    s2s_real scale;
    s2s_param *v;
    const int *sentence;
    s2s_tensor q, weights;
    s2s_tensor context;     /* [R, D] */
    s2s_tensor scores_grad; /* like weights, as data; unused where nothing is recorded */
} s2s_look;

/* From q to weights and context.  The gradients of values, and of keys in DOT, come from s2s_attend_memory alone,
 * to be called first, on the whole tensors whose row views the steps use. */
void s2s_attend(s2s_graph *graph, const s2s_memory *memory, const s2s_look *look);
void s2s_attend_memory(s2s_graph *graph, const s2s_memory *memory, const s2s_look *look);

/* ---- loss.c: output layer, softmax and cross-entropy in one, in row blocks ---- */

typedef struct s2s_objective {
    s2s_real smoothing; /* eps, spread evenly over all V tokens (Szegedy et al. 2016) */
    s2s_real r_drop; /* alpha of R-Drop (Liang et al. 2021, arXiv:2106.14448); 0: off.  Else rows 2i and 2i + 1
                            are twins, the same token under two dropout masks, and N is even */
    s2s_real guided_alignment; /* weight of s2s_alignment_loss; 0: off */
    s2s_real grad_scale;       /* gradients are those of objective x grad_scale */
} s2s_objective;

typedef struct s2s_loss {
    double nll;       /* sum over rows of -log p(target), nats, without smoothing */
    double objective; /* sum over rows with label smoothing, R-Drop and guided alignment */
    int64_t correct;  /* rows whose most likely token is the target */
} s2s_loss;

/* Adds to *loss.  x [N, H], w [V, H], b [1, V] or NULL, targets [N].  While recording, gradients are computed
 * at once, so nothing is borrowed beyond the call.  row_nll [N] receives each row's -log p(target) if not NULL.
 */
void s2s_output_loss(s2s_graph *graph, s2s_loss *loss, const s2s_tensor *x, s2s_param *w, s2s_param *b,
                     const int *targets, const s2s_objective *objective, s2s_real *row_nll);

/* ---- alignment.c: what attention should look at (Chen et al. 2016, arXiv:1607.01628) ---- */

/* Adds to loss->objective the cross-entropy of given links and the weights [N, heads x max_source] of
 * s2s_attend, times objective->guided_alignment.  A row's weights are the mean of its heads; one without
 * links adds nothing.  While recording, the gradient of the weights is computed at once. */
void s2s_alignment_loss(s2s_graph *graph, s2s_loss *loss, const s2s_tensor *weights, int heads,
                        const s2s_links *links, const s2s_objective *objective);

/* ---- output.c: the output layer of decoding; no gradients ---- */

/* Log-probabilities y [N, V]. */
void s2s_output_log_probs(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x, s2s_param *w, s2s_param *b);

typedef struct s2s_candidate {
    float log_prob;
    int token;
} s2s_candidate;

/* Some logits of a row: z [n] of tokens first, first + 1, ... or, where there is a list, of those [n], which
 * ascend. */
typedef struct s2s_logits {
    s2s_real *z;
    int n, first;
    const int *tokens; /* NULL: no list */
} s2s_logits;

/* Where the token's logit lies, or NULL if it is not among them. */
s2s_real *s2s_logit_of(const s2s_logits *logits, int token);

/* Sets the logits of those tokens to -infinity that a row may not use.  Called by every member of the team. */
typedef void s2s_ban_fn(const void *arg, int row, const s2s_logits *logits);

/* The most likely tokens of N rows. */
typedef struct s2s_top {
    s2s_candidate *tokens; /* [N, n] best first; of equal logits the lower token first, -infinity left out */
    int *n_tokens;         /* [N] */
    int n;                 /* of each row at most */
    s2s_candidate *asked;  /* [N, n_asked]: a token of 0 .. V - 1 receives its log-probability, banned or not */
    int n_asked;
    s2s_ban_fn *ban; /* NULL: nothing is banned */
    const void *ban_arg;
    const s2s_tokens *allowed; /* [N]: those tokens of a row that are looked at, ascending; NULL: all */
} s2s_top;

/* The same log-probabilities bit for bit, of the most likely tokens only. */
void s2s_output_top(s2s_graph *graph, const s2s_top *top, const s2s_tensor *x, s2s_param *w, s2s_param *b);

/* An output layer that knows some tokens only, as if there were no others. */
typedef struct s2s_output_part {
    const int *tokens; /* [n] ascending */
    int n;
    s2s_real *w; /* their rows of w [V, H], packed for products */
    s2s_real *b; /* their biases; NULL: none */
} s2s_output_part;

/* Fills w and b of parts [n_parts], whose tokens are given, with memory of the arena. */
void s2s_output_parts_make(s2s_graph *graph, s2s_output_part *parts, int n_parts, const s2s_param *w,
                           const s2s_param *b, s2s_arena *arena);

/* The same as above for rows that have an output layer each, parts[part[r]] for row r; those of a part come one
 * after the other.  The other tokens' log-probabilities are -infinity; asked tokens are of the part, and
 * allowed is NULL. */
void s2s_output_parts_log_probs(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x,
                                const s2s_output_part *parts, const int *part);
void s2s_output_parts_top(s2s_graph *graph, const s2s_top *top, const s2s_tensor *x,
                          const s2s_output_part *parts, const int *part);

/* ---- mixture.c: the distributions of several models as one; no gradients ---- */

/* p = sum_k w_k p_k, where exp(log_weights) sum to 1. */
typedef struct s2s_mixture {
    const s2s_tensor *log_probs; /* [n] of [N, V] each */
    const double *log_weights;   /* [n] */
    int n;
} s2s_mixture;

/* log(exp(a) + exp(b)); -infinity is the logarithm of 0. */
double s2s_log_add(double a, double b);

/* Log-probabilities y [N, V]. */
void s2s_mixture_log_probs(s2s_graph *graph, s2s_tensor *y, const s2s_mixture *mixture);
/* The most likely tokens; without a list of allowed ones, none whose probability is too small for a float. */
void s2s_mixture_top(s2s_graph *graph, const s2s_top *top, const s2s_mixture *mixture);

#endif
