/* Prediction and scoring through the public API. */
#include <pthread.h>

#include "kernels/kernels.h"
#include "predict_bench.h"

static void check_batch_and_threads(bench *b)
{
    b->options.batch_size = 0;
    b->options.batch_tokens = 4000;
    b->options.threads = 1;
    s2s_worker *whole = bench_worker(b);
    b->options.batch_size = 1;
    s2s_worker *single = bench_worker(b);
    b->options.batch_size = 0;
    b->options.batch_tokens = 30;
    b->options.threads = 3;
    s2s_worker *team = bench_worker(b);
    bench_expect_same(b, whole, single);
    bench_expect_same(b, whole, team);
    s2s_worker_free(whole);
    s2s_worker_free(single);
    s2s_worker_free(team);
}

/* Networks of every attention, and every cell, in floats and in one of the other precisions. */
static void outputs_do_not_depend_on_batch_or_threads(void **state)
{
    (void)state;
    for (int kind = 0; kind < S2S_N_ATTENTIONS; kind++) {
        s2s_train_options options = small_options();
        options.network.attention = kind;
        options.network.enc_cell = options.network.dec_cell = kind % S2S_N_CELLS;
        options.network.dec_depth = 1 + kind % 2;
        bench b;
        bench_open(&b, &options);
        b.options.n_best = 3;
        b.options.length_penalty = 0.5;
        b.options.coverage_penalty = 0.1;
        b.options.attention = true;
        check_batch_and_threads(&b);
        s2s_precision other = kind % 2 ? S2S_PRECISION_INT8 : S2S_PRECISION_BF16;
        if (s2s_kernels_of((int)other)) {
            bench_reopen(&b, other);
            check_batch_and_threads(&b);
        }
        bench_close(&b);
    }
}

static void nbest_is_sorted_and_complete(void **state)
{
    (void)state;
    bench b;
    s2s_train_options options = small_options();
    bench_open(&b, &options);
    b.options.n_best = 5;
    b.options.attention = true;
    s2s_worker *worker = bench_worker(&b);
    const s2s_result *result = bench_predict(&b, worker, N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(s2s_result_n_hyps(result, i), 5);
        for (int h = 0; h < 5; h++) {
            const s2s_hypothesis *hyp = s2s_result_hyp(result, i, h);
            double sum = 0;
            for (int t = 0; t <= hyp->n_tokens; t++) {
                double attended = 0;
                sum += hyp->token_scores[t];
                for (int s = 0; s < hyp->n_source; s++)
                    attended += hyp->attention[t * hyp->n_source + s];
                assert_true(fabs(attended - 1) < 1e-5);
            }
            assert_true(sum == hyp->log_prob);
            assert_true(hyp->source_tokens[0][0] == b.lines[i][0] && hyp->source_tokens[0][1] == '\0');
            if (h > 0) {
                assert_true(hyp->score <= s2s_result_hyp(result, i, h - 1)->score);
                assert_string_not_equal(hyp->text, s2s_result_hyp(result, i, h - 1)->text);
            }
        }
        assert_null(s2s_result_hyp(result, i, 5));
    }
    assert_null(s2s_result_hyp(result, N, 0));
    s2s_worker_free(worker);
    bench_close(&b);
}

static void attention_is_given_to_who_asks(void **state)
{
    (void)state;
    bench b;
    s2s_train_options options = small_options();
    bench_open(&b, &options);
    assert_false(b.options.attention);
    s2s_worker *worker = bench_worker(&b);
    b.options.attention = true;
    s2s_worker *asking = bench_worker(&b);
    const s2s_result *without = bench_predict(&b, worker, N), *with = bench_predict(&b, asking, N);
    for (int i = 0; i < N; i++) {
        s2s_hypothesis copy = *s2s_result_hyp(with, i, 0);
        assert_non_null(copy.attention);
        copy.attention = NULL;
        assert_true(same_hyp(s2s_result_hyp(without, i, 0), &copy));
    }
    s2s_worker_free(worker);
    s2s_worker_free(asking);
    bench_close(&b);
}

static void blank_inputs_give_empty_outputs(void **state)
{
    (void)state;
    bench b;
    s2s_train_options options = small_options();
    bench_open(&b, &options);
    s2s_worker *worker = bench_worker(&b);
    s2s_error err = {0};
    const s2s_result *result;
    const s2s_input inputs[] = {{"", 0, NULL}, b.inputs[0], {" \t ", 3, NULL}, {"", 0, "a"}};
    must(s2s_predict(worker, inputs, 4, &result, &err), &err);
    for (int i = 0; i < 4; i++) {
        const s2s_hypothesis *hyp = s2s_result_hyp(result, i, 0);
        assert_non_null(hyp);
        if (i == 1) {
            assert_true(hyp->n_source > 0);
            continue;
        }
        assert_int_equal(s2s_result_n_hyps(result, i), 1);
        assert_string_equal(hyp->text, "");
        assert_int_equal(hyp->n_tokens, 0);
        assert_int_equal(hyp->n_source, 0);
        assert_true(hyp->score == 0 && hyp->log_prob == 0 && hyp->token_scores[0] == 0);
    }
    must(s2s_predict(worker, NULL, 0, &result, &err), &err);
    assert_int_equal(s2s_result_n_inputs(result), 0);
    s2s_worker_free(worker);
    bench_close(&b);
}

static void outputs_begin_with_their_prefix(void **state)
{
    (void)state;
    bench b;
    s2s_train_options options = small_options();
    bench_open(&b, &options);
    const char *const prefixes[] = {"a", "b c a", "zebra a", "</s> <s> c", NULL};
    for (int i = 0; i < N; i++)
        b.inputs[i].prefix = prefixes[i % 5];
    s2s_worker *worker = bench_worker(&b);
    const s2s_result *result = bench_predict(&b, worker, N);
    for (int i = 0; i < N; i++) {
        const char *prefix = prefixes[i % 5] ? prefixes[i % 5] : "";
        assert_memory_equal(s2s_result_hyp(result, i, 0)->text, prefix, strlen(prefix));
        assert_null(strstr(s2s_result_hyp(result, i, 0)->text, "<unk>"));
    }
    s2s_worker_free(worker);
    bench_close(&b);
}

/* What a search says of its output, scoring says too. */
static void scores_agree_with_search(void **state)
{
    (void)state;
    for (int kind = 0; kind < S2S_N_ATTENTIONS; kind++) {
        s2s_train_options options = small_options();
        options.network.attention = kind;
        options.network.input_feeding = kind % 2;
        bench b;
        bench_open(&b, &options);
        b.options.length_penalty = 0.7;
        s2s_worker *worker = bench_worker(&b), *scorer = bench_worker(&b);
        const s2s_result *found = bench_predict(&b, worker, N), *scored;
        const char *targets[N];
        s2s_error err = {0};
        for (int i = 0; i < N; i++)
            targets[i] = s2s_result_hyp(found, i, 0)->text;
        must(s2s_score(scorer, b.inputs, targets, N, &scored, &err), &err);
        for (int i = 0; i < N; i++) {
            const s2s_hypothesis *x = s2s_result_hyp(found, i, 0), *y = s2s_result_hyp(scored, i, 0);
            assert_int_equal(x->n_tokens, y->n_tokens);
            assert_string_equal(x->text, y->text);
            assert_true(fabs(x->log_prob - y->log_prob) < 1e-3);
            assert_true(fabs(x->score - y->score) < 1e-3);
            for (int t = 0; t <= x->n_tokens; t++)
                assert_true(fabs(x->token_scores[t] - y->token_scores[t]) < 1e-4);
        }
        s2s_worker_free(worker);
        s2s_worker_free(scorer);
        bench_close(&b);
    }
}

static void samples_depend_on_seed_and_text_alone(void **state)
{
    (void)state;
    bench b;
    s2s_train_options options = small_options();
    bench_open(&b, &options);
    b.options.sample = true;
    b.options.n_best = 8; /* more than the beam: draws are no search */
    s2s_worker *first = bench_worker(&b);
    b.options.batch_size = 3;
    s2s_worker *second = bench_worker(&b);
    b.options.seed = 2;
    s2s_worker *other = bench_worker(&b);
    const s2s_result *x = bench_predict(&b, first, N), *z = bench_predict(&b, other, N);
    s2s_input reversed[N];
    const s2s_result *y;
    s2s_error err = {0};
    for (int i = 0; i < N; i++)
        reversed[i] = b.inputs[N - 1 - i];
    must(s2s_predict(second, reversed, N, &y, &err), &err);
    int n_other = 0;
    for (int i = 0; i < N; i++) {
        assert_true(same_outputs(x, i, y, N - 1 - i));
        n_other += !same_outputs(x, i, z, i);
    }
    assert_true(n_other > N / 2);
    s2s_worker_free(first);
    s2s_worker_free(second);
    s2s_worker_free(other);
    bench_close(&b);
}

typedef struct user {
    const bench *b;
    const s2s_result *expected;
    bool equal;
} user;

static void *use_model(void *arg)
{
    user *u = arg;
    s2s_error err;
    s2s_worker *worker;
    const s2s_result *result;
    u->equal = s2s_worker_new(&worker, u->b->model, &u->b->options, &err) == S2S_OK;
    for (int round = 0; u->equal && round < 3; round++) {
        u->equal = s2s_predict(worker, u->b->inputs, N, &result, &err) == S2S_OK;
        for (int i = 0; u->equal && i < N; i++)
            u->equal = same_outputs(result, i, u->expected, i);
    }
    s2s_worker_free(worker);
    return NULL;
}

static void threads_share_a_model(void **state)
{
    (void)state;
    bench b;
    s2s_train_options options = small_options();
    bench_open(&b, &options);
    s2s_worker *worker = bench_worker(&b);
    const s2s_result *expected = bench_predict(&b, worker, N);
    pthread_t threads[4];
    user users[4];
    for (int i = 0; i < 4; i++) {
        users[i] = (user){&b, expected, false};
        assert_int_equal(pthread_create(&threads[i], NULL, use_model, &users[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_true(users[i].equal);
    }
    s2s_worker_free(worker);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_do_not_depend_on_batch_or_threads),
        cmocka_unit_test(nbest_is_sorted_and_complete),
        cmocka_unit_test(attention_is_given_to_who_asks),
        cmocka_unit_test(blank_inputs_give_empty_outputs),
        cmocka_unit_test(outputs_begin_with_their_prefix),
        cmocka_unit_test(scores_agree_with_search),
        cmocka_unit_test(samples_depend_on_seed_and_text_alone),
        cmocka_unit_test(threads_share_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
