/* s2s/average.h: the mean of models, and which models have one. */
#include "predict_bench.h"

#include "api/model.h"
#include "write_text.h"

typedef struct files {
    char *folder;
    char paths[4][96], mean[96];
    const char *names[4];
} files;

static int set_up(void **state)
{
    static files f;
    static char folder[32];
    strcpy(folder, "/tmp/s2s-average-XXXXXX");
    f.folder = mkdtemp(folder);
    assert_non_null(f.folder);
    s2s_train_options options = small_options();
    for (int i = 0; i < 4; i++) {
        snprintf(f.paths[i], sizeof f.paths[i], "%s/%d.s2s", f.folder, i);
        f.names[i] = f.paths[i];
        write_model(f.paths[i], &options, 3 + (uint64_t)i);
    }
    snprintf(f.mean, sizeof f.mean, "%s/mean.s2s", f.folder);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    const files *f = *state;
    for (int i = 0; i < 4; i++)
        unlink(f->paths[i]);
    unlink(f->mean);
    return rmdir(f->folder); /* fails where anything else was left */
}

static s2s_model *open_model(const char *path)
{
    s2s_error err = {0};
    s2s_model *model;
    must(s2s_model_open(&model, path, &err), &err);
    return model;
}

/* Whether the file holds the mean of n models, each value rounded once. */
static void assert_mean(const char *path, const char *const *names, int n)
{
    s2s_model *mean = open_model(path), *models[4];
    for (int i = 0; i < n; i++)
        models[i] = open_model(names[i]);
    for (size_t k = 0; k < mean->params.n_elements; k++) {
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += (double)models[i]->params.data[k];
        if (mean->params.data[k] != (float)(sum / n))
            fail_msg("element %zu: expected %.9g, found %.9g", k, sum / n, (double)mean->params.data[k]);
    }
    for (int i = 0; i < n; i++)
        s2s_model_close(models[i]);
    s2s_model_close(mean);
}

static void average(const char *output, const char *const *names, int n)
{
    s2s_error err = {0};
    must(s2s_average(output, names, n, &err), &err);
}

static void the_mean_of_models(void **state)
{
    const files *f = *state;
    for (int n = 1; n <= 4; n++) {
        average(f->mean, f->names, n);
        assert_mean(f->mean, f->names, n);
    }
    const char *const twice[] = {f->paths[1], f->paths[0], f->paths[1]};
    average(f->mean, twice, 3);
    assert_mean(f->mean, twice, 3);
}

static void a_model_may_be_replaced_by_the_mean(void **state)
{
    const files *f = *state;
    average(f->mean, f->names, 2);
    s2s_model *expected = open_model(f->mean);
    average(f->paths[0], f->names, 2);
    s2s_model *found = open_model(f->paths[0]);
    assert_memory_equal(expected->params.data, found->params.data,
                        expected->params.n_elements * sizeof(s2s_real));
    s2s_model_close(expected);
    s2s_model_close(found);
    s2s_train_options options = small_options();
    write_model(f->paths[0], &options, 3);
}

/* Training's options may differ; those of the first model are kept. */
static void options_and_history(void **state)
{
    const files *f = *state;
    s2s_train_options options = small_options();
    options.network.dropout = 0.7;
    options.learn_rate = 0.5;
    options.train = "other.tsv";
    write_model(f->paths[1], &options, 9);
    average(f->mean, f->names, 2);
    s2s_model *mean = open_model(f->mean);
    assert_true(mean->options.learn_rate != 0.5 && mean->options.network.dropout != 0.7);
    assert_null(mean->options.train);
    assert_string_equal(mean->file.history_json, "{\"averaged\":[{},{}]}");
    assert_int_equal(mean->file.format_version, S2S_FORMAT_VERSION);
    s2s_model_close(mean);
    average(f->mean, (const char *[]){f->paths[1], f->paths[0]}, 2);
    mean = open_model(f->mean);
    assert_true(mean->options.learn_rate == 0.5);
    assert_string_equal(mean->options.train, "other.tsv");
    s2s_model_close(mean);
}

/* However often: histories may have only so many levels. */
static void a_mean_of_means_lists_models(void **state)
{
    const files *f = *state;
    average(f->mean, f->names, 1);
    for (int i = 0; i < 70; i++)
        average(f->mean, (const char *[]){f->mean, f->paths[1]}, i < 2 ? 2 : 1);
    s2s_model *mean = open_model(f->mean);
    assert_string_equal(mean->file.history_json, "{\"averaged\":[{},{},{}]}");
    s2s_model_close(mean);
}

/* The last of the models is refused, and nothing is written. */
static void expect_refused(const files *f, const char *message)
{
    s2s_error err = {0};
    unlink(f->mean);
    assert_int_equal(s2s_average(f->mean, f->names, 3, &err), S2S_BAD_MODEL);
    if (!strstr(err.msg, message) || strncmp(err.msg, f->paths[2], strlen(f->paths[2])) != 0)
        fail_msg("expected \"%s: %s\", found: %s", f->paths[2], message, err.msg);
    assert_int_not_equal(access(f->mean, F_OK), 0);
}

static void other_networks_are_refused(void **state)
{
    const files *f = *state;
    s2s_train_options options = small_options();
    options.network.dim_hidden = 18;
    write_model(f->paths[2], &options, 3);
    expect_refused(f, ": expected --dim-hidden 16 as ");
    options = small_options();
    options.network.residual = true; /* the same shapes */
    write_model(f->paths[2], &options, 3);
    expect_refused(f, ": expected --residual no as ");
    options = small_options();
    options.tgt_tokens = S2S_TOKENISE_CHARACTER;
    write_model(f->paths[2], &options, 3);
    expect_refused(f, ": expected --tgt-tokens space as ");
}

/* A model whose vocabulary of letters differs: its source has 12 pieces, or its letters are others. */
static void write_other(const char *path, const char *last_piece, int n, const char *history)
{
    s2s_error err = {0};
    s2s_span pieces[32] = {{"<unk>", 5}, {"<s>", 3}, {"</s>", 4}};
    static const char letters[] = "abcdefghijklmnopqrst";
    for (int i = 0; i < n; i++)
        pieces[S2S_N_SPECIALS + i] = (s2s_span){letters + i, 1};
    pieces[S2S_N_SPECIALS + n - 1] = (s2s_span){last_piece, strlen(last_piece)};
    s2s_vocab *source, *target = letters_vocab(12);
    must(s2s_vocab_from_pieces(&source, pieces, S2S_N_SPECIALS + n, &err), &err);
    const s2s_train_options options = small_options();
    const s2s_model_contents contents = {
        .history_json = history, .source_vocab = source, .target_vocab = target};
    write_model_with(path, &options, 1, contents);
    s2s_vocab_free(source);
    s2s_vocab_free(target);
}

static void other_vocabularies_are_refused(void **state)
{
    const files *f = *state;
    write_other(f->paths[2], "t", 20, "{}");
    average(f->mean, f->names, 3);
    write_other(f->paths[2], "u", 20, "{}");
    expect_refused(f, ": source vocabulary: expected piece 22 to be \"t\" as in ");
    write_other(f->paths[2], "l", 12, "{}");
    expect_refused(f, ": expected a source vocabulary of 23 pieces as ");
}

/* A model that can be opened, of which the mean could not be. */
static void a_deep_history_is_refused(void **state)
{
    const files *f = *state;
    char history[256] = "{\"a\":";
    memset(history + 5, '[', 63);
    memset(history + 5 + 63, ']', 63);
    strcpy(history + 5 + 2 * 63, "}");
    write_other(f->paths[2], "t", 20, history);
    s2s_model_close(open_model(f->paths[2]));
    expect_refused(f, ": expected a history of at most 62 levels, found more");
}

static void bad_files_are_refused(void **state)
{
    const files *f = *state;
    write_text(f->paths[2], "no model");
    expect_refused(f, ": expected ");
    unlink(f->paths[2]);
    s2s_error err = {0};
    assert_int_not_equal(s2s_average(f->mean, f->names, 3, &err), S2S_OK);
    assert_non_null(strstr(err.msg, "2.s2s"));
    assert_int_equal(s2s_average(f->folder, f->names, 2, &err), S2S_FAILED);
    assert_non_null(strstr(err.msg, f->folder));
    assert_int_equal(s2s_average(f->mean, f->names, 0, &err), S2S_MISUSE);
    assert_int_equal(s2s_average(f->mean, NULL, 2, &err), S2S_MISUSE);
    assert_int_equal(s2s_average("", f->names, 2, &err), S2S_MISUSE);
    assert_int_equal(s2s_average(NULL, f->names, 2, NULL), S2S_MISUSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mean_of_models),         cmocka_unit_test(a_model_may_be_replaced_by_the_mean),
        cmocka_unit_test(options_and_history),        cmocka_unit_test(a_mean_of_means_lists_models),
        cmocka_unit_test(other_networks_are_refused), cmocka_unit_test(other_vocabularies_are_refused),
        cmocka_unit_test(a_deep_history_is_refused),  cmocka_unit_test(bad_files_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
