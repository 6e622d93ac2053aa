/* Parts of an output layer against output layers that have their tokens only. */
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

enum { V = 1300, H = 40, N_PARTS = 4, N = 11, TOP = 7, N_TEAMS = 3 };

static const int part_of[N] = {0, 0, 1, 1, 1, 1, 1, 2, 3, 3, 3};
static const int team_sizes[N_TEAMS] = {1, 2, 5};

/* Tokens of a part: all, every second, few that lie far from each other, and most. */
static bool belongs(int part, int token)
{
    return part == 0 || (part == 1 && token % 2 == 0) || (part == 2 && token % 400 == 3) ||
           (part == 3 && token % 17 != 5);
}

typedef struct layer {
    s2s_params params;
    s2s_param *w, *b;
    s2s_team *team;
    s2s_graph graph;
    s2s_tensor x;
    int tokens[V], n; /* that its columns stand for */
} layer;

static s2s_real number(uint64_t key, int i)
{
    return (s2s_real)((double)(s2s_hash64(key, (uint64_t)i) >> 11) * 0x1p-52 - 1);
}

/* A layer of the tokens of a part; neighbours share their weights, so that logits tie. */
static void layer_open(layer *l, int part, const s2s_kernels *kernels, int threads, bool biased)
{
    *l = (layer){0};
    for (int v = 0; v < V; v++)
        if (belongs(part, v))
            l->tokens[l->n++] = v;
    s2s_params_begin(&l->params);
    l->w = s2s_weight_declare(&l->params, "w", S2S_INIT_ZERO, 1, l->n, H);
    l->b = biased ? s2s_param_declare(&l->params, "b", S2S_INIT_ZERO, 1, l->n) : NULL;
    assert_int_equal(s2s_params_allocate(&l->params, false, NULL), S2S_OK);
    assert_int_equal(s2s_team_new(&l->team, threads, NULL), S2S_OK);
    assert_int_equal(s2s_graph_open(&l->graph, &l->params, l->team, kernels, NULL), S2S_OK);
    for (int i = 0; i < l->n; i++) {
        for (int k = 0; k < H; k++)
            s2s_row(&l->w->t, i)[k] = number(1, l->tokens[i] / 4 * H + k);
        if (biased)
            l->b->t.data[i] = number(3, l->tokens[i] / 4);
    }
    s2s_params_changed(&l->params);
    s2s_graph_begin(&l->graph, false, false, 0);
    l->x = s2s_tensor_new(&l->graph, N, H);
    for (int i = 0; i < N * H; i++)
        l->x.data[i] = number(2, i);
}

static void layer_close(layer *l)
{
    s2s_graph_close(&l->graph);
    s2s_team_free(l->team);
    s2s_params_end(&l->params);
}

static void ban(const void *arg, int row, const s2s_logits *logits)
{
    (void)arg;
    for (int j = 0; j < logits->n; j++)
        if ((logits->tokens ? logits->tokens[j] : logits->first + j) % 5 == row % 5)
            logits->z[j] = -INFINITY;
}

typedef struct answers {
    s2s_candidate tokens[N][TOP], asked[N];
    int n_tokens[N];
    s2s_real log_probs[N][V];
} answers;

static s2s_top top_of(answers *a, bool banned)
{
    return (s2s_top){.tokens = a->tokens[0],
                     .n_tokens = a->n_tokens,
                     .n = TOP,
                     .asked = a->asked,
                     .n_asked = 1,
                     .ban = banned ? ban : NULL};
}

static void ask_parts(layer *whole, answers *a, bool banned)
{
    static int tokens[N_PARTS][V];
    s2s_output_part parts[N_PARTS] = {0};
    s2s_arena *arena = s2s_arena_new(1 << 12);
    for (int p = 0; p < N_PARTS; p++) {
        for (int v = 0; v < V; v++)
            if (belongs(p, v))
                tokens[p][parts[p].n++] = v;
        parts[p].tokens = tokens[p];
    }
    for (int r = 0; r < N; r++)
        a->asked[r] = (s2s_candidate){NAN, tokens[part_of[r]][r % parts[part_of[r]].n]};
    s2s_output_parts_make(&whole->graph, parts, N_PARTS, whole->w, whole->b, arena);
    const s2s_top top = top_of(a, banned);
    s2s_tensor y = {.data = a->log_probs[0], .rows = N, .cols = V, .ld = V};
    s2s_output_parts_top(&whole->graph, &top, &whole->x, parts, part_of);
    s2s_output_parts_log_probs(&whole->graph, &y, &whole->x, parts, part_of);
    assert_int_equal(whole->graph.status, S2S_OK);
    s2s_arena_free(arena);
}

/* Row r of a layer that has no tokens but those of its part. */
static void check_row(layer *l, const answers *found, int r)
{
    s2s_tensor y = s2s_tensor_new(&l->graph, N, l->n);
    s2s_output_log_probs(&l->graph, &y, &l->x, l->w, l->b);
    int n_listed = 0;
    for (int v = 0; v < V; v++) {
        bool listed = n_listed < l->n && l->tokens[n_listed] == v;
        s2s_real expected = listed ? s2s_row(&y, r)[n_listed++] : -(s2s_real)INFINITY;
        assert_true(found->log_probs[r][v] == expected);
        if (found->asked[r].token == v)
            assert_true(found->asked[r].log_prob == expected);
    }
}

/* The best by all log-probabilities, found plainly. */
static void check_top(const answers *a, int r, bool banned)
{
    int n = 0, best = -1;
    for (;; n++) {
        int next = -1;
        for (int v = 0; v < V; v++) {
            s2s_real z = a->log_probs[r][v];
            bool is_free = z > -INFINITY && !(banned && v % 5 == r % 5);
            bool is_later = best < 0 || z < a->log_probs[r][best] || (z == a->log_probs[r][best] && v > best);
            if (is_free && is_later && (next < 0 || z > a->log_probs[r][next]))
                next = v;
        }
        if (next < 0 || n == TOP)
            break;
        assert_int_equal(a->tokens[r][n].token, next);
        assert_true(a->tokens[r][n].log_prob == a->log_probs[r][next]);
        best = next;
    }
    assert_int_equal(a->n_tokens[r], n);
}

static void check_kernels(const s2s_kernels *kernels)
{
    for (int t = 0; t < N_TEAMS; t++)
        for (int biased = 0; biased < 2; biased++) {
            static answers a;
            layer whole;
            layer_open(&whole, 0, kernels, team_sizes[t], biased);
            ask_parts(&whole, &a, biased);
            layer_close(&whole);
            for (int r = 0; r < N; r++) {
                layer small;
                layer_open(&small, part_of[r], kernels, 1, biased);
                check_row(&small, &a, r);
                layer_close(&small);
                check_top(&a, r, biased);
            }
        }
}

/* Of every precision and on teams of every size; oneDNN orders its sums by what it is given. */
static void a_part_is_a_smaller_layer(void **state)
{
    (void)state;
    for (const s2s_kernels *const *k = s2s_kernels_all(); *k; k++)
        if (strcmp((*k)->name, "onednn") != 0)
            check_kernels(*k);
    for (const s2s_kernels *const *k = s2s_kernels_all_int8(); *k; k++)
        check_kernels(*k);
    if (s2s_kernels_bf16())
        check_kernels(s2s_kernels_bf16());
}

static void a_token_that_is_not_there(void **state)
{
    static const int tokens[] = {2, 5, 9};
    s2s_real z[3];
    (void)state;
    const s2s_logits listed = {.z = z, .n = 3, .tokens = tokens}, run = {.z = z, .n = 3, .first = 4};
    for (int token = -1; token < 12; token++) {
        int place = token == 2 ? 0 : token == 5 ? 1 : token == 9 ? 2 : -1;
        assert_ptr_equal(s2s_logit_of(&listed, token), place < 0 ? NULL : &z[place]);
        assert_ptr_equal(s2s_logit_of(&run, token), token < 4 || token > 6 ? NULL : &z[token - 4]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_is_a_smaller_layer),
        cmocka_unit_test(a_token_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
