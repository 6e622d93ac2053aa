/* The packed product and the transpose of every kernel table against ref, which is the specification. */
#include "kernels_bench.h"

/* A product: C [M, N] (ldc = N + 3) from A [M, K] (lda = K + pad) and B in one of three layouts. */
typedef struct product {
    int M, N, K, pad, layout, accumulate, biased;
} product;

enum { BY_ROWS, BY_COLUMNS, SPREAD, N_LAYOUTS };

static int panels(const s2s_kernels *k, int N)
{
    return (N + k->panel - 1) / k->panel;
}

/* B's values do not depend on the layout. */
static s2s_real *pack(const s2s_kernels *k, const product *p)
{
    static const int factor[N_LAYOUTS] = {1, 1, 2};
    ptrdiff_t k_stride = p->layout == BY_COLUMNS ? 1 : (ptrdiff_t)p->N * factor[p->layout] * factor[p->layout];
    ptrdiff_t n_stride = p->layout == BY_COLUMNS ? p->K : factor[p->layout];
    s2s_real *values = new_reals((size_t)p->K * (size_t)p->N, 2);
    s2s_real *b = new_reals((size_t)p->K * (size_t)p->N * 4, 3);
    s2s_real *packed = new_reals(k->packed_size(p->K, p->N), 4);
    for (int i = 0; i < p->K; i++)
        for (int j = 0; j < p->N; j++)
            b[i * k_stride + j * n_stride] = values[(ptrdiff_t)i * p->N + j];
    for (int panel = panels(k, p->N) - 1; panel >= 0; panel--)
        k->pack(packed, b, k_stride, n_stride, p->K, p->N, panel, panel + 1);
    free(values);
    free(b);
    return packed;
}

/* step: rows and panels at a time; 0 for all at once. */
static s2s_real *multiply(const s2s_kernels *k, const product *p, int row_step, int panel_step)
{
    ptrdiff_t ldc = p->N + 3, lda = p->K + p->pad;
    s2s_real *packed = pack(k, p), *a = new_reals((size_t)(p->M * lda), 5);
    s2s_real *c = new_reals((size_t)(p->M * ldc), 6), *bias = new_reals((size_t)p->N, 7);
    int n_panels = panels(k, p->N);
    row_step = row_step ? row_step : p->M;
    panel_step = panel_step ? panel_step : n_panels;
    for (int m = 0; m < p->M; m += row_step)
        for (int q = 0; q < n_panels; q += panel_step) {
            int rows = p->M - m < row_step ? p->M - m : row_step;
            int end = n_panels - q < panel_step ? n_panels : q + panel_step;
            k->gemm(c + m * ldc, ldc, a + m * lda, lda, packed, rows, p->N, p->K, q, end, p->accumulate,
                    p->biased ? bias : NULL);
        }
    free(packed);
    free(a);
    free(bias);
    return c;
}

/* What lies between the rows must be untouched, hence equal. */
static void compare_products(const s2s_kernels *k, const product *p, const s2s_real *c,
                             const s2s_real *expected, double tolerance)
{
    for (int m = 0; m < p->M; m++)
        for (int n = 0; n < p->N + 3; n++) {
            ptrdiff_t at = (ptrdiff_t)m * (p->N + 3) + n;
            if (!is_close(c[at], expected[at], n < p->N ? tolerance : 0))
                fail_msg("%s: M %d N %d K %d layout %d accumulate %d: C[%d, %d] is %.9g, expected %.9g",
                         k->name, p->M, p->N, p->K, p->layout, p->accumulate, m, n, (double)c[at],
                         (double)expected[at]);
        }
}

/* oneDNN sums in an order of its own; all others must agree to the bit, for any share of rows and panels. */
static void check_product(const product *p)
{
    static const int steps[][2] = {{0, 0}, {0, 1}, {1, 0}, {3, 2}}; /* rows and panels at a time */
    const s2s_kernels *const *tables = s2s_kernels_all();
    s2s_real *expected = multiply(tables[0], p, 0, 0);
    for (int t = 0; tables[t]; t++) {
        double tolerance = strcmp(tables[t]->name, "onednn") == 0 ? 1e-4 : 0;
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            s2s_real *c = multiply(tables[t], p, steps[i][0], steps[i][1]);
            compare_products(tables[t], p, c, expected, tolerance);
            free(c);
        }
    }
    free(expected);
}

static void test_gemm(void **state)
{
    static const int Ms[] = {1, 2, 3, 4, 5, 7, 13, 14, 15, 29}, Ns[] = {1, 5, 16, 17, 32, 33, 47, 64, 95, 290};
    static const int Ks[] = {1, 2, 7, 33, 64}; /* oneDNN has multiples of 64 */
    (void)state;
    for (int m = 0; m < 10; m++)
        for (int n = 0; n < 10; n++)
            for (int k = 0; k < 5; k++)
                check_product(&(product){.M = Ms[m],
                                         .N = Ns[n],
                                         .K = Ks[k],
                                         .pad = k,
                                         .layout = (m + n + k) % N_LAYOUTS,
                                         .accumulate = (n + k) % 2,
                                         .biased = (m + k) % 2});
}

/* Shapes that are cut in blocks, or whose rows lie at multiples of a page. */
static void test_gemm_large(void **state)
{
    (void)state;
    check_product(&(product){.M = 400, .N = 65, .K = 40});
    check_product(&(product){.M = 300, .N = 129, .K = 192, .pad = 5, .accumulate = 1});
    check_product(&(product){.M = 50, .N = 33, .K = 3001, .accumulate = 1, .biased = 1});
    check_product(&(product){.M = 61, .N = 40, .K = 1024, .layout = BY_COLUMNS});
}

/* C += A^T B with lda = M + pad, panels [step, ...) at a time. */
static s2s_real *multiply_transposed(const s2s_kernels *k, const product *p, int panel_step)
{
    ptrdiff_t ldc = p->N + 3, lda = p->M + p->pad;
    s2s_real *packed = pack(k, p), *a = new_reals((size_t)(p->K * lda), 5);
    s2s_real *c = new_reals((size_t)(p->M * ldc), 6);
    int n_panels = panels(k, p->N);
    panel_step = panel_step ? panel_step : n_panels;
    for (int q = 0; q < n_panels; q += panel_step)
        k->gemm_t(c, ldc, a, lda, packed, p->M, p->N, p->K, q,
                  n_panels - q < panel_step ? n_panels : q + panel_step);
    free(packed);
    free(a);
    return c;
}

static void check_transposed(const product *p)
{
    const s2s_kernels *const *tables = s2s_kernels_all();
    s2s_real *expected = multiply_transposed(tables[0], p, 0);
    for (int t = 0; tables[t]; t++)
        for (int step = 0; step < 3; step++) {
            s2s_real *c = multiply_transposed(tables[t], p, step);
            compare_products(tables[t], p, c, expected, strcmp(tables[t]->name, "onednn") == 0 ? 1e-4 : 0);
            free(c);
        }
    free(expected);
}

static void test_gemm_transposed(void **state)
{
    static const int Ms[] = {1, 5, 6, 14, 15, 29, 57, 300}, Ns[] = {1, 16, 33, 95},
                     Ks[] = {1, 2, 33, 64, S2S_GEMM_T_K};
    (void)state;
    for (int m = 0; m < 8; m++)
        for (int n = 0; n < 4; n++)
            for (int k = 0; k < 5; k++)
                check_transposed(&(product){
                    .M = Ms[m], .N = Ns[n], .K = Ks[k], .pad = m % 3, .layout = (m + n + k) % N_LAYOUTS});
}

static void test_gemm_spreads_nan(void **state)
{
    (void)state;
    for (const s2s_kernels *const *k = s2s_kernels_all(); *k; k++) {
        product p = {.M = 6, .N = 37, .K = 9};
        s2s_real *packed = pack(*k, &p), *a = new_reals(54, 5), *c = new_reals(6 * 37, 6);
        a[2 * 9 + 4] = (s2s_real)NAN;
        (*k)->gemm(c, 37, a, 9, packed, 6, 37, 9, 0, panels(*k, 37), 0, NULL);
        for (int i = 0; i < 6 * 37; i++)
            assert_true(isnan(c[i]) == (i / 37 == 2));
        free(packed);
        free(a);
        free(c);
    }
}

static void check_transpose(const s2s_kernels *k, int rows, int cols)
{
    ptrdiff_t ldx = cols + 2, ldy = rows + 1;
    s2s_real *x = new_reals((size_t)(rows * ldx), 1), *y = new_reals((size_t)(cols * ldy), 2);
    s2s_real *before = new_reals((size_t)(cols * ldy), 2);
    int r0 = rows / 5, r1 = rows - rows / 7;
    k->transpose(y, ldy, x, ldx, r0, r1, cols);
    for (int c = 0; c < cols; c++)
        for (int r = 0; r < ldy; r++) {
            s2s_real expected = r >= r0 && r < r1 ? x[r * ldx + c] : before[c * ldy + r];
            if (y[c * ldy + r] != expected)
                fail_msg("%s: transpose of %d x %d, element (%d, %d)", k->name, rows, cols, r, c);
        }
    free(x);
    free(y);
    free(before);
}

static void test_transpose(void **state)
{
    (void)state;
    for (const s2s_kernels *const *k = s2s_kernels_all(); *k; k++)
        for (int rows = 1; rows < 70; rows += 3)
            for (int cols = 1; cols < 40; cols += 2)
                check_transpose(*k, rows, cols);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm),
        cmocka_unit_test(test_gemm_large),
        cmocka_unit_test(test_gemm_transposed),
        cmocka_unit_test(test_gemm_spreads_nan),
        cmocka_unit_test(test_transpose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
