/* Every allocation of training, prediction and evaluation is refused in turn, alone and with all that follow:
 * each time the call says that memory is short, frees all it had, and leaves the run that was there as good as
 * before. */
#include "heap.h"

#include "fuzz/halfway.h"

/* Whether files reach the disk is not asked here, and waiting for it would take minutes. */
#pragma GCC visibility push(default)
int fsync(int fd)
{
    return fd < 0 ? -1 : 0;
}
#pragma GCC visibility pop

/* What is tried: prepare and check run with memory enough, before and after each try. */
typedef struct trial {
    const char *name;
    void (*prepare)(void);
    s2s_status (*run)(s2s_error *err);
    void (*check)(void);
} trial;

/* Refuses the n-th allocation; true when the trial has so many. */
static bool refuse(const trial *t, long n, bool on)
{
    s2s_error err = {0};
    if (t->prepare)
        t->prepare();
    long n_before = atomic_load(&heap.n_blocks);
    heap_fail_at(n, on);
    s2s_status status = t->run(&err);
    bool reached = atomic_load(&heap.n_calls) >= n;
    heap_fail_at(0, false);
    long n_leaked = atomic_load(&heap.n_blocks) - n_before;
    const char *which = on ? "and all after it" : "alone";
    if (n_leaked != 0)
        fail_msg("%s, allocation %ld %s refused: %ld blocks leaked", t->name, n, which, n_leaked);
    if (status != S2S_OK && (!reached || status != S2S_EXHAUSTED || !strstr(err.msg, "memory")))
        fail_msg("%s, allocation %ld %s refused: status %d: %s", t->name, n, which, status, err.msg);
    if (t->check)
        t->check();
    return reached;
}

/* The first few hundred one by one, then ever longer strides. */
static void refuse_each(const trial *t)
{
    assert_false(refuse(t, 1L << 40, false));
    for (int on = 0; on < 2; on++) {
        long n = 1;
        while (refuse(t, n, on != 0))
            n += n < 400 ? 1 : 1 + n / 60;
        assert_true(n > 20);
    }
}

/* ---- training ---- */

static s2s_status train_anew(s2s_error *err)
{
    s2s_train_options options = bench_options(&b, 2);
    options.overwrite = true;
    options.valid_metric = "error-rate,bleu,chrf,ter";
    options.keep_best = 1;
    return bench_train(&options, err);
}

static void assert_no_temporaries(void)
{
    bench_no_temporaries(b.output);
}

static void put_half_back(void)
{
    bench_put_back(b.output, &half);
}

static void assert_undamaged(void)
{
    halfway_assert_undamaged("allocations refused");
}

static void test_training(void **state)
{
    (void)state;
    refuse_each(&(trial){"training", NULL, train_anew, assert_no_temporaries});
}

static void test_resuming(void **state)
{
    (void)state;
    refuse_each(&(trial){"resuming", put_half_back, halfway_train, assert_undamaged});
}

/* A run that begins with a model, up to its first update. */
static s2s_status begin_warm(s2s_error *err)
{
    char output[96];
    snprintf(output, sizeof output, "%s/warm", b.folder);
    s2s_train_options options = bench_options(&b, 2);
    options.output = output;
    options.overwrite = true;
    options.pretrained_model = b.output;
    options.freeze = "src.*,enc.*";
    options.curriculum = 2;
    s2s_trainer *trainer;
    s2s_status status = s2s_trainer_open(&trainer, &options, NULL, NULL, err);
    if (status == S2S_OK)
        s2s_trainer_close(trainer);
    return status;
}

static void test_beginning_with_a_model(void **state)
{
    (void)state;
    refuse_each(&(trial){"beginning with a model", put_half_back, begin_warm, NULL});
}

/* ---- using the model ---- */

static s2s_status use_worker(s2s_worker *worker, s2s_error *err)
{
    static const s2s_input inputs[] = {{"a b c", 5, NULL}, {"", 0, NULL}, {"f e d c b a", 11, "a b"}};
    static const char *const targets[] = {"c b a", "", "a"};
    s2s_evaluation evaluation;
    const s2s_result *result;
    s2s_status status = s2s_predict(worker, inputs, 3, &result, err);
    if (status == S2S_OK)
        status = s2s_score(worker, inputs, targets, 3, &result, err);
    if (status == S2S_OK)
        status = s2s_evaluate(worker, b.pairs, true, &evaluation, NULL, NULL, err);
    return status;
}

static s2s_status use_model(s2s_error *err)
{
    s2s_predict_options options;
    s2s_model *model;
    s2s_worker *worker;
    s2s_predict_options_defaults(&options);
    options.beam_size = 3;
    options.n_best = 2;
    options.threads = 1;
    s2s_status status = s2s_model_open(&model, b.output, err);
    if (status != S2S_OK)
        return status;
    status = s2s_worker_new(&worker, model, &options, err);
    if (status == S2S_OK) {
        status = use_worker(worker, err);
        s2s_worker_free(worker);
    }
    s2s_model_close(model);
    return status;
}

static void test_prediction_and_evaluation(void **state)
{
    (void)state;
    refuse_each(&(trial){"using a model", NULL, use_model, NULL});
}

static s2s_status average_models(s2s_error *err)
{
    char output[96];
    snprintf(output, sizeof output, "%s/mean.s2s", b.folder);
    return s2s_average(output, (const char *const[]){b.output, b.output}, 2, err);
}

static void test_averaging(void **state)
{
    (void)state;
    refuse_each(&(trial){"averaging", put_half_back, average_models, NULL});
}

int main(void)
{
    if (!HEAP_IS_OURS)
        return heap_skip();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_training),
        cmocka_unit_test(test_resuming),
        cmocka_unit_test(test_beginning_with_a_model),
        cmocka_unit_test(test_prediction_and_evaluation),
        cmocka_unit_test(test_averaging),
    };
    return cmocka_run_group_tests(tests, halfway_set_up, halfway_tear_down);
}
