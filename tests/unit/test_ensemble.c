/* Ensembles: several models as one, against what each of them says. */
#include "predict_bench.h"

#include "text/tokeniser.h"
#include "write_text.h"

enum { K = 3, N_BEST = 3 };

static const double shares[K] = {0.5, 0.25, 0.25};

typedef struct ensemble {
    bench b; /* of the first model */
    s2s_model *models[K];
    const s2s_model *all[K];
} ensemble;

static char paths[K][96];

/* Networks that have nothing in common but their tokens. */
static s2s_train_options network(int k)
{
    s2s_train_options options = small_options();
    options.network.attention = k == 1   ? S2S_ATTENTION_NONE
                                : k == 2 ? S2S_ATTENTION_ADDITIVE
                                         : S2S_ATTENTION_GENERAL;
    options.network.enc_cell = options.network.dec_cell = k;
    options.network.dec_depth = 1 + k % 2;
    options.network.dim_hidden = 16 + 8 * k;
    options.network.dim_emb = 8 + k;
    return options;
}

static int set_up(void **state)
{
    static ensemble e;
    s2s_error err = {0};
    s2s_train_options options = network(0);
    bench_open(&e.b, &options);
    e.b.options.max_length = 12;
    for (int k = 0; k < K; k++) {
        options = network(k);
        snprintf(paths[k], sizeof paths[k], "%s/%d.s2s", e.b.folder, k);
        write_model(paths[k], &options, 3 + (uint64_t)k);
        must(s2s_model_open(&e.models[k], paths[k], &err), &err);
        e.all[k] = e.models[k];
    }
    *state = &e;
    return 0;
}

static int tear_down(void **state)
{
    ensemble *e = *state;
    for (int k = 0; k < K; k++) {
        s2s_model_close(e->models[k]);
        unlink(paths[k]);
    }
    bench_close(&e->b);
    return 0;
}

static s2s_predict_options options_of(const ensemble *e)
{
    s2s_predict_options options = e->b.options;
    options.weights = "2,1,1";
    return options;
}

static s2s_worker *worker_of(const s2s_model *const *models, int n, const s2s_predict_options *options)
{
    s2s_error err = {0};
    s2s_worker *worker;
    must(s2s_worker_new_ensemble(&worker, models, n, options, &err), &err);
    return worker;
}

/* Log-probabilities of one target's tokens. */
static const s2s_hypothesis *score(s2s_worker *worker, const s2s_input *input, const char *target)
{
    s2s_error err = {0};
    const s2s_result *result;
    must(s2s_score(worker, input, &target, 1, &result, &err), &err);
    return s2s_result_hyp(result, 0, 0);
}

/* Token scores are the logarithms of the mean of those that the models give by themselves. */
static void check_scores(s2s_worker *const *alone, const s2s_input *input, const s2s_hypothesis *hyp)
{
    const s2s_hypothesis *own[K];
    for (int k = 0; k < K; k++)
        own[k] = score(alone[k], input, hyp->text);
    for (int t = 0; t <= hyp->n_tokens; t++) {
        double p = 0;
        for (int k = 0; k < K; k++)
            p += shares[k] * exp((double)own[k]->token_scores[t]);
        assert_true(fabs((double)hyp->token_scores[t] - log(p)) < 1e-4);
    }
}

static void scores_are_those_of_the_mean(void **state)
{
    const ensemble *e = *state;
    s2s_predict_options options = options_of(e), single = e->b.options;
    s2s_worker *alone[K], *scorer = worker_of(e->all, K, &options);
    for (int k = 0; k < K; k++)
        alone[k] = worker_of(&e->all[k], 1, &single);
    for (int sample = 0; sample < 2; sample++) {
        options.sample = sample != 0;
        options.n_best = N_BEST;
        s2s_worker *together = worker_of(e->all, K, &options);
        const s2s_result *result = bench_predict(&e->b, together, N);
        for (int i = 0; i < N; i++) {
            assert_int_equal(s2s_result_n_hyps(result, i), N_BEST);
            for (int h = 0; h < N_BEST; h++) {
                const s2s_hypothesis *hyp = s2s_result_hyp(result, i, h);
                if (hyp->n_tokens == 0)
                    continue;
                check_scores(alone, &e->b.inputs[i], hyp);
                assert_true(fabs(score(scorer, &e->b.inputs[i], hyp->text)->log_prob - hyp->log_prob) < 1e-3);
            }
        }
        s2s_worker_free(together);
    }
    for (int k = 0; k < K; k++)
        s2s_worker_free(alone[k]);
    s2s_worker_free(scorer);
}

/* Greedy search says the token that no other is likelier than, by the scores of all. */
static void the_likeliest_token_is_said(void **state)
{
    const ensemble *e = *state;
    s2s_predict_options options = options_of(e);
    options.beam_size = 1;
    options.max_length = 1;
    options.min_length = 1;
    s2s_worker *together = worker_of(e->all, K, &options);
    for (int i = 0; i < N; i++) {
        s2s_error err = {0};
        const s2s_result *result;
        char said[8];
        must(s2s_predict(together, &e->b.inputs[i], 1, &result, &err), &err);
        snprintf(said, sizeof said, "%s", s2s_result_hyp(result, 0, 0)->text);
        float best = score(together, &e->b.inputs[i], said)->token_scores[0];
        for (char letter = 'a'; letter < 'a' + 12; letter++) {
            const char other[] = {letter, '\0'};
            assert_true(score(together, &e->b.inputs[i], other)->token_scores[0] <= best + 1e-5f);
        }
    }
    s2s_worker_free(together);
}

static void a_model_twice_is_that_model(void **state)
{
    const ensemble *e = *state;
    const s2s_model *twice[] = {e->all[0], e->all[0]};
    s2s_predict_options options = e->b.options;
    options.attention = true;
    options.n_best = N_BEST;
    s2s_worker *one = worker_of(twice, 1, &options), *two = worker_of(twice, 2, &options);
    const s2s_result *expected = bench_predict(&e->b, one, N), *found = bench_predict(&e->b, two, N);
    for (int i = 0; i < N; i++)
        for (int h = 0; h < N_BEST; h++) {
            const s2s_hypothesis *x = s2s_result_hyp(expected, i, h), *y = s2s_result_hyp(found, i, h);
            assert_string_equal(y->text, x->text);
            assert_true(fabs(y->log_prob - x->log_prob) < 1e-4);
            for (int j = 0; j < (x->n_tokens + 1) * x->n_source; j++)
                assert_true(fabsf(y->attention[j] - x->attention[j]) < 1e-6f);
        }
    s2s_worker_free(one);
    s2s_worker_free(two);
}

/* Whether attention, of a hypothesis with this text, is what models of these weights have of it on average. */
static void check_attention(const ensemble *e, const int *which, const double *weights, int n, int input,
                            const s2s_hypothesis *hyp)
{
    s2s_predict_options options = e->b.options;
    s2s_input forced = e->b.inputs[input];
    double sums[32 * 32] = {0};
    options.attention = true;
    forced.prefix = hyp->text;
    for (int k = 0; k < n; k++) {
        s2s_error err = {0};
        const s2s_result *result;
        s2s_worker *alone = worker_of(&e->all[which[k]], 1, &options);
        must(s2s_predict(alone, &forced, 1, &result, &err), &err);
        const float *own = s2s_result_hyp(result, 0, 0)->attention;
        for (int j = 0; j < hyp->n_tokens * hyp->n_source; j++)
            sums[j] += weights[k] * (double)own[j];
        s2s_worker_free(alone);
    }
    for (int j = 0; j < hyp->n_tokens * hyp->n_source; j++)
        assert_true(fabs(sums[j] - (double)hyp->attention[j]) < 1e-5);
}

/* Attention is the mean of those that have any, and there is none where nobody has. */
static void attention_is_that_of_those_who_have_it(void **state)
{
    const ensemble *e = *state;
    s2s_predict_options options = options_of(e);
    options.attention = true;
    s2s_worker *together = worker_of(e->all, K, &options);
    const s2s_result *result = bench_predict(&e->b, together, N);
    for (int i = 0; i < N; i++) {
        static const int which[] = {0, 2}; /* the second has none */
        static const double weights[] = {2.0 / 3, 1.0 / 3};
        const s2s_hypothesis *hyp = s2s_result_hyp(result, i, 0);
        check_attention(e, which, weights, 2, i, hyp);
    }
    s2s_worker_free(together);
    const s2s_model *without[] = {e->all[1], e->all[1]};
    options.weights = NULL;
    together = worker_of(without, 2, &options);
    assert_null(s2s_result_hyp(bench_predict(&e->b, together, N), 0, 0)->attention);
    s2s_worker_free(together);
}

static void outputs_do_not_depend_on_batch_or_threads(void **state)
{
    const ensemble *e = *state;
    for (int sample = 0; sample < 2; sample++) {
        s2s_predict_options options = options_of(e);
        options.sample = sample != 0;
        options.n_best = N_BEST;
        options.attention = true;
        options.coverage_penalty = 0.1;
        s2s_worker *whole = worker_of(e->all, K, &options);
        options.batch_size = 1;
        s2s_worker *single = worker_of(e->all, K, &options);
        options.batch_size = 0;
        options.batch_tokens = 30;
        options.threads = 3;
        s2s_worker *team = worker_of(e->all, K, &options);
        bench_expect_same(&e->b, whole, single);
        bench_expect_same(&e->b, whole, team);
        s2s_worker_free(whole);
        s2s_worker_free(single);
        s2s_worker_free(team);
    }
}

static void outputs_are_of_the_lexicon(void **state)
{
    const ensemble *e = *state;
    char lexicon[96];
    snprintf(lexicon, sizeof lexicon, "%s/lexicon", e->b.folder);
    write_text(lexicon, "a b c\nb\nc a\n");
    s2s_predict_options options = options_of(e);
    options.lexicon = lexicon;
    s2s_worker *worker = worker_of(e->all, K, &options);
    const s2s_result *result = bench_predict(&e->b, worker, N);
    for (int i = 0; i < N; i++) {
        const char *text = s2s_result_hyp(result, i, 0)->text;
        assert_true(strcmp(text, "a b c") == 0 || strcmp(text, "b") == 0 || strcmp(text, "c a") == 0);
    }
    s2s_worker_free(worker);
    unlink(lexicon);
}

/* What a shortlist allows, letters of the source that can be copied among it. */
static void outputs_are_of_the_shortlist(void **state)
{
    const ensemble *e = *state;
    char shortlist[96];
    snprintf(shortlist, sizeof shortlist, "%s/shortlist", e->b.folder);
    write_text(shortlist, "b a 0.9\nc b 0.8\nd NULL 1\n");
    s2s_predict_options options = options_of(e);
    options.shortlist = shortlist;
    options.shortlist_frequent = 1; /* NULL's translation */
    for (int sample = 0; sample < 2; sample++) {
        options.sample = sample != 0;
        s2s_worker *worker = worker_of(e->all, K, &options);
        const s2s_result *result = bench_predict(&e->b, worker, N);
        for (int i = 0; i < N; i++) {
            char listed[80];
            const char *text = s2s_result_hyp(result, i, 0)->text;
            snprintf(listed, sizeof listed, "bcd %s", e->b.lines[i]);
            if (strspn(text, listed) != strlen(text))
                fail_msg("expected letters of \"%s\" only, found \"%s\"", listed, text);
        }
        s2s_worker_free(worker);
    }
    unlink(shortlist);
}

static void outputs_contain_their_phrases(void **state)
{
    const ensemble *e = *state;
    s2s_error err = {0};
    const s2s_result *result;
    const char *const phrases[] = {"k l"};
    s2s_constraint constraints[N];
    s2s_predict_options options = options_of(e);
    s2s_worker *worker = worker_of(e->all, K, &options);
    for (int i = 0; i < N; i++)
        constraints[i] = (s2s_constraint){phrases, 1};
    must(s2s_predict_constrained(worker, e->b.inputs, constraints, N, &result, &err), &err);
    for (int i = 0; i < N; i++) {
        assert_int_equal(s2s_result_constraint(result, i), S2S_CONSTRAINT_MET);
        assert_non_null(strstr(s2s_result_hyp(result, i, 0)->text, "k l"));
    }
    s2s_worker_free(worker);
}

/* ---- what is refused ---- */

static void refuse(const s2s_model *const *models, int n, const char *weights, s2s_status expected,
                   const char *message)
{
    s2s_error err = {0};
    s2s_worker *worker;
    s2s_predict_options options;
    s2s_predict_options_defaults(&options);
    options.weights = weights;
    assert_int_equal(s2s_worker_new_ensemble(&worker, models, n, &options, &err), expected);
    assert_null(worker);
    if (!strstr(err.msg, message))
        fail_msg("expected \"%s\", found \"%s\"", message, err.msg);
}

static void bad_weights_are_refused(void **state)
{
    const ensemble *e = *state;
    static const char needs[] = "--weights: expected numbers of 1e-09 to 1000, found";
    refuse(e->all, K, "1,2", S2S_BAD_CONFIG, "--weights: expected one number for each model, 3, found 2");
    refuse(e->all, K, "1,2,3,4", S2S_BAD_CONFIG, "--weights: expected one number for each model, 3, found 4");
    refuse(e->all, 1, "1,2", S2S_BAD_CONFIG, "--weights: expected one number for each model, 1, found 2");
    refuse(e->all, K, "1,0,1", S2S_BAD_CONFIG, needs);
    refuse(e->all, K, "1,-1,1", S2S_BAD_CONFIG, needs);
    refuse(e->all, K, "1,nan,1", S2S_BAD_CONFIG, needs);
    refuse(e->all, K, "1,x,1", S2S_BAD_CONFIG, needs);
    refuse(e->all, K, "1,,1", S2S_BAD_CONFIG, needs);
}

static void too_many_models_are_refused(void **state)
{
    const ensemble *e = *state;
    const s2s_model *many[17], *gap[] = {e->all[0], NULL};
    for (int k = 0; k < 17; k++)
        many[k] = e->all[k % K];
    refuse(many, 17, NULL, S2S_MISUSE, "expected 1 to 16 models, found 17");
    refuse(many, 0, NULL, S2S_MISUSE, "expected 1 to 16 models, found 0");
    refuse(gap, 2, NULL, S2S_MISUSE, "found NULL");
    refuse(NULL, 2, NULL, S2S_MISUSE, "found NULL");
    s2s_predict_options options = e->b.options;
    s2s_worker_free(worker_of(many, 16, &options));
}

static void models_of_other_tokens_are_refused(void **state)
{
    const ensemble *e = *state;
    s2s_error err = {0};
    char path[96];
    s2s_vocab *source = letters_vocab(20), *target = letters_vocab(11);
    const s2s_model_contents contents = {.history_json = "{}", .source_vocab = source, .target_vocab = target};
    s2s_train_options options = network(0), other = network(0);
    const s2s_model *pair[] = {e->all[0], NULL};
    s2s_model *model;
    snprintf(path, sizeof path, "%s/other.s2s", e->b.folder);
    write_model_with(path, &options, 1, contents);
    must(s2s_model_open(&model, path, &err), &err);
    pair[1] = model;
    refuse(pair, 2, NULL, S2S_BAD_MODEL, "other.s2s: expected a target vocabulary of 15 pieces as ");
    s2s_model_close(model);

    other.tgt_tokens = S2S_TOKENISE_CHARACTER;
    write_model(path, &other, 1);
    must(s2s_model_open(&model, path, &err), &err);
    pair[1] = model;
    refuse(pair, 2, NULL, S2S_BAD_MODEL, "other.s2s: expected --tgt-tokens space as ");
    s2s_model_close(model);
    s2s_vocab_free(source);
    s2s_vocab_free(target);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_those_of_the_mean),
        cmocka_unit_test(the_likeliest_token_is_said),
        cmocka_unit_test(a_model_twice_is_that_model),
        cmocka_unit_test(attention_is_that_of_those_who_have_it),
        cmocka_unit_test(outputs_do_not_depend_on_batch_or_threads),
        cmocka_unit_test(outputs_are_of_the_lexicon),
        cmocka_unit_test(outputs_are_of_the_shortlist),
        cmocka_unit_test(outputs_contain_their_phrases),
        cmocka_unit_test(bad_weights_are_refused),
        cmocka_unit_test(too_many_models_are_refused),
        cmocka_unit_test(models_of_other_tokens_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
