/* Greedy and beam search against a plain search that is written to be obviously right. */
#include "search_bench.h"

enum { MAX_HYPS = 1024 };

/* ---- the same search, written to be obviously right ---- */

typedef struct plain_hyp {
    int tokens[MAX_HISTORY];
    int n;
    double log_prob, score;
    int parent, last; /* for ties */
} plain_hyp;

static double plain_score(const bench *b, int key, int source_len, const plain_hyp *h)
{
    double score = h->log_prob / pow((5.0 + h->n + 1) / 6, b->options.length_penalty);
    if (b->options.coverage_penalty == 0)
        return score;
    double sum[16] = {0};
    for (int t = 0; t <= h->n; t++) {
        float weights[16];
        fake_attention(key, h->tokens, t, source_len, weights);
        for (int s = 0; s < source_len; s++)
            sum[s] += weights[s];
    }
    for (int s = 0; s < source_len; s++)
        score += b->options.coverage_penalty * log(sum[s] < 1 ? sum[s] : 1);
    return score;
}

static int by_log_prob(const void *x, const void *y)
{
    const plain_hyp *a = x, *b = y;
    if (a->log_prob != b->log_prob)
        return a->log_prob < b->log_prob ? 1 : -1;
    return a->parent != b->parent ? a->parent - b->parent : a->last - b->last;
}

static int by_score(const void *x, const void *y)
{
    const plain_hyp *a = x, *b = y;
    return a->score == b->score ? 0 : a->score < b->score ? 1 : -1;
}

static int expand(const bench *b, int key, const plain_hyp *live, int n_live, plain_hyp *out)
{
    int n = 0;
    for (int i = 0; i < n_live; i++) {
        float log_probs[64];
        fake_log_probs(&b->fake, key, live[i].tokens, live[i].n, log_probs);
        for (int v = S2S_TOKEN_EOS; v < b->fake.vocab; v++) {
            if (live[i].n == b->options.max_length && v != S2S_TOKEN_EOS)
                continue;
            if (live[i].n < b->options.min_length && v == S2S_TOKEN_EOS)
                continue;
            out[n] = live[i];
            out[n].parent = i;
            out[n].last = v;
            out[n].log_prob += log_probs[v];
            if (v != S2S_TOKEN_EOS)
                out[n].tokens[out[n].n++] = v;
            n++;
        }
    }
    qsort(out, (size_t)n, sizeof *out, by_log_prob);
    return n;
}

/* All finished hypotheses of a beam search that only stops at the length limit, best first. */
static int plain_search(const bench *b, int key, int source_len, plain_hyp *finished)
{
    plain_hyp *live = calloc(MAX_HYPS, sizeof *live), *next = calloc(MAX_HYPS, sizeof *next);
    int n_live = 1, n_finished = 0;
    for (int step = 0; step <= b->options.max_length; step++) {
        int n = expand(b, key, live, n_live, next);
        n_live = 0;
        for (int i = 0; i < n && n_live < b->options.beam_size; i++) {
            if (next[i].last != S2S_TOKEN_EOS) {
                live[n_live++] = next[i];
                continue;
            }
            next[i].score = plain_score(b, key, source_len, &next[i]);
            finished[n_finished++] = next[i];
        }
    }
    free(live);
    free(next);
    qsort(finished, (size_t)n_finished, sizeof *finished, by_score);
    return n_finished;
}

static void check_hyp(const s2s_search_hyp *hyp, const plain_hyp *expected)
{
    assert_int_equal(hyp->n, expected->n);
    assert_memory_equal(hyp->tokens, expected->tokens, (size_t)hyp->n * sizeof(int));
    assert_true(fabs(hyp->log_prob - expected->log_prob) < 1e-12);
    assert_true(fabs(hyp->score - expected->score) < 1e-9);
}

static void check_against_plain(bench *b)
{
    plain_hyp *expected = calloc(MAX_HYPS, sizeof *expected);
    bench_find(b, keys, lens, N, NULL);
    for (int i = 0; i < N; i++) {
        int n = plain_search(b, keys[i], lens[i], expected);
        assert_int_equal(b->result[i].n_hyps, n < b->options.n_best ? n : b->options.n_best);
        for (int h = 0; h < b->result[i].n_hyps; h++) {
            check_hyp(&b->result[i].hyps[h], &expected[h]);
            check_record(b, keys[i], lens[i], &b->result[i].hyps[h]);
        }
    }
    free(expected);
}

static void greedy_takes_the_most_likely_token(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 7, 1);
    b.options.max_length = 30;
    b.options.length_penalty = 2; /* does not matter to greedy search */
    bench_find(&b, keys, lens, N, NULL);
    for (int i = 0; i < N; i++) {
        const s2s_search_hyp *hyp = &b.result[i].hyps[0];
        assert_int_equal(b.result[i].n_hyps, 1);
        for (int t = 0; t <= hyp->n && t < 30; t++) {
            float log_probs[7];
            fake_log_probs(&b.fake, keys[i], hyp->tokens, t, log_probs);
            int best = S2S_TOKEN_EOS;
            for (int v = A; v < 7; v++)
                best = log_probs[v] > log_probs[best] ? v : best;
            assert_int_equal(t < hyp->n ? hyp->tokens[t] : S2S_TOKEN_EOS, best);
        }
        check_record(&b, keys[i], lens[i], hyp);
    }
    bench_close(&b);
}

/* A beam as wide as the tree finds the best of all outputs. */
static void wide_beam_equals_enumeration(void **state)
{
    (void)state;
    static const double alphas[] = {0, 0.6, 1.5};
    bench b;
    bench_open(&b, 6, 1);
    b.options.beam_size = 81;
    b.options.n_best = 81;
    for (int a = 0; a < 3; a++) {
        b.options.length_penalty = alphas[a];
        check_against_plain(&b);
        b.options.n_best = 5;
        check_against_plain(&b);
        b.options.n_best = 81;
    }
    bench_close(&b);
}

/* Stopping early and dropping hopeless rows change nothing. */
static void narrow_beam_equals_plain_search(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 8, 1);
    b.options.max_length = 12;
    for (int beam = 2; beam <= 6; beam++) {
        b.options.beam_size = beam;
        for (int n_best = 1; n_best <= beam; n_best += beam - 1) {
            b.options.n_best = n_best;
            b.options.length_penalty = 0.3 * (beam % 3);
            b.options.coverage_penalty = beam == 4 ? 0.5 : 0;
            check_against_plain(&b);
        }
    }
    bench_close(&b);
}

static void minimum_and_maximum_length_hold(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 6, 1);
    b.fake.end_bias = 6;
    b.options.beam_size = 3;
    b.options.n_best = 3;
    b.options.min_length = 3;
    check_against_plain(&b);
    for (int i = 0; i < N; i++)
        for (int h = 0; h < b.result[i].n_hyps; h++)
            assert_in_range(b.result[i].hyps[h].n, 3, 4);
    b.fake.end_bias = -50;
    b.options.min_length = 0;
    b.options.max_length = 0;
    b.options.max_length_factor = 1.5;
    bench_find(&b, keys, lens, N, NULL);
    for (int i = 0; i < N; i++)
        assert_int_equal(b.result[i].hyps[0].n, (int)ceil(1.5 * lens[i]) + 10);
    bench_close(&b);
}

static void finished_rows_are_removed(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 6, 1);
    b.fake.quick_key = keys[1];
    b.fake.end_bias = -50;
    b.options.beam_size = 3;
    bench_find(&b, keys, lens, N, NULL);
    assert_int_equal(b.result[1].hyps[0].n, 0);
    assert_int_equal(b.fake.n_rows[0], N); /* one row per sentence at first */
    for (int step = 1; step < b.fake.n_steps; step++)
        assert_int_equal(b.fake.n_rows[step], 3 * (N - 1));
    assert_int_equal(b.fake.n_steps, 5);
    bench_close(&b);
}

static void memory_does_not_grow(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 6, 1);
    b.fake.end_bias = -50;
    b.options.beam_size = 4;
    b.options.max_length = 10;
    bench_find(&b, keys, lens, N, NULL);
    size_t graph_bytes = s2s_arena_bytes(b.graph.step);
    b.options.max_length = 200;
    bench_find(&b, keys, lens, N, NULL);
    assert_int_equal(s2s_arena_bytes(b.graph.step), graph_bytes);
    bench_find(&b, keys, lens, N, NULL);
    size_t search_bytes = s2s_arena_bytes(b.searcher->arena);
    for (int i = 0; i < 3; i++) {
        bench_find(&b, keys, lens, N, NULL);
        assert_int_equal(s2s_arena_bytes(b.searcher->arena), search_bytes);
    }
    bench_close(&b);
}

/* Attention is kept where it is asked for or counted, and scores are the same with and without. */
static void attention_costs_nothing_unasked(void **state)
{
    (void)state;
    enum { LONG = 2000, STEPS = 100, BEAM = 4 };
    const int key = 3, len = LONG;
    bench b;
    bench_open(&b, 6, 1);
    b.fake.end_bias = -50;
    b.options.beam_size = BEAM;
    b.options.max_length = STEPS;
    b.options.attention = false;
    bench_find(&b, &key, &len, 1, NULL);
    assert_null(b.result[0].hyps[0].attention);
    double score = b.result[0].hyps[0].score;
    size_t weights_bytes = (size_t)LONG * STEPS * BEAM * sizeof(s2s_real);
    assert_true(s2s_arena_bytes(b.searcher->arena) < weights_bytes / 10);
    b.options.attention = true;
    bench_find(&b, &key, &len, 1, NULL);
    assert_non_null(b.result[0].hyps[0].attention);
    assert_true(b.result[0].hyps[0].score == score);
    bench_close(&b);
}

static void coverage_is_counted_unasked(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 6, 1);
    b.options.coverage_penalty = 1;
    bench_find(&b, keys, lens, N, NULL);
    double scores[N];
    for (int i = 0; i < N; i++)
        scores[i] = b.result[i].hyps[0].score;
    b.options.attention = false;
    bench_find(&b, keys, lens, N, NULL);
    int n_penalised = 0;
    for (int i = 0; i < N; i++) {
        assert_null(b.result[i].hyps[0].attention);
        assert_true(b.result[i].hyps[0].score == scores[i]);
        n_penalised += b.result[i].hyps[0].score < b.result[i].hyps[0].log_prob;
    }
    assert_true(n_penalised > 0);
    bench_close(&b);
}

static void network_without_attention_gives_none(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 6, 1);
    b.fake.attention = false;
    b.options.coverage_penalty = 1;
    bench_find(&b, keys, lens, N, NULL);
    for (int i = 0; i < N; i++) {
        assert_null(b.result[i].hyps[0].attention);
        assert_true(b.result[i].hyps[0].score == b.result[i].hyps[0].log_prob);
    }
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greedy_takes_the_most_likely_token),
        cmocka_unit_test(wide_beam_equals_enumeration),
        cmocka_unit_test(narrow_beam_equals_plain_search),
        cmocka_unit_test(minimum_and_maximum_length_hold),
        cmocka_unit_test(finished_rows_are_removed),
        cmocka_unit_test(memory_does_not_grow),
        cmocka_unit_test(attention_costs_nothing_unasked),
        cmocka_unit_test(coverage_is_counted_unasked),
        cmocka_unit_test(network_without_attention_gives_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
