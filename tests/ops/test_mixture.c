/* Mixtures of distributions against plain sums in double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "ops/ops.h"

enum { N = 7, V = 131, K = 3, MOST = V, UNLIKELY = 5, IMPOSSIBLE = 11 };

static const double log_weights[K] = {-0.6931471805599453, -1.3862943611198906,
                                      -1.3862943611198906}; /* 2 : 1 : 1 */

typedef struct mix {
    s2s_params params;
    s2s_team *team;
    s2s_graph graph;
    s2s_tensor log_probs[K];
    s2s_mixture mixture;
    double expected[N][V];
    s2s_candidate tokens[N][MOST], asked[N][2];
    int n_tokens[N];
} mix;

/* Every distribution gives one token next to nothing and another nothing. */
static void fill(mix *m)
{
    for (int k = 0; k < K; k++) {
        m->log_probs[k] = s2s_tensor_new(&m->graph, N, V);
        for (int row = 0; row < N; row++) {
            s2s_real *y = s2s_row(&m->log_probs[k], row);
            for (int v = 0; v < V; v++)
                y[v] = (s2s_real)((double)(s2s_hash64((uint64_t)(k * N + row), (uint64_t)v) >> 11) * 0x1p-50);
            y[UNLIKELY] = -600;
            y[IMPOSSIBLE] = -INFINITY;
            m->graph.kernels->log_softmax(y, V);
        }
    }
}

static void expect(mix *m)
{
    for (int row = 0; row < N; row++)
        for (int v = 0; v < V; v++) {
            double p = 0;
            for (int k = 0; k < K; k++)
                p += exp(log_weights[k] + (double)s2s_row(&m->log_probs[k], row)[v]);
            m->expected[row][v] = log(p);
        }
}

static mix *mix_new(const s2s_kernels *kernels, int threads)
{
    mix *m = calloc(1, sizeof *m);
    assert_non_null(m);
    s2s_params_begin(&m->params);
    assert_int_equal(s2s_team_new(&m->team, threads, NULL), S2S_OK);
    assert_int_equal(s2s_graph_open(&m->graph, &m->params, m->team, kernels, NULL), S2S_OK);
    s2s_graph_begin(&m->graph, false, false, 0);
    fill(m);
    expect(m);
    m->mixture = (s2s_mixture){m->log_probs, log_weights, K};
    return m;
}

static void mix_free(mix *m)
{
    s2s_graph_close(&m->graph);
    s2s_team_free(m->team);
    s2s_params_end(&m->params);
    free(m);
}

static void find(mix *m, int n, s2s_ban_fn *ban, const s2s_tokens *allowed)
{
    for (int row = 0; row < N; row++) {
        m->asked[row][0] = (s2s_candidate){NAN, UNLIKELY};
        m->asked[row][1] = (s2s_candidate){NAN, -1};
    }
    /* Lists lie one after the other, n apart. */
    const s2s_top top = {m->tokens[0], m->n_tokens, n, m->asked[0], 2, ban, m, allowed};
    s2s_mixture_top(&m->graph, &top, &m->mixture);
    assert_int_equal(m->graph.status, S2S_OK);
}

static bool close_to(double a, double b)
{
    return fabs(a - b) < 2e-6 * fmax(1, fabs(b));
}

static void all_log_probabilities(void **state)
{
    (void)state;
    for (const s2s_kernels *const *kernels = s2s_kernels_all(); *kernels; kernels++) {
        mix *m = mix_new(*kernels, 2);
        s2s_tensor y = s2s_tensor_new(&m->graph, N, V);
        s2s_mixture_log_probs(&m->graph, &y, &m->mixture);
        for (int row = 0; row < N; row++)
            for (int v = 0; v < V; v++)
                if (v != IMPOSSIBLE && v != UNLIKELY)
                    assert_true(close_to((double)s2s_row(&y, row)[v], m->expected[row][v]));
        assert_true(s2s_row(&y, 0)[IMPOSSIBLE] == -INFINITY);
        assert_true(s2s_row(&y, 0)[UNLIKELY] < -600 && s2s_row(&y, 0)[UNLIKELY] > -620);
        mix_free(m);
    }
}

static void the_most_likely_tokens(void **state)
{
    (void)state;
    for (const s2s_kernels *const *kernels = s2s_kernels_all(); *kernels; kernels++)
        for (int n = 1; n <= MOST; n += 13) {
            mix *m = mix_new(*kernels, 2);
            find(m, n, NULL, NULL);
            for (int row = 0; row < N; row++) {
                const s2s_candidate *found = m->tokens[0] + row * n;
                int n_found = m->n_tokens[row];
                assert_int_equal(n_found, n < V - 2 ? n : V - 2);
                for (int i = 0; i < n_found; i++) {
                    assert_true(close_to(found[i].log_prob, m->expected[row][found[i].token]));
                    assert_true(i == 0 || found[i].log_prob <= found[i - 1].log_prob + 1e-6);
                }
                int n_better = 0;
                for (int v = 0; v < V; v++)
                    n_better += m->expected[row][v] > found[n_found - 1].log_prob + 1e-5;
                assert_true(n_better < n_found);
                assert_true(m->asked[row][0].log_prob < -600 && m->asked[row][0].log_prob > -620);
            }
            mix_free(m);
        }
}

static void ban_even(const void *arg, int row, const s2s_logits *logits)
{
    assert_non_null(arg);
    for (int v = row % 2; v < V; v += 2)
        *s2s_logit_of(logits, v) = -INFINITY;
}

static void banned_tokens_are_not_among_them(void **state)
{
    (void)state;
    mix *m = mix_new(&s2s_kernels_ref, 3);
    find(m, MOST, ban_even, NULL);
    for (int row = 0; row < N; row++) {
        assert_int_equal(m->n_tokens[row], row % 2 ? 66 : 65 - 2);
        for (int i = 0; i < m->n_tokens[row]; i++)
            assert_true(m->tokens[row][i].token % 2 != row % 2);
    }
    mix_free(m);
}

static void only_allowed_tokens_are_among_them(void **state)
{
    (void)state;
    static const int ids[] = {2, IMPOSSIBLE, 40, 130};
    s2s_tokens allowed[N];
    for (int row = 0; row < N; row++)
        allowed[row] = (s2s_tokens){ids, row % 5};
    mix *m = mix_new(&s2s_kernels_ref, 1);
    find(m, 3, NULL, allowed);
    for (int row = 0; row < N; row++) {
        static const int n_possible[] = {0, 1, 1, 2, 3};
        assert_int_equal(m->n_tokens[row], n_possible[row % 5]);
    }
    mix_free(m);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    mix *one = mix_new(&s2s_kernels_ref, 1);
    find(one, 20, NULL, NULL);
    for (int threads = 2; threads <= 5; threads++) {
        mix *many = mix_new(&s2s_kernels_ref, threads);
        find(many, 20, NULL, NULL);
        assert_memory_equal(many->tokens, one->tokens, sizeof one->tokens);
        mix_free(many);
    }
    mix_free(one);
}

static void logarithms_of_sums(void **state)
{
    (void)state;
    assert_true(s2s_log_add(-INFINITY, -INFINITY) == -INFINITY);
    assert_true(s2s_log_add(-INFINITY, -3) == -3 && s2s_log_add(-3, -INFINITY) == -3);
    assert_true(fabs(s2s_log_add(log(0.25), log(0.5)) - log(0.75)) < 1e-15);
    assert_true(fabs(s2s_log_add(-5000, -5000) - (-5000 + log(2))) < 1e-12);
    assert_true(isnan(s2s_log_add(NAN, -1)) && isnan(s2s_log_add(-1, NAN)) &&
                isnan(s2s_log_add(-INFINITY, NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_log_probabilities),
        cmocka_unit_test(the_most_likely_tokens),
        cmocka_unit_test(banned_tokens_are_not_among_them),
        cmocka_unit_test(only_allowed_tokens_are_among_them),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(logarithms_of_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
