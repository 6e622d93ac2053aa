/* A run whose numbers are no longer finite ends by itself, says where, and leaves what was good. */
#include "task/watched_run.h"

#include <math.h>

#include "train/dataset.h"
#include "train/learner.h"

static void test_divergence_is_named(void **state)
{
    char output[96];
    s2s_train_options options = small_options(*state, output, "diverged");
    s2s_dataset dataset;
    s2s_learner learner;
    s2s_logger silent = {0};
    s2s_error err = {0};
    assert_int_equal(s2s_dataset_open(&dataset, &options, &silent, &err), S2S_OK);
    assert_int_equal(s2s_learner_open(&learner, &options, s2s_vocab_size(dataset.source_vocab),
                                      s2s_vocab_size(dataset.target_vocab), &err),
                     S2S_OK);
    s2s_learner_begin(&learner, &options);
    s2s_progress progress = {.update = 7, .saved_update = 6};
    progress.n_pairs = (int64_t)s2s_reader_n_pairs(dataset.train_reader);
    s2s_update update;
    s2s_param *last = learner.params.items[learner.params.n - 1];
    last->t.data[0] = NAN;
    s2s_params_changed(&learner.params);
    s2s_real kept = learner.params.data[0];
    assert_int_equal(s2s_learner_check(&learner, &progress, &err), S2S_DIVERGED);
    assert_int_equal(s2s_learner_update(&learner, &options, dataset.train_batches, &progress, &update, &err),
                     S2S_DIVERGED);
    if (!strstr(err.msg, "update 8") || !strstr(err.msg, last->name) ||
        !strstr(err.msg, "checkpoint is at update 6"))
        fail_msg("unexpected message: %s", err.msg);
    assert_true(learner.params.data[0] == kept);
    last->t.data[0] = 0;
    assert_int_equal(s2s_learner_check(&learner, &progress, &err), S2S_OK);
    learner.optimiser.moments[1][3] = INFINITY;
    assert_int_equal(s2s_learner_check(&learner, &progress, &err), S2S_DIVERGED);
    assert_non_null(strstr(err.msg, "second moment"));
    s2s_learner_close(&learner);
    s2s_dataset_close(&dataset);
}

/* A weight decay of 1 at a learning rate of 10 multiplies every parameter by about -9 in each update. */
static s2s_train_options exploding_options(const bench *b, char output[96], const char *name)
{
    s2s_train_options options = small_options(b, output, name);
    options.optimizer = S2S_OPTIMISER_SGD;
    options.schedule = S2S_SCHEDULE_CONSTANT;
    options.learn_rate = 10;
    options.weight_decay = 1;
    options.momentum = options.clip_norm = options.warmup = 0;
    options.after.amount = 300;
    return options;
}

/* The first validation has a finite loss, of which exp is not. */
static void test_an_infinite_metric_is_divergence(void **state)
{
    char output[96];
    s2s_train_options options = exploding_options(*state, output, "perplexed");
    options.ema = 0;
    options.valid_metric = "perplexity";
    options.valid_every.amount = 6;
    watch w = {.stop_at = NEVER, .kill_at = NEVER};
    s2s_error err = {0};
    s2s_status status = run(&options, &w, &err);
    if (status != S2S_DIVERGED ||
        !strstr(err.msg, "update 6: the validation perplexity is not finite (loss ") ||
        strstr(err.msg, "loss inf") || !strstr(err.msg, "checkpoint is at update 3"))
        fail_msg("expected a perplexity that is not finite, found status %d: %s", status, err.msg);
}

static void test_divergence_leaves_the_run_as_it_was(void **state)
{
    char output[96];
    s2s_train_options options = exploding_options(*state, output, "exploded");
    watch w = {.stop_at = NEVER, .kill_at = NEVER};
    for (int again = 0; again < 2; again++) {
        s2s_error err = {0};
        s2s_model *model;
        assert_int_equal(run(&options, &w, &err), S2S_DIVERGED);
        assert_int_equal(w.resumed, again);
        if (strncmp(err.msg, "update ", 7) != 0 || !strstr(err.msg, " is not finite") ||
            !strstr(err.msg, "the last good checkpoint is at update "))
            fail_msg("unexpected message: %s", err.msg);
        assert_int_equal(s2s_model_open(&model, output, &err), S2S_OK);
        s2s_model_close(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_divergence_is_named),
        cmocka_unit_test(test_an_infinite_metric_is_divergence),
        cmocka_unit_test(test_divergence_leaves_the_run_as_it_was),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
