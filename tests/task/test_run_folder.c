/* A run folder is locked, taken up, refused or begun anew as s2s/train.h says. */
#include "task/watched_run.h"

static void expect_open(const s2s_train_options *options, s2s_status expected, const char *word)
{
    s2s_error err = {0};
    s2s_trainer *trainer;
    s2s_status status = s2s_trainer_open(&trainer, options, NULL, NULL, &err);
    if (status != expected || !strstr(err.msg, word))
        fail_msg("expected status %d about %s, found %d: %s", expected, word, status, err.msg);
    s2s_trainer_close(trainer);
}

static void test_one_trainer_per_folder(void **state)
{
    char output[96];
    s2s_error err = {0};
    s2s_trainer *first;
    s2s_train_options options = small_options(*state, output, "locked");
    options.after.amount = 3;
    run_well(&options, S2S_OK, NEVER);
    bench_must(s2s_trainer_open(&first, &options, NULL, NULL, &err), &err);
    options.overwrite = true;
    expect_open(&options, S2S_FAILED, "locked: another process trains in this folder");
    bench_files files = bench_keep(output);
    bench_forget(&files);
    s2s_trainer_close(first);
    expect_open(&options, S2S_OK, "");
}

/* A run that was begun, or begun anew, and killed before its first update. */
static void test_a_begun_run_goes_on(void **state)
{
    char output[96];
    s2s_train_options options = small_options(*state, output, "begun");
    options.after.amount = 3;
    expect_open(&options, S2S_OK, "");
    watch w = run_well(&options, S2S_OK, NEVER);
    assert_true(w.resumed);
    assert_int_equal(w.last_update, 3);
    bench_files first = bench_keep(output);
    options.overwrite = true;
    options.learn_rate *= 2;
    expect_open(&options, S2S_OK, "");
    s2s_model *model;
    assert_int_equal(s2s_model_open(&model, output, NULL), S2S_BAD_MODEL);
    bench_write(output, "model.s2s", first.model, first.n_model); /* as if killed a moment earlier */
    bench_forget(&first);
    options.overwrite = false;
    expect_open(&options, S2S_OK, "");
    assert_int_equal(s2s_model_open(&model, output, NULL), S2S_BAD_MODEL);
}

/* A loss of power may take the end of a file that was written but not synchronised. */
static void test_half_an_event_is_cut(void **state)
{
    char output[96], line[1024];
    s2s_train_options options = small_options(*state, output, "torn");
    options.after.amount = 4;
    run_well(&options, S2S_OK, NEVER);
    size_t n;
    char *events = bench_read(output, "metrics.jsonl", &n);
    size_t n_left = n / 2;
    n_left -= events[n_left - 1] == '\n'; /* within a line */
    bench_write(output, "metrics.jsonl", events, n_left);
    options.after.amount = 6;
    run_well(&options, S2S_OK, NEVER);
    size_t n_whole = n_left;
    while (events[n_whole - 1] != '\n')
        n_whole--;
    size_t n_now;
    char *now = bench_read(output, "metrics.jsonl", &n_now);
    assert_true(n_whole > 0 && n_now > n_whole);
    assert_memory_equal(now, events, n_whole);
    free(now);
    free(events);
    char *path = s2s_path_join(output, "metrics.jsonl");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (line[0] != '{' || strstr(line + 1, "{\"event\"") || !strstr(line, "}\n"))
            fail_msg("no event: %s", line);
    fclose(file);
    free(path);
    assert_int_equal(count_lines(output, "metrics.jsonl", "\"event\":\"end\""), 1);
}

static void test_files_without_a_checkpoint_are_not_replaced(void **state)
{
    static const char *const names[] = {"model.s2s", "config.yaml", "metrics.jsonl"};
    for (size_t i = 0; i < 3; i++) {
        char output[96];
        size_t n;
        s2s_train_options options = small_options(*state, output, names[i]);
        assert_int_equal(s2s_make_folder(output, NULL), S2S_OK);
        bench_write(output, names[i], "mine", 4);
        expect_open(&options, S2S_FAILED, "--overwrite");
        char *kept = bench_read(output, names[i], &n);
        assert_int_equal(n, 4);
        assert_memory_equal(kept, "mine", 4);
        free(kept);
        options.overwrite = true;
        options.after.amount = 2;
        watch w = run_well(&options, S2S_OK, NEVER);
        assert_false(w.resumed);
    }
}

static void test_other_configuration_is_refused(void **state)
{
    char output[96];
    s2s_train_options options = small_options(*state, output, "other");
    options.after.amount = 3;
    run_well(&options, S2S_OK, NEVER);
    options.learn_rate = 0.02;
    watch w = {.stop_at = NEVER, .kill_at = NEVER};
    s2s_error err;
    assert_int_equal(run(&options, &w, &err), S2S_BAD_CONFIG);
    assert_non_null(strstr(err.msg, "--learn-rate 0.01, not 0.02"));
    options.overwrite = true;
    w = run_well(&options, S2S_OK, NEVER);
    assert_false(w.resumed);
}

static void test_other_data_is_refused(void **state)
{
    const bench *f = *state;
    char output[96];
    s2s_train_options options = small_options(f, output, "data");
    options.after.amount = 3;
    run_well(&options, S2S_OK, NEVER);
    bench_write_pairs(f->pairs, N_PAIRS + 1, 5);
    bench_write_links(f->links, f->pairs);
    watch w = {.stop_at = NEVER, .kill_at = NEVER};
    s2s_error err;
    assert_int_equal(run(&options, &w, &err), S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, "training pairs or their alignments differ"));
    bench_write_pairs(f->pairs, N_PAIRS, 5);
    bench_write_links(f->links, f->pairs);
}

static void test_other_alignments_are_refused(void **state)
{
    const bench *f = *state;
    char output[96], none[96], no_links[N_PAIRS];
    s2s_train_options options = small_options(f, output, "alignments");
    options.after.amount = 3;
    run_well(&options, S2S_OK, NEVER);
    snprintf(none, sizeof none, "%s/none", f->folder);
    memset(no_links, '\n', sizeof no_links);
    bench_write(f->folder, "none", no_links, sizeof no_links);
    options.guided_alignment = none;
    watch w = {.stop_at = NEVER, .kill_at = NEVER};
    s2s_error err;
    assert_int_equal(run(&options, &w, &err), S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, "training pairs or their alignments differ"));
    options.guided_alignment = NULL;
    assert_int_equal(run(&options, &w, &err), S2S_BAD_CONFIG);
    assert_non_null(strstr(err.msg, "holds a run with --guided-alignment "));
    bench_write_links(none, f->pairs);
    options.guided_alignment = none; /* the same links elsewhere */
    w = run_well(&options, S2S_OK, NEVER);
    assert_true(w.resumed);
}

static void test_damaged_checkpoint_is_refused(void **state)
{
    char output[96];
    s2s_train_options options = small_options(*state, output, "damaged");
    options.after.amount = 3;
    run_well(&options, S2S_OK, NEVER);
    char *path = s2s_path_join(output, "last.ckpt");
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fseek(file, -20, SEEK_END);
    fputs("damage", file);
    fclose(file);
    free(path);
    watch w = {.stop_at = NEVER, .kill_at = NEVER};
    assert_int_equal(run(&options, &w, NULL), S2S_BAD_MODEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_trainer_per_folder),
        cmocka_unit_test(test_a_begun_run_goes_on),
        cmocka_unit_test(test_half_an_event_is_cut),
        cmocka_unit_test(test_files_without_a_checkpoint_are_not_replaced),
        cmocka_unit_test(test_other_configuration_is_refused),
        cmocka_unit_test(test_other_data_is_refused),
        cmocka_unit_test(test_other_alignments_are_refused),
        cmocka_unit_test(test_damaged_checkpoint_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
