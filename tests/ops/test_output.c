/* The most likely tokens of an output layer against all of its log-probabilities, sorted plainly. */
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

enum { K = 5, ASKED = 2, N_ASKED = 3 };

/* An output layer of V tokens for N rows. */
typedef struct layer {
    s2s_params params;
    s2s_param *w, *b;
    s2s_team *team;
    s2s_graph graph;
    s2s_tensor x;
    int N, V;
} layer;

static s2s_real number(uint64_t key, int i)
{
    return (s2s_real)((double)(s2s_hash64(key, (uint64_t)i) >> 11) * 0x1p-52 - 1);
}

/* Every third token has the weights of the one before it, so that their logits tie; every seventh has no
 * probability. */
static void fill(layer *l)
{
    for (int v = 0; v < l->V; v++) {
        for (int k = 0; k < K; k++)
            s2s_row(&l->w->t, v)[k] = number(1, v % 3 == 2 ? (v - 1) * K + k : v * K + k);
        l->b->t.data[v] = v % 7 == 3 ? -INFINITY : 0;
    }
    s2s_params_changed(&l->params);
    s2s_graph_begin(&l->graph, false, false, 0);
    l->x = s2s_tensor_new(&l->graph, l->N, K);
    for (int i = 0; i < l->N * K; i++)
        l->x.data[i] = 3 * number(2, i);
}

static void layer_open(layer *l, int N, int V, const s2s_kernels *kernels, int threads)
{
    *l = (layer){.N = N, .V = V};
    s2s_params_begin(&l->params);
    l->w = s2s_weight_declare(&l->params, "w", S2S_INIT_ZERO, 1, V, K);
    l->b = s2s_param_declare(&l->params, "b", S2S_INIT_ZERO, 1, V);
    assert_int_equal(s2s_params_allocate(&l->params, false, NULL), S2S_OK);
    assert_int_equal(s2s_team_new(&l->team, threads, NULL), S2S_OK);
    assert_int_equal(s2s_graph_open(&l->graph, &l->params, l->team, kernels, NULL), S2S_OK);
    fill(l);
}

static void layer_close(layer *l)
{
    s2s_graph_close(&l->graph);
    s2s_team_free(l->team);
    s2s_params_end(&l->params);
}

/* Row r may not use tokens that are r modulo 4. */
static bool banned(int row, int token)
{
    return token % 4 == row % 4;
}

static void ban(const void *arg, int row, const s2s_logits *logits)
{
    assert_ptr_equal(arg, &banned);
    for (int j = 0; j < logits->n; j++)
        if (banned(row, logits->tokens ? logits->tokens[j] : logits->first + j))
            logits->z[j] = -INFINITY;
}

/* Whether token a comes before token b. */
static bool before(const s2s_real *z, int a, int b)
{
    return z[a] > z[b] || (z[a] == z[b] && a < b);
}

/* Row r is allowed those tokens that are r modulo 3, not any where that is none. */
static bool allowed(const s2s_top *top, int row, int token)
{
    bool in_list = !top->allowed || token % 3 == row % 3;
    return in_list && !(top->ban && banned(row, token));
}

static void check_row(const s2s_top *top, const s2s_real *log_probs, int row, int V)
{
    const s2s_candidate *found = top->tokens + row * top->n, *asked = top->asked + row * top->n_asked;
    int n_free = 0, n = top->n_tokens[row];
    for (int v = 0; v < V; v++)
        n_free += log_probs[v] > -INFINITY && allowed(top, row, v);
    assert_int_equal(n, n_free < top->n ? n_free : top->n);
    for (int i = 0; i < n; i++) {
        assert_in_range(found[i].token, 0, V - 1);
        assert_true(found[i].log_prob == log_probs[found[i].token] && found[i].log_prob > -INFINITY);
        assert_true(allowed(top, row, found[i].token));
        assert_true(i == 0 || before(log_probs, found[i - 1].token, found[i].token));
    }
    int n_better = 0;
    for (int v = 0; n > 0 && v < V; v++)
        n_better += allowed(top, row, v) && before(log_probs, v, found[n - 1].token);
    assert_int_equal(n_better, n > 0 ? n - 1 : 0);
    assert_true(asked[0].log_prob == log_probs[ASKED % V] && asked[1].log_prob == log_probs[row % V]);
}

/* Those of 0 .. V - 1 that are allowed, row by row. */
static s2s_tokens *allowed_lists(int N, int V)
{
    s2s_tokens *lists = malloc((size_t)N * sizeof *lists);
    for (int r = 0; r < N; r++) {
        int *ids = malloc((size_t)V * sizeof *ids), n = 0;
        for (int v = r % 3; v < V; v += 3)
            ids[n++] = v;
        lists[r] = (s2s_tokens){ids, n};
    }
    return lists;
}

static void check_layer(layer *l, int n, s2s_ban_fn *ban_fn, const s2s_tokens *allowed_only)
{
    size_t n_rows = (size_t)l->N;
    s2s_candidate *tokens = malloc(n_rows * (size_t)n * sizeof *tokens),
                  *asked = malloc(n_rows * N_ASKED * sizeof *asked);
    int *n_tokens = malloc(n_rows * sizeof *n_tokens);
    s2s_tensor log_probs = s2s_tensor_new(&l->graph, l->N, l->V);
    const s2s_top top = {tokens, n_tokens, n, asked, N_ASKED, ban_fn, &banned, allowed_only};
    for (int r = 0; r < l->N; r++) {
        asked[r * N_ASKED] = (s2s_candidate){NAN, ASKED % l->V};
        asked[r * N_ASKED + 1] = (s2s_candidate){NAN, r % l->V};
        asked[r * N_ASKED + 2] = (s2s_candidate){0, -1};
    }
    s2s_output_log_probs(&l->graph, &log_probs, &l->x, l->w, l->b);
    s2s_output_top(&l->graph, &top, &l->x, l->w, l->b);
    assert_int_equal(l->graph.status, S2S_OK);
    for (int r = 0; r < l->N; r++)
        check_row(&top, s2s_row(&log_probs, r), r, l->V);
    free(tokens);
    free(asked);
    free(n_tokens);
}

/* Few and many rows, one strip of columns and several, lists short and long, on teams of every kind.  oneDNN
 * chooses the order of its sums by the number of rows. */
static void top_is_what_sorting_gives(void **state)
{
    static const int sizes[][2] = {{1, 1}, {1, 5000}, {3, 17}, {5, 512}, {6, 513}, {70, 1100}, {130, 2085}};
    static const int team_sizes[] = {1, 2, 3, 5};
    static const int lengths[] = {1, 6, 40};
    (void)state;
    for (const s2s_kernels *const *k = s2s_kernels_all(); *k; k++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes && strcmp((*k)->name, "onednn") != 0; s++)
            for (size_t t = 0; t < sizeof team_sizes / sizeof *team_sizes; t++) {
                layer l;
                layer_open(&l, sizes[s][0], sizes[s][1], *k, team_sizes[t]);
                s2s_tokens *lists = allowed_lists(l.N, l.V);
                for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
                    check_layer(&l, lengths[i], NULL, NULL);
                    check_layer(&l, lengths[i], ban, NULL);
                    check_layer(&l, lengths[i], NULL, lists);
                    check_layer(&l, lengths[i], ban, lists);
                }
                for (int r = 0; r < l.N; r++)
                    free((int *)lists[r].ids);
                free(lists);
                layer_close(&l);
            }
}

/* Log-probabilities of a row with teams of one and of several. */
static void the_team_does_not_change_a_bit(void **state)
{
    enum { N = 9, V = 3000, N_TEAMS = 4 };
    static const int team_sizes[N_TEAMS] = {1, 2, 3, 5};
    s2s_real *rows[N_TEAMS];
    (void)state;
    for (int t = 0; t < N_TEAMS; t++) {
        layer l;
        layer_open(&l, N, V, s2s_kernels_best(), team_sizes[t]);
        s2s_tensor y = s2s_tensor_new(&l.graph, N, V);
        s2s_output_log_probs(&l.graph, &y, &l.x, l.w, l.b);
        rows[t] = malloc((size_t)N * V * sizeof *rows[t]);
        memcpy(rows[t], y.data, (size_t)N * V * sizeof *rows[t]);
        assert_memory_equal(rows[t], rows[0], (size_t)N * V * sizeof *rows[t]);
        layer_close(&l);
    }
    for (int t = 0; t < N_TEAMS; t++)
        free(rows[t]);
}

/* One logit that is not a number leaves its row no log-probability, and other rows theirs. */
static void nan_spoils_its_row(void **state)
{
    enum { N = 3, V = 600, TOP = 4 };
    s2s_candidate tokens[N * TOP], asked[N] = {{0, 1}, {0, 1}, {0, 1}};
    int n_tokens[N];
    (void)state;
    layer l;
    layer_open(&l, N, V, s2s_kernels_best(), 2);
    s2s_row(&l.x, 1)[0] = NAN;
    s2s_output_top(&l.graph,
                   &(s2s_top){.tokens = tokens, .n_tokens = n_tokens, .n = TOP, .asked = asked, .n_asked = 1},
                   &l.x, l.w, l.b);
    for (int r = 0; r < N; r++) {
        assert_true(isfinite(asked[r].log_prob) == (r != 1));
        for (int i = 0; i < n_tokens[r]; i++)
            assert_true(isfinite(tokens[r * TOP + i].log_prob) == (r != 1));
    }
    layer_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(top_is_what_sorting_gives),
        cmocka_unit_test(the_team_does_not_change_a_bit),
        cmocka_unit_test(nan_spoils_its_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
