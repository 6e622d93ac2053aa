/* tensor/params.h: declaration, layout and initialisation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tensor/params.h"

enum { GATES = 3, H = 37, WIDE = 50, N_VALUES = 4000 };

static int begin(void **state)
{
    static s2s_params params;
    s2s_params_begin(&params);
    *state = &params;
    return 0;
}

static int end(void **state)
{
    s2s_params_end(*state);
    return 0;
}

static void fill(s2s_params *params, uint64_t seed)
{
    assert_int_equal(s2s_params_allocate(params, false, NULL), S2S_OK);
    s2s_params_init(params, seed);
}

static double dot(const s2s_real *a, const s2s_real *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static void check_orthonormal_rows(const s2s_tensor *w, int first, int n)
{
    for (int i = first; i < first + n; i++)
        for (int j = first; j <= i; j++) {
            double product = dot(s2s_row(w, i), s2s_row(w, j), w->cols);
            if (!(fabs(product - (i == j)) < 1e-6))
                fail_msg("rows %d and %d: expected %d, found %.9g", i, j, i == j, product);
        }
}

static void orthogonal_weights_are_so_gate_by_gate(void **state)
{
    s2s_params *params = *state;
    const s2s_param *square = s2s_weight_declare(params, "square", S2S_INIT_ORTHOGONAL, GATES, GATES * H, H);
    const s2s_param *wide = s2s_weight_declare(params, "wide", S2S_INIT_ORTHOGONAL, GATES, GATES * H, WIDE);
    const s2s_param *one = s2s_weight_declare(params, "one", S2S_INIT_ORTHOGONAL, 1, 1, 1);
    fill(params, 1);
    for (int gate = 0; gate < GATES; gate++) {
        check_orthonormal_rows(&square->t, gate * H, H);
        check_orthonormal_rows(&wide->t, gate * H, H);
    }
    assert_true(fabs((double)one->t.data[0]) == 1);
    /* the gates differ */
    assert_true(fabs(dot(s2s_row(&square->t, 0), s2s_row(&square->t, H), H)) < 0.9);
}

static void the_forget_gate_starts_open(void **state)
{
    const s2s_param *b = s2s_param_declare(*state, "b", S2S_INIT_FORGET, 1, 4 * H);
    fill(*state, 1);
    for (int i = 0; i < 4 * H; i++)
        assert_true(b->t.data[i] == (i / H == 1));
}

static double largest(const s2s_tensor *w)
{
    double found = 0;
    for (int r = 0; r < w->rows; r++)
        for (int c = 0; c < w->cols; c++)
            found = fmax(found, fabs((double)s2s_row(w, r)[c]));
    return found;
}

/* The fans are those of a block: one gate does not see the rows of another. */
static void uniform_weights_keep_glorots_bound(void **state)
{
    const s2s_param *whole = s2s_weight_declare(*state, "whole", S2S_INIT_GLOROT, 1, 40, 80);
    const s2s_param *gates = s2s_weight_declare(*state, "gates", S2S_INIT_GLOROT, 4, 160, 80);
    fill(*state, 1);
    double bound = sqrt(6.0 / (40 + 80));
    assert_true(largest(&whole->t) <= bound && largest(&whole->t) > 0.99 * bound);
    assert_true(largest(&gates->t) <= bound && largest(&gates->t) > 0.99 * bound);
    double n = 40 * 80, square = dot(whole->t.data, whole->t.data, (int)n) / n;
    assert_true(fabs(square / (bound * bound / 3) - 1) < 0.1); /* 6 standard deviations */
}

static void embeddings_have_length_1_in_the_mean(void **state)
{
    const s2s_param *table = s2s_param_declare(*state, "table", S2S_INIT_NORMAL, N_VALUES / 40, 40);
    const s2s_param *bias = s2s_param_declare(*state, "bias", S2S_INIT_ZERO, 1, 40);
    fill(*state, 1);
    double square = dot(table->t.data, table->t.data, N_VALUES) / (N_VALUES / 40);
    assert_true(fabs(square - 1) < 0.15); /* 6 standard deviations */
    assert_true(largest(&bias->t) == 0);
}

/* Values depend on seed and name, not on what else there is. */
static void parameters_do_not_know_of_each_other(void **state)
{
    s2s_params alone;
    s2s_weight_declare(*state, "first", S2S_INIT_NORMAL, 1, 5, 7);
    const s2s_param *among = s2s_weight_declare(*state, "w", S2S_INIT_ORTHOGONAL, 1, 6, 7);
    const s2s_param *twin = s2s_weight_declare(*state, "v", S2S_INIT_ORTHOGONAL, 1, 6, 7);
    fill(*state, 5);
    s2s_params_begin(&alone);
    const s2s_param *w = s2s_weight_declare(&alone, "w", S2S_INIT_ORTHOGONAL, 1, 6, 7);
    fill(&alone, 5);
    size_t bytes = 6 * 7 * sizeof(s2s_real);
    assert_memory_equal(w->t.data, among->t.data, bytes);
    assert_memory_not_equal(twin->t.data, among->t.data, bytes);
    s2s_params_init(&alone, 6);
    assert_memory_not_equal(w->t.data, among->t.data, bytes);
    s2s_params_end(&alone);
}

static void parameters_lie_in_one_block(void **state)
{
    s2s_params *params = *state;
    s2s_param_declare(params, "a", S2S_INIT_NORMAL, 1, 3);
    s2s_param_declare(params, "b", S2S_INIT_NORMAL, 1, 16);
    s2s_param_declare(params, "c", S2S_INIT_NORMAL, 1, 17);
    assert_int_equal(s2s_params_allocate(params, true, NULL), S2S_OK);
    uint64_t version = params->version;
    s2s_params_init(params, 1);
    assert_true(params->version != version);
    assert_int_equal(params->n_parameters, 36);
    assert_int_equal(params->n_elements, 64);
    assert_int_equal(params->n_trained, 64);
    static const ptrdiff_t at[] = {0, 16, 32};
    for (int i = 0; i < 3; i++) {
        assert_ptr_equal(params->items[i]->t.data, params->data + at[i]);
        assert_ptr_equal(params->items[i]->t.grad, params->grad + at[i]);
    }
    for (int i = 3; i < 16; i++)
        assert_true(params->data[i] == 0);
    assert_ptr_equal(s2s_params_find(params, "b"), params->items[1]);
    assert_null(s2s_params_find(params, "d"));
}

/* Their strips too: the table, which comes first, is frozen and so lies behind the weight. */
static void frozen_parameters_lie_behind_the_others(void **state)
{
    s2s_params *params = *state;
    s2s_param *table = s2s_table_declare(params, "table", S2S_STRIP / 16, 16);
    s2s_param *weight = s2s_weight_declare(params, "weight", S2S_INIT_GLOROT, 1, 2, 16);
    s2s_param *bias = s2s_param_declare(params, "bias", S2S_INIT_ZERO, 1, 3);
    table->frozen = true;
    assert_int_equal(s2s_params_allocate(params, true, NULL), S2S_OK);
    assert_int_equal(params->n_trained, 48);
    assert_int_equal(params->n_elements, 48 + S2S_STRIP);
    assert_ptr_equal(weight->t.data, params->data);
    assert_ptr_equal(bias->t.data, params->data + 32);
    assert_ptr_equal(table->t.data, params->data + 48);
    assert_ptr_equal(table->t.grad, params->grad + 48);
    assert_ptr_equal(params->items[0], table);
    const unsigned char fresh[] = {S2S_STRIP_DENSE, S2S_STRIP_ZERO};
    assert_memory_equal(params->strips, fresh, sizeof fresh);
}

static void too_many_parameters_are_refused(void **state)
{
    s2s_error err = {0};
    for (int i = 0; i < S2S_MAX_PARAMS; i++)
        assert_non_null(s2s_param_declare(*state, "p", S2S_INIT_ZERO, 1, 1));
    assert_null(s2s_param_declare(*state, "p", S2S_INIT_ZERO, 1, 1));
    assert_int_equal(s2s_params_declared(*state, &err), S2S_BAD_CONFIG);
    assert_string_equal(err.msg, "expected at most 512 parameter tensors");
    assert_int_equal(s2s_params_allocate(*state, false, NULL), S2S_BAD_CONFIG);
}

/* Table, weight, table: [3 strips and a bit] [few elements] [2 strips and a bit]. */
static void only_touched_strips_of_tables_are_not_zero(void **state)
{
    s2s_params *params = *state;
    enum { COLS = 64, STRIP_ROWS = S2S_STRIP / COLS };
    s2s_param *first = s2s_table_declare(params, "first", 3 * STRIP_ROWS + 1, COLS);
    s2s_param *weight = s2s_weight_declare(params, "weight", S2S_INIT_GLOROT, 1, 1, COLS);
    s2s_param *second = s2s_table_declare(params, "second", 3 * STRIP_ROWS - 3, COLS);
    assert_int_equal(s2s_params_allocate(params, true, NULL), S2S_OK);
    assert_int_equal(params->n_elements, 6 * S2S_STRIP - COLS);
    const unsigned char *strips = params->strips;
    const unsigned char fresh[] = {0, 0, 0, S2S_STRIP_DENSE, 0, 0};
    assert_memory_equal(strips, fresh, sizeof fresh);
    s2s_params_touch(params, first, STRIP_ROWS - 1);
    s2s_params_touch(params, first, 3 * STRIP_ROWS);
    s2s_params_touch(params, weight, 0);
    s2s_params_touch(params, second, 3 * STRIP_ROWS - 4);
    const unsigned char touched[] = {S2S_STRIP_TOUCHED, 0, 0, S2S_STRIP_DENSE, 0, S2S_STRIP_TOUCHED};
    assert_memory_equal(strips, touched, sizeof touched);
    assert_true(first->is_table && !weight->is_table && first->init == S2S_INIT_NORMAL);
}

/* A row that crosses the border of two strips touches both. */
static void a_row_may_touch_two_strips(void **state)
{
    s2s_params *params = *state;
    s2s_param *table = s2s_table_declare(params, "table", 100, 48);
    assert_int_equal(s2s_params_allocate(params, true, NULL), S2S_OK);
    s2s_params_touch(params, table, S2S_STRIP / 48);
    const unsigned char touched[] = {S2S_STRIP_TOUCHED, S2S_STRIP_TOUCHED, 0, 0, 0};
    assert_memory_equal(params->strips, touched, sizeof touched);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(orthogonal_weights_are_so_gate_by_gate),     TEST(the_forget_gate_starts_open),
        TEST(uniform_weights_keep_glorots_bound),         TEST(embeddings_have_length_1_in_the_mean),
        TEST(parameters_do_not_know_of_each_other),       TEST(parameters_lie_in_one_block),
        TEST(frozen_parameters_lie_behind_the_others),    TEST(too_many_parameters_are_refused),
        TEST(only_touched_strips_of_tables_are_not_zero), TEST(a_row_may_touch_two_strips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
