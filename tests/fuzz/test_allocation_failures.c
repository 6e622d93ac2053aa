/* Little memory in training, prediction, evaluation, averaging and looking at data; a run that was there is as
 * good as before. */
#include "fuzz/refused.h"

#include "fuzz/halfway.h"
#include "fuzz/no_fsync.h"

enum { N_SINGLE = 400 }; /* of calls with thousands of allocations */

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
    refuse_each(&(refused_call){"training", NULL, train_anew, assert_no_temporaries, N_SINGLE});
}

static void test_resuming(void **state)
{
    (void)state;
    refuse_each(&(refused_call){"resuming", put_half_back, halfway_train, assert_undamaged, N_SINGLE});
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
    refuse_each(&(refused_call){"beginning with a model", put_half_back, begin_warm, NULL, N_SINGLE});
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
        status = s2s_evaluate(worker, b.pairs, &(s2s_evaluate_options){true, "bleu,chrf,ter"}, &evaluation,
                              NULL, NULL, err);
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
    options.max_source = 4; /* so that one input is split */
    options.replace_unknown = true;
    options.unknown_dictionary = b.pairs;
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
    refuse_each(&(refused_call){"using a model", NULL, use_model, NULL, N_SINGLE});
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
    refuse_each(&(refused_call){"averaging", put_half_back, average_models, NULL, N_SINGLE});
}

/* ---- looking at data ---- */

static s2s_status examine_data(s2s_error *err)
{
    char flawed[96];
    s2s_diagnosis *diagnosis;
    s2s_train_options options = bench_options(&b, 2);
    snprintf(flawed, sizeof flawed, "%s/flawed.tsv", b.folder);
    options.valid = flawed;
    options.src_text = "spaces";
    s2s_status status = s2s_doctor_examine(&diagnosis, &options, S2S_MAX_EXAMPLES, err);
    if (status != S2S_OK)
        return status;
    assert_int_equal(diagnosis->n_sides, 4);
    s2s_diagnosis_free(diagnosis);
    return S2S_OK;
}

static void test_examining_data(void **state)
{
    static const char flawed[] = "a b\tb a\nno tab\nbad \351\tb\n\tb\na b\tb a\na b\tz\nc\a\td\r\n"
                                 "e\xe2\x80\xa8\te\n";
    (void)state;
    bench_write(b.folder, "flawed.tsv", flawed, sizeof flawed - 1);
    refuse_each(&(refused_call){.name = "examining data", .run = examine_data});
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
        cmocka_unit_test(test_examining_data),
    };
    return cmocka_run_group_tests(tests, halfway_set_up, halfway_tear_down);
}
