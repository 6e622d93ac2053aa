/* Runs that begin with another model, freeze parameters, or begin with short pairs; and such runs that are
 * stopped and go on. */
#include "task/watched_run.h"

#include "io/model_file.h"

static void train(const s2s_train_options *options, s2s_status expected, int64_t stop_at)
{
    watch w = {.stop_at = stop_at, .kill_at = NEVER};
    s2s_error err = {0};
    s2s_status status = run(options, &w, &err);
    if (status != expected)
        fail_msg("expected status %d, found %d: %s", expected, status, err.msg);
}

static s2s_safetensors *open_model(const char *folder)
{
    s2s_safetensors *file;
    char *path = s2s_path_join(folder, "model.s2s");
    s2s_error err = {0};
    bench_must(s2s_safetensors_open(&file, path, &err), &err);
    free(path);
    return file;
}

static bool same_tensor(const s2s_safetensors *a, const s2s_safetensors *b, const char *name)
{
    const s2s_stored_tensor *x = s2s_safetensors_find(a, name), *y = s2s_safetensors_find(b, name);
    assert_non_null(x);
    assert_non_null(y);
    assert_int_equal(x->bytes, y->bytes);
    return memcmp(x->data, y->data, x->bytes) == 0;
}

static void assert_same_model(const char *a, const char *b)
{
    size_t n[2];
    char *models[2] = {bench_read(a, "model.s2s", &n[0]), bench_read(b, "model.s2s", &n[1])};
    if (n[0] != n[1] || memcmp(models[0], models[1], n[0]) != 0)
        fail_msg("%s/model.s2s and %s/model.s2s differ", a, b);
    free(models[0]);
    free(models[1]);
}

/* A run that is stopped twice ends as one that is not. */
static void check_resuming(const bench *b, s2s_train_options options, const char *name)
{
    char whole[96], parts[112];
    snprintf(whole, sizeof whole, "%s/%s", b->folder, name);
    snprintf(parts, sizeof parts, "%s-parts", whole);
    options.output = whole;
    train(&options, S2S_OK, NEVER);
    options.output = parts;
    train(&options, S2S_STOPPED, 1);
    options.threads = 2;
    train(&options, S2S_STOPPED, 9);
    train(&options, S2S_OK, NEVER);
    assert_same_model(whole, parts);
}

static void test_a_pretrained_model_is_where_a_run_begins(void **state)
{
    char first[96], second[96];
    s2s_train_options options = small_options(*state, first, "first");
    options.after.amount = 4;
    train(&options, S2S_OK, NEVER);
    options = small_options(*state, second, "second");
    options.pretrained_model = first;
    options.learn_rate = 1e-9; /* so that where it is after an update is where it began */
    options.after.amount = 1;
    train(&options, S2S_OK, NEVER);
    s2s_safetensors *models[2] = {open_model(first), open_model(second)};
    for (int i = 0; i < s2s_safetensors_n(models[0]); i++) {
        const s2s_stored_tensor *x = s2s_safetensors_at(models[0], i),
                                *y = s2s_safetensors_find(models[1], x->name);
        for (size_t k = 0; k < x->bytes / sizeof(float); k++) {
            float values[2];
            memcpy(&values[0], (const char *)x->data + k * sizeof(float), sizeof(float));
            memcpy(&values[1], (const char *)y->data + k * sizeof(float), sizeof(float));
            if (!(values[0] - values[1] < 1e-6F && values[1] - values[0] < 1e-6F))
                fail_msg("%s, element %zu: expected %g, found %g", x->name, k, (double)values[0],
                         (double)values[1]);
        }
    }
    for (int i = 0; i < 2; i++)
        s2s_safetensors_close(models[i]);
}

static void test_a_run_from_a_pretrained_model_resumes(void **state)
{
    char first[96], output[96];
    s2s_train_options options = small_options(*state, first, "begin");
    options.after.amount = 4;
    train(&options, S2S_OK, NEVER);
    options = small_options(*state, output, "unused");
    options.after.amount = 16;
    options.pretrained_model = first;
    check_resuming(*state, options, "warm");

    /* once begun, a run needs the model no more, but no other one is taken for it */
    snprintf(output, sizeof output, "%s/warm", ((const bench *)*state)->folder);
    options.output = output;
    char *model = s2s_path_join(first, "model.s2s");
    assert_int_equal(unlink(model), 0);
    free(model);
    options.after.amount = 18;
    train(&options, S2S_OK, NEVER);
    options.pretrained_model = NULL;
    s2s_error err = {0};
    assert_int_equal(bench_train(&options, &err), S2S_BAD_CONFIG);
    assert_non_null(strstr(err.msg, "--pretrained-model "));
}

static void test_a_run_that_cannot_begin_leaves_nothing(void **state)
{
    char output[96];
    s2s_train_options options = small_options(*state, output, "refused");
    s2s_error err = {0};
    options.pretrained_model = "/nowhere/model.s2s";
    assert_int_equal(bench_train(&options, &err), S2S_BAD_MODEL);
    assert_non_null(strstr(err.msg, "/nowhere/model.s2s"));
    options.pretrained_model = NULL;
    options.freeze = "src.embedding,no.such.*";
    assert_int_equal(bench_train(&options, &err), S2S_BAD_CONFIG);
    assert_non_null(strstr(err.msg, "\"no.such.*\" fits no parameter, these are: src.embedding, enc.0."));
    assert_false(s2s_is_folder(output));
}

/* Frozen tensors keep the bits of the model that the run begins with, under weight decay, clipping and
 * averages; all others move. */
static void check_freezing(const bench *b, int optimiser, const char *first)
{
    char folder[32], output[96];
    snprintf(folder, sizeof folder, "frozen-%d", optimiser);
    s2s_train_options options = small_options(b, output, folder);
    options.optimizer = optimiser;
    options.weight_decay = 0.01;
    options.ema = 0.5;
    options.pretrained_model = first;
    options.freeze = "src.*,enc.0.bwd.*,out.b";
    options.after.amount = 5;
    options.valid_every = (s2s_duration){5, 'u'};
    train(&options, S2S_OK, NEVER);
    s2s_safetensors *models[2] = {open_model(first), open_model(output)};
    int n_frozen = 0;
    for (int i = 0; i < s2s_safetensors_n(models[0]); i++) {
        const char *name = s2s_safetensors_at(models[0], i)->name;
        bool frozen = strcmp(name, "src.embedding") == 0 || strcmp(name, "out.b") == 0 ||
                      strncmp(name, "enc.0.bwd.", strlen("enc.0.bwd.")) == 0;
        n_frozen += frozen;
        if (same_tensor(models[0], models[1], name) != frozen)
            fail_msg("optimiser %d: %s %s", optimiser, name, frozen ? "is frozen and moved" : "did not move");
    }
    assert_int_equal(n_frozen, 5);
    for (int i = 0; i < 2; i++)
        s2s_safetensors_close(models[i]);
}

static void test_frozen_parameters_keep_their_bits(void **state)
{
    char first[96];
    s2s_train_options options = small_options(*state, first, "thawed");
    options.after.amount = 3;
    train(&options, S2S_OK, NEVER);
    for (int kind = 0; kind < S2S_N_OPTIMISERS; kind++)
        check_freezing(*state, kind, first);
}

static void test_a_run_with_frozen_parameters_resumes(void **state)
{
    char output[96];
    s2s_train_options options = small_options(*state, output, "unused");
    options.after.amount = 16;
    options.freeze = "tgt.embedding,dec.*";
    options.optimizer = S2S_OPTIMISER_ADAMW;
    options.weight_decay = 0.01;
    check_resuming(*state, options, "frozen");
}

/* It is stopped in its first epoch, and behind the curriculum. */
static void test_a_curriculum_resumes(void **state)
{
    char output[96];
    s2s_train_options options = small_options(*state, output, "unused");
    options.curriculum = 2;
    options.accumulate = 1;
    options.batch_tokens = 400;
    options.valid_every = (s2s_duration){0.5, 'e'};
    options.after = (s2s_duration){4, 'e'};
    check_resuming(*state, options, "curriculum");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pretrained_model_is_where_a_run_begins),
        cmocka_unit_test(test_a_run_from_a_pretrained_model_resumes),
        cmocka_unit_test(test_a_run_that_cannot_begin_leaves_nothing),
        cmocka_unit_test(test_frozen_parameters_keep_their_bits),
        cmocka_unit_test(test_a_run_with_frozen_parameters_resumes),
        cmocka_unit_test(test_a_curriculum_resumes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
