/* io/model_file.h */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/model_file.h"

static char folder[] = "/tmp/s2s-model-file-XXXXXX", path[64];
static s2s_vocab *source_vocab, *target_vocab;
static const s2s_subwords *source_subwords, *target_subwords; /* of the models that write_model writes */

static s2s_vocab *make_vocab(const char *const *pieces, int n)
{
    s2s_span spans[8];
    s2s_vocab *vocab;
    for (int i = 0; i < n; i++)
        spans[i] = (s2s_span){pieces[i], strlen(pieces[i])};
    return s2s_vocab_from_pieces(&vocab, spans, n, NULL) == S2S_OK ? vocab : NULL;
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/model.s2s", folder);
    source_vocab = make_vocab((const char *[]){"<unk>", "<s>", "</s>", "a", "\"", "é日"}, 6);
    target_vocab = make_vocab((const char *[]){"<unk>", "<s>", "</s>", " ", "\\n"}, 5);
    return source_vocab && target_vocab ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    s2s_vocab_free(source_vocab);
    s2s_vocab_free(target_vocab);
    unlink(path);
    return rmdir(folder);
}

/* Two parameters; the first leaves a gap in the block. */
static void make_params(s2s_params *params, const char *second, int rows, int cols)
{
    s2s_params_begin(params);
    s2s_param_declare(params, "first", S2S_INIT_NORMAL, 2, 3);
    if (second)
        s2s_param_declare(params, second, S2S_INIT_NORMAL, rows, cols);
    assert_int_equal(s2s_params_allocate(params, false, NULL), S2S_OK);
    s2s_params_init(params, 1);
}

static void write_model(const s2s_params *params)
{
    s2s_error err = {0};
    s2s_status status = s2s_model_file_write(path,
                                             &(s2s_model_contents){.params = params,
                                                                   .data = params->data,
                                                                   .config_json = "{\"depth\":\"3\"}",
                                                                   .history_json = "{\"updates\":7}",
                                                                   .source_vocab = source_vocab,
                                                                   .target_vocab = target_vocab,
                                                                   .source_subwords = source_subwords,
                                                                   .target_subwords = target_subwords},
                                             &err);
    assert_string_equal(err.msg, "");
    assert_int_equal(status, S2S_OK);
}

static void write_small_model(void)
{
    s2s_params params;
    make_params(&params, "second", 1, 20);
    write_model(&params);
    s2s_params_end(&params);
}

static void test_round_trip(void **state)
{
    (void)state;
    s2s_params written, read;
    make_params(&written, "second", 1, 20);
    write_model(&written);
    make_params(&read, "second", 1, 20);
    memset(read.data, 0, read.n_elements * sizeof *read.data);
    uint64_t version = read.version;

    s2s_model_file model;
    s2s_error err = {0};
    assert_int_equal(s2s_model_file_open(&model, path, &err), S2S_OK);
    assert_int_equal(model.format_version, S2S_FORMAT_VERSION);
    assert_string_equal(model.config_json, "{\"depth\":\"3\"}");
    assert_string_equal(model.history_json, "{\"updates\":7}");
    assert_true(s2s_vocab_hash(model.source_vocab) == s2s_vocab_hash(source_vocab));
    assert_true(s2s_vocab_hash(model.target_vocab) == s2s_vocab_hash(target_vocab));
    assert_int_equal(s2s_model_file_load(&model, &read, path, &err), S2S_OK);
    assert_memory_equal(read.data, written.data, read.n_elements * sizeof *read.data);
    assert_true(read.version != version);
    s2s_model_file_close(&model);
    s2s_model_file_close(&model); /* zeroed */
    s2s_params_end(&read);
    s2s_params_end(&written);
}

static bool next_letter(void *arg, s2s_span *line)
{
    int *left = arg;
    *line = (s2s_span){"a b ab", 6};
    return (*left)-- > 0;
}

static s2s_subwords *train_subwords(const char *kind)
{
    int left = 5;
    const s2s_sentencepiece_training training = {
        .model_type = kind, .vocab_size = 100, .character_coverage = 1, .next = next_letter, .arg = &left};
    s2s_subwords *subwords;
    s2s_error err = {0};
    if (s2s_subwords_train(&subwords, &training, "lines", &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return subwords;
}

/* Of one side, of each side, of both: the file has them again, and its parameters too. */
static void test_subwords(void **state)
{
    (void)state;
    s2s_subwords *bpe = train_subwords("bpe"), *unigram = train_subwords("unigram");
    s2s_subwords *const cases[][2] = {{bpe, NULL}, {NULL, bpe}, {bpe, unigram}, {unigram, unigram}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s2s_model_file model;
        s2s_params params;
        source_subwords = cases[i][0];
        target_subwords = cases[i][1];
        write_small_model();
        assert_int_equal(s2s_model_file_open(&model, path, NULL), S2S_OK);
        make_params(&params, "second", 1, 20);
        assert_int_equal(s2s_model_file_load(&model, &params, path, NULL), S2S_OK);
        s2s_subwords *const found[] = {model.source_subwords, model.target_subwords};
        for (int side = 0; side < 2; side++) {
            assert_true((found[side] == NULL) == (cases[i][side] == NULL));
            if (found[side])
                assert_true(s2s_subwords_hash(found[side]) == s2s_subwords_hash(cases[i][side]));
        }
        assert_true((found[0] == found[1]) == (cases[i][0] == cases[i][1]));
        s2s_params_end(&params);
        s2s_model_file_close(&model);
    }
    source_subwords = target_subwords = NULL;
    s2s_subwords_free(bpe);
    s2s_subwords_free(unigram);
}

/* Data that are not the parameters' own, as of averages. */
static void test_other_block(void **state)
{
    (void)state;
    s2s_params params;
    make_params(&params, "second", 1, 20);
    s2s_real *block = calloc(params.n_elements, sizeof *block);
    assert_non_null(block);
    for (size_t i = 0; i < params.n_elements; i++)
        block[i] = (s2s_real)i;
    const s2s_model_contents contents = {.params = &params,
                                         .data = block,
                                         .config_json = "{}",
                                         .history_json = "{}",
                                         .source_vocab = source_vocab,
                                         .target_vocab = target_vocab};
    assert_int_equal(s2s_model_file_write(path, &contents, NULL), S2S_OK);
    s2s_model_file model;
    assert_int_equal(s2s_model_file_open(&model, path, NULL), S2S_OK);
    assert_int_equal(s2s_model_file_load(&model, &params, path, NULL), S2S_OK);
    for (int i = 0; i < 20; i++)
        assert_true(params.items[1]->t.data[i] == block[params.items[1]->t.data - params.data + i]);
    s2s_model_file_close(&model);
    free(block);
    s2s_params_end(&params);
}

/* Loading the small model into other parameters fails and names the tensor. */
static void check_load(const char *second, int rows, int cols, const char *named)
{
    s2s_params params;
    s2s_model_file model;
    s2s_error err = {0};
    make_params(&params, second, rows, cols);
    assert_int_equal(s2s_model_file_open(&model, path, NULL), S2S_OK);
    assert_int_equal(s2s_model_file_load(&model, &params, path, &err), S2S_BAD_MODEL);
    assert_non_null(strstr(err.msg, named));
    assert_non_null(strstr(err.msg, path));
    s2s_model_file_close(&model);
    s2s_params_end(&params);
}

static void test_other_network(void **state)
{
    (void)state;
    write_small_model();
    check_load("second", 20, 1, "\"second\": expected shape [20, 1], found 1 x 20");
    check_load("third", 1, 20, "\"second\"");
    check_load(NULL, 0, 0, "\"second\"");
    s2s_params params;
    make_params(&params, NULL, 0, 0);
    write_model(&params);
    s2s_params_end(&params);
    check_load("second", 1, 20, "\"second\" is missing");
}

static void test_values_not_finite(void **state)
{
    (void)state;
    s2s_params params;
    make_params(&params, "second", 1, 20);
    params.items[1]->t.data[5] = NAN;
    write_model(&params);
    check_load("second", 1, 20, "\"second\": value 5 is not finite");
    params.items[1]->t.data[5] = INFINITY;
    write_model(&params);
    check_load("second", 1, 20, "\"second\": value 5 is not finite");
    s2s_params_end(&params);
}

static const s2s_stored_text good[] = {
    {"format", "s2s"},
    {"format_version", "1"},
    {"config", "{}"},
    {"history", "{}"},
    {"source_vocab", "[\"<unk>\",\"<s>\",\"</s>\",\"a\"]"},
    {"target_vocab", "[\"<unk>\",\"<s>\",\"</s>\",\"b\"]"},
};
enum { N_TEXTS = sizeof good / sizeof *good };

/* A tensor of the name that holds something else. */
static void test_no_subwords(void **state)
{
    (void)state;
    static const struct {
        const char *dtype, *named;
        int64_t n;
    } cases[] = {{"U8", "expected a SentencePiece model", 8}, {"F32", "expected U8, found F32", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s2s_error err = {0};
        s2s_model_file model;
        const s2s_stored_tensor tensor = {.name = "tgt.subwords",
                                          .dtype = cases[i].dtype,
                                          .rank = 1,
                                          .dims = {cases[i].n},
                                          .data = "no model",
                                          .bytes = 8};
        assert_int_equal(s2s_safetensors_write(path, good, N_TEXTS, &tensor, 1, NULL), S2S_OK);
        assert_int_equal(s2s_model_file_open(&model, path, &err), S2S_BAD_MODEL);
        if (!strstr(err.msg, cases[i].named) || !strstr(err.msg, "tgt.subwords"))
            fail_msg("expected \"%s\" and the tensor in: %s", cases[i].named, err.msg);
    }
}

/* The good metadata with one text changed, or left out where value is NULL. */
static s2s_status open_changed(const char *key, const char *value, s2s_error *err)
{
    s2s_stored_text texts[N_TEXTS];
    int n = 0;
    for (int i = 0; i < N_TEXTS; i++) {
        texts[n] = good[i];
        if (strcmp(good[i].key, key) == 0)
            texts[n].value = value;
        n += texts[n].value != NULL;
    }
    s2s_model_file model;
    assert_int_equal(s2s_safetensors_write(path, texts, n, NULL, 0, NULL), S2S_OK);
    s2s_status status = s2s_model_file_open(&model, path, err);
    s2s_model_file_close(&model);
    return status;
}

static void check_changed(const char *key, const char *value, const char *named)
{
    s2s_error err = {0};
    assert_int_equal(open_changed(key, value, &err), S2S_BAD_MODEL);
    if (!strstr(err.msg, named) || !strstr(err.msg, path))
        fail_msg("expected \"%s\" and the path in: %s", named, err.msg);
}

static void test_metadata(void **state)
{
    (void)state;
    assert_int_equal(open_changed("", NULL, NULL), S2S_OK);
    for (int i = 0; i < N_TEXTS; i++)
        check_changed(good[i].key, NULL, good[i].key);
    check_changed("format", "pt", "\"pt\"");
    check_changed("format_version", "3", "version 3 is newer than version 2");
    check_changed("format_version", "99999999999999999999", "newer");
    check_changed("format_version", "0", "\"0\"");
    check_changed("format_version", "-1", "\"-1\"");
    check_changed("format_version", "1x", "\"1x\"");
    check_changed("format_version", "", "\"\"");
    check_changed("config", "", "config");
    check_changed("config", "[]", "config");
    check_changed("config", "{\"a\":\"1\",\"a\":\"2\"}", "config");
    check_changed("history", "{", "history");
    check_changed("source_vocab", "{}", "source_vocab");
    check_changed("source_vocab", "[]", "source_vocab");
    check_changed("source_vocab", "[\"<unk>\",\"<s>\",\"</s>\",1]", "piece 3");
    check_changed("target_vocab", "[\"<unk>\",\"<s>\",\"</s>\",\"\"]", "target_vocab");
    check_changed("target_vocab", "[\"<unk>\",\"<s>\",\"</s>\",\"a\",\"a\"]", "target_vocab");
    check_changed("target_vocab", "[\"<s>\",\"<unk>\",\"</s>\"]", "target_vocab");
}

typedef struct settings {
    int depth;
    double rate, target;
    bool tied;
    const char *file, *note;
    int cell;
    s2s_duration after;
} settings;

static const settings defaults = {2, 0.1, NAN, true, NULL, "note", 1, {20, 'e'}};
static const s2s_option options[] = {
    {"depth", 0, S2S_OPTION_INT, offsetof(settings, depth), 1, 9, NULL, NULL, "", "layers"},
    {"learn-rate", 0, S2S_OPTION_REAL, offsetof(settings, rate), 0, 1, NULL, NULL, "", "step"},
    {"target", 0, S2S_OPTION_REAL, offsetof(settings, target), -INFINITY, INFINITY, NULL, NULL, "", "goal"},
    {"tied", 0, S2S_OPTION_BOOL, offsetof(settings, tied), 0, 0, NULL, NULL, "", "share"},
    {"file", 0, S2S_OPTION_TEXT, offsetof(settings, file), 0, 0, NULL, "FILE", "", "input"},
    {"note", 0, S2S_OPTION_TEXT, offsetof(settings, note), 0, 0, NULL, NULL, "", "remark"},
    {"cell", 0, S2S_OPTION_CHOICE, offsetof(settings, cell), 0, 0, "rnn|gru", NULL, "", "kind"},
    {"after", 0, S2S_OPTION_DURATION, offsetof(settings, after), 0, 0, NULL, NULL, "", "end"},
};
static const s2s_option_table table = {options, sizeof options / sizeof *options, sizeof(settings), &defaults};

static s2s_arena *strings;

static int make_strings(void **state)
{
    (void)state;
    strings = s2s_arena_new(4096);
    return strings ? 0 : -1;
}

static int free_strings(void **state)
{
    (void)state;
    s2s_arena_free(strings);
    return 0;
}

static void test_config_round_trip(void **state)
{
    (void)state;
    const settings written = {7, 1 / 3.0, NAN, false, "dir/\"é\"\x1f.tsv", NULL, 0, {90, 'm'}};
    settings read;
    s2s_error err = {0};
    char *json = s2s_config_to_json(&table, &written);
    assert_non_null(json);
    s2s_status status = s2s_config_from_json(json, &table, &read, strings, "m.s2s", &err);
    free(json);
    assert_string_equal(err.msg, "");
    assert_int_equal(status, S2S_OK);
    assert_int_equal(read.depth, 7);
    assert_true(read.rate == written.rate);
    assert_true(isnan(read.target));
    assert_false(read.tied);
    assert_string_equal(read.file, written.file);
    assert_null(read.note);
    assert_int_equal(read.cell, 0);
    assert_true(read.after.amount == 90 && read.after.unit == 'm');
}

static void test_config_defaults(void **state)
{
    (void)state;
    settings read;
    memset(&read, 0x55, sizeof read);
    assert_int_equal(s2s_config_from_json("{\"depth\":\"5\"}", &table, &read, strings, "m.s2s", NULL), S2S_OK);
    assert_int_equal(read.depth, 5);
    assert_true(read.rate == defaults.rate);
    assert_string_equal(read.note, "note");
}

static void check_config(const char *json, const char *named)
{
    settings read;
    s2s_error err = {0};
    assert_int_equal(s2s_config_from_json(json, &table, &read, strings, "m.s2s", &err), S2S_BAD_MODEL);
    assert_int_equal(err.code, S2S_BAD_MODEL);
    if (!strstr(err.msg, named) || strncmp(err.msg, "m.s2s: ", 7) != 0)
        fail_msg("expected \"%s\" and the path in: %s", named, err.msg);
}

static void test_config_errors(void **state)
{
    (void)state;
    check_config("{\"dept\":\"5\"}", "\"dept\" in its configuration; the nearest is \"depth\"");
    check_config("{\"quite-different\":\"5\"}", "quite-different");
    check_config("{\"depth\":5}", "depth");
    check_config("{\"depth\":\"10\"}", "--depth: expected");
    check_config("{\"cell\":\"lstm\"}", "--cell: expected");
    check_config("[]", "object");
    check_config("{\"depth\":\"5\"", "object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_subwords),
        cmocka_unit_test(test_no_subwords),
        cmocka_unit_test(test_other_block),
        cmocka_unit_test(test_other_network),
        cmocka_unit_test(test_values_not_finite),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test_setup_teardown(test_config_round_trip, make_strings, free_strings),
        cmocka_unit_test_setup_teardown(test_config_defaults, make_strings, free_strings),
        cmocka_unit_test_setup_teardown(test_config_errors, make_strings, free_strings),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
