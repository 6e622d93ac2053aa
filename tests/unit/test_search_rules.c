/* Sampling, and the rules that every search keeps: prefix, n-grams, independence of the batch. */
#include "search_bench.h"

static bool repeats(const s2s_search_hyp *hyp, int n)
{
    for (int i = 0; i + n <= hyp->n; i++)
        for (int j = i + 1; j + n <= hyp->n; j++)
            if (memcmp(hyp->tokens + i, hyp->tokens + j, (size_t)n * sizeof(int)) == 0)
                return true;
    return false;
}

static void no_ngram_is_repeated(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 6, 1);
    b.fake.end_bias = -4;
    b.options.max_length = 40;
    b.options.beam_size = 4;
    b.options.n_best = 4;
    for (int n = 0; n <= 3; n++) {
        b.options.no_repeat_ngram = n;
        for (int sample = 0; sample < 2; sample++) {
            b.options.sample = sample;
            bench_find(&b, keys, lens, N, NULL);
            bool any = false;
            for (int i = 0; i < N; i++)
                for (int h = 0; h < b.result[i].n_hyps; h++)
                    any |= repeats(&b.result[i].hyps[h], n ? n : 3);
            assert_int_equal(any, n == 0);
        }
    }
    b.options.sample = false;
    b.options.no_repeat_ngram = 1;
    b.options.min_length = 20; /* cannot be: three tokens can be said, then everything is banned */
    bench_find(&b, keys, lens, N, NULL);
    for (int i = 0; i < N; i++)
        assert_int_equal(b.result[i].hyps[0].n, 3);
    bench_close(&b);
}

/* The rules see the vocabulary in pieces. */
static void rules_hold_in_every_piece(void **state)
{
    enum { FIRST = 512, LEN = 40, LISTED = 4 };
    const s2s_predict_options options = {.min_length = 5, .no_repeat_ngram = 1};
    int none[] = {0}, said[] = {FIRST + 7}, said_last[] = {FIRST + LEN};
    s2s_layer start = {.parent = none, .token = none};
    s2s_layer middle = {.prev = &start, .step = 1, .parent = none, .token = said};
    s2s_layer layer = {.prev = &middle, .step = 2, .parent = none, .token = said_last};
    const s2s_searcher searcher = {.options = &options, .layer = &layer};
    static const int listed[LISTED] = {S2S_TOKEN_EOS, FIRST + 6, FIRST + 7, FIRST + 9};
    s2s_real z[LEN] = {0}, first[LEN] = {0}, of_list[LISTED] = {0};
    (void)state;
    s2s_filter_ban(&searcher, 0, &(s2s_logits){.z = z, .n = LEN, .first = FIRST});
    s2s_filter_ban(&searcher, 0, &(s2s_logits){.z = first, .n = LEN});
    s2s_filter_ban(&searcher, 0, &(s2s_logits){.z = of_list, .n = LISTED, .tokens = listed});
    for (int i = 0; i < LISTED; i++)
        assert_true(of_list[i] == (i == 0 || i == 2 ? -INFINITY : 0));
    for (int i = 0; i < LEN; i++) {
        bool special = i == S2S_TOKEN_UNK || i == S2S_TOKEN_BOS || i == S2S_TOKEN_EOS;
        assert_true(z[i] == (i == 7 ? -INFINITY : 0));
        assert_true(first[i] == (special ? -INFINITY : 0));
    }
}

/* Shares of first tokens among many draws, against the distribution that they should come from. */
static void check_shares(bench *b, const double *expected)
{
    int count[8] = {0}, total = 0;
    const int one_key[] = {3}, one_len[] = {2};
    bench_find(b, one_key, one_len, 1, NULL);
    assert_int_equal(b->result[0].n_hyps, b->options.n_best);
    for (int h = 0; h < b->result[0].n_hyps; h++, total++) {
        const s2s_search_hyp *hyp = &b->result[0].hyps[h];
        count[hyp->n > 0 ? hyp->tokens[0] : S2S_TOKEN_EOS]++;
        if (h > 0)
            assert_true(hyp->score <= b->result[0].hyps[h - 1].score);
    }
    for (int v = 0; v < 8; v++) {
        double deviation = sqrt(expected[v] * (1 - expected[v]) / total);
        if (!(fabs(count[v] / (double)total - expected[v]) <= 4 * deviation))
            fail_msg("token %d: expected a share of %g, found %g", v, expected[v], count[v] / (double)total);
    }
}

static void samples_follow_the_distribution(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 8, 1);
    b.options.sample = true;
    b.options.n_best = 4000;
    b.options.max_length = 1;
    const struct {
        double temperature, top_p;
        int top_k;
    } cases[] = {{1, 1, 0},   {2, 1, 0}, {0.5, 1, 3}, {1, 0.7, 0},
                 {1, 0.7, 3}, {1, 1, 1}, {1, 0, 0},   {1, 1, 100}};
    float log_probs[8];
    fake_log_probs(&b.fake, 3, NULL, 0, log_probs);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        b.options.temperature = cases[i].temperature;
        b.options.top_p = cases[i].top_p;
        b.options.top_k = cases[i].top_k;
        int order[6] = {2, 3, 4, 5, 6, 7};
        for (int j = 0; j < 6; j++)
            for (int k = j + 1; k < 6; k++)
                if (log_probs[order[k]] > log_probs[order[j]]) {
                    int swap = order[j];
                    order[j] = order[k];
                    order[k] = swap;
                }
        double p[8] = {0}, sum = 0, kept = 0;
        int n = cases[i].top_k > 0 && cases[i].top_k < 6 ? cases[i].top_k : 6, n_kept = 0;
        for (int j = 0; j < n; j++)
            sum += p[order[j]] = exp(log_probs[order[j]] / cases[i].temperature);
        while (n_kept < n && (n_kept == 0 || kept < cases[i].top_p * sum * (1 - 1e-12)))
            kept += p[order[n_kept++]];
        for (int j = 0; j < 6; j++)
            p[order[j]] = j < n_kept ? p[order[j]] / kept : 0;
        check_shares(&b, p);
    }
    bench_close(&b);
}

static bool same(const s2s_search_result *x, const s2s_search_result *y)
{
    if (x->n_hyps != y->n_hyps)
        return false;
    for (int h = 0; h < x->n_hyps; h++) {
        const s2s_search_hyp *a = &x->hyps[h], *b = &y->hyps[h];
        if (a->n != b->n || a->score != b->score || a->log_prob != b->log_prob ||
            memcmp(a->tokens, b->tokens, (size_t)a->n * sizeof(int)) != 0)
            return false;
    }
    return true;
}

/* Alone or together, with one thread or three: the same outputs. */
static void outputs_do_not_depend_on_batch_or_threads(void **state)
{
    (void)state;
    bench one, three;
    bench_open(&one, 2000, 1);
    bench_open(&three, 2000, 3);
    for (int sample = 0; sample < 2; sample++) {
        one.options.sample = sample;
        one.options.beam_size = one.options.n_best = 4;
        one.options.top_k = 50;
        three.options = one.options;
        bench_find(&three, keys, lens, N, NULL);
        for (int i = 0; i < N; i++) {
            bench_find(&one, keys + i, lens + i, 1, NULL);
            assert_true(same(&one.result[0], &three.result[i]));
        }
    }
    bench_close(&one);
    bench_close(&three);
}

static void prefix_is_forced_and_counted(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 6, 1);
    b.options.beam_size = 3;
    b.options.n_best = 2;
    b.options.max_length = 6;
    const int first[] = {C, S2S_TOKEN_UNK, A}, long_one[] = {A, B, C, A, B, C, A, B};
    const s2s_tokens prefix[N] = {{first, 3}, {NULL, 0}, {first, 1}, {long_one, 8}, {first, 2}};
    bench_find(&b, keys, lens, N, prefix);
    for (int i = 0; i < N; i++) {
        for (int h = 0; h < b.result[i].n_hyps; h++) {
            const s2s_search_hyp *hyp = &b.result[i].hyps[h];
            assert_true(hyp->n >= prefix[i].n);
            for (int t = 0; t < hyp->n; t++) {
                if (t < prefix[i].n)
                    assert_int_equal(hyp->tokens[t], prefix[i].ids[t]);
                else
                    assert_true(hyp->tokens[t] >= A);
            }
            check_record(&b, keys[i], lens[i], hyp);
        }
    }
    assert_int_equal(b.result[3].hyps[0].n, 8); /* the prefix outranks max_length */
    bench_close(&b);
}

static void broken_network_is_an_error(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 6, 1);
    b.fake.broken = true;
    for (int sample = 0; sample < 2; sample++) {
        s2s_error err;
        b.options.sample = sample;
        assert_int_equal(bench_search(&b, keys, lens, N, NULL, &err), S2S_BAD_MODEL);
        assert_non_null(strstr(err.msg, "finite"));
    }
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_ngram_is_repeated),
        cmocka_unit_test(rules_hold_in_every_piece),
        cmocka_unit_test(samples_follow_the_distribution),
        cmocka_unit_test(outputs_do_not_depend_on_batch_or_threads),
        cmocka_unit_test(prefix_is_forced_and_counted),
        cmocka_unit_test(broken_network_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
