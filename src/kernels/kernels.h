/* Kernels: the loops where the time is, behind one table.
 *
 * Raw pointers and sizes only: outputs first, then inputs, then sizes.  No kernel allocates.  A result element
 * depends on its own inputs alone and is always summed in the same order, so it does not change with the
 * number of rows given, with the share of columns given, or with the thread that computes it.
 *
 * ref/ is the specification, in plain C; every entry of every other table is tested against it. */
#ifndef S2S_KERNELS_KERNELS_H
#define S2S_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "s2s/network.h"
#include "s2s/status.h"
#include "tensor/tensor.h"

typedef struct s2s_adam_step {
    s2s_real learn_rate;            /* bias corrections included: lr * sqrt(1 - beta2^t) / (1 - beta1^t) */
    s2s_real beta1, beta2, epsilon; /* epsilon * sqrt(1 - beta2^t), so that the update is Kingma and Ba's */
    s2s_real grad_scale;            /* the gradient is multiplied by this first (clipping) */
    s2s_real decay;                 /* joins the gradient (adam) */
    s2s_real shrink;                /* the parameter is multiplied by this first (adamw): 1 - lr * decay */
} s2s_adam_step;

/* What is under the root of a normalisation, beside the variance. */
#define S2S_NORM_EPSILON ((s2s_real)1e-5)

/* Of a row x of layer normalisation, x^ = (x - mean) scale. */
typedef struct s2s_norm {
    s2s_real mean, scale; /* scale: 1 / sqrt(variance + S2S_NORM_EPSILON) */
    s2s_real d, dx;       /* backward: the means of dy gain and of dy gain x^ */
} s2s_norm;

/* Our products of floats and bfloat16 sum up S2S_GEMM_K elements in one go: more are summed in pieces, each
 * added to C when it is complete.  gemm_t takes no more than S2S_GEMM_T_K. */
enum { S2S_GEMM_K = 1024, S2S_GEMM_T_K = 512 };

typedef struct s2s_kernels {
    const char *name;
    bool is_coarse; /* its products are of 8-bit integers: gradients of logits have to be dithered for them */
    int panel;      /* columns of a packed panel */

    /* Packs B [K, N], element (k, n) at b[k * k_stride + n * n_stride], into panels of `panel` columns, the
     * last one padded with zeros: panels [p0, p1) of ceil(N / panel).  Panels follow one another, all but the
     * last in as many elements each, so that matrices of whole panels, packed one after the other, are one.
     * packed_size tells the elements needed, SIZE_MAX if B cannot be packed. */
    size_t (*packed_size)(int K, int N);
    void (*pack)(s2s_real *packed, const s2s_real *b, ptrdiff_t k_stride, ptrdiff_t n_stride, int K, int N,
                 int p0, int p1);
    /* C[M, N] = A[M, K] B, or C += A B, then + bias [N] in every row if not NULL: panels [p0, p1) of C's
     * columns. */
    void (*gemm)(s2s_real *c, ptrdiff_t ldc, const s2s_real *a, ptrdiff_t lda, const s2s_real *packed, int M,
                 int N, int K, int p0, int p1, int accumulate, const s2s_real *bias);
    /* C[M, N] += A^T B, A [K, M], K <= S2S_GEMM_T_K. */
    void (*gemm_t)(s2s_real *c, ptrdiff_t ldc, const s2s_real *a, ptrdiff_t lda, const s2s_real *packed, int M,
                   int N, int K, int p0, int p1);
    /* y [cols, rows] = x^T, rows [r0, r1) of x. */
    void (*transpose)(s2s_real *y, ptrdiff_t ldy, const s2s_real *x, ptrdiff_t ldx, int r0, int r1, int cols);

    /* Vectors of n elements. */
    void (*tanh)(s2s_real *y, const s2s_real *x, int n);    /* y = tanh(x); y may be x */
    void (*sigmoid)(s2s_real *y, const s2s_real *x, int n); /* y = 1 / (1 + exp(-x)); y may be x */
    void (*add)(s2s_real *y, const s2s_real *x, int n);     /* y += x */
    void (*mul)(s2s_real *y, const s2s_real *a, const s2s_real *b, int n);         /* y = a * b */
    void (*mul_add)(s2s_real *y, const s2s_real *a, const s2s_real *b, int n);     /* y += a * b */
    void (*shift_scale)(s2s_real *y, s2s_real shift, s2s_real scale, int n);       /* y = (y + shift) scale */
    void (*axpy)(s2s_real *y, s2s_real a, const s2s_real *x, int n);               /* y += a x */
    void (*tanh_back)(s2s_real *dx, const s2s_real *y, const s2s_real *dy, int n); /* dx += dy (1 - y^2) */
    s2s_real (*dot)(const s2s_real *a, const s2s_real *b, int n);
    double (*sum_squares)(const s2s_real *x, size_t n);
    /* Where x_i >= least, ascending; returns how many places [n] there are. */
    int (*at_least)(int *places, const s2s_real *x, s2s_real least, int n);

    /* Rows x_i of a matrix [rows, n], which are ldx apart. */
    void (*row_dots)(s2s_real *y, const s2s_real *x, ptrdiff_t ldx, const s2s_real *q, int rows,
                     int n); /* y_i = x_i . q, as dot has it */
    /* y += sum_i a_i x_index[i], as axpy after axpy has it; index NULL: 0, 1, ..., a NULL: 1, 1, ... */
    void (*add_rows)(s2s_real *y, const s2s_real *a, const s2s_real *x, ptrdiff_t ldx, const int *index,
                     int rows, int n);

    /* One row of gates, n units; gates hold pre-activations, and activations afterwards. */
    void (*lstm)(s2s_real *h, s2s_real *c, s2s_real *i, s2s_real *f, s2s_real *g, s2s_real *o,
                 const s2s_real *c_prev, int n);
    /* From dh and dc (the gradient of c from later steps), writes the gradients of the gates before activation
     * and dc_prev.  The gradient of a gate may lie where the gate does, dc_prev where dc or c_prev does. */
    void (*lstm_back)(s2s_real *di, s2s_real *df, s2s_real *dg, s2s_real *d_o, s2s_real *dc_prev,
                      const s2s_real *i, const s2s_real *f, const s2s_real *g, const s2s_real *o,
                      const s2s_real *c_prev, const s2s_real *c, const s2s_real *dh, const s2s_real *dc, int n);
    /* r, z: W x + U h + b; xn: W x + b of the candidate; hn: U h + b_hn.
     * h = (1 - z) tanh(xn + r hn) + z h_prev
     * Afterwards r, z hold sigmoids and xn the candidate; hn is kept for the backward. */
    void (*gru)(s2s_real *h, s2s_real *r, s2s_real *z, s2s_real *xn, const s2s_real *hn, const s2s_real *h_prev,
                int n);
    /* Writes dr, dz, dxn (gradients before activation), dhn, and dh_prev (the direct part, dh z).  Each may lie
     * where its value does: r, z, cand, hn, h_prev. */
    void (*gru_back)(s2s_real *dr, s2s_real *dz, s2s_real *dxn, s2s_real *dhn, s2s_real *dh_prev,
                     const s2s_real *r, const s2s_real *z, const s2s_real *cand, const s2s_real *hn,
                     const s2s_real *h_prev, const s2s_real *dh, int n);

    /* Layer normalisation (Ba et al. 2016): the sums are over a whole row, the elements any share of it. */
    s2s_norm (*norm_sums)(const s2s_real *x, int n); /* mean and scale */
    void (*norm)(s2s_real *y, const s2s_real *x, const s2s_norm *norm, const s2s_real *gain,
                 const s2s_real *shift, int n); /* y = gain x^ + shift; y may be x */
    s2s_norm (*norm_back_sums)(const s2s_real *x, const s2s_real *dy, const s2s_real *gain, int n); /* all */
    /* dx += scale (dy gain - d - dx x^), dgain += dy x^, dshift += dy; d and dx on the right are the sums' */
    void (*norm_back)(s2s_real *dx, s2s_real *dgain, s2s_real *dshift, const s2s_real *x, const s2s_real *dy,
                      const s2s_norm *norm, const s2s_real *gain, int n);

    /* Attention scores of Bahdanau: sum_j v_j tanh(q_j + k_j). */
    s2s_real (*additive)(const s2s_real *q, const s2s_real *k, const s2s_real *v, int n);
    /* Its backward for one score with gradient ds: dq, dk, dv (all +=). */
    void (*additive_back)(s2s_real *dq, s2s_real *dk, s2s_real *dv, s2s_real ds, const s2s_real *q,
                          const s2s_real *k, const s2s_real *v, int n);

    /* Softmax in place; returns log(sum(exp(x))) of the inputs. */
    s2s_real (*softmax)(s2s_real *x, int n);
    /* dx += y (dy - sum(y dy)) */
    void (*softmax_back)(s2s_real *dx, const s2s_real *y, const s2s_real *dy, int n);
    /* sum(exp(x - *largest)), where *largest becomes the largest x, or 0 where none is above -infinity. */
    double (*sum_exp)(s2s_real *largest, const s2s_real *x, int n);
    /* x -= log(sum(exp(x))) in place. */
    void (*log_softmax)(s2s_real *x, int n);

    /* y = x / (1 - p) where the hash of (key, first + index) says keep (probability 1 - p), else 0; y may be
     * x. */
    void (*dropout)(s2s_real *y, const s2s_real *x, uint64_t key, uint64_t first, s2s_real p, int n);
    /* mask[i] = 0 or 1 / (1 - p), by the same rule. */
    void (*dropout_mask)(s2s_real *mask, uint64_t key, uint64_t first, s2s_real p, int n);

    /* Adds noise to x, evenly spread over a step of 8-bit integers that have the scale of x
     * (kernels/int8/int8.h); the largest in magnitude stay, and the others do not pass them.  Rounded to such
     * integers, each x is right in the mean. */
    void (*dither)(s2s_real *x, int n);

    /* Optimiser: w -= step(m, v, g) over a piece of the blocks. */
    void (*adam)(s2s_real *w, s2s_real *m, s2s_real *v, const s2s_real *g, const s2s_adam_step *step, size_t n);
    void (*approach)(s2s_real *y, const s2s_real *x, s2s_real rate, size_t n); /* y += rate (x - y) */
} s2s_kernels;

/* The type of an entry's function. */
#define S2S_KERNEL_TYPE(name) __typeof__(*((s2s_kernels *)0)->name)

extern const s2s_kernels s2s_kernels_ref;

/* The best table for this processor, chosen once.  In the environment S2S_ISA=ref|avx2|avx512 caps it: where
 * the processor has less, that is taken.  S2S_ISA=onednn takes the matrix product from oneDNN where that is
 * installed.  Each of them leaves AMX out; an empty S2S_ISA is none. */
const s2s_kernels *s2s_kernels_best(void);
/* The best table with its products on bfloat16, for less exact but faster work; NULL where the processor (or
 * S2S_ISA) has none. */
const s2s_kernels *s2s_kernels_bf16(void);
/* Whether they are faster than those of the best table: they do twice the work per instruction, but Intel's
 * processors without AMX take twice the time for it. */
bool s2s_kernels_bf16_is_faster(void);
/* The best table with its products on 8-bit integers, for less exact but faster prediction and training. */
const s2s_kernels *s2s_kernels_int8(void);
/* The table of an s2s_precision other than auto; NULL where there is none. */
const s2s_kernels *s2s_kernels_of(int precision);
/* Replaces auto by the faster one of f32 and bf16; S2S_BAD_CONFIG where there is no table of the precision, and
 * where S2S_ISA is none of the above. */
s2s_status s2s_precision_resolve(int *precision, s2s_error *err) S2S_MUST_USE;
/* All tables of full precision that run on this processor, ref first; ends with NULL. */
const s2s_kernels *const *s2s_kernels_all(void);
/* The same tables with their products on 8-bit integers, which are the same bits in all.
 * Not in the build in double. */
const s2s_kernels *const *s2s_kernels_all_int8(void);

#endif
