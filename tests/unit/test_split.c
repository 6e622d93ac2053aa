/* Inputs that are longer than a model takes: predicted in parts, and joined. */
#include "predict_bench.h"

#include "text/tokeniser.h"

/* A prediction of one text. */
static const s2s_result *predict_one(s2s_worker *worker, const char *text, const char *prefix)
{
    const s2s_result *result;
    s2s_error err = {0};
    s2s_input input = {text, strlen(text), prefix};
    must(s2s_predict(worker, &input, 1, &result, &err), &err);
    return result;
}

/* What is predicted for the text is what is predicted for its parts in a row, with `space` between. */
static void check_parts(const bench *b, const char *text, const char *const *parts, int n, const char *space)
{
    s2s_worker *worker = bench_worker(b), *other = bench_worker(b);
    const s2s_result *result = predict_one(worker, text, NULL);
    const s2s_hypothesis *joined = s2s_result_hyp(result, 0, 0);
    assert_int_equal(s2s_result_n_parts(result, 0), n);
    assert_int_equal(s2s_result_n_hyps(result, 0), 1);
    char expected[4000] = "";
    double log_prob = 0, score = 0, end = 0;
    int t0 = 0, s0 = 0;
    for (int k = 0; k < n; k++) {
        const s2s_result *alone = predict_one(other, parts[k], NULL);
        const s2s_hypothesis *part = s2s_result_hyp(alone, 0, 0);
        assert_int_equal(s2s_result_n_parts(alone, 0), 1);
        strcat(strcat(expected, k > 0 && part->text[0] && expected[0] ? space : ""), part->text);
        for (int t = 0; t <= part->n_tokens; t++) {
            bool last = t == part->n_tokens;
            const float *row = joined->attention + (size_t)(t0 + t) * (size_t)joined->n_source;
            if (!last)
                assert_string_equal(joined->tokens[t0 + t], part->tokens[t]);
            assert_true(last || joined->token_scores[t0 + t] == part->token_scores[t]);
            for (int s = 0; s < joined->n_source && (!last || k == n - 1); s++)
                assert_true(
                    row[s] ==
                    (s >= s0 && s < s0 + part->n_source ? part->attention[t * part->n_source + s - s0] : 0));
        }
        for (int s = 0; s < part->n_source; s++)
            assert_string_equal(joined->source_tokens[s0 + s], part->source_tokens[s]);
        t0 += part->n_tokens;
        s0 += part->n_source;
        log_prob += part->log_prob;
        score += part->score;
        end += part->token_scores[part->n_tokens];
    }
    assert_string_equal(joined->text, expected);
    assert_int_equal(joined->n_tokens, t0);
    assert_int_equal(joined->n_source, s0);
    assert_true(fabs(joined->log_prob - log_prob) < 1e-9 && fabs(joined->score - score) < 1e-9);
    assert_true(fabs(joined->token_scores[t0] - end) < 1e-5);
    s2s_worker_free(worker);
    s2s_worker_free(other);
}

static void open_bench(bench *b, int tokens, int max_source)
{
    s2s_train_options options = small_options();
    options.src_tokens = options.tgt_tokens = tokens;
    bench_open(b, &options);
    b->options.max_source = max_source;
    b->options.attention = true;
}

static void parts_are_joined(void **state)
{
    (void)state;
    bench b;
    open_bench(&b, S2S_TOKENISE_SPACE, 5);
    check_parts(&b, "a b c d e f g", (const char *[]){"a b c d e", "f g"}, 2, " ");
    check_parts(&b, "a b c. d e f g", (const char *[]){"a b c.", "d e f g"}, 2, " ");
    check_parts(&b, " a b. c. d e f. g h i. j ", (const char *[]){"a b. c.", "d e f.", "g h i. j "}, 3, " ");
    check_parts(&b, "a b c d e", (const char *[]){"a b c d e"}, 1, " ");
    b.options.n_best = 3;
    b.options.length_penalty = 0.6;
    check_parts(&b, "a b c d e f g", (const char *[]){"a b c d e", "f g"}, 2, " ");
    b.options.sample = true;
    check_parts(&b, "a b c d e f g", (const char *[]){"a b c d e", "f g"}, 2, " ");
    bench_close(&b);
}

static void texts_of_characters_join_as_they_were_cut(void **state)
{
    (void)state;
    bench b;
    open_bench(&b, S2S_TOKENISE_CHARACTER, 5);
    check_parts(&b, "abcdefgh", (const char *[]){"abcde", "fgh"}, 2, "");
    check_parts(&b, "abc defgh", (const char *[]){"abc", "defgh"}, 2, " ");
    check_parts(&b, "ab. cdefg", (const char *[]){"ab.", "cdefg"}, 2, " ");
    check_parts(&b, "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9",
                (const char *[]){"\u00e9\u00e9\u00e9\u00e9\u00e9", "\u00e9"}, 2, "");
    b.options.max_source = 1;
    check_parts(&b, "a\u4f60", (const char *[]){"a", "\u4f60"}, 2, "");
    bench_close(&b);
}

static void others_are_not_touched(void **state)
{
    (void)state;
    bench b;
    open_bench(&b, S2S_TOKENISE_SPACE, 0);
    b.options.n_best = 2;
    s2s_worker *whole = bench_worker(&b);
    assert_int_equal(s2s_worker_max_source(whole), 200); /* the default of training */
    b.options.max_source = 7;
    b.options.batch_size = 5;
    s2s_worker *splitting = bench_worker(&b);
    assert_int_equal(s2s_worker_max_source(splitting), 7);
    const s2s_result *expected = bench_predict(&b, whole, N), *found = bench_predict(&b, splitting, N);
    int n_split = 0;
    for (int i = 0; i < N; i++) {
        int n_source = s2s_result_hyp(expected, i, 0)->n_source;
        assert_int_equal(s2s_result_n_parts(found, i), (n_source + 6) / 7);
        assert_int_equal(s2s_result_n_parts(expected, i), 1);
        if (n_source <= 7)
            assert_true(same_outputs(found, i, expected, i));
        n_split += n_source > 7;
    }
    assert_true(n_split > N / 3);
    s2s_worker_free(whole);
    s2s_worker_free(splitting);
    bench_close(&b);
}

static void the_first_part_has_the_prefix(void **state)
{
    (void)state;
    bench b;
    open_bench(&b, S2S_TOKENISE_SPACE, 4);
    s2s_worker *worker = bench_worker(&b), *other = bench_worker(&b);
    const s2s_hypothesis *joined = s2s_result_hyp(predict_one(worker, "a b c d e f", "c c a"), 0, 0);
    const s2s_hypothesis *first = s2s_result_hyp(predict_one(other, "a b c d", "c c a"), 0, 0);
    assert_memory_equal(joined->text, first->text, strlen(first->text));
    int n_tokens = first->n_tokens;
    const s2s_hypothesis *second = s2s_result_hyp(predict_one(other, "e f", NULL), 0, 0);
    assert_int_equal(joined->n_tokens, n_tokens + second->n_tokens);
    s2s_worker_free(worker);
    s2s_worker_free(other);
    bench_close(&b);
}

static void location_attention_bounds_parts(void **state)
{
    (void)state;
    bench b;
    s2s_train_options options = small_options();
    options.network.attention = S2S_ATTENTION_LOCATION;
    options.network.max_source = 5;
    bench_open(&b, &options);
    b.options.attention = true;
    for (int wanted = 0; wanted < 8; wanted += 7) {
        b.options.max_source = wanted;
        check_parts(&b, "a b c d e f g", (const char *[]){"a b c d e", "f g"}, 2, " ");
    }
    /* A pair is scored as it is, or not. */
    s2s_worker *worker = bench_worker(&b);
    const s2s_result *result;
    s2s_error err = {0};
    s2s_input input = {"a b c d e f", 11, NULL};
    assert_int_equal(s2s_score(worker, &input, (const char *[]){"a"}, 1, &result, &err), S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, "input 1: expected at most 5 source tokens"));
    s2s_worker_free(worker);
    bench_close(&b);
}

static void scores_are_of_whole_pairs(void **state)
{
    (void)state;
    bench b;
    open_bench(&b, S2S_TOKENISE_SPACE, 3);
    s2s_worker *short_parts = bench_worker(&b);
    b.options.max_source = 0;
    s2s_worker *whole = bench_worker(&b);
    const s2s_result *x, *y;
    s2s_error err = {0};
    s2s_input input = {"a b c d e f", 11, NULL};
    must(s2s_score(short_parts, &input, (const char *[]){"c a"}, 1, &x, &err), &err);
    must(s2s_score(whole, &input, (const char *[]){"c a"}, 1, &y, &err), &err);
    assert_true(same_outputs(x, 0, y, 0));
    assert_int_equal(s2s_result_n_parts(x, 0), 1);
    s2s_worker_free(short_parts);
    s2s_worker_free(whole);
    bench_close(&b);
}

/* As long as a line may be, all in one word. */
static void the_longest_line_is_split_in_time(void **state)
{
    (void)state;
    bench b;
    enum { LENGTH = 1 << 20, PART = 2000 };
    open_bench(&b, S2S_TOKENISE_CHARACTER, PART);
    b.options.attention = false;
    b.options.beam_size = 1;
    b.options.max_length = 1;
    s2s_worker *worker = bench_worker(&b);
    char *text = malloc(LENGTH + 1);
    assert_non_null(text);
    memset(text, 'a', LENGTH);
    text[LENGTH] = '\0';
    const s2s_result *result = predict_one(worker, text, NULL);
    assert_int_equal(s2s_result_n_parts(result, 0), (LENGTH + PART - 1) / PART);
    assert_int_equal(s2s_result_hyp(result, 0, 0)->n_source, LENGTH);
    free(text);
    s2s_worker_free(worker);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_joined),
        cmocka_unit_test(texts_of_characters_join_as_they_were_cut),
        cmocka_unit_test(others_are_not_touched),
        cmocka_unit_test(the_first_part_has_the_prefix),
        cmocka_unit_test(location_attention_bounds_parts),
        cmocka_unit_test(scores_are_of_whole_pairs),
        cmocka_unit_test(the_longest_line_is_split_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
