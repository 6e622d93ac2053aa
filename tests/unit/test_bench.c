/* The bench with the reference kernels, which are the same everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/profile.h"
#include "measure/trial.h"

/* ---- operations of a training step ---- */

static double counted_flops(const s2s_trial_shape *shape, s2s_team *team)
{
    s2s_error err = {.msg = ""};
    s2s_trial trial;
    s2s_profile profile = {0};
    s2s_loss loss = {0};
    s2s_objective objective = {.grad_scale = 1};
    if (s2s_trial_open(&trial, shape, true, team, s2s_kernels_best(), &err) != S2S_OK)
        fail_msg("%s: %s", shape->name, err.msg);
    trial.graph.profile = &profile;
    s2s_profile_begin(&profile);
    s2s_graph_begin(&trial.graph, true, true, 1);
    trial.arch->forward(trial.network, &trial.graph, &trial.source, &trial.target, &objective, 0, &loss, NULL);
    s2s_graph_backward(&trial.graph);
    s2s_profile_end(&profile);
    assert_int_equal(s2s_graph_status(&trial.graph, &err), S2S_OK);
    s2s_trial_close(&trial);
    return s2s_profile_flops(&profile);
}

/* Multiply-adds of the maps of one source and one target token, forward. */
static double multiply_adds(const s2s_trial_shape *shape)
{
    double E = shape->emb, H = shape->hidden, V = shape->vocab, G = s2s_cell_gates(shape->cell);
    double encoder = G * H * E + G * H * H / 2, decoder = G * H * E + G * H * H;
    double feeding = shape->feeding ? G * H * H : 0;
    double keys = H * H, query = shape->attention == S2S_ATTENTION_ADDITIVE ? H * H : 0, combine = 2 * H * H;
    return encoder + decoder + feeding + keys + query + combine + H * V;
}

static void test_operations_of_products_are_counted(void **state)
{
    (void)state;
    static const s2s_trial_shape shapes[] = {
        {"lstm", 6, 8, 20, 4, 3, 1, S2S_CELL_LSTM, S2S_ATTENTION_GENERAL, false},
        {"feeding", 6, 8, 20, 4, 3, 1, S2S_CELL_LSTM, S2S_ATTENTION_GENERAL, true},
        {"additive", 6, 8, 20, 4, 3, 1, S2S_CELL_LSTM, S2S_ATTENTION_ADDITIVE, false},
        {"gru", 6, 8, 20, 4, 3, 1, S2S_CELL_GRU, S2S_ATTENTION_GENERAL, false},
        {"rnn", 6, 8, 20, 4, 3, 1, S2S_CELL_RNN, S2S_ATTENTION_GENERAL, true},
    };
    s2s_team *team;
    assert_int_equal(s2s_team_new(&team, 2, NULL), S2S_OK);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        /* 3 sentences of 4 tokens; forward, gradient of the input, gradient of the weights; 2 per
         * multiply-add */
        double expected = 3 * 4 * 3 * 2 * multiply_adds(&shapes[i]), found = counted_flops(&shapes[i], team);
        if (found != expected)
            fail_msg("%s: expected %g operations, found %g", shapes[i].name, expected, found);
    }
    s2s_team_free(team);
}

/* ---- rows ---- */

typedef struct rows {
    int n, most; /* the row after so many fails; 0: none */
} rows;

static s2s_status on_row(void *arg, const s2s_bench_row *row, s2s_error *err)
{
    rows *r = arg;
    r->n++;
    assert_int_equal(row->part, S2S_BENCH_PRODUCTS);
    assert_non_null(strstr(row->name, "1 x 2048"));
    assert_true(!row->work && !row->dimension);
    assert_string_equal(row->kernels, strcmp(row->precision, "int8") == 0 ? "int8" : "ref");
    assert_int_equal(row->threads, 2);
    assert_true(row->n >= 3 && row->spread >= 0);
    assert_true(isfinite(row->figures[S2S_BENCH_MS]) && row->figures[S2S_BENCH_MS] > 0);
    double flops = row->figures[S2S_BENCH_GFLOPS] * row->figures[S2S_BENCH_MS] * 1e6;
    assert_true(fabs(flops - 2.0 * 2048 * 512) < 1);
    assert_true(isnan(row->figures[S2S_BENCH_TOKENS]));
    if (r->n != r->most)
        return S2S_OK;
    strcpy(err->msg, "enough");
    return S2S_FAILED;
}

static s2s_bench_options options_of(const char *match)
{
    s2s_bench_options options;
    s2s_bench_options_defaults(&options);
    options.only = S2S_BENCH_PRODUCTS;
    options.match = match;
    options.threads = 2;
    options.seconds = 0.001;
    return options;
}

static void test_a_row_per_precision_of_the_machine(void **state)
{
    (void)state;
    s2s_error err = {0};
    rows r = {0};
    s2s_bench_options options = options_of("1 x 2048");
    assert_int_equal(s2s_bench_run(&options, on_row, &r, &err), S2S_OK);
    assert_int_equal(r.n, 2); /* f32 and int8: the reference kernels have no bf16 */
    options.precision = S2S_PRECISION_F32;
    assert_int_equal(s2s_bench_run(&options, on_row, &r, &err), S2S_OK);
    assert_int_equal(r.n, 3);
}

static void test_a_row_that_is_refused_ends_the_bench(void **state)
{
    (void)state;
    s2s_error err = {0};
    rows r = {.most = 1};
    s2s_bench_options options = options_of("1 x 2048");
    assert_int_equal(s2s_bench_run(&options, on_row, &r, &err), S2S_FAILED);
    assert_string_equal(err.msg, "enough");
    assert_int_equal(r.n, 1);
}

static void test_what_cannot_be_measured_is_refused(void **state)
{
    (void)state;
    s2s_error err = {0};
    rows r = {0};
    s2s_bench_options options = options_of("no such row");
    assert_int_equal(s2s_bench_run(&options, on_row, &r, &err), S2S_MISUSE);
    options = options_of(NULL);
    options.precision = S2S_PRECISION_BF16;
    assert_int_equal(s2s_bench_run(&options, on_row, &r, &err), S2S_BAD_CONFIG);
    options = options_of(NULL);
    options.seconds = NAN;
    assert_int_equal(s2s_bench_run(&options, on_row, &r, &err), S2S_MISUSE);
    assert_int_equal(s2s_bench_run(NULL, on_row, &r, &err), S2S_MISUSE);
    assert_int_equal(r.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operations_of_products_are_counted),
        cmocka_unit_test(test_a_row_per_precision_of_the_machine),
        cmocka_unit_test(test_a_row_that_is_refused_ends_the_bench),
        cmocka_unit_test(test_what_cannot_be_measured_is_refused),
    };
    setenv("S2S_ISA", "ref", 1); /* before the library chooses */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
