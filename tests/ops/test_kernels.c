/* Every entry of every kernel table against ref, which is the specification. */
#include "kernels_bench.h"

enum {
    BUFFERS = 14,
    GUARD = 19, /* elements before and after each buffer that nobody may touch; odd, so nothing is aligned */
    MAX_N = 1100,
    SPACE = GUARD + MAX_N + GUARD
};

typedef struct buffers {
    s2s_real data[BUFFERS][SPACE];
} buffers;

/* One entry: run it on buffers b of n elements; scalar results go to b[13][0].  tolerance 0: bits equal to
 * ref's. */
typedef struct entry {
    const char *name;
    void (*run)(const s2s_kernels *k, s2s_real **b, int n);
    double tolerance;
} entry;

#define ENTRY(entry_name, call)                                             \
    static void run_##entry_name(const s2s_kernels *k, s2s_real **b, int n) \
    {                                                                       \
        call;                                                               \
    }

static const s2s_adam_step adam_step = {.learn_rate = (s2s_real)0.01,
                                        .beta1 = (s2s_real)0.9,
                                        .beta2 = (s2s_real)0.999,
                                        .epsilon = (s2s_real)1e-8,
                                        .grad_scale = (s2s_real)0.5,
                                        .decay = (s2s_real)0.1,
                                        .shrink = (s2s_real)0.99};

ENTRY(tanh, k->tanh(b[0], b[1], n))
ENTRY(tanh_in_place, k->tanh(b[0], b[0], n))
ENTRY(sigmoid, k->sigmoid(b[0], b[1], n))
ENTRY(sigmoid_in_place, k->sigmoid(b[0], b[0], n))
ENTRY(add, k->add(b[0], b[1], n))
ENTRY(mul, k->mul(b[0], b[1], b[2], n))
ENTRY(mul_add, k->mul_add(b[0], b[1], b[2], n))
ENTRY(axpy, k->axpy(b[0], (s2s_real)0.7, b[1], n))
ENTRY(tanh_back, k->tanh_back(b[0], b[1], b[2], n))
ENTRY(dot, b[13][0] = k->dot(b[0], b[1], n))
ENTRY(sum_squares, b[13][0] = (s2s_real)k->sum_squares(b[0], (size_t)n))
/* How many there are, and their places. */
static void at_least(const s2s_kernels *k, s2s_real **b, s2s_real least, int n)
{
    int places[MAX_N], found = k->at_least(places, b[0], least, n);
    b[1][0] = (s2s_real)found;
    for (int i = 0; i < found && i < n; i++)
        b[2][i] = (s2s_real)places[i];
}

ENTRY(shift_scale, k->shift_scale(b[0], (s2s_real)-0.3, (s2s_real)1.7, n))
ENTRY(at_least, at_least(k, b, (s2s_real)1.5, n))
ENTRY(at_least_lowest, at_least(k, b, -(s2s_real)INFINITY, n))
ENTRY(at_least_one_of_them, at_least(k, b, b[0][n / 2], n))
ENTRY(at_least_highest, at_least(k, b, 4, n))

/* A buffer as a matrix of seven rows, if it has as many elements. */
static int rows_of(int n)
{
    return n < 7 ? n : 7;
}

static void add_chosen_rows(const s2s_kernels *k, s2s_real **b, int n)
{
    const int rows = rows_of(n), chosen[] = {rows - 1, 0, rows / 2, rows / 2};
    k->add_rows(b[0], b[1], b[2], n / rows, chosen, n < 4 ? n : 4, n / rows);
}

ENTRY(row_dots, k->row_dots(b[0], b[1], n / rows_of(n), b[2], rows_of(n), n / rows_of(n)))
ENTRY(add_rows, k->add_rows(b[0], b[1], b[2], n / rows_of(n), NULL, rows_of(n), n / rows_of(n)))
ENTRY(add_all_rows, k->add_rows(b[0], NULL, b[2], n / rows_of(n), NULL, rows_of(n), n / rows_of(n)))
ENTRY(add_chosen_rows, add_chosen_rows(k, b, n))
ENTRY(lstm, k->lstm(b[0], b[1], b[2], b[3], b[4], b[5], b[6], n))
ENTRY(lstm_in_place, k->lstm(b[0], b[1], b[2], b[3], b[4], b[5], b[1], n))
ENTRY(lstm_back,
      k->lstm_back(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], n))
ENTRY(lstm_back_in_place,
      k->lstm_back(b[5], b[6], b[7], b[8], b[12], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], n))
ENTRY(lstm_back_over_gates,
      k->lstm_back(b[5], b[6], b[7], b[8], b[9], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], n))
ENTRY(gru, k->gru(b[0], b[1], b[2], b[3], b[4], b[5], n))
ENTRY(gru_back, k->gru_back(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], n))
ENTRY(gru_back_over_gates, k->gru_back(b[5], b[6], b[7], b[8], b[9], b[5], b[6], b[7], b[8], b[9], b[10], n))
ENTRY(norm, s2s_norm sums = k->norm_sums(b[1], n); k->norm(b[0], b[1], &sums, b[2], b[3], n))
ENTRY(norm_in_place, s2s_norm sums = k->norm_sums(b[0], n); k->norm(b[0], b[0], &sums, b[2], b[3], n))
ENTRY(norm_back, s2s_norm sums = k->norm_back_sums(b[3], b[4], b[5], n);
      k->norm_back(b[0], b[1], b[2], b[3], b[4], &sums, b[5], n))
ENTRY(additive, b[13][0] = k->additive(b[0], b[1], b[2], n))
ENTRY(additive_back, k->additive_back(b[0], b[1], b[2], (s2s_real)0.7, b[3], b[4], b[5], n))
ENTRY(softmax, b[13][0] = k->softmax(b[0], n))
ENTRY(softmax_back, k->softmax_back(b[0], b[1], b[2], n))
ENTRY(sum_exp, b[13][0] = (s2s_real)k->sum_exp(&b[12][0], b[0], n))
ENTRY(log_softmax, k->log_softmax(b[0], n))
ENTRY(dropout_even, k->dropout(b[0], b[1], 12345, 1000, (s2s_real)0.3, n))
ENTRY(dropout_odd, k->dropout(b[0], b[1], 12345, 77777777777, (s2s_real)0.3, n))
ENTRY(dropout_none, k->dropout(b[0], b[1], 12345, 3, 0, n))
ENTRY(dropout_in_place, k->dropout(b[0], b[0], 12345, 77777777777, (s2s_real)0.3, n))
ENTRY(dither, k->dither(b[0], n))
ENTRY(dropout_mask_even, k->dropout_mask(b[0], 54321, 2, (s2s_real)0.5, n))
ENTRY(dropout_mask_odd, k->dropout_mask(b[0], 54321, 1001, (s2s_real)0.5, n))
ENTRY(adam, k->adam(b[0], b[1], b[2], b[3], &adam_step, (size_t)n))
ENTRY(approach, k->approach(b[0], b[1], (s2s_real)0.3, (size_t)n))

#define TEST(entry_name, tolerance)              \
    {                                            \
#entry_name, run_##entry_name, tolerance \
    }

static const entry entries[] = {
    TEST(tanh, 1e-6),
    TEST(tanh_in_place, 1e-6),
    TEST(sigmoid, 1e-6),
    TEST(sigmoid_in_place, 1e-6),
    TEST(add, 0),
    TEST(mul, 0),
    TEST(mul_add, 0),
    TEST(axpy, 0),
    TEST(tanh_back, 0),
    TEST(dot, 1e-4),
    TEST(sum_squares, 1e-5),
    TEST(shift_scale, 0),
    TEST(at_least, 0),
    TEST(at_least_lowest, 0),
    TEST(at_least_one_of_them, 0),
    TEST(at_least_highest, 0),
    TEST(row_dots, 1e-4),
    TEST(add_rows, 0),
    TEST(add_all_rows, 0),
    TEST(add_chosen_rows, 0),
    TEST(lstm, 2e-6),
    TEST(lstm_in_place, 2e-6),
    TEST(lstm_back, 2e-4),
    TEST(lstm_back_in_place, 2e-4),
    TEST(lstm_back_over_gates, 2e-4),
    TEST(gru, 2e-6),
    TEST(gru_back, 2e-4),
    TEST(gru_back_over_gates, 2e-4),
    TEST(norm, 1e-4),
    TEST(norm_in_place, 1e-4),
    TEST(norm_back, 1e-3),
    TEST(additive, 1e-4),
    TEST(additive_back, 2e-4),
    TEST(softmax, 1e-6),
    TEST(softmax_back, 1e-3),
    TEST(sum_exp, 1e-6),
    TEST(log_softmax, 1e-6),
    TEST(dropout_even, 0),
    TEST(dropout_odd, 0),
    TEST(dropout_none, 0),
    TEST(dropout_in_place, 0),
    TEST(dither, 0),
    TEST(dropout_mask_even, 0),
    TEST(dropout_mask_odd, 0),
    TEST(adam, 0),
    TEST(approach, 0),
};

/* Runs an entry on fresh buffers; element n / 2 of every buffer is `poison` unless that is 0. */
static void run_fresh(buffers *x, const entry *e, const s2s_kernels *k, int n, s2s_real poison)
{
    s2s_real *b[BUFFERS];
    for (int i = 0; i < BUFFERS; i++) {
        fill(x->data[i], (size_t)n + 2 * GUARD, (uint64_t)(n * BUFFERS + i));
        b[i] = x->data[i] + GUARD;
        if (poison != 0)
            b[i][n / 2] = poison;
    }
    for (int i = 0; i < n; i++)
        b[2][i] = (s2s_real)fabs((double)b[2][i]); /* Adam's second moment is not negative */
    e->run(k, b, n);
}

static void compare(const entry *e, const char *what, const buffers *x, const buffers *expected, int n,
                    double tolerance)
{
    for (int i = 0; i < BUFFERS; i++)
        for (int j = 0; j < GUARD + n + GUARD; j++) {
            s2s_real a = x->data[i][j], b = expected->data[i][j];
            bool inside = j >= GUARD && j < GUARD + n;
            if (!(inside ? is_close(a, b, tolerance) : same_bits(a, b)))
                fail_msg("%s of %s, n = %d: buffer %d, element %d is %.9g, expected %.9g", e->name, what, n, i,
                         j - GUARD, (double)a, (double)b);
        }
}

static void check_entry(const entry *e, int n, s2s_real poison)
{
    static buffers expected, first, x;
    const s2s_kernels *const *tables = s2s_kernels_all();
    run_fresh(&expected, e, tables[0], n, poison);
    for (int t = 1; tables[t]; t++) {
        run_fresh(&x, e, tables[t], n, poison);
        compare(e, tables[t]->name, &x, &expected, n, e->tolerance);
        if (t == 1)
            first = x;
        compare(e, tables[t]->name, &x, &first, n, 0);
    }
}

/* step: between the sizes tried */
static void check_entries(s2s_real poison, int step)
{
    static const int sizes[] = {127, 512, 1027};
    for (size_t e = 0; e < sizeof entries / sizeof *entries; e++) {
        for (int n = 1; n <= 70; n += step)
            check_entry(&entries[e], n, poison);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            check_entry(&entries[e], sizes[i], poison);
    }
}

static void test_entries_equal_ref(void **state)
{
    (void)state;
    check_entries(0, 1);
}

static void test_entries_pass_on_nan_and_infinity(void **state)
{
    (void)state;
    check_entries((s2s_real)NAN, 23);
    check_entries((s2s_real)INFINITY, 23);
    check_entries((s2s_real)-INFINITY, 23);
}

/* The greatest relative errors over the finite numbers, at steps of a 4099th of a binade or so. */
static void check_accuracy(const s2s_kernels *k, double limit)
{
    for (double magnitude = 1e-37; magnitude < 100; magnitude *= 1.00171) {
        s2s_real x[2] = {(s2s_real)magnitude, (s2s_real)-magnitude}, y[2], p[2];
        for (int i = 0; i < 2; i++) {
            long double exact = tanhl((long double)x[i]), e = expl(-(long double)x[i]);
            k->tanh(&y[i], &x[i], 1);
            if (!(fabsl((long double)y[i] / exact - 1) < limit))
                fail_msg("%s: tanh(%.9g) = %.9g", k->name, (double)x[i], (double)y[i]);
            k->sigmoid(&y[i], &x[i], 1);
            if (!(fabsl((long double)y[i] * (1 + e) - 1) < limit) && 1 / (1 + e) > 1.2e-38L)
                fail_msg("%s: sigmoid(%.9g) = %.9g", k->name, (double)x[i], (double)y[i]);
        }
        p[0] = 0;
        p[1] = x[1];
        k->softmax(p, 2); /* exp(x) / (1 + exp(x)), the second rounded twice more */
        long double e = expl((long double)x[1]);
        if (!(fabsl((long double)p[1] * (1 + e) / e - 1) < limit * 1.5) && e > 1.2e-38L)
            fail_msg("%s: softmax(0, %.9g) = %.9g", k->name, (double)x[1], (double)p[1]);
    }
}

static void test_accuracy(void **state)
{
    (void)state;
    for (const s2s_kernels *const *k = s2s_kernels_all(); *k; k++)
        check_accuracy(*k, 2e-7);
}

static void test_limits(void **state)
{
    static const double inputs[] = {0, -0.0, 20, -20, 89, 1e30, -1e30, INFINITY, -INFINITY, 1e-42};
    static const double tanhs[] = {0, -0.0, 1, -1, 1, 1, -1, 1, -1, 1e-42};
    (void)state;
    for (const s2s_kernels *const *k = s2s_kernels_all(); *k; k++)
        for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
            s2s_real x = (s2s_real)inputs[i], y;
            (*k)->tanh(&y, &x, 1);
            if (!same_bits(y, (s2s_real)tanhs[i]))
                fail_msg("%s: tanh(%g) = %.9g", (*k)->name, inputs[i], (double)y);
            (*k)->sigmoid(&y, &x, 1);
            if (!(y >= 0 && y <= 1) || (fabs(inputs[i]) > 1000 && y != (x > 0)))
                fail_msg("%s: sigmoid(%g) = %.9g", (*k)->name, inputs[i], (double)y);
        }
}

/* Squares whose sum is beyond the largest float. */
static void test_sum_squares_of_large_numbers(void **state)
{
    enum { N = 512 };
    s2s_real x[N];
    (void)state;
    for (int i = 0; i < N; i++)
        x[i] = (s2s_real)(i % 2 ? 9e17 : -9e17);
    double expected = N * (double)x[0] * (double)x[0];
    for (const s2s_kernels *const *k = s2s_kernels_all(); *k; k++) {
        double found = (*k)->sum_squares(x, N);
        if (!(fabs(found / expected - 1) < 1e-12))
            fail_msg("%s: sum_squares is %.17g, expected %.17g", (*k)->name, found, expected);
    }
}

static void test_dropout_keeps_its_share(void **state)
{
    static s2s_real mask[10000];
    (void)state;
    for (const s2s_kernels *const *k = s2s_kernels_all(); *k; k++) {
        double sum = 0;
        (*k)->dropout_mask(mask, 99, 0, (s2s_real)0.2, 10000);
        for (int i = 0; i < 10000; i++)
            sum += (double)mask[i];
        assert_true(fabs(sum / 10000 - 1) < 0.02); /* 4 standard deviations */
    }
}

/* Rounded to the steps that 8-bit integers have; the noise of a try is another because its numbers are. */
static void test_dithered_numbers_are_right_in_the_mean(void **state)
{
    enum { N = 5, TRIES = 20000 };
    static const s2s_real x[N] = {1, (s2s_real)-0.4, (s2s_real)0.003, (s2s_real)-0.0002, (s2s_real)0.998};
    (void)state;
    for (const s2s_kernels *const *k = s2s_kernels_all(); *k; k++) {
        double mean[N] = {0};
        for (int i = 0; i < TRIES; i++) {
            const s2s_real most = 1 + (s2s_real)i / TRIES;
            s2s_real y[N];
            for (int j = 0; j < N; j++)
                y[j] = x[j] * most;
            (*k)->dither(y, N);
            assert_true(y[0] == most);
            for (int j = 0; j < N; j++) {
                assert_true(y[j] >= -most && y[j] <= most);
                mean[j] += rint((double)(y[j] / most) * 127) / 127 / TRIES;
            }
        }
        for (int j = 0; j < N; j++)
            if (!(fabs(mean[j] - (double)x[j]) < 1.2e-4)) /* 4 standard deviations */
                fail_msg("%s: %g is %g in the mean", (*k)->name, (double)x[j], mean[j]);
    }
}

static void test_best_is_one_of_all(void **state)
{
    const s2s_kernels *const *tables = s2s_kernels_all();
    (void)state;
    assert_ptr_equal(tables[0], &s2s_kernels_ref);
    while (*tables && *tables != s2s_kernels_best())
        tables++;
    assert_non_null(*tables);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_equal_ref),
        cmocka_unit_test(test_entries_pass_on_nan_and_infinity),
        cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_sum_squares_of_large_numbers),
        cmocka_unit_test(test_dropout_keeps_its_share),
        cmocka_unit_test(test_dithered_numbers_are_right_in_the_mean),
        cmocka_unit_test(test_best_is_one_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
