/* lexical/ibm1.h against sums done by hand, and what has to hold of any text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "lexical/ibm1.h"

enum { A, B, NULL_SOURCE, X = 0, Y };

static s2s_ibm1 *new_model(int n_sources, int n_targets, size_t most)
{
    s2s_error err = {0};
    s2s_ibm1 *model;
    assert_int_equal(s2s_ibm1_new(&model, n_sources, n_targets, most, &err), S2S_OK);
    return model;
}

static void add(s2s_ibm1 *model, const int *source, int n_source, const int *target, int n_target)
{
    s2s_error err = {0};
    assert_int_equal(s2s_ibm1_add(model, (s2s_tokens){source, n_source}, (s2s_tokens){target, n_target}, &err),
                     S2S_OK);
}

static void assert_near(double found, double expected)
{
    if (!(fabs(found - expected) < 1e-12))
        fail_msg("expected %.15g, found %.15g", expected, found);
}

/* The pairs "A" - "X" and "A B" - "X Y".  In the first iteration A gets 1/2 of one X and 1/3 of the other. */
static double iterate_by_hand(s2s_ibm1 *model)
{
    add(model, (int[]){A}, 1, (int[]){X}, 1);
    add(model, (int[]){A, B}, 2, (int[]){X, Y}, 2);
    return s2s_ibm1_update(model);
}

static void two_iterations_by_hand(void **state)
{
    s2s_ibm1 *model = new_model(2, 2, 100);
    (void)state;
    assert_near(iterate_by_hand(model), 3 * log(1.0 / 2));
    for (int source = A; source <= NULL_SOURCE; source++) {
        assert_near(s2s_ibm1_probability(model, source, X), source == B ? 1.0 / 2 : 5.0 / 7);
        assert_near(s2s_ibm1_probability(model, source, Y), source == B ? 1.0 / 2 : 2.0 / 7);
    }
    assert_near(iterate_by_hand(model), log(5.0 / 7) + log(9.0 / 14) + log(5.0 / 14));
    for (int source = A; source <= NULL_SOURCE; source++) {
        assert_near(s2s_ibm1_probability(model, source, X), source == B ? 5.0 / 14 : 235.0 / 307);
        assert_near(s2s_ibm1_probability(model, source, Y), source == B ? 9.0 / 14 : 72.0 / 307);
    }
    assert_int_equal(s2s_ibm1_n_dropped(model), 0);
    s2s_ibm1_free(model);
}

/* ---- a made-up language, where target v translates source v, and others are noise ---- */

enum { N_WORDS = 150, N_PAIRS = 1500, MAX_LEN = 9 };

static double iterate_made_up(s2s_ibm1 *model)
{
    s2s_rng rng;
    s2s_rng_seed(&rng, 3);
    for (int i = 0; i < N_PAIRS; i++) {
        int source[MAX_LEN], target[MAX_LEN], n = 1 + (int)s2s_rng_below(&rng, MAX_LEN);
        for (int t = 0; t < n; t++) {
            source[t] = (int)s2s_rng_below(&rng, N_WORDS);
            target[n - 1 - t] = s2s_rng_below(&rng, 5) ? source[t] : (int)s2s_rng_below(&rng, N_WORDS);
        }
        add(model, source, n, target, n);
    }
    return s2s_ibm1_update(model);
}

static s2s_translation *list_of(const s2s_ibm1 *model, double least, int best, size_t *n)
{
    s2s_error err = {0};
    s2s_translation *list;
    assert_int_equal(s2s_ibm1_list(model, least, &list, n, &err), S2S_OK);
    *n = s2s_translations_best(list, *n, best);
    return list;
}

static void likelihood_grows_and_words_are_found(void **state)
{
    s2s_ibm1 *model = new_model(N_WORDS, N_WORDS, 1000000);
    double last = -INFINITY, sum = 0;
    size_t n;
    (void)state;
    for (int i = 0; i < 6; i++) {
        double now = iterate_made_up(model);
        assert_true(isfinite(now) && now > last);
        last = now;
    }
    s2s_translation *list = list_of(model, 0, N_WORDS, &n);
    for (size_t i = 0; i < n; i++) {
        bool first = i == 0 || list[i].source != list[i - 1].source;
        assert_true(first ? i == 0 || list[i].source > list[i - 1].source
                          : list[i].probability <= list[i - 1].probability);
        if (first && i > 0)
            assert_near(sum, 1);
        if (first && list[i].source < N_WORDS)
            assert_int_equal(list[i].target, list[i].source);
        sum = list[i].probability + (first ? 0 : sum);
        assert_true(s2s_ibm1_probability(model, list[i].source, list[i].target) == list[i].probability);
    }
    assert_near(sum, 1);
    free(list);
    list = list_of(model, 0.01, 3, &n);
    for (size_t i = 0; i < n; i++)
        assert_true(list[i].probability >= 0.01 && (i < 3 || list[i].source != list[i - 3].source));
    assert_in_range(n, N_WORDS, 3 * (N_WORDS + 1));
    free(list);
    s2s_ibm1_free(model);
}

/* Most of what is likely survives a table that has room for a part of all translations. */
static void unlikely_translations_are_dropped(void **state)
{
    enum { MOST = 6000 };
    s2s_ibm1 *model = new_model(N_WORDS, N_WORDS, MOST);
    size_t n, n_found = 0;
    (void)state;
    for (int i = 0; i < 5; i++)
        assert_true(isfinite(iterate_made_up(model)));
    assert_true(s2s_ibm1_n_dropped(model) > 0);
    s2s_translation *list = list_of(model, 0, N_WORDS, &n);
    assert_true(n <= MOST);
    for (size_t i = 0; i < n; i++)
        n_found += (i == 0 || list[i].source != list[i - 1].source) && list[i].source == list[i].target;
    assert_in_range(n_found, N_WORDS * 9 / 10, N_WORDS);
    free(list);
    s2s_ibm1_free(model);
}

/* A share is a sum over all pairs, so all that a full table holds may be of large shares. */
static void large_shares_are_dropped_too(void **state)
{
    enum { N_SOURCES = 20, OFTEN = 7, MOST = 8, N_COPIES = 6 };
    s2s_ibm1 *model = new_model(N_SOURCES, 1, MOST);
    const int target[N_COPIES] = {X, X, X, X, X, X};
    size_t n;
    (void)state;
    for (int source = 0; source < N_SOURCES; source++)
        for (int i = 0; i < (source == OFTEN ? 10 : 1); i++) { /* each gives the source a share of 3 */
            add(model, &source, 1, target, N_COPIES);
            free(list_of(model, 0, N_SOURCES, &n));
            assert_in_range(n, 1, MOST);
        }
    s2s_ibm1_update(model);
    assert_true(s2s_ibm1_n_dropped(model) >= N_SOURCES + 1 - MOST);
    assert_near(s2s_ibm1_probability(model, OFTEN, X), 1);
    assert_near(s2s_ibm1_probability(model, N_SOURCES, X), 1); /* NULL */
    s2s_ibm1_free(model);
}

static void nothing_was_given(void **state)
{
    s2s_ibm1 *model = new_model(2, 2, 100);
    size_t n;
    (void)state;
    assert_near(s2s_ibm1_update(model), 0);
    assert_near(s2s_ibm1_probability(model, A, X), 0);
    s2s_translation *list = list_of(model, 0, 5, &n);
    assert_int_equal(n, 0);
    free(list);
    s2s_ibm1_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_iterations_by_hand),
        cmocka_unit_test(likelihood_grows_and_words_are_found),
        cmocka_unit_test(unlikely_translations_are_dropped),
        cmocka_unit_test(large_shares_are_dropped_too),
        cmocka_unit_test(nothing_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
