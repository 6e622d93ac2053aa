/* A model that has begun to learn gives nearly the outputs and scores of 32-bit floats in the other precisions,
 * and a decoded batch does not touch the heap in any. */
#include "heap.h"

#include "run_bench.h"

#include <math.h>

#include "kernels/kernels.h"

enum { N_SOURCES = 200, MAX_TEXT = 64 };

typedef struct task {
    bench b;
    char source[N_SOURCES][MAX_TEXT], target[N_SOURCES][MAX_TEXT];
    s2s_input inputs[N_SOURCES];
    const char *targets[N_SOURCES];
} task;

/* What a model gives for the task. */
typedef struct answers {
    char text[N_SOURCES][MAX_TEXT];
    double score[N_SOURCES]; /* of the true target, per token */
    long n_calls;            /* of the heap, for lines seen before */
} answers;

static void read_pairs(task *t)
{
    FILE *file = fopen(t->b.pairs, "r");
    assert_non_null(file);
    for (int i = 0; i < N_SOURCES; i++) {
        assert_int_equal(fscanf(file, "%63[^\t]\t%63[^\n]\n", t->source[i], t->target[i]), 2);
        t->inputs[i] = (s2s_input){.text = t->source[i], .n = strlen(t->source[i])};
        t->targets[i] = t->target[i];
    }
    fclose(file);
}

static int set_up(void **state)
{
    static task t;
    s2s_error err = {0};
    bench_open(&t.b, 1000);
    read_pairs(&t);
    s2s_train_options options = bench_options(&t.b, 100);
    options.network.dim_emb = 16;
    options.network.dim_hidden = 32;
    options.network.dropout = 0;
    options.label_smoothing = 0;
    options.ema = 0;
    options.batch_tokens = 500;
    options.accumulate = 1;
    options.valid_every = options.save_every = (s2s_duration){0, 'u'};
    bench_must(bench_train(&options, &err), &err);
    *state = &t;
    return 0;
}

static int tear_down(void **state)
{
    task *t = *state;
    bench_close(&t->b);
    return 0;
}

static void ask(s2s_worker *worker, const task *t, answers *a)
{
    s2s_error err = {0};
    const s2s_result *result;
    bench_must(s2s_predict(worker, t->inputs, N_SOURCES, &result, &err), &err);
    for (int i = 0; i < N_SOURCES; i++)
        snprintf(a->text[i], MAX_TEXT, "%s", s2s_result_hyp(result, i, 0)->text);
    bench_must(s2s_score(worker, t->inputs, t->targets, N_SOURCES, &result, &err), &err);
    for (int i = 0; i < N_SOURCES; i++) {
        const s2s_hypothesis *hyp = s2s_result_hyp(result, i, 0);
        a->score[i] = hyp->log_prob / (hyp->n_tokens + 1);
    }
}

static void answer(const task *t, s2s_precision precision, answers *a)
{
    s2s_error err = {0};
    s2s_model *model;
    s2s_worker *worker;
    s2s_predict_options options;
    s2s_predict_options_defaults(&options);
    options.threads = 2;
    bench_must(s2s_model_open_as(&model, t->b.output, precision, &err), &err);
    bench_must(s2s_worker_new(&worker, model, &options, &err), &err);
    ask(worker, t, a);
    ask(worker, t, a);
    heap_fail_at(0, false);
    ask(worker, t, a);
    a->n_calls = atomic_load(&heap.n_calls);
    s2s_worker_free(worker);
    s2s_model_close(model);
}

/* How far answers are from those of floats. */
typedef struct difference {
    int n_texts;                 /* that differ */
    double largest_score, score; /* differences: the largest, the mean */
} difference;

static difference compare(const answers *x, const answers *y)
{
    difference d = {0};
    for (int i = 0; i < N_SOURCES; i++) {
        double score = fabs(x->score[i] - y->score[i]);
        d.n_texts += strcmp(x->text[i], y->text[i]) != 0;
        d.score += score / N_SOURCES;
        d.largest_score = fmax(d.largest_score, score);
    }
    return d;
}

static void check_precision(const task *t, s2s_precision precision, double tolerance)
{
    static answers exact, found;
    answer(t, S2S_PRECISION_F32, &exact);
    answer(t, precision, &found);
    difference d = compare(&found, &exact);
    if (d.n_texts > N_SOURCES / 20)
        fail_msg("%d of %d texts differ from those of floats", d.n_texts, N_SOURCES);
    if (d.score == 0 || d.score > tolerance || d.largest_score > 10 * tolerance)
        fail_msg("scores differ by %g on average, %g at most", d.score, d.largest_score);
    if (HEAP_IS_OURS && found.n_calls != 0)
        fail_msg("%ld allocations for lines seen before", found.n_calls);
}

static void bfloat16_is_near_floats(void **state)
{
    if (!s2s_kernels_bf16())
        skip();
    check_precision(*state, S2S_PRECISION_BF16, 0.002);
}

static void int8_is_near_floats(void **state)
{
    check_precision(*state, S2S_PRECISION_INT8, 0.005);
}

static void auto_is_the_faster_one_of_floats_and_bfloat16(void **state)
{
    static answers expected, found;
    answer(*state, s2s_kernels_bf16_is_faster() ? S2S_PRECISION_BF16 : S2S_PRECISION_F32, &expected);
    answer(*state, S2S_PRECISION_AUTO, &found);
    assert_memory_equal(found.score, expected.score, sizeof found.score);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bfloat16_is_near_floats),
        cmocka_unit_test(int8_is_near_floats),
        cmocka_unit_test(auto_is_the_faster_one_of_floats_and_bfloat16),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
