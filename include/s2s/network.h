/* The options that shape a network; they are stored in its model file.  And the precisions of its products.
 *
 * Letters: E embedding, H hidden, S source length, T target length, V vocabulary. */
#ifndef S2S_NETWORK_H
#define S2S_NETWORK_H

#include <stdbool.h>

/* Recurrent cells; the equations are in docs/math.md and src/ops/cell.c.
 * X(NAME, name) */
#define S2S_CELL_LIST(X)                                                                            \
    X(RNN, "rnn")                   /* tanh (Elman 1990) */                                         \
    X(GRU, "gru")                   /* Cho et al. 2014, arXiv:1406.1078, reset after the product */ \
    X(LSTM, "lstm")                 /* Hochreiter and Schmidhuber 1997; Gers et al. 2000 */         \
    X(LSTM_ARTICLE, "lstm-article") /* the variant of the article, see docs/math.md */

/* Attention scores of query q for key k.
 * X(NAME, name) */
#define S2S_ATTENTION_LIST(X)                                                                  \
    X(NONE, "none")           /* the encoder's last state is all that the decoder gets */      \
    X(ADDITIVE, "additive")   /* v . tanh(W q + U k)   Bahdanau et al. 2015, 1409.0473 */      \
    X(DOT, "dot")             /* q . k                 Luong et al. 2015, 1508.04025 */        \
    X(GENERAL, "general")     /* q . W k               Luong et al. 2015 */                    \
    X(CONCAT, "concat")       /* v . tanh(W [q; k])    Luong et al. 2015 */                    \
    X(MULTIHEAD, "multihead") /* scaled dot, several heads; Vaswani et al. 2017, 1706.03762 */ \
    X(LOCATION, "location")   /* softmax(W_s s + W_c c + b) over positions, see docs/math.md */

/* How the encoder's last state becomes the decoder's first. X(NAME, name) */
#define S2S_BRIDGE_LIST(X)                                                                \
    X(COPY, "copy")             /* taken as it is; sizes must agree */                    \
    X(PROJECTION, "projection") /* tanh(W h + b), learned, per decoder layer and state */ \
    X(ZERO, "zero")             /* the decoder starts at zero */

/* What the factors of matrix products are; parameters, sums and all else are 32-bit floats.  In prediction a
 * precision is a property of the opened model. */
#define S2S_PRECISION_LIST(X)                                                               \
    X(AUTO, "auto") /* bf16 where that is faster, else f32; a trained model says which */   \
    X(F32, "f32")   /* 32-bit floats: the same bits on any processor with AVX2 or better */ \
    X(BF16, "bf16") /* rounded to bfloat16, which keeps 8 bits; needs AVX-512 BF16 */       \
    X(INT8, "int8") /* 8-bit integers with a scale per row and column, on any processor */

#define S2S_X(NAME, name) S2S_CELL_##NAME,
typedef enum s2s_cell_kind { S2S_CELL_LIST(S2S_X) S2S_N_CELLS } s2s_cell_kind;
#undef S2S_X
#define S2S_X(NAME, name) S2S_ATTENTION_##NAME,
typedef enum s2s_attention_kind { S2S_ATTENTION_LIST(S2S_X) S2S_N_ATTENTIONS } s2s_attention_kind;
#undef S2S_X
#define S2S_X(NAME, name) S2S_BRIDGE_##NAME,
typedef enum s2s_bridge_kind { S2S_BRIDGE_LIST(S2S_X) S2S_N_BRIDGES } s2s_bridge_kind;
#undef S2S_X
#define S2S_X(NAME, name) S2S_PRECISION_##NAME,
typedef enum s2s_precision { S2S_PRECISION_LIST(S2S_X) S2S_N_PRECISIONS } s2s_precision;
#undef S2S_X

/* Enums are held as int so that the option tables can reach them. */
typedef struct s2s_network_options {
    int dim_emb;        /* E: size of source and target embeddings */
    int dim_hidden;     /* H: size of the decoder's state and of the encoder's output; even if bidirectional */
    int enc_cell;       /* s2s_cell_kind */
    int dec_cell;       /* s2s_cell_kind */
    int enc_depth;      /* layers, >= 1 */
    int dec_depth;      /* layers, >= 1 */
    bool bidirectional; /* the encoder reads both ways, each direction with H / 2 units */
    bool residual;      /* layers of equal size add their input to their output (from the second on) */
    bool layer_norm; /* cells normalise the sums of their gates (Ba et al. 2016, 1607.06450); no lstm-article */
    int bridge;      /* s2s_bridge_kind */
    int attention;   /* s2s_attention_kind */
    int heads;       /* of multihead attention; divides H */
    int max_source;  /* location attention: the number of source positions that it knows */
    bool input_feeding;   /* the attentional vector of a step is part of the next step's input (Luong) */
    bool tied_embeddings; /* the output layer's matrix is the target embedding (adds H -> E projection if H !=
                             E) */
    bool tied_all;  /* and the source embedding too, of one vocabulary (Press and Wolf 2017, 1608.05859) */
    double dropout; /* of embeddings, between layers and before the output layer */
    double dropout_encoder;   /* of the encoder's output, which the attention sees */
    double dropout_recurrent; /* of the recurrent state, one mask per sequence (Gal and Ghahramani 2016) */
} s2s_network_options;

#endif
