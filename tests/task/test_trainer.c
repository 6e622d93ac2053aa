/* Training as a whole: a run that is killed and resumed, at any number of threads, gives the same bits as one
 * that never stopped. */
#include "task/watched_run.h"

#include <sys/wait.h>

#include "io/safetensors.h"
#include "kernels/kernels.h"

/* ---- running ---- */

/* A process that dies at the first event of that update. */
static void run_killed(const s2s_train_options *options, int64_t kill_at)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        watch w = {.stop_at = NEVER, .kill_at = kill_at};
        (void)run(options, &w, NULL);
        _exit(1);
    }
    int found;
    assert_int_equal(waitpid(child, &found, 0), child);
    assert_true(WIFEXITED(found) && WEXITSTATUS(found) == 0);
}

/* ---- comparing ---- */

static void assert_same_file(const char *a, const char *b, const char *name)
{
    char *paths[2] = {s2s_path_join(a, name), s2s_path_join(b, name)};
    s2s_map maps[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(s2s_map_open(&maps[i], paths[i], NULL), S2S_OK);
    if (maps[0].size != maps[1].size || memcmp(maps[0].data, maps[1].data, maps[0].size) != 0)
        fail_msg("%s and %s differ", paths[0], paths[1]);
    for (int i = 0; i < 2; i++) {
        s2s_map_close(&maps[i]);
        free(paths[i]);
    }
}

/* All tensors of both checkpoints; their texts hold times and folders. */
static void assert_same_tensors(const char *a, const char *b)
{
    char *paths[2] = {s2s_path_join(a, "last.ckpt"), s2s_path_join(b, "last.ckpt")};
    s2s_safetensors *files[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(s2s_safetensors_open(&files[i], paths[i], NULL), S2S_OK);
    assert_int_equal(s2s_safetensors_n(files[0]), 4);
    assert_int_equal(s2s_safetensors_n(files[1]), 4);
    for (int i = 0; i < 4; i++) {
        const s2s_stored_tensor *tensor = s2s_safetensors_at(files[0], i);
        const s2s_stored_tensor *other = s2s_safetensors_find(files[1], tensor->name);
        assert_non_null(other);
        assert_int_equal(tensor->bytes, other->bytes);
        if (memcmp(tensor->data, other->data, tensor->bytes) != 0)
            fail_msg("%s of %s and %s differ", tensor->name, paths[0], paths[1]);
    }
    for (int i = 0; i < 2; i++) {
        s2s_safetensors_close(files[i]);
        free(paths[i]);
    }
}

/* ---- tests ---- */

static void check_resuming(const bench *b, s2s_precision precision)
{
    char whole[96], parts[96];
    s2s_train_options options = small_options(b, whole, "whole");
    options.precision = precision;
    options.overwrite = true;
    watch w = run_well(&options, S2S_OK, NEVER);
    assert_string_equal(w.reason, "update limit");
    assert_int_equal(w.last_update, 40);
    assert_int_equal(w.n_valid, 6); /* 7, 14, ..., 35 and the end */
    assert_true(w.n_best > 0);

    options.output = small_options(b, parts, "parts").output;
    run_killed(&options, 2); /* before any checkpoint but the first */
    options.overwrite = false;
    run_killed(&options, 8);
    options.threads = 3;
    run_killed(&options, 23);
    w = run_well(&options, S2S_STOPPED, 31);
    assert_true(w.resumed);
    options.threads = 2;
    w = run_well(&options, S2S_OK, NEVER);
    assert_true(w.resumed);
    assert_int_equal(w.last_update, 40);
    assert_same_file(whole, parts, "model.s2s");
    assert_same_tensors(whole, parts);

    assert_int_equal(count_lines(whole, "metrics.jsonl", "\"event\":\"progress\""), 40);
    assert_int_equal(count_lines(parts, "metrics.jsonl", "\"event\":\"progress\""), 40);
    assert_int_equal(count_lines(parts, "metrics.jsonl", "\"event\":\"valid\""), 6);
    assert_int_equal(count_lines(parts, "metrics.jsonl", "\"event\":\"end\""), 1);
}

/* What validations measured; the texts hold times before that. */
static void assert_same_validations(const char *a, const char *b)
{
    const char *folders[2] = {a, b};
    char lines[2][1024];
    FILE *files[2];
    for (int i = 0; i < 2; i++) {
        char *path = s2s_path_join(folders[i], "metrics.jsonl");
        files[i] = fopen(path, "r");
        assert_non_null(files[i]);
        free(path);
    }
    for (bool more = true; more;) {
        const char *measured[2] = {"", ""};
        for (int i = 0; i < 2; i++) {
            while ((more = fgets(lines[i], sizeof lines[i], files[i]) != NULL) &&
                   !strstr(lines[i], "\"event\":\"valid\""))
                continue;
            if (more)
                measured[i] = strstr(lines[i], "\"loss\":");
        }
        assert_string_equal(measured[0], measured[1]);
    }
    for (int i = 0; i < 2; i++)
        fclose(files[i]);
}

/* Kept models, all of which are in both runs and the same. */
static int count_kept(const char *a, const char *b)
{
    char *folders[2] = {s2s_path_join(a, "best"), s2s_path_join(b, "best")};
    int n[2] = {0};
    for (int i = 0; i < 2; i++) {
        DIR *folder = opendir(folders[i]);
        assert_non_null(folder);
        for (const struct dirent *entry; (entry = readdir(folder));) {
            if (*entry->d_name == '.')
                continue;
            assert_same_file(folders[0], folders[1], entry->d_name);
            n[i]++;
        }
        closedir(folder);
    }
    assert_int_equal(n[0], n[1]);
    for (int i = 0; i < 2; i++)
        free(folders[i]);
    return n[0];
}

static void test_several_metrics_and_kept_models_resume(void **state)
{
    char whole[96], parts[96];
    s2s_train_options options = small_options(*state, whole, "whole");
    options.valid_metric = "loss,bleu,error-rate,ter,chrf";
    options.early_stopping = 100;
    options.early_stopping_on = S2S_EARLY_STOPPING_ON_ALL;
    options.keep_best = 2;
    options.keep_last = 1;
    options.after.amount = 20;
    options.valid_every = (s2s_duration){2, 'u'};
    options.disp_every = 0; /* the first event of an update is that of its validation */
    options.overwrite = true;
    run_well(&options, S2S_OK, NEVER);
    assert_int_equal(count_kept(whole, whole), 2);

    (void)small_options(*state, parts, "parts");
    options.output = parts;
    run_killed(&options, 4);
    options.overwrite = false;
    run_killed(&options, 8); /* its model is written, the checkpoint still keeps those before it */
    assert_int_equal(count_kept(parts, parts), 3);
    run_killed(&options, 14);
    run_well(&options, S2S_STOPPED, 16);
    run_well(&options, S2S_OK, NEVER);
    assert_int_equal(count_kept(whole, parts), 2);
    assert_same_file(whole, parts, "model.s2s");
    assert_same_validations(whole, parts);
    assert_int_equal(count_lines(parts, "metrics.jsonl", "\"bleu\":null"), 0);

    options.overwrite = true;
    options.keep_best = 0;
    options.keep_last = 0;
    run_well(&options, S2S_OK, NEVER);
    assert_same_file(whole, parts, "model.s2s"); /* which does not tell what else was kept */
    char *best = s2s_path_join(parts, "best");
    assert_false(s2s_is_folder(best));
    free(best);
}

static void test_resuming_equals_not_stopping(void **state)
{
    check_resuming(*state, S2S_PRECISION_F32);
}

static void test_resuming_in_bf16(void **state)
{
    if (!s2s_kernels_bf16())
        skip();
    check_resuming(*state, S2S_PRECISION_BF16);
}

static void test_resuming_in_int8(void **state)
{
    check_resuming(*state, S2S_PRECISION_INT8);
}

static void test_every_optimiser_and_schedule_resumes(void **state)
{
    for (int i = 0; i < S2S_N_OPTIMISERS; i++) {
        char whole[96], parts[96];
        s2s_train_options options = small_options(*state, whole, "whole");
        options.optimizer = i;
        options.schedule = i % S2S_N_SCHEDULES;
        options.after.amount = 12;
        options.overwrite = true;
        options.valid_metric = s2s_valid_metric_name((s2s_valid_metric)i);
        options.ema = 0.9;
        run_well(&options, S2S_OK, NEVER);
        (void)small_options(*state, parts, "parts");
        options.output = parts;
        run_well(&options, S2S_STOPPED, 5);
        options.overwrite = false;
        run_well(&options, S2S_OK, NEVER);
        assert_same_file(whole, parts, "model.s2s");
    }
}

static void test_finished_run(void **state)
{
    char output[96];
    s2s_train_options options = small_options(*state, output, "finished");
    options.after.amount = 9;
    run_well(&options, S2S_OK, NEVER);
    int n_lines = count_lines(output, "metrics.jsonl", "\"progress\"");
    watch w = run_well(&options, S2S_OK, NEVER);
    assert_string_equal(w.reason, "update limit");
    assert_int_equal(w.last_update, 9);
    assert_int_equal(w.n_valid, 0);
    assert_int_equal(count_lines(output, "metrics.jsonl", "\"progress\""), n_lines);
    options.after.amount = 12;
    w = run_well(&options, S2S_OK, NEVER);
    assert_int_equal(w.last_update, 12);
    assert_int_equal(count_lines(output, "config.yaml", "after: 12u"), 1);
    assert_int_equal(count_lines(output, "config.yaml", "overwrite"), 0);
}

static void test_stopping_before_a_validation_leaves_a_model(void **state)
{
    char whole[96], parts[96];
    s2s_error err = {0};
    s2s_model *model;
    s2s_model_info info;
    s2s_train_options options = small_options(*state, whole, "whole");
    options.overwrite = true;
    options.after.amount = 9;
    run_well(&options, S2S_OK, NEVER);
    (void)small_options(*state, parts, "soon");
    options.output = parts;
    options.overwrite = false;
    run_well(&options, S2S_STOPPED, 3);
    bench_must(s2s_model_open(&model, parts, &err), &err);
    s2s_model_describe(model, &info);
    assert_non_null(strstr(info.history_json, "\"update\":3,"));
    assert_non_null(strstr(info.history_json, "\"value\":null"));
    s2s_model_close(model);
    run_well(&options, S2S_OK, NEVER);
    assert_same_file(whole, parts, "model.s2s");
    assert_same_tensors(whole, parts);
}

/* The same trainer goes on after it was stopped. */
static void test_a_stopped_trainer_runs_again(void **state)
{
    char whole[96], parts[96];
    s2s_error err = {0};
    s2s_train_options options = small_options(*state, whole, "unstopped");
    options.after.amount = 12;
    run_well(&options, S2S_OK, NEVER);
    options.output = small_options(*state, parts, "stopped").output;
    watch w = {.stop_at = 5, .kill_at = NEVER};
    bench_must(s2s_trainer_open(&w.trainer, &options, NULL, NULL, &err), &err);
    assert_int_equal(s2s_trainer_run(w.trainer, on_event, &w, &err), S2S_STOPPED);
    w.stop_at = NEVER;
    bench_must(s2s_trainer_run(w.trainer, on_event, &w, &err), &err);
    s2s_trainer_close(w.trainer);
    assert_int_equal(w.last_update, 12);
    assert_string_equal(w.reason, "update limit");
    assert_same_tensors(whole, parts);
}

static void test_misuse(void **state)
{
    char output[96];
    s2s_error err = {0};
    s2s_train_options options = small_options(*state, output, "misuse");
    s2s_trainer *trainer = (s2s_trainer *)&options;
    assert_int_equal(s2s_trainer_open(NULL, &options, NULL, NULL, &err), S2S_MISUSE);
    assert_int_equal(s2s_trainer_open(&trainer, NULL, NULL, NULL, &err), S2S_MISUSE);
    assert_null(trainer);
    assert_int_equal(s2s_trainer_run(NULL, NULL, NULL, &err), S2S_MISUSE);
    s2s_trainer_close(NULL);
}

static void test_few_pairs_are_enough(void **state)
{
    const bench *f = *state;
    char output[96], few[96];
    snprintf(few, sizeof few, "%s/few.tsv", f->folder);
    bench_write_pairs(few, 1, 5);
    s2s_train_options options = small_options(f, output, "few");
    options.train = few;
    options.guided_alignment = NULL;
    options.after.amount = 2;
    watch w = run_well(&options, S2S_OK, NEVER);
    assert_int_equal(w.n_valid, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resuming_equals_not_stopping),
        cmocka_unit_test(test_several_metrics_and_kept_models_resume),
        cmocka_unit_test(test_resuming_in_bf16),
        cmocka_unit_test(test_resuming_in_int8),
        cmocka_unit_test(test_every_optimiser_and_schedule_resumes),
        cmocka_unit_test(test_finished_run),
        cmocka_unit_test(test_stopping_before_a_validation_leaves_a_model),
        cmocka_unit_test(test_a_stopped_trainer_runs_again),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_few_pairs_are_enough),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
