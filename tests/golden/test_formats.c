/* A model of every version of the file format, made when it was the newest: it opens and does what it did then.
 *
 * format_1.s2s reverses up to four letters a, b, c.  Of all 120 such pairs in reverse.tsv it was made by
 *   s2s train reverse.tsv --valid reverse.tsv --dim-emb 4 --dim-hidden 8 --batch-tokens 100 --learn-rate 0.02
 *       --dropout 0 --label-smoothing 0 --ema 0 --schedule cosine --after 300u --valid-every 0
 *       --valid-metric sequence-accuracy --threads 1 -o run
 * format_2.s2s likewise, with --src-tokens bpe --tgt-tokens unigram --vocab-size 10. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s2s/s2s.h"

#define TOLERANCE 1e-5

enum { N = 5, N_BEST = 2 };

/* "d" is unknown to the model, and six letters are more than it has seen. */
static const char *const sources[N] = {"a b c", "b", "c a a b", "a d c", "a b c a b c"};

typedef struct output {
    const char *text;
    double log_prob;
} output;

typedef struct format {
    int version, n_parameters, vocab; /* of both sides */
    const char *config;               /* something in it */
    output outputs[N][N_BEST];
} format;

static const format formats[] = {
    {.version = 1,
     .n_parameters = 1398,
     .vocab = 6,
     .config = "\"attention\":\"general\"",
     .outputs =
         {
             {{"c b a", -0.14892054}, {"c a a", -2.6867259}},
             {{"b", -0.064464092}, {"", -3.4993722}},
             {{"b a a c", -0.37010765}, {"b a b c", -1.9442029}},
             {{"c a", -0.16862535}, {"c a a", -2.995532}},
             {{"c b a b", -1.2018197}, {"c b a a", -1.3277435}},
         }},
    {.version = 2,
     .n_parameters = 1466,
     .vocab = 10,
     .config = "\"tgt-tokens\":\"unigram\"",
     .outputs =
         {
             {{"c b a", -0.40098715}, {"c b a a", -2.1956794}},
             {{"b b", -1.1985011}, {"b c", -1.3367915}},
             {{"b a a c", -0.63702869}, {"b a b c", -1.9984462}},
             {{"c a a", -0.60888004}, {"a c a", -1.7465737}},
             {{"c b a b", -1.0996408}, {"c b a a", -1.6371505}},
         }},
};
enum { N_FORMATS = sizeof formats / sizeof *formats };

static s2s_model *open_model(const format *f)
{
    const char *root = getenv("S2S_SOURCE_DIR");
    char path[1024];
    s2s_error err = {0};
    s2s_model *model;
    snprintf(path, sizeof path, "%s/tests/golden/format_%d.s2s", root ? root : ".", f->version);
    if (s2s_model_open(&model, path, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return model;
}

static void assert_near(double found, double expected, const char *what)
{
    if (!(fabs(found - expected) < TOLERANCE))
        fail_msg("%s: expected %.9g, found %.9g", what, expected, found);
}

static void models_describe_themselves(void **state)
{
    (void)state;
    static const char *const pieces[] = {"<unk>", "<s>", "</s>"};
    for (int k = 0; k < N_FORMATS; k++) {
        const format *f = &formats[k];
        s2s_model *model = open_model(f);
        const struct {
            int i;
            s2s_tensor_info expected;
        } tensors[] = {
            {0, {"src.embedding", f->vocab, 4}}, {1, {"enc.0.fwd.w_ih", 16, 4}}, {19, {"out.b", 1, f->vocab}}};
        s2s_model_info info;
        s2s_model_describe(model, &info);
        assert_int_equal(info.format_version, f->version);
        assert_int_equal(info.n_parameters, f->n_parameters);
        assert_int_equal(info.n_tensors, 20);
        assert_int_equal(info.src_vocab, f->vocab);
        assert_int_equal(info.tgt_vocab, f->vocab);
        assert_non_null(strstr(info.config_json, f->config));
        assert_non_null(strstr(info.config_json, "\"after\":\"300u\""));
        assert_non_null(strstr(info.history_json, "\"target_tokens\":27300"));
        for (int i = 0; i < 3; i++) {
            assert_string_equal(s2s_model_piece(model, false, i), pieces[i]);
            assert_string_equal(s2s_model_piece(model, true, i), pieces[i]);
        }
        assert_string_equal(s2s_model_piece(model, true, 3), f->version == 1 ? "a" : "\u2581a");
        for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
            s2s_tensor_info tensor = s2s_model_tensor(model, tensors[i].i);
            assert_string_equal(tensor.name, tensors[i].expected.name);
            assert_int_equal(tensor.rows, tensors[i].expected.rows);
            assert_int_equal(tensor.cols, tensors[i].expected.cols);
        }
        s2s_model_close(model);
    }
}

static s2s_worker *new_worker(const s2s_model *model)
{
    s2s_predict_options options;
    s2s_error err = {0};
    s2s_worker *worker;
    s2s_predict_options_defaults(&options);
    options.beam_size = 3;
    options.n_best = N_BEST;
    options.threads = 1;
    options.min_length = 0;
    if (s2s_worker_new(&worker, model, &options, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return worker;
}

static void make_inputs(s2s_input *inputs)
{
    for (int i = 0; i < N; i++)
        inputs[i] = (s2s_input){.text = sources[i], .n = strlen(sources[i])};
}

static void compare_outputs(const format *f, s2s_worker *worker)
{
    s2s_input inputs[N];
    s2s_error err = {0};
    const s2s_result *result;
    make_inputs(inputs);
    if (s2s_predict(worker, inputs, N, &result, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    for (int i = 0; i < N; i++) {
        assert_int_equal(s2s_result_n_hyps(result, i), N_BEST);
        for (int h = 0; h < N_BEST; h++) {
            const s2s_hypothesis *hyp = s2s_result_hyp(result, i, h);
            assert_string_equal(hyp->text, f->outputs[i][h].text);
            assert_near(hyp->log_prob, f->outputs[i][h].log_prob, sources[i]);
            assert_near(hyp->score, f->outputs[i][h].log_prob, sources[i]);
        }
    }
}

static void compare_scores(const format *f, s2s_worker *worker)
{
    s2s_input inputs[N];
    const char *targets[N];
    s2s_error err = {0};
    const s2s_result *result;
    make_inputs(inputs);
    for (int h = 0; h < N_BEST; h++) {
        for (int i = 0; i < N; i++)
            targets[i] = f->outputs[i][h].text;
        if (s2s_score(worker, inputs, targets, N, &result, &err) != S2S_OK)
            fail_msg("%s", err.msg);
        for (int i = 0; i < N; i++)
            assert_near(s2s_result_hyp(result, i, 0)->log_prob, f->outputs[i][h].log_prob, sources[i]);
    }
}

static void on_all_formats(void (*compare)(const format *f, s2s_worker *worker))
{
    for (int k = 0; k < N_FORMATS; k++) {
        s2s_model *model = open_model(&formats[k]);
        s2s_worker *worker = new_worker(model);
        compare(&formats[k], worker);
        s2s_worker_free(worker);
        s2s_model_close(model);
    }
}

static void outputs_and_scores_are_those_of_then(void **state)
{
    (void)state;
    on_all_formats(compare_outputs);
}

static void targets_score_as_they_did_then(void **state)
{
    (void)state;
    on_all_formats(compare_scores);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_describe_themselves),
        cmocka_unit_test(outputs_and_scores_are_those_of_then),
        cmocka_unit_test(targets_score_as_they_did_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
