/* Guided alignment: attention that is told where words come from looks there more often than attention that
 * is not. */
#include "run_bench.h"

enum { N_TEXTS = 100 };

/* The sources of the first pairs. */
static void read_texts(const bench *b, char texts[N_TEXTS][64], s2s_input *inputs)
{
    FILE *file = fopen(b->pairs, "r");
    assert_non_null(file);
    for (int i = 0; i < N_TEXTS; i++) {
        assert_non_null(fgets(texts[i], sizeof texts[i], file));
        inputs[i] = (s2s_input){texts[i], strcspn(texts[i], "\t"), NULL};
    }
    fclose(file);
}

/* Counts the output tokens, and those whose attention is most of all on the token that they should copy. */
static void count_right(const s2s_hypothesis *hyp, int *n_right, int *n)
{
    for (int t = 0; t < hyp->n_tokens && t < hyp->n_source; t++, ++*n) {
        const float *weights = hyp->attention + (ptrdiff_t)t * hyp->n_source;
        int expected = hyp->n_source - 1 - t;
        bool right = true;
        for (int s = 0; s < hyp->n_source; s++)
            right &= s == expected || weights[s] < weights[expected];
        *n_right += right;
    }
}

/* Share of the right ones. */
static double agreement(const bench *b)
{
    char texts[N_TEXTS][64];
    s2s_input inputs[N_TEXTS];
    s2s_predict_options options;
    s2s_error err = {0};
    s2s_model *model;
    s2s_worker *worker;
    const s2s_result *result;
    int n_right = 0, n = 0;
    read_texts(b, texts, inputs);
    s2s_predict_options_defaults(&options);
    options.attention = true;
    options.threads = 1;
    bench_must(s2s_model_open(&model, b->output, &err), &err);
    bench_must(s2s_worker_new(&worker, model, &options, &err), &err);
    bench_must(s2s_predict(worker, inputs, N_TEXTS, &result, &err), &err);
    for (int i = 0; i < N_TEXTS; i++)
        count_right(s2s_result_hyp(result, i, 0), &n_right, &n);
    s2s_worker_free(worker);
    s2s_model_close(model);
    assert_true(n > 0);
    return (double)n_right / n;
}

static double agreement_after_training(const bench *b, s2s_attention_kind attention, const char *alignment)
{
    s2s_train_options options = bench_options(b, 80);
    s2s_error err = {0};
    options.overwrite = true;
    options.network.dim_emb = 16;
    options.network.dim_hidden = 32;
    options.network.attention = (int)attention;
    options.network.heads = 2;
    options.network.dropout = 0;
    options.ema = 0;
    options.accumulate = 1;
    options.batch_tokens = 200;
    options.valid_metric = "loss";
    options.valid_every = options.save_every = (s2s_duration){0, 'u'};
    options.guided_alignment = alignment;
    options.guided_alignment_weight = 1;
    bench_must(bench_train(&options, &err), &err);
    return agreement(b);
}

static void attention_follows_the_alignment(void **state)
{
    const bench *b = *state;
    static const s2s_attention_kind kinds[] = {S2S_ATTENTION_GENERAL, S2S_ATTENTION_ADDITIVE,
                                               S2S_ATTENTION_MULTIHEAD};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        double without = agreement_after_training(b, kinds[i], NULL);
        double with = agreement_after_training(b, kinds[i], b->links);
        if (!(with > without + 0.1))
            fail_msg("attention %d: expected more agreement with the alignment, found %.2f without it and %.2f "
                     "with it",
                     (int)kinds[i], without, with);
    }
}

static int set_up(void **state)
{
    static bench b;
    bench_open(&b, 600);
    *state = &b;
    return 0;
}

static int tear_down(void **state)
{
    bench_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(attention_follows_the_alignment)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
