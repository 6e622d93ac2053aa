/* Opening models, what the API refuses, and evaluation. */
#include <sys/stat.h>

#include "predict_bench.h"

static void model_describes_itself(void **state)
{
    (void)state;
    bench b;
    s2s_train_options options = small_options();
    bench_open(&b, &options);
    s2s_model_info info;
    int64_t n = 0;
    s2s_model_describe(b.model, &info);
    assert_int_equal(info.format_version, S2S_FORMAT_VERSION);
    assert_int_equal(info.src_vocab, 23);
    assert_int_equal(info.tgt_vocab, 15);
    assert_non_null(strstr(info.config_json, "\"dim-hidden\""));
    for (int i = 0; i < info.n_tensors; i++) {
        s2s_tensor_info tensor = s2s_model_tensor(b.model, i);
        assert_true(tensor.name[0] != '\0');
        n += (int64_t)tensor.rows * tensor.cols;
    }
    assert_int_equal(n, info.n_parameters);
    assert_string_equal(s2s_model_piece(b.model, true, 3), "a");
    assert_string_equal(s2s_model_piece(b.model, false, 22), "t");
    assert_null(s2s_model_piece(b.model, true, 15));
    assert_null(s2s_model_piece(b.model, false, -1));
    bench_close(&b);
}

static void file_that_does_not_fit_its_configuration_is_refused(void **state)
{
    (void)state;
    bench b;
    s2s_train_options options = small_options();
    bench_open(&b, &options);
    s2s_error err = {0};
    s2s_model_file file = {0};
    s2s_params none;
    s2s_model *model;
    must(s2s_model_file_open(&file, b.path, &err), &err);
    s2s_params_begin(&none);
    must(s2s_params_allocate(&none, false, &err), &err);
    const char *const configs[] = {"{\"dim-hidden\": \"16384\", \"enc-depth\": \"16\"}",
                                   "{\"dim-hidden\": \"17\"}", "{\"dim-hidden\": \"big\"}",
                                   "{\"colour\": \"red\"}"};
    for (int i = 0; i < 4; i++) {
        const s2s_model_contents contents = {.params = &none,
                                             .data = none.data,
                                             .config_json = configs[i],
                                             .history_json = "{}",
                                             .source_vocab = file.source_vocab,
                                             .target_vocab = file.target_vocab};
        must(s2s_model_file_write(b.path, &contents, &err), &err);
        assert_int_equal(s2s_model_open(&model, b.path, &err), S2S_BAD_MODEL);
        assert_null(model);
        assert_non_null(strstr(err.msg, b.path));
    }
    s2s_params_end(&none);
    s2s_model_file_close(&file);
    assert_int_not_equal(s2s_model_open(&model, "/nowhere/model.s2s", &err), S2S_OK);
    assert_int_equal(s2s_model_open(&model, NULL, &err), S2S_MISUSE);
    assert_int_equal(s2s_model_open(&model, "", NULL), S2S_MISUSE);
    assert_int_equal(s2s_model_open_as(&model, b.path, S2S_N_PRECISIONS, NULL), S2S_MISUSE);
    bench_close(&b);
}

/* A path of more than 400 bytes, as long names in deep folders make. */
static void a_long_path_does_not_hide_the_reason(void **state)
{
    (void)state;
    enum { NAME = 200 };
    char folder[] = "/tmp/s2s-long-XXXXXX", name[NAME + 1] = "", inner[256], path[512];
    assert_non_null(mkdtemp(folder));
    memset(name, 'n', NAME);
    snprintf(inner, sizeof inner, "%s/%s", folder, name);
    snprintf(path, sizeof path, "%s/%s", inner, name);
    assert_int_equal(mkdir(inner, 0700), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("no model", file);
    fclose(file);
    s2s_error err = {0};
    s2s_model *model;
    assert_int_equal(s2s_model_open(&model, path, &err), S2S_BAD_MODEL);
    assert_memory_equal(err.msg, path, strlen(path));
    assert_non_null(strstr(err.msg, ": expected "));
    unlink(path);
    rmdir(inner);
    rmdir(folder);
}

static void check_refused(const bench *b, const s2s_predict_options *options, const char *name)
{
    s2s_error err = {0};
    s2s_worker *worker;
    assert_int_equal(s2s_worker_new(&worker, b->model, options, &err), S2S_MISUSE);
    assert_null(worker);
    if (!strstr(err.msg, name))
        fail_msg("expected a message about %s, found: %s", name, err.msg);
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    bench b;
    s2s_train_options options = small_options();
    bench_open(&b, &options);
    const s2s_option_table *table = s2s_predict_options_table();
    s2s_predict_options bad;
    for (int i = 0; i < table->n_options; i++) {
        const s2s_option *option = &table->options[i];
        void *field = (char *)&bad + option->offset;
        bad = b.options;
        if (option->type == S2S_OPTION_INT)
            *(int *)field = (int)option->min - 1;
        else if (option->type == S2S_OPTION_REAL)
            *(double *)field = NAN;
        else
            continue;
        check_refused(&b, &bad, option->name);
    }
    bad = b.options;
    bad.n_best = bad.beam_size + 1;
    check_refused(&b, &bad, "n-best");
    bad = b.options;
    bad.min_length = bad.max_length + 1;
    check_refused(&b, &bad, "min-length");
    s2s_worker *worker;
    s2s_error err;
    assert_int_equal(s2s_worker_new(&worker, NULL, &b.options, &err), S2S_MISUSE);
    assert_int_equal(s2s_worker_new(&worker, b.model, NULL, &err), S2S_MISUSE);
    bench_close(&b);
}

static void check_input(s2s_worker *worker, s2s_input input, s2s_status expected, const char *message)
{
    s2s_error err = {0};
    const s2s_result *result;
    const s2s_input inputs[] = {{"a", 1, NULL}, {"b", 1, NULL}, input};
    assert_int_equal(s2s_predict(worker, inputs, 3, &result, &err), expected);
    assert_null(result);
    if (!strstr(err.msg, message))
        fail_msg("expected \"%s\", found: %s", message, err.msg);
}

static void bad_inputs_are_refused(void **state)
{
    (void)state;
    bench b;
    s2s_train_options options = small_options();
    bench_open(&b, &options);
    s2s_worker *worker = bench_worker(&b);
    s2s_error err = {0};
    const s2s_result *result;
    size_t n = (1 << 20) + 1;
    char *long_line = malloc(n);
    memset(long_line, 'a', n);
    check_input(worker, (s2s_input){"ab c\303(d", 7, NULL}, S2S_BAD_DATA,
                "input 3: expected UTF-8, found byte 0xc3 at byte offset 4");
    check_input(worker, (s2s_input){"a", 1, "\377"}, S2S_BAD_DATA,
                "input 3, prefix: expected UTF-8, found byte 0xff at byte offset 0");
    check_input(worker, (s2s_input){"a\0b", 3, NULL}, S2S_BAD_DATA,
                "input 3: expected text, found a NUL at byte offset 1");
    check_input(worker, (s2s_input){"a\nb", 3, NULL}, S2S_BAD_DATA,
                "input 3: expected one line, found a line feed at byte offset 1");
    check_input(worker, (s2s_input){"a", 1, "a\n"}, S2S_BAD_DATA,
                "input 3, prefix: expected one line, found a line feed at byte offset 1");
    check_input(worker, (s2s_input){long_line, n, NULL}, S2S_BAD_DATA,
                "input 3: expected at most 1048576 bytes");
    check_input(worker, (s2s_input){NULL, 0, NULL}, S2S_MISUSE, "input 3");
    assert_int_equal(s2s_predict(worker, NULL, 1, &result, &err), S2S_MISUSE);
    assert_int_equal(s2s_predict(NULL, b.inputs, 1, &result, &err), S2S_MISUSE);
    const char *targets[] = {"a", NULL}, *blank[] = {"", "a"};
    const s2s_input sources[] = {{"", 0, NULL}, {" ", 1, NULL}};
    assert_int_equal(s2s_score(worker, b.inputs, targets, 2, &result, &err), S2S_MISUSE);
    assert_int_equal(s2s_score(worker, sources, blank, 2, &result, &err), S2S_BAD_DATA);
    assert_int_equal(err.input, 2);
    assert_int_equal(err.name_bytes, strlen("input 2"));
    assert_memory_equal(err.msg, "input 2", (size_t)err.name_bytes);
    assert_int_equal(s2s_predict(worker, b.inputs, -1, &result, &err), S2S_MISUSE);
    assert_int_equal(err.input, 0);
    assert_int_equal(err.name_bytes, 0);
    must(s2s_score(worker, sources, blank, 1, &result, &err), &err);
    assert_true(s2s_result_hyp(result, 0, 0)->log_prob == 0);
    bench_predict(&b, worker, N); /* a worker goes on after errors */
    free(long_line);
    s2s_worker_free(worker);
    bench_close(&b);
}

typedef struct seen {
    int64_t n;
    int n_correct;
} seen;

static void see_line(void *arg, const s2s_evaluated_line *line)
{
    seen *s = arg;
    assert_int_equal(line->index, s->n++);
    s->n_correct += line->correct;
    assert_int_equal(line->correct, line->edits == 0);
    if (line->correct)
        assert_string_equal(line->output, line->reference);
    assert_non_null(strstr(line->alignment, "REF:"));
    assert_true(strlen(line->source) > 0);
}

/* References that are the model's own outputs, but every fourth has something else first and the output second.
 */
static void evaluation_counts_what_is_right(void **state)
{
    (void)state;
    bench b;
    s2s_train_options options = small_options();
    bench_open(&b, &options);
    b.options.min_length = 1;
    s2s_worker *worker = bench_worker(&b);
    const s2s_result *result = bench_predict(&b, worker, N);
    char path[96], firsts[N][128];
    const char *targets[N];
    snprintf(path, sizeof path, "%s/test.tsv", b.folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < N; i++) {
        const char *output = s2s_result_hyp(result, i, 0)->text;
        bool other = i % 4 == 0, wrong = i % 8 == 0;
        snprintf(firsts[i], sizeof firsts[i], "%s%s", other ? "l l " : "", output);
        fprintf(file, "%s\t%s%s%s\n", b.lines[i], firsts[i], other && !wrong ? "\t" : "",
                other && !wrong ? output : "");
        targets[i] = firsts[i];
    }
    fclose(file);
    s2s_evaluation evaluation;
    s2s_error err = {0};
    seen s = {0, 0};
    must(s2s_evaluate(worker, path, &(s2s_evaluate_options){.perplexity = true}, &evaluation, see_line, &s,
                      &err),
         &err);
    assert_int_equal(s.n, N);
    assert_int_equal(s.n_correct, N - N / 8);
    assert_int_equal(evaluation.n_sequences, N);
    assert_int_equal(evaluation.n_correct_sequences, N - N / 8);
    assert_int_equal(evaluation.tokens.deletions, 2 * (N / 8));
    double log_prob = 0, n_tokens = 0;
    must(s2s_score(worker, b.inputs, targets, N, &result, &err), &err);
    for (int i = 0; i < N; i++) {
        log_prob += s2s_result_hyp(result, i, 0)->log_prob;
        n_tokens += s2s_result_hyp(result, i, 0)->n_tokens + 1;
    }
    assert_true(fabs(evaluation.perplexity / exp(-log_prob / n_tokens) - 1) < 1e-9);
    must(s2s_evaluate(worker, path, &(s2s_evaluate_options){0}, &evaluation, NULL, NULL, &err), &err);
    assert_true(isnan(evaluation.perplexity));
    unlink(path);
    assert_int_not_equal(s2s_evaluate(worker, path, &(s2s_evaluate_options){0}, &evaluation, NULL, NULL, &err),
                         S2S_OK);
    assert_int_equal(s2s_evaluate(worker, NULL, &(s2s_evaluate_options){0}, &evaluation, NULL, NULL, &err),
                     S2S_MISUSE);
    s2s_worker_free(worker);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_describes_itself),
        cmocka_unit_test(file_that_does_not_fit_its_configuration_is_refused),
        cmocka_unit_test(a_long_path_does_not_hide_the_reason),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(bad_inputs_are_refused),
        cmocka_unit_test(evaluation_counts_what_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
