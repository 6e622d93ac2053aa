/* Optimisers: the formulas, clipping, and the same bits for every team. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "ops/ops.h"
#include "train/block.h"
#include "train/optimiser.h"

enum { N_UPDATES = 3 };

typedef struct fixture {
    s2s_params params;
    s2s_optimiser optimiser;
    s2s_team *team;
} fixture;

static s2s_train_options options_of(int kind)
{
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    options.optimizer = kind;
    options.weight_decay = 0.01;
    options.ema = 0;
    return options;
}

static void open_freezing(fixture *f, const s2s_train_options *options, int n_threads, int rows, int frozen)
{
    s2s_params_begin(&f->params);
    s2s_param_declare(&f->params, "a", S2S_INIT_GLOROT, rows, 37);
    s2s_param_declare(&f->params, "b", S2S_INIT_NORMAL, 1, 3);
    if (frozen >= 0)
        f->params.items[frozen]->frozen = true;
    assert_int_equal(s2s_params_allocate(&f->params, true, NULL), S2S_OK);
    s2s_params_init(&f->params, 7);
    assert_int_equal(s2s_team_new(&f->team, n_threads, NULL), S2S_OK);
    assert_int_equal(s2s_optimiser_open(&f->optimiser, options, &f->params, NULL), S2S_OK);
}

static void open_fixture(fixture *f, const s2s_train_options *options, int n_threads, int rows)
{
    open_freezing(f, options, n_threads, rows, -1);
}

static void close_fixture(fixture *f)
{
    s2s_optimiser_close(&f->optimiser);
    s2s_params_end(&f->params);
    s2s_team_free(f->team);
}

static void draw_gradient(s2s_params *params, uint64_t seed)
{
    s2s_rng rng;
    s2s_rng_seed(&rng, seed);
    for (int i = 0; i < params->n; i++) {
        s2s_tensor *t = &params->items[i]->t;
        for (int k = 0; k < t->rows * t->cols; k++)
            t->grad[k] = (s2s_real)s2s_rng_normal(&rng);
    }
}

/* ---- formulas, one scalar at a time in double ---- */

typedef struct scalar {
    double w, m, v;
} scalar;

static void expect_update(scalar *s, const s2s_train_options *o, double grad, double rate, double scale, int t)
{
    double g = grad * scale;
    if (o->optimizer == S2S_OPTIMISER_ADAMW)
        s->w -= rate * o->weight_decay * s->w;
    else
        g += o->weight_decay * s->w;
    switch (o->optimizer) {
    case S2S_OPTIMISER_SGD:
        s->m = o->momentum * s->m + g;
        s->w -= rate * (o->nesterov ? g + o->momentum * s->m : s->m);
        return;
    case S2S_OPTIMISER_ADAGRAD:
        s->m += g * g;
        s->w -= rate * g / (sqrt(s->m) + o->epsilon);
        return;
    case S2S_OPTIMISER_RMSPROP:
        s->m = o->beta2 * s->m + (1 - o->beta2) * g * g;
        s->w -= rate * g / (sqrt(s->m) + o->epsilon);
        return;
    default:
        s->m = o->beta1 * s->m + (1 - o->beta1) * g;
        s->v = o->beta2 * s->v + (1 - o->beta2) * g * g;
        s->w -= rate * s->m / (1 - pow(o->beta1, t)) / (sqrt(s->v / (1 - pow(o->beta2, t))) + o->epsilon);
    }
}

static void check_formula(const s2s_train_options *options, const s2s_kernels *kernels)
{
    fixture f;
    open_fixture(&f, options, 1, 5);
    const s2s_tensor *t = &f.params.items[0]->t;
    scalar expected[5 * 37] = {{0}};
    for (int k = 0; k < 5 * 37; k++)
        expected[k].w = t->data[k];
    for (int u = 1; u <= N_UPDATES; u++) {
        uint64_t version = f.params.version;
        draw_gradient(&f.params, (uint64_t)u);
        for (int k = 0; k < 5 * 37; k++)
            expect_update(&expected[k], options, t->grad[k], 0.01 * u, 0.5, u);
        s2s_optimiser_update(&f.optimiser, options, &f.params, 0.01 * u, 0.5, f.team, kernels);
        assert_true(f.params.version != version);
        assert_int_equal(f.optimiser.updates, u);
    }
    for (int k = 0; k < 5 * 37; k++)
        if (!(fabs(t->data[k] - expected[k].w) <= 2e-6))
            fail_msg("%s, optimiser %d, element %d: expected %.8g, found %.8g", kernels->name,
                     options->optimizer, k, expected[k].w, (double)t->data[k]);
    close_fixture(&f);
}

static void test_formulas(void **state)
{
    (void)state;
    for (const s2s_kernels *const *k = s2s_kernels_all(); *k; k++)
        for (int kind = 0; kind < S2S_N_OPTIMISERS; kind++) {
            s2s_train_options options = options_of(kind);
            check_formula(&options, *k);
            options.weight_decay = 0;
            options.nesterov = true;
            check_formula(&options, *k);
        }
}

static void test_plain_sgd_has_no_moments(void **state)
{
    (void)state;
    s2s_train_options options = options_of(S2S_OPTIMISER_SGD);
    options.momentum = 0;
    options.weight_decay = 0;
    fixture f;
    open_fixture(&f, &options, 1, 5);
    assert_null(f.optimiser.moments[0]);
    s2s_real before = f.params.items[1]->t.data[2];
    draw_gradient(&f.params, 1);
    double expected = (double)before - 0.5 * (double)f.params.items[1]->t.grad[2];
    s2s_optimiser_update(&f.optimiser, &options, &f.params, 0.5, 1, f.team, &s2s_kernels_ref);
    assert_true(fabs((double)f.params.items[1]->t.data[2] - expected) < 1e-6);
    close_fixture(&f);
}

static void test_gaps_stay_zero(void **state)
{
    (void)state;
    for (int kind = 0; kind < S2S_N_OPTIMISERS; kind++) {
        s2s_train_options options = options_of(kind);
        fixture f;
        open_fixture(&f, &options, 1, 5);
        draw_gradient(&f.params, 1);
        s2s_optimiser_update(&f.optimiser, &options, &f.params, 0.01, 1, f.team, s2s_kernels_best());
        for (size_t i = 5 * 37; i < f.params.n_elements; i++) {
            ptrdiff_t b = f.params.items[1]->t.data - f.params.data;
            if ((ptrdiff_t)i < b || (ptrdiff_t)i >= b + 3)
                assert_true(f.params.data[i] == 0);
        }
        close_fixture(&f);
    }
}

/* Its decay at update u is (1 + u) / (10 + u) until that exceeds the one asked for. */
static void test_average(void **state)
{
    (void)state;
    for (const s2s_kernels *const *k = s2s_kernels_all(); *k; k++)
        for (int kind = 0; kind < S2S_N_OPTIMISERS; kind++) {
            s2s_train_options options = options_of(kind);
            options.ema = 0.22;
            fixture f;
            open_fixture(&f, &options, 1, 5);
            const size_t n = f.params.n_elements;
            for (int u = 1; u <= N_UPDATES; u++) {
                double decay = u == 1 ? 2.0 / 11 : 0.22, expected[6 * 37 + 64];
                assert_true(n <= sizeof expected / sizeof *expected);
                for (size_t i = 0; i < n; i++)
                    expected[i] = decay * (double)f.optimiser.average[i];
                draw_gradient(&f.params, (uint64_t)u);
                s2s_optimiser_update(&f.optimiser, &options, &f.params, 0.01, 1, f.team, *k);
                for (size_t i = 0; i < n; i++) {
                    assert_true(f.params.grad[i] == 0);
                    double found = (double)f.optimiser.average[i];
                    if (!(fabs(found - expected[i] - (1 - decay) * (double)f.params.data[i]) <= 1e-6))
                        fail_msg("%s, optimiser %d, update %d: average %zu is %g", (*k)->name, kind, u, i,
                                 found);
                }
            }
            close_fixture(&f);
        }
}

/* ---- tables of which a batch uses few rows ---- */

enum { TABLE_ROWS = 400, N_IDS = 5 };

/* As open_fixture, but "a" is a table. */
static void open_table(fixture *f, const s2s_train_options *options, int n_threads, bool is_table)
{
    s2s_params_begin(&f->params);
    if (is_table)
        s2s_table_declare(&f->params, "a", TABLE_ROWS, 37);
    else
        s2s_param_declare(&f->params, "a", S2S_INIT_NORMAL, TABLE_ROWS, 37);
    s2s_param_declare(&f->params, "b", S2S_INIT_NORMAL, 1, 3);
    assert_int_equal(s2s_params_allocate(&f->params, true, NULL), S2S_OK);
    s2s_params_init(&f->params, 7);
    assert_int_equal(s2s_team_new(&f->team, n_threads, NULL), S2S_OK);
    assert_int_equal(s2s_optimiser_open(&f->optimiser, options, &f->params, NULL), S2S_OK);
}

/* Looks up some rows, gives each a gradient, then does an update; returns the norm of the gradient. */
static double embed_and_update(fixture *f, const s2s_train_options *options, uint64_t seed)
{
    s2s_graph graph;
    s2s_rng rng;
    int ids[N_IDS];
    s2s_rng_seed(&rng, seed);
    for (int i = 0; i < N_IDS; i++)
        ids[i] = (int)s2s_rng_below(&rng, TABLE_ROWS);
    const s2s_kernels *kernels = s2s_kernels_best();
    assert_int_equal(s2s_graph_open(&graph, &f->params, f->team, kernels, NULL), S2S_OK);
    s2s_graph_begin(&graph, true, true, 0);
    s2s_tensor y = s2s_tensor_new(&graph, N_IDS, 37);
    s2s_embed(&graph, &y, f->params.items[0], ids);
    for (int i = 0; i < N_IDS * 37; i++)
        y.grad[i] = (s2s_real)s2s_rng_normal(&rng);
    s2s_graph_backward(&graph);
    f->params.items[1]->t.grad[0] = 1;
    double norm = s2s_gradient_norm(&f->params, f->team, kernels);
    s2s_optimiser_update(&f->optimiser, options, &f->params, 0.01, 0.5, f->team, kernels);
    s2s_graph_close(&graph);
    return norm;
}

static int n_strips_zero(const s2s_params *params)
{
    int n = 0;
    for (size_t i = 0; i * S2S_STRIP < params->n_elements; i++)
        n += params->strips[i] == S2S_STRIP_ZERO;
    return n;
}

static void assert_same_blocks(const fixture *a, const fixture *b)
{
    size_t bytes = a->params.n_elements * sizeof(s2s_real);
    assert_memory_equal(a->params.data, b->params.data, bytes);
    assert_memory_equal(a->params.grad, b->params.grad, bytes);
    assert_memory_equal(a->optimiser.average, b->optimiser.average, bytes);
    for (int i = 0; i < 2 && a->optimiser.moments[i]; i++)
        assert_memory_equal(a->optimiser.moments[i], b->optimiser.moments[i], bytes);
}

static void test_rows_not_used_get_the_same_bits(void **state)
{
    (void)state;
    for (int kind = 0; kind < S2S_N_OPTIMISERS; kind++) {
        s2s_train_options options = options_of(kind);
        options.ema = 0.9;
        options.weight_decay = kind % 2 ? 0.01 : 0;
        fixture table, dense;
        open_table(&table, &options, 2, true);
        open_table(&dense, &options, 1, false);
        assert_int_equal(n_strips_zero(&dense.params), 0);
        int n_zero = n_strips_zero(&table.params);
        assert_true(n_zero > 10);
        for (uint64_t u = 1; u <= 8; u++) {
            double norms[2] = {embed_and_update(&table, &options, u), embed_and_update(&dense, &options, u)};
            assert_true(norms[0] > 1 && norms[0] == norms[1]);
            assert_same_blocks(&table, &dense);
            assert_int_equal(n_strips_zero(&table.params), n_zero);
        }
        close_fixture(&table);
        close_fixture(&dense);
    }
}

/* ---- frozen parameters ---- */

/* What is frozen, the average and the moments of it keep their bits, whatever pulls at them; the others go as
 * they would alone. */
static void check_frozen(int kind, int frozen, int n_threads)
{
    enum { ROWS = 60 }; /* "a" ends inside a strip */
    s2s_train_options options = options_of(kind);
    options.ema = 0.5;
    fixture f, all;
    open_freezing(&f, &options, n_threads, ROWS, frozen);
    open_fixture(&all, &options, 1, ROWS);
    s2s_optimiser_begin(&f.optimiser, &f.params);
    s2s_optimiser_begin(&all.optimiser, &all.params);
    s2s_real before[ROWS * 37];
    const s2s_tensor *t = &f.params.items[frozen]->t, *other = &f.params.items[1 - frozen]->t,
                     *reference = &all.params.items[1 - frozen]->t;
    size_t n = (size_t)t->rows * (size_t)t->cols, n_other = (size_t)other->rows * (size_t)other->cols;
    ptrdiff_t at = t->data - f.params.data;
    memcpy(before, t->data, n * sizeof *before);
    for (int u = 1; u <= N_UPDATES; u++) {
        draw_gradient(&f.params, (uint64_t)u);
        draw_gradient(&all.params, (uint64_t)u);
        memset(all.params.items[frozen]->t.grad, 0, n * sizeof(s2s_real));
        assert_true(fabs(s2s_gradient_norm(&f.params, f.team, s2s_kernels_best()) /
                             s2s_gradient_norm(&all.params, all.team, s2s_kernels_best()) -
                         1) < 1e-6);
        s2s_optimiser_update(&f.optimiser, &options, &f.params, 0.01, 1, f.team, s2s_kernels_best());
        s2s_optimiser_update(&all.optimiser, &options, &all.params, 0.01, 1, all.team, s2s_kernels_best());
        for (size_t i = 0; i < f.params.n_elements; i++)
            assert_true(f.params.grad[i] == 0);
    }
    assert_memory_equal(t->data, before, n * sizeof *before);
    assert_memory_equal(f.optimiser.average + at, before, n * sizeof *before);
    for (int m = 0; m < s2s_optimiser_n_moments(&options); m++)
        for (size_t i = 0; i < n; i++)
            assert_true(f.optimiser.moments[m][at + (ptrdiff_t)i] == 0);
    for (size_t i = 0; i < n_other; i++)
        assert_true(fabs((double)other->data[i] - (double)reference->data[i]) < 1e-6);
    close_fixture(&f);
    close_fixture(&all);
}

static void test_frozen_parameters_stay(void **state)
{
    (void)state;
    for (int kind = 0; kind < S2S_N_OPTIMISERS; kind++)
        for (int n_threads = 1; n_threads <= 3; n_threads++) {
            check_frozen(kind, 0, n_threads);
            check_frozen(kind, 1, n_threads);
        }
}

/* ---- independence of the team ---- */

static void test_same_bits_for_every_team(void **state)
{
    (void)state;
    for (int kind = 0; kind < S2S_N_OPTIMISERS; kind++) {
        s2s_train_options options = options_of(kind);
        fixture one, many;
        open_fixture(&one, &options, 1, 501);
        double norms[2];
        for (int n_threads = 2; n_threads <= 5; n_threads++) {
            open_fixture(&many, &options, n_threads, 501);
            draw_gradient(&one.params, (uint64_t)n_threads);
            draw_gradient(&many.params, (uint64_t)n_threads);
            memcpy(many.params.data, one.params.data, one.params.n_elements * sizeof(s2s_real));
            for (int i = 0; i < 2 && one.optimiser.moments[i]; i++)
                memcpy(many.optimiser.moments[i], one.optimiser.moments[i],
                       one.params.n_elements * sizeof(s2s_real));
            many.optimiser.updates = one.optimiser.updates;
            norms[0] = s2s_gradient_norm(&one.params, one.team, s2s_kernels_best());
            norms[1] = s2s_gradient_norm(&many.params, many.team, s2s_kernels_best());
            assert_memory_equal(&norms[0], &norms[1], sizeof(double));
            s2s_optimiser_update(&one.optimiser, &options, &one.params, 0.01, 1, one.team, s2s_kernels_best());
            s2s_optimiser_update(&many.optimiser, &options, &many.params, 0.01, 1, many.team,
                                 s2s_kernels_best());
            assert_memory_equal(one.params.data, many.params.data, one.params.n_elements * sizeof(s2s_real));
            close_fixture(&many);
        }
        close_fixture(&one);
    }
}

static void test_norm(void **state)
{
    (void)state;
    s2s_train_options options = options_of(S2S_OPTIMISER_ADAM);
    fixture f;
    open_fixture(&f, &options, 2, 200);
    assert_true(s2s_gradient_norm(&f.params, f.team, &s2s_kernels_ref) == 0);
    f.params.items[0]->t.grad[0] = 3;
    f.params.items[1]->t.grad[2] = -4;
    assert_true(fabs(s2s_gradient_norm(&f.params, f.team, &s2s_kernels_ref) - 5) < 1e-12);
    f.params.items[1]->t.grad[1] = NAN;
    assert_false(isfinite(s2s_gradient_norm(&f.params, f.team, s2s_kernels_best())));
    close_fixture(&f);
}

/* ---- blocks ---- */

static void test_shares_cover_a_block(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 100000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int size = 1; size <= 7; size++) {
            size_t next = 0, begin, end;
            for (int member = 0; member < size; member++) {
                s2s_block_share(sizes[s], member, size, &begin, &end);
                assert_int_equal(begin, next);
                assert_true(end >= begin);
                next = end;
            }
            assert_int_equal(next, sizes[s]);
        }
}

static void test_swap_and_clear(void **state)
{
    (void)state;
    s2s_team *team;
    assert_int_equal(s2s_team_new(&team, 2, NULL), S2S_OK);
    s2s_real a[5] = {0, 1, 2, 3, 4}, b[5] = {4, 4, 4, 4, 4};
    s2s_block_swap(a, b, 5, team);
    assert_true(a[0] == 4 && b[1] == 1);
    s2s_block_clear(b, 5, team);
    assert_true(b[0] == 0 && b[4] == 0);
    s2s_team_free(team);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_plain_sgd_has_no_moments),
        cmocka_unit_test(test_gaps_stay_zero),
        cmocka_unit_test(test_average),
        cmocka_unit_test(test_rows_not_used_get_the_same_bits),
        cmocka_unit_test(test_frozen_parameters_stay),
        cmocka_unit_test(test_same_bits_for_every_team),
        cmocka_unit_test(test_norm),
        cmocka_unit_test(test_shares_cover_a_block),
        cmocka_unit_test(test_swap_and_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
