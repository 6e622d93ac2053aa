/* Declares the functions of one kernel table (see kernels.h), S2S_ISA_FN(name) being the name of its function
 * `name`, and the initialiser that lists them.  Included once by each table's own header. */
#ifndef S2S_KERNELS_PROTOTYPES_H
#define S2S_KERNELS_PROTOTYPES_H

#include "kernels/kernels.h"

/* Columns of a panel: element (k, n) of B lies at packed[((n / 32) * K + k) * 32 + n % 32]. */
enum { S2S_PANEL = 32 };

/* Elements of packed B. */
static inline size_t s2s_panels_size(int K, int N)
{
    size_t panels = ((size_t)N + S2S_PANEL - 1) / S2S_PANEL;
    return panels * S2S_PANEL * (size_t)K;
}

size_t S2S_ISA_FN(packed_size)(int K, int N);
void S2S_ISA_FN(pack)(s2s_real *packed, const s2s_real *b, ptrdiff_t k_stride, ptrdiff_t n_stride, int K, int N,
                      int p0, int p1);
void S2S_ISA_FN(gemm)(s2s_real *c, ptrdiff_t ldc, const s2s_real *a, ptrdiff_t lda, const s2s_real *packed,
                      int M, int N, int K, int p0, int p1, int accumulate);
void S2S_ISA_FN(transpose)(s2s_real *y, ptrdiff_t ldy, const s2s_real *x, ptrdiff_t ldx, int r0, int r1,
                           int cols);

void S2S_ISA_FN(tanh)(s2s_real *y, const s2s_real *x, int n);
void S2S_ISA_FN(sigmoid)(s2s_real *y, const s2s_real *x, int n);
void S2S_ISA_FN(add)(s2s_real *y, const s2s_real *x, int n);
void S2S_ISA_FN(mul)(s2s_real *y, const s2s_real *a, const s2s_real *b, int n);
void S2S_ISA_FN(mul_add)(s2s_real *y, const s2s_real *a, const s2s_real *b, int n);
void S2S_ISA_FN(axpy)(s2s_real *y, s2s_real a, const s2s_real *x, int n);
void S2S_ISA_FN(tanh_back)(s2s_real *dx, const s2s_real *y, const s2s_real *dy, int n);
s2s_real S2S_ISA_FN(dot)(const s2s_real *a, const s2s_real *b, int n);
double S2S_ISA_FN(sum_squares)(const s2s_real *x, size_t n);
int S2S_ISA_FN(first_above)(const s2s_real *x, s2s_real threshold, int n);

void S2S_ISA_FN(lstm)(s2s_real *h, s2s_real *c, s2s_real *i, s2s_real *f, s2s_real *g, s2s_real *o,
                      const s2s_real *c_prev, int n);
void S2S_ISA_FN(lstm_back)(s2s_real *di, s2s_real *df, s2s_real *dg, s2s_real *d_o, s2s_real *dc_prev,
                           const s2s_real *i, const s2s_real *f, const s2s_real *g, const s2s_real *o,
                           const s2s_real *c_prev, const s2s_real *c, const s2s_real *dh, const s2s_real *dc,
                           int n);
void S2S_ISA_FN(gru)(s2s_real *h, s2s_real *r, s2s_real *z, s2s_real *xn, const s2s_real *hn,
                     const s2s_real *h_prev, int n);
void S2S_ISA_FN(gru_back)(s2s_real *dr, s2s_real *dz, s2s_real *dxn, s2s_real *dhn, s2s_real *dh_prev,
                          const s2s_real *r, const s2s_real *z, const s2s_real *cand, const s2s_real *hn,
                          const s2s_real *h_prev, const s2s_real *dh, int n);

s2s_norm S2S_ISA_FN(norm_sums)(const s2s_real *x, int n);
void S2S_ISA_FN(norm)(s2s_real *y, const s2s_real *x, const s2s_norm *norm, const s2s_real *gain,
                      const s2s_real *shift, int n);
s2s_norm S2S_ISA_FN(norm_back_sums)(const s2s_real *x, const s2s_real *dy, const s2s_real *gain, int n);
void S2S_ISA_FN(norm_back)(s2s_real *dx, s2s_real *dgain, s2s_real *dshift, const s2s_real *x,
                           const s2s_real *dy, const s2s_norm *norm, const s2s_real *gain, int n);

s2s_real S2S_ISA_FN(additive)(const s2s_real *q, const s2s_real *k, const s2s_real *v, int n);
void S2S_ISA_FN(additive_back)(s2s_real *dq, s2s_real *dk, s2s_real *dv, s2s_real ds, const s2s_real *q,
                               const s2s_real *k, const s2s_real *v, int n);

s2s_real S2S_ISA_FN(softmax)(s2s_real *x, int n);
void S2S_ISA_FN(softmax_back)(s2s_real *dx, const s2s_real *y, const s2s_real *dy, int n);
s2s_real S2S_ISA_FN(log_sum_exp)(const s2s_real *x, int n);
void S2S_ISA_FN(log_softmax)(s2s_real *x, int n);

void S2S_ISA_FN(dropout)(s2s_real *y, const s2s_real *x, uint64_t key, uint64_t first, s2s_real p, int n);
void S2S_ISA_FN(dropout_mask)(s2s_real *mask, uint64_t key, uint64_t first, s2s_real p, int n);

void S2S_ISA_FN(adam)(s2s_real *w, s2s_real *m, s2s_real *v, const s2s_real *g, const s2s_adam_step *step,
                      size_t n);
void S2S_ISA_FN(approach)(s2s_real *y, const s2s_real *x, s2s_real rate, size_t n);

/* The initialiser of a table, its name aside. */
#define S2S_TABLE_ENTRIES                                                                                   \
    .panel = S2S_PANEL, .packed_size = S2S_ISA_FN(packed_size), .pack = S2S_ISA_FN(pack),                   \
    .gemm = S2S_ISA_FN(gemm), .transpose = S2S_ISA_FN(transpose), .tanh = S2S_ISA_FN(tanh),                 \
    .sigmoid = S2S_ISA_FN(sigmoid), .add = S2S_ISA_FN(add), .mul = S2S_ISA_FN(mul),                         \
    .mul_add = S2S_ISA_FN(mul_add), .axpy = S2S_ISA_FN(axpy), .tanh_back = S2S_ISA_FN(tanh_back),           \
    .dot = S2S_ISA_FN(dot), .sum_squares = S2S_ISA_FN(sum_squares), .first_above = S2S_ISA_FN(first_above), \
    .lstm = S2S_ISA_FN(lstm), .lstm_back = S2S_ISA_FN(lstm_back), .gru = S2S_ISA_FN(gru),                   \
    .gru_back = S2S_ISA_FN(gru_back), .norm_sums = S2S_ISA_FN(norm_sums), .norm = S2S_ISA_FN(norm),         \
    .norm_back_sums = S2S_ISA_FN(norm_back_sums), .norm_back = S2S_ISA_FN(norm_back),                       \
    .additive = S2S_ISA_FN(additive), .additive_back = S2S_ISA_FN(additive_back),                           \
    .softmax = S2S_ISA_FN(softmax), .softmax_back = S2S_ISA_FN(softmax_back),                               \
    .log_sum_exp = S2S_ISA_FN(log_sum_exp), .log_softmax = S2S_ISA_FN(log_softmax),                         \
    .dropout = S2S_ISA_FN(dropout), .dropout_mask = S2S_ISA_FN(dropout_mask), .adam = S2S_ISA_FN(adam),     \
    .approach = S2S_ISA_FN(approach)

#endif
