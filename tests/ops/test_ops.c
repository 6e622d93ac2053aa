/* Every operation: all kernel tables agree, the team does not change a bit, and rows do not know of each other.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ops/fixture.h"

/* The last but one has so many rows that two or three members split them, and five do not. */
static const op_sizes sizes[] = {{1, 1, 1},    {3, 5, 4},    {8, 16, 16}, {7, 3, 17},
                                 {13, 37, 33}, {3, 256, 64}, {70, 6, 33}, {5, 70, 131}};
enum { N_SIZES = sizeof sizes / sizeof sizes[0] };

#define TOLERANCE 2e-5 /* between kernel tables, of the largest number of an array, or of 1 */

static void run_both_ways(op_run *run)
{
    op_run_forward(run, true);
    op_run_backward(run);
}

static const s2s_real *element(const op_array *array, int row, int col)
{
    return array->data + (ptrdiff_t)row * array->ld + col;
}

/* One array of two runs of a case, of which the found one may have fewer rows.  tolerance 0: bit for bit. */
static void compare(const op_run *run, const op_array *expected, const op_array *found, double tolerance,
                    const char *what, int number)
{
    double allowed = tolerance * fmax(1, op_array_scale(expected));
    for (int r = 0; r < found->rows; r++)
        for (int c = 0; c < found->cols; c++) {
            const s2s_real *a = element(expected, r, c), *b = element(found, r, c);
            bool equal =
                tolerance > 0 ? fabs((double)*a - (double)*b) <= allowed : memcmp(a, b, sizeof *a) == 0;
            if (!equal)
                fail_msg("%s [%d x %d -> %d], %s %d, %s at (%d, %d): expected %.9g, found %.9g", run->op->name,
                         run->size.rows, run->size.in, run->size.out, what, number, expected->name, r, c,
                         (double)*a, (double)*b);
        }
}

static void compare_runs(const op_run *expected, const op_run *found, bool gradients, double tolerance,
                         const char *what, int number)
{
    op_array a[OP_MAX_RUN_ARRAYS], b[OP_MAX_RUN_ARRAYS];
    int n = op_run_arrays(expected, gradients, a);
    assert_int_equal(n, op_run_arrays(found, gradients, b));
    for (int i = 0; i < n; i++)
        compare(expected, &a[i], &b[i], tolerance, what, number);
}

static void check_tables(const op_case *op, op_sizes size)
{
    op_run ref;
    op_run_open(&ref, op, size, &s2s_kernels_ref, 1);
    run_both_ways(&ref);
    for (const s2s_kernels *const *table = s2s_kernels_all(); *table; table++) {
        op_run run;
        op_run_open(&run, op, size, *table, 1);
        run_both_ways(&run);
        compare_runs(&ref, &run, true, TOLERANCE, (*table)->name, 1);
        op_run_close(&run);
    }
    op_run_close(&ref);
}

static void every_kernel_table_agrees_with_ref(void **state)
{
    (void)state;
    for (const op_case *op = op_cases; op->name; op++)
        for (int i = 0; i < N_SIZES; i++)
            check_tables(op, sizes[i]);
}

static void check_teams(const op_case *op, op_sizes size, const s2s_kernels *kernels)
{
    static const int team_sizes[] = {2, 3, 5};
    op_run alone;
    op_run_open(&alone, op, size, kernels, 1);
    run_both_ways(&alone);
    for (int i = 0; i < 3; i++) {
        op_run run;
        op_run_open(&run, op, size, kernels, team_sizes[i]);
        run_both_ways(&run);
        compare_runs(&alone, &run, true, 0, "team of", team_sizes[i]);
        op_run_forward(&run, false);
        compare_runs(&alone, &run, false, 0, "nothing recorded, team of", team_sizes[i]);
        op_run_close(&run);
    }
    op_run_close(&alone);
}

static void the_team_does_not_change_a_bit(void **state)
{
    (void)state;
    for (const op_case *op = op_cases; op->name; op++)
        for (int i = 0; i < N_SIZES; i++) {
            check_teams(op, sizes[i], &s2s_kernels_ref);
            check_teams(op, sizes[i], s2s_kernels_best());
        }
}

static void check_sides(const op_case *op, op_sizes size, const s2s_kernels *kernels, bool gradients)
{
    static const int team_sizes[] = {1, 2, 3, 5};
    op_case one_by_one = *op;
    one_by_one.other = true;
    op_run apart;
    op_run_open(&apart, &one_by_one, size, kernels, 1);
    op_run_forward(&apart, gradients);
    if (gradients)
        op_run_backward(&apart);
    for (int i = 0; i < 4; i++) {
        op_run run;
        op_run_open(&run, op, size, kernels, team_sizes[i]);
        op_run_forward(&run, gradients);
        if (gradients)
            op_run_backward(&run);
        compare_runs(&apart, &run, gradients, 0, "both ways at once, team of", team_sizes[i]);
        op_run_close(&run);
    }
    op_run_close(&apart);
}

/* Two directions at once are what each of them is alone. */
static void directions_do_not_know_of_each_other(void **state)
{
    (void)state;
    int n_checked = 0;
    for (const op_case *op = op_cases; op->name; op++) {
        if (!strstr(op->name, "both ways"))
            continue;
        n_checked++;
        for (int i = 0; i < N_SIZES; i++) {
            check_sides(op, sizes[i], &s2s_kernels_ref, true);
            check_sides(op, sizes[i], s2s_kernels_best(), true);
        }
        if (s2s_kernels_bf16())
            check_sides(op, sizes[N_SIZES - 1], s2s_kernels_bf16(), true);
        for (const s2s_kernels *const *table = s2s_kernels_all_int8(); *table; table++)
            check_sides(op, sizes[N_SIZES - 1], *table, false);
    }
    assert_true(n_checked > S2S_N_CELLS); /* those with layer normalisation too */
}

/* To the bit, but for oneDNN, which chooses the order of its sums by the number of rows. */
static void check_rows(const op_case *op, op_sizes size, const s2s_kernels *kernels)
{
    double tolerance = strcmp(kernels->name, "onednn") == 0 ? TOLERANCE : 0;
    op_run all;
    op_run_open(&all, op, size, kernels, 2);
    op_run_forward(&all, false);
    for (int rows = 1; rows < size.rows; rows += 1 + rows / 4) {
        op_run some;
        op_run_open(&some, op, (op_sizes){rows, size.in, size.out}, kernels, 2);
        op_run_forward(&some, false);
        compare_runs(&all, &some, false, tolerance, "rows", rows);
        op_run_close(&some);
    }
    op_run_close(&all);
}

static void a_row_does_not_depend_on_the_number_of_rows(void **state)
{
    (void)state;
    for (const op_case *op = op_cases; op->name; op++)
        for (const s2s_kernels *const *table = s2s_kernels_all(); *table; table++) {
            check_rows(op, (op_sizes){7, 3, 17}, *table);
            check_rows(op, (op_sizes){19, 40, 37}, *table);
        }
}

/* Weights that changed are seen by the next pass. */
static void changed_parameters_take_effect(void **state)
{
    (void)state;
    for (const op_case *op = op_cases; op->name; op++) {
        if (!op->declare)
            continue;
        op_run changed, fresh;
        op_run_open(&changed, op, sizes[1], s2s_kernels_best(), 1);
        op_run_open(&fresh, op, sizes[1], s2s_kernels_best(), 1);
        run_both_ways(&changed);
        memset(changed.params.grad, 0, changed.params.n_elements * sizeof(s2s_real));
        for (size_t i = 0; i < changed.params.n_elements; i++) {
            changed.params.data[i] *= (s2s_real)0.5;
            fresh.params.data[i] *= (s2s_real)0.5;
        }
        s2s_params_changed(&changed.params);
        s2s_params_changed(&fresh.params);
        run_both_ways(&changed);
        run_both_ways(&fresh);
        compare_runs(&fresh, &changed, true, 0, "pass", 2);
        op_run_close(&changed);
        op_run_close(&fresh);
    }
}

/* Weight gradients, the loss and the clearing of tensors take so many rows in pieces. */
static void many_rows_change_nothing(void **state)
{
    static const char *const names[] = {"linear", "fold", "output loss, bias, smoothing",
                                        "output loss, R-Drop"};
    const op_sizes size = {OP_MANY_ROWS, 5, 40};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        check_tables(op_case_named(names[i]), size);
        check_teams(op_case_named(names[i]), size, &s2s_kernels_ref);
        check_teams(op_case_named(names[i]), size, s2s_kernels_best());
    }
}

static void check_fold(op_sizes size, bool recording, const s2s_kernels *kernels)
{
    op_run apart, folded;
    op_run_open(&apart, op_case_named("fold, apart"), size, kernels, 1);
    op_run_open(&folded, op_case_named("fold"), size, kernels, 3);
    op_run_forward(&apart, recording);
    op_run_forward(&folded, recording);
    assert_true(folded.folded);
    compare_runs(&apart, &folded, false, 0, kernels->name, 3);
    op_run_close(&apart);
    op_run_close(&folded);
}

/* With oneDNN it does: see check_rows. */
static void folding_does_not_change_a_bit(void **state)
{
    const op_sizes many = {OP_MANY_ROWS, 5, 40}, large = {128, 8192, 40};
    (void)state;
    for (const s2s_kernels *const *table = s2s_kernels_all(); *table; table++) {
        if (strcmp((*table)->name, "onednn") == 0)
            continue;
        for (int i = 0; i < N_SIZES; i++)
            check_fold(sizes[i], false, *table);
        check_fold(many, true, *table);
        check_fold(large, false, *table);
    }
}

static void int8_does_not_depend_on_the_team(void **state)
{
    static const char *const names[] = {"linear", "output loss", "output loss, R-Drop",
                                        "lstm layer, both ways, start, mask"};
    (void)state;
    for (const s2s_kernels *const *table = s2s_kernels_all_int8(); *table; table++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            check_teams(op_case_named(names[i]), (op_sizes){70, 6, 33}, *table);
            check_teams(op_case_named(names[i]), (op_sizes){5, 70, 131}, *table);
        }
}

enum { LOSS_ROWS = 6, LOSS_IN = 9, LOSS_OUT = 300 };

/* A pass of the loss both ways, its weights multiplied by `factor`. */
static void run_loss(op_run *run, const s2s_kernels *kernels, s2s_real factor)
{
    op_run_open(run, op_case_named("output loss"), (op_sizes){LOSS_ROWS, LOSS_IN, LOSS_OUT}, kernels, 1);
    for (int i = 0; i < LOSS_OUT * LOSS_IN; i++)
        run->params.items[0]->t.data[i] *= factor;
    run_both_ways(run);
}

/* What a gradient [n] differs by in the mean, of many passes. */
static void add_errors(double *mean, double *scale, const s2s_real *found, const s2s_real *exact, int n,
                       int tries)
{
    for (int j = 0; j < n; j++) {
        mean[j] += ((double)found[j] - (double)exact[j]) / tries;
        *scale = fmax(*scale, fabs((double)exact[j]));
    }
}

static void check_errors(const char *of, const double *mean, double scale, int n)
{
    for (int j = 0; j < n; j++)
        if (fabs(mean[j]) > 0.02 * scale)
            fail_msg("gradient of %s: element %d is %g too much in the mean, the largest is %g", of, j, mean[j],
                     scale);
}

/* Noise, which differs from pass to pass as the numbers do, makes gradients right in the mean. */
static void check_dithering(const s2s_kernels *kernels)
{
    enum { TRIES = 200 };
    static double x[LOSS_ROWS * LOSS_IN], w[LOSS_OUT * LOSS_IN];
    double scale_x = 0, scale_w = 0;
    memset(x, 0, sizeof x);
    memset(w, 0, sizeof w);
    for (int i = 0; i < TRIES; i++) {
        op_run exact, found;
        s2s_real factor = 1 + (s2s_real)i / TRIES;
        run_loss(&exact, s2s_kernels_best(), factor);
        run_loss(&found, kernels, factor);
        add_errors(x, &scale_x, found.inputs[0].grad, exact.inputs[0].grad, LOSS_ROWS * LOSS_IN, TRIES);
        add_errors(w, &scale_w, found.params.items[0]->t.grad, exact.params.items[0]->t.grad,
                   LOSS_OUT * LOSS_IN, TRIES);
        op_run_close(&exact);
        op_run_close(&found);
    }
    check_errors("x", x, scale_x, LOSS_ROWS * LOSS_IN);
    check_errors("w", w, scale_w, LOSS_OUT * LOSS_IN);
}

/* Rows whose target is the most likely token, the first of equal ones; every logit is its bias. */
static int64_t n_correct(op_run *run, const int *targets)
{
    s2s_loss loss = {0};
    s2s_objective how = {.grad_scale = 1};
    s2s_params_changed(&run->params);
    s2s_graph_begin(&run->graph, false, false, 0);
    s2s_tensor x = s2s_tensor_zero(&run->graph, run->size.rows, run->size.in);
    s2s_output_loss(&run->graph, &loss, &x, run->params.items[0], run->params.items[1], targets, &how, NULL);
    return loss.correct;
}

static void the_first_of_the_largest_logits_is_right(void **state)
{
    enum { V = 600 };
    const int targets[] = {0, 3, 299, 300, 301, V - 1};
    op_run run;
    (void)state;
    op_run_open(&run, op_case_named("output loss, bias, smoothing"), (op_sizes){6, 2, V}, s2s_kernels_best(),
                1);
    s2s_real *bias = run.params.items[1]->t.data;
    memset(bias, 0, V * sizeof *bias);
    assert_int_equal(n_correct(&run, targets), 1); /* token 0 */
    bias[300] = bias[301] = 1;
    assert_int_equal(n_correct(&run, targets), 1); /* token 300 */
    bias[V - 1] = 2;
    assert_int_equal(n_correct(&run, targets), 1);
    bias[V - 1] = (s2s_real)NAN;
    assert_int_equal(n_correct(&run, targets), 1); /* token 300 again */
    op_run_close(&run);
}

static void gradients_of_the_loss_in_int8_are_right_in_the_mean(void **state)
{
    (void)state;
    for (const s2s_kernels *const *table = s2s_kernels_all_int8(); *table; table++)
        check_dithering(*table);
}

static void gradients_in_int8_are_near_those_of_floats(void **state)
{
    (void)state;
    for (const s2s_kernels *const *table = s2s_kernels_all_int8(); *table; table++) {
        const op_sizes size = {OP_MANY_ROWS, 40, 70};
        op_run exact, found;
        op_run_open(&exact, op_case_named("linear"), size, s2s_kernels_best(), 1);
        op_run_open(&found, op_case_named("linear"), size, *table, 3);
        run_both_ways(&exact);
        run_both_ways(&found);
        compare_runs(&exact, &found, true, 0.02, "int8", 3);
        op_run_close(&exact);
        op_run_close(&found);
    }
}

/* The cases hold the same weights and inputs. */
static void the_operations_of_the_output_agree(void **state)
{
    (void)state;
    for (int i = 0; i < N_SIZES; i++) {
        op_run loss, probs;
        op_run_open(&loss, op_case_named("output loss, bias, smoothing"), sizes[i], s2s_kernels_best(), 1);
        op_run_open(&probs, op_case_named("output log-probabilities"), sizes[i], s2s_kernels_best(), 1);
        op_run_forward(&loss, false);
        op_run_forward(&probs, false);
        for (int r = 0; r < sizes[i].rows; r++) {
            double nll = (double)s2s_row(&loss.results[0], r)[0];
            double log_prob = (double)s2s_row(&probs.results[0], r)[op_target(&probs, r)];
            if (!(fabs(nll + log_prob) <= 1e-5 * fmax(1, nll)))
                fail_msg("row %d: the loss says %.9g, the log-probability is %.9g", r, nll, log_prob);
        }
        op_run_close(&loss);
        op_run_close(&probs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_table_agrees_with_ref),
        cmocka_unit_test(the_team_does_not_change_a_bit),
        cmocka_unit_test(directions_do_not_know_of_each_other),
        cmocka_unit_test(a_row_does_not_depend_on_the_number_of_rows),
        cmocka_unit_test(many_rows_change_nothing),
        cmocka_unit_test(changed_parameters_take_effect),
        cmocka_unit_test(folding_does_not_change_a_bit),
        cmocka_unit_test(int8_does_not_depend_on_the_team),
        cmocka_unit_test(the_first_of_the_largest_logits_is_right),
        cmocka_unit_test(gradients_of_the_loss_in_int8_are_right_in_the_mean),
        cmocka_unit_test(gradients_in_int8_are_near_those_of_floats),
        cmocka_unit_test(the_operations_of_the_output_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
