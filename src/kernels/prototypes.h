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

/* The entries of a table that are functions. */
/* clang-format off */
#define S2S_KERNEL_LIST(X) \
    X(packed_size) X(pack) X(gemm) X(gemm_t) X(transpose) \
    X(tanh) X(sigmoid) X(add) X(mul) X(mul_add) X(shift_scale) X(axpy) X(tanh_back) X(dot) X(sum_squares) X(at_least) \
    X(row_dots) X(add_rows) \
    X(lstm) X(lstm_back) X(gru) X(gru_back) X(norm_sums) X(norm) X(norm_back_sums) X(norm_back) \
    X(additive) X(additive_back) X(softmax) X(softmax_back) X(sum_exp) X(log_softmax) \
    X(dropout) X(dropout_mask) X(dither) X(adam) X(approach)
/* clang-format on */

#define S2S_KERNEL_DECLARE(name) S2S_KERNEL_TYPE(name) S2S_ISA_FN(name);
S2S_KERNEL_LIST(S2S_KERNEL_DECLARE)

/* The initialiser of a table, its name aside. */
#define S2S_TABLE_ENTRY(name) .name = S2S_ISA_FN(name),
#define S2S_TABLE_ENTRIES .panel = S2S_PANEL, S2S_KERNEL_LIST(S2S_TABLE_ENTRY)

#endif
