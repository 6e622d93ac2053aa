/* The parameter table: every parameter is declared once, by name; the table drives allocation,
 * initialisation, checkpoints, the optimiser and inspection.
 *
 * All parameters lie in one block and all gradients in a parallel one, so that clipping, optimisers and
 * averaging are single loops.  Inside a block each parameter begins at a multiple of S2S_ALIGNMENT bytes; the
 * gap, if any, is zero.  Parameters that are frozen lie behind all others, where these loops end.
 *
 * A batch uses few rows of a large table, so gradients are known by strips of S2S_STRIP elements: those that no
 * row in use touches stay zero, and need not be read to know that. */
#ifndef S2S_TENSOR_PARAMS_H
#define S2S_TENSOR_PARAMS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/rng.h"
#include "s2s/status.h"
#include "tensor/tensor.h"

typedef enum s2s_init {
    S2S_INIT_ZERO,
    S2S_INIT_ONE,
    S2S_INIT_GLOROT,     /* uniform in +-sqrt(6 / (rows of a block + cols)), Glorot and Bengio 2010 */
    S2S_INIT_ORTHOGONAL, /* orthonormal rows in each block, no more than its columns; Saxe et al. 2014 */
    S2S_INIT_NORMAL,     /* normal, deviation 1 / sqrt(cols): embeddings */
    S2S_INIT_FORGET,     /* a bias of 4 gates (i, f, g, o): 1 for f, else 0; Jozefowicz et al. 2015 */
} s2s_init;

/* Which way a weight matrix W [out, in] is packed for products. */
typedef enum s2s_packing {
    S2S_PACK_FORWARD,  /* y = x W^T: K = in,  N = out */
    S2S_PACK_BACKWARD, /* dx = dy W: K = out, N = in */
    S2S_N_PACKINGS
} s2s_packing;

enum { S2S_STRIP = 1024 }; /* elements: five streams of them fit the first-level cache */

/* The gradient of a strip. */
typedef enum s2s_strip {
    S2S_STRIP_ZERO,    /* holds nothing but zeros */
    S2S_STRIP_TOUCHED, /* of a table that s2s_params_touch was called for since it was last zero */
    S2S_STRIP_DENSE,   /* of anything else: may hold anything */
} s2s_strip;

/* A weight in the kernels' packed form, made by s2s_graph_packed. */
typedef struct s2s_packed {
    s2s_real *data;      /* `blocks` packed matrices, one after the other; NULL until first used */
    size_t block_size;   /* elements of one packed matrix */
    const void *kernels; /* the table that it was packed for */
    uint64_t version;    /* value of params.version that it was packed at */
} s2s_packed;

typedef struct s2s_param {
    s2s_tensor t; /* first, so that a parameter is a tensor */
    char name[64];
    s2s_init init;
    int blocks; /* a weight is `blocks` matrices of rows / blocks rows (the gates of a cell), packed one by one;
                   0: not a weight (biases, embeddings), never packed */
    bool is_table; /* its gradient is written only in rows that are touched first */
    bool frozen;   /* not to be trained: set before s2s_params_allocate; its gradient means nothing */
    s2s_packed packed[S2S_N_PACKINGS];
} s2s_param;

#define S2S_MAX_PARAMS 512

typedef struct s2s_params {
    s2s_arena *arena; /* everything that lives as long as the parameters: the blocks, the packed forms */
    s2s_param *items[S2S_MAX_PARAMS];
    int n;
    s2s_status status;     /* sticky: first failure of a declaration */
    size_t n_elements;     /* of a block, gaps included */
    size_t n_trained;      /* of them, from the first on: those of parameters that are not frozen */
    size_t n_parameters;   /* without gaps */
    s2s_real *data, *grad; /* blocks; grad is NULL for inference */
    unsigned char *strips; /* [ceil(n_elements / S2S_STRIP)] s2s_strip of the gradient; NULL for inference */
    uint64_t version;      /* changes whenever data changes; starts at 1 */
} s2s_params;

void s2s_params_begin(s2s_params *params);
/* Declares a bias or another matrix [rows, cols]; names are lower case with dots: "enc.0.fwd.b".  The returned
 * pointer stays valid until s2s_params_end; NULL once the status is set. */
s2s_param *s2s_param_declare(s2s_params *params, const char *name, s2s_init init, int rows, int cols);
/* Declares a table of rows to look up, of normal numbers: an embedding. */
s2s_param *s2s_table_declare(s2s_params *params, const char *name, int rows, int cols);
/* Declares a weight [rows, cols] for products, made of `blocks` matrices [rows / blocks, cols]. */
s2s_param *s2s_weight_declare(s2s_params *params, const char *name, s2s_init init, int blocks, int rows,
                              int cols);
/* How declaring went: S2S_EXHAUSTED, or S2S_BAD_CONFIG where there are too many. */
s2s_status s2s_params_declared(const s2s_params *params, s2s_error *err) S2S_MUST_USE;
/* Elements of a block of what is declared so far, gaps included. */
size_t s2s_params_elements(const s2s_params *params);
/* Allocates the blocks (zeroed) once all is declared. */
s2s_status s2s_params_allocate(s2s_params *params, bool with_grad, s2s_error *err) S2S_MUST_USE;
/* Parameter i draws from its own stream seeded by (seed, name): independent of all others. */
void s2s_params_init(s2s_params *params, uint64_t seed);
/* Says that the gradient of a row of a table is about to be written; for other parameters nothing needs to be
 * said.  Not to be called by several threads at once. */
void s2s_params_touch(s2s_params *params, const s2s_param *table, int row);
void s2s_params_end(s2s_params *params);                                /* frees everything */
s2s_param *s2s_params_find(const s2s_params *params, const char *name); /* NULL if there is none */
static inline void s2s_params_changed(s2s_params *params)
{
    params->version++;
}

#endif
