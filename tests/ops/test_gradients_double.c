/* Gradients of every operation against central finite differences, in double. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ops/fixture.h"

static const op_sizes sizes[] = {{1, 1, 1}, {3, 5, 4}, {7, 3, 17}, {9, 33, 5}};
enum { N_SIZES = sizeof sizes / sizeof sizes[0], MAX_CHECKED = 60 }; /* elements per array */

#define STEP 1e-5
/* Of the largest gradient of its array, or of 1; the objective is a sum over the rows. */
static double tolerance(const op_run *run)
{
    return 1e-8 * fmax(10, run->size.rows);
}

/* Moves element (row, col) of an input or parameter by delta away from where it was; back for 0. */
typedef void move_fn(op_run *run, int array, int row, int col, s2s_real delta);

static void move_input(op_run *run, int array, int row, int col, s2s_real delta)
{
    run->nudge = (op_nudge){delta != 0 ? array : -1, row, col, delta};
}

static void move_param(op_run *run, int array, int row, int col, s2s_real delta)
{
    static s2s_real origin;
    s2s_real *w = s2s_row(&run->params.items[array]->t, row) + col;
    if (delta > 0)
        origin = *w;
    *w = origin + delta;
    s2s_params_changed(&run->params);
}

/* Above first: move_param notes the origin then. */
static double difference(op_run *run, move_fn *move, int array, int row, int col)
{
    move(run, array, row, col, STEP);
    double above = op_run_forward(run, false);
    move(run, array, row, col, -STEP);
    double below = op_run_forward(run, false);
    move(run, array, row, col, 0);
    return (above - below) / (2 * STEP);
}

static void check_array(op_run *run, move_fn *move, int array, const char *name, const op_array *gradient)
{
    int n = gradient->rows * gradient->cols, stride = 1 + n / MAX_CHECKED;
    double scale = fmax(1, op_array_scale(gradient));
    for (int i = 0; i < n; i += stride) {
        int row = i / gradient->cols, col = i % gradient->cols;
        double found = gradient->data[(ptrdiff_t)row * gradient->ld + col];
        double expected = difference(run, move, array, row, col);
        if (!(fabs(found - expected) <= tolerance(run) * scale))
            fail_msg("%s [%d x %d -> %d], gradient of %s at (%d, %d): expected %.9g, found %.9g", run->op->name,
                     run->size.rows, run->size.in, run->size.out, name, row, col, expected, found);
    }
}

/* A copy of a tensor's gradient: the next pass reuses the tensor's memory. */
static op_array copy_gradient(const s2s_tensor *x)
{
    size_t n = (size_t)x->rows * (size_t)x->cols;
    s2s_real *copy = malloc(n * sizeof *copy);
    assert_non_null(copy);
    for (int r = 0; r < x->rows; r++)
        memcpy(copy + (ptrdiff_t)r * x->cols, s2s_grad_row(x, r), (size_t)x->cols * sizeof *copy);
    return (op_array){.data = copy, .rows = x->rows, .cols = x->cols, .ld = x->cols};
}

static void check_case(const op_case *op, op_sizes size)
{
    op_run run;
    op_array gradients[OP_MAX_ARRAYS];
    op_run_open(&run, op, size, &s2s_kernels_ref, 1);
    double recorded = op_run_forward(&run, true);
    op_run_backward(&run);
    int n_inputs = run.n_inputs;
    for (int i = 0; i < n_inputs; i++)
        gradients[i] = copy_gradient(&run.inputs[i]);
    double plain = op_run_forward(&run, false);
    if (plain != recorded)
        fail_msg("%s: without a tape %.17g, with one %.17g", op->name, plain, recorded);
    for (int i = 0; i < n_inputs; i++) {
        char name[32];
        snprintf(name, sizeof name, "input %d", i);
        check_array(&run, move_input, i, name, &gradients[i]);
        free((void *)gradients[i].data);
    }
    for (int i = 0; i < run.params.n; i++) {
        const s2s_param *param = run.params.items[i];
        op_array gradient = {
            .data = param->t.grad, .rows = param->t.rows, .cols = param->t.cols, .ld = param->t.ld};
        check_array(&run, move_param, i, param->name, &gradient);
    }
    op_run_close(&run);
}

static void every_gradient_equals_its_finite_difference(void **state)
{
    (void)state;
    for (const op_case *op = op_cases; op->name; op++)
        for (int i = 0; i < N_SIZES; i++)
            check_case(op, sizes[i]);
}

/* Weight gradients and the loss take so many rows in pieces. */
static void gradients_over_many_rows_are_right(void **state)
{
    (void)state;
    check_case(op_case_named("linear"), (op_sizes){OP_MANY_ROWS, 3, 4});
    check_case(op_case_named("fold"), (op_sizes){OP_MANY_ROWS, 3, 4});
    check_case(op_case_named("output loss, bias, smoothing"), (op_sizes){OP_MANY_ROWS, 3, 4});
}

/* Where rows of a matrix do not follow one another (s2s_spread_ld). */
static void gradients_of_spread_rows_are_right(void **state)
{
    (void)state;
    check_case(op_case_named("linear"), (op_sizes){4, 3, 256});
    check_case(op_case_named("output loss, bias, smoothing"), (op_sizes){4, 3, 256});
    check_case(op_case_named("output loss, R-Drop"), (op_sizes){4, 3, 256});
    check_case(op_case_named("lstm layer"), (op_sizes){4, 3, 64});
}

/* A second backward adds to the gradients of parameters, as accumulation over batches needs. */
static void gradients_of_parameters_accumulate(void **state)
{
    (void)state;
    for (const op_case *op = op_cases; op->name; op++) {
        op_run run;
        op_run_open(&run, op, sizes[1], &s2s_kernels_ref, 1);
        op_run_forward(&run, true);
        op_run_backward(&run);
        op_array once[OP_MAX_ARRAYS];
        for (int i = 0; i < run.params.n; i++)
            once[i] = copy_gradient(&run.params.items[i]->t);
        op_run_forward(&run, true);
        op_run_backward(&run);
        for (int i = 0; i < run.params.n; i++) {
            const s2s_tensor *w = &run.params.items[i]->t;
            for (int k = 0; k < w->rows * w->cols; k++)
                if (!(fabs(w->grad[k] - 2 * once[i].data[k]) <= 1e-12 * fmax(1, fabs(w->grad[k]))))
                    fail_msg("%s, %s[%d]: expected twice %.9g, found %.9g", op->name, run.params.items[i]->name,
                             k, once[i].data[k], w->grad[k]);
            free((void *)once[i].data);
        }
        op_run_close(&run);
    }
}

/* ---- no operation is forgotten ---- */

static char *read_header(void)
{
    const char *root = getenv("S2S_SOURCE_DIR");
    char path[1024];
    snprintf(path, sizeof path, "%s/src/ops/ops.h", root ? root : ".");
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s: cannot be read", path);
    enum { MAX_BYTES = 1 << 20 };
    char *text = calloc(1, MAX_BYTES);
    assert_non_null(text);
    size_t n = fread(text, 1, MAX_BYTES - 1, file);
    fclose(file);
    assert_true(n > 0 && n < MAX_BYTES - 1);
    return text;
}

static bool has_word(const char *words, const char *word, size_t n)
{
    for (const char *at = strstr(words, word); at; at = strstr(at + 1, word))
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
            return true;
    return false;
}

static bool is_covered(const char *word)
{
    for (const op_case *op = op_cases; op->name; op++)
        if (has_word(op->ops, word, strlen(word)))
            return true;
    return false;
}

/* Every function of ops.h that begins a line with "void s2s_NAME(s2s_graph" is an operation. */
static void every_operation_has_a_case(void **state)
{
    (void)state;
    static const char start[] = "\nvoid s2s_";
    char *text = read_header();
    int n_found = 0;
    for (char *at = strstr(text, start); at; at = strstr(at + 1, start)) {
        char name[64] = "";
        char *word = at + strlen("\nvoid ");
        size_t n = strcspn(word, "(");
        assert_true(n < sizeof name);
        if (strncmp(word + n, "(s2s_graph", strlen("(s2s_graph")) != 0)
            continue;
        memcpy(name, word, n);
        n_found++;
        if (!is_covered(name))
            fail_msg("tests/ops/cases.c has no case for %s", name);
    }
    assert_true(n_found >= 10);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_a_case),
        cmocka_unit_test(every_gradient_equals_its_finite_difference),
        cmocka_unit_test(gradients_over_many_rows_are_right),
        cmocka_unit_test(gradients_of_spread_rows_are_right),
        cmocka_unit_test(gradients_of_parameters_accumulate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
