/* Optimisers: the formulas, clipping, and the same bits for every team. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
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
    return options;
}

static void open_fixture(fixture *f, const s2s_train_options *options, int n_threads, int rows)
{
    s2s_params_begin(&f->params);
    s2s_param_declare(&f->params, "a", S2S_INIT_GLOROT, rows, 37);
    s2s_param_declare(&f->params, "b", S2S_INIT_NORMAL, 1, 3);
    assert_int_equal(s2s_params_allocate(&f->params, true, NULL), S2S_OK);
    s2s_params_init(&f->params, 7);
    assert_int_equal(s2s_team_new(&f->team, n_threads, NULL), S2S_OK);
    assert_int_equal(s2s_optimiser_open(&f->optimiser, options, &f->params, NULL), S2S_OK);
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
        if (fabs(t->data[k] - expected[k].w) > 2e-6)
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
    s2s_optimiser_update(&f.optimiser, &options, &f.params, 0.5, 1, f.team, &s2s_kernels_ref);
    double expected = (double)before - 0.5 * (double)f.params.items[1]->t.grad[2];
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

static void test_average_and_swap(void **state)
{
    (void)state;
    s2s_team *team;
    assert_int_equal(s2s_team_new(&team, 2, NULL), S2S_OK);
    s2s_real a[5] = {0, 1, 2, 3, 4}, b[5] = {4, 4, 4, 4, 4};
    s2s_block_average(a, b, 0.75, 5, team);
    for (int i = 0; i < 5; i++)
        assert_true(fabs((double)a[i] - (0.75 * i + 1)) < 1e-6);
    s2s_block_swap(a, b, 5, team);
    assert_true(a[0] == 4 && b[0] == 1);
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
        cmocka_unit_test(test_same_bits_for_every_team),
        cmocka_unit_test(test_norm),
        cmocka_unit_test(test_shares_cover_a_block),
        cmocka_unit_test(test_average_and_swap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
