/* Lexicons and constraints of the API: what the search finds, against s2s_score of all strings. */
#include "predict_bench.h"

/* Strings of 1 to 3 of the first letters. */
enum { N_LETTERS = 4, N_STRINGS = N_LETTERS + N_LETTERS * N_LETTERS + N_LETTERS * N_LETTERS * N_LETTERS };

typedef struct strings {
    char text[N_STRINGS][8];
    int n;
} strings;

static void fill(strings *s)
{
    s->n = 0;
    for (int length = 1, count = N_LETTERS; length <= 3; length++, count *= N_LETTERS)
        for (int i = 0; i < count; i++) {
            char *text = s->text[s->n++];
            for (int t = 0, rest = i; t < length; t++, rest /= N_LETTERS) {
                text[2 * t] = (char)('a' + rest % N_LETTERS);
                text[2 * t + 1] = t + 1 < length ? ' ' : '\0';
            }
        }
}

static void write_lines(const bench *b, char *path, size_t size, const char *const *lines, int n)
{
    snprintf(path, size, "%s/lexicon.txt", b->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < n; i++)
        fprintf(file, "%s\n", lines[i]);
    assert_int_equal(fclose(file), 0);
}

/* Every third string is in the lexicon, in no order. */
static s2s_worker *worker_of_some(bench *b, const strings *s, const char **listed, int *n)
{
    char path[128];
    *n = 0;
    for (int i = 0; i < s->n; i += 3)
        listed[(*n)++] = s->text[i * 5 % s->n];
    write_lines(b, path, sizeof path, listed, *n);
    b->options.lexicon = path;
    s2s_worker *worker = bench_worker(b);
    b->options.lexicon = NULL;
    unlink(path);
    return worker;
}

/* Scores of all targets for input i. */
static void score_all(const bench *b, s2s_worker *scorer, int i, const char *const *targets, int n,
                      double *scores)
{
    s2s_input inputs[N_STRINGS] = {{0}};
    const s2s_result *result;
    s2s_error err = {0};
    for (int k = 0; k < n; k++)
        inputs[k] = b->inputs[i];
    must(s2s_score(scorer, inputs, targets, n, &result, &err), &err);
    for (int k = 0; k < n; k++)
        scores[k] = s2s_result_hyp(result, k, 0)->score;
}

static int place_of(const char *text, const char *const *list, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(list[i], text) == 0)
            return i;
    return -1;
}

/* The hypotheses are the best of the list, in order: each has the score of its string, and no string that is
 * missing has a better one. */
static void check_best(const s2s_result *result, int i, const char *const *list, int n, const double *scores)
{
    bool found[N_STRINGS] = {false};
    double worst = INFINITY;
    for (int h = 0; h < s2s_result_n_hyps(result, i); h++) {
        const s2s_hypothesis *hyp = s2s_result_hyp(result, i, h);
        int place = place_of(hyp->text, list, n);
        assert_in_range(place, 0, n - 1);
        assert_false(found[place]);
        found[place] = true;
        assert_true(fabs(scores[place] - hyp->score) < 1e-3);
        worst = hyp->score;
    }
    for (int k = 0; k < n; k++)
        if (!found[k] && scores[k] > worst + 1e-3)
            fail_msg("input %d: \"%s\" scores %g, more than what was found", i, list[k], scores[k]);
}

static void wide_beam_finds_the_strings_that_score_best(void **state)
{
    enum { N_INPUTS = 12, N_BEST = 5 };
    strings all;
    const char *listed[N_STRINGS];
    double scores[N_STRINGS];
    int n;
    bench b;
    s2s_train_options options = small_options();
    (void)state;
    fill(&all);
    bench_open(&b, &options);
    b.options.beam_size = N_STRINGS;
    b.options.n_best = N_BEST;
    b.options.length_penalty = 0.8;
    s2s_worker *worker = worker_of_some(&b, &all, listed, &n), *scorer = bench_worker(&b);
    const s2s_result *result = bench_predict(&b, worker, N_INPUTS);
    for (int i = 0; i < N_INPUTS; i++) {
        assert_int_equal(s2s_result_n_hyps(result, i), N_BEST);
        score_all(&b, scorer, i, listed, n, scores);
        check_best(result, i, listed, n, scores);
    }
    s2s_worker_free(worker);
    s2s_worker_free(scorer);
    bench_close(&b);
}

/* Of all strings of the letters, those with the phrases that score best. */
static void wide_beam_finds_the_best_with_the_phrases(void **state)
{
    enum { N_INPUTS = 6, N_BEST = 3 };
    static const char *const phrases[] = {"b a", "d"};
    strings all;
    const char *listed[N_STRINGS], *with[N_STRINGS];
    double scores[N_STRINGS];
    s2s_constraint constraints[N_INPUTS] = {{0}};
    int n = 0, n_with = 0;
    bench b;
    char path[128];
    s2s_train_options options = small_options();
    s2s_error err = {0};
    (void)state;
    fill(&all);
    bench_open(&b, &options);
    b.options.beam_size = 4 * N_STRINGS; /* as many for each bank */
    b.options.n_best = N_BEST;
    for (; n < all.n; n++)
        listed[n] = all.text[n];
    for (int i = 0; i < n; i++)
        if (strstr(listed[i], phrases[0]) && strstr(listed[i], phrases[1]))
            with[n_with++] = listed[i];
    write_lines(&b, path, sizeof path, listed, n);
    s2s_worker *scorer = bench_worker(&b);
    b.options.lexicon = path;
    s2s_worker *worker = bench_worker(&b);
    unlink(path);
    const s2s_result *result;
    for (int i = 0; i < N_INPUTS; i += 2)
        constraints[i] = (s2s_constraint){phrases, 2};
    must(s2s_predict_constrained(worker, b.inputs, constraints, N_INPUTS, &result, &err), &err);
    for (int i = 0; i < N_INPUTS; i++) {
        bool has = i % 2 == 0;
        assert_int_equal(s2s_result_constraint(result, i), S2S_CONSTRAINT_MET);
        assert_int_equal(s2s_result_n_hyps(result, i), has && n_with < N_BEST ? n_with : N_BEST);
        score_all(&b, scorer, i, has ? with : listed, has ? n_with : n, scores);
        check_best(result, i, has ? with : listed, has ? n_with : n, scores);
    }
    s2s_worker_free(worker);
    s2s_worker_free(scorer);
    bench_close(&b);
}

/* What cannot be met is marked, and its output is that without a constraint; others do not change by it. */
static void what_cannot_be_met_is_marked(void **state)
{
    static const char *const good[] = {"a b", " "}, *const unknown[] = {"a", "zebra"},
                             *const blank[] = {"", " "}, *const long_one[] = {"a a a a a a a a a a a a a"};
    const s2s_constraint constraints[] = {{good, 2},     {unknown, 2}, {blank, 2},
                                          {long_one, 1}, {NULL, 0},    {good, 1}};
    enum { N_INPUTS = sizeof constraints / sizeof *constraints };
    static const s2s_constraint_state expected[] = {S2S_CONSTRAINT_MET, S2S_CONSTRAINT_UNKNOWN,
                                                    S2S_CONSTRAINT_MET, S2S_CONSTRAINT_MISSED,
                                                    S2S_CONSTRAINT_MET, S2S_CONSTRAINT_MISSED};
    bench b;
    s2s_train_options options = small_options();
    s2s_error err = {0};
    const s2s_result *result, *plain;
    (void)state;
    bench_open(&b, &options);
    b.options.max_length = 12;
    b.options.n_best = 2;
    b.inputs[5] = (s2s_input){" ", 1, NULL}; /* has no output but the empty one */
    s2s_worker *worker = bench_worker(&b), *without = bench_worker(&b);
    plain = bench_predict(&b, without, N_INPUTS);
    assert_int_equal(s2s_result_constraint(plain, 0), S2S_CONSTRAINT_MET);
    for (int size = 0; size < 2; size++) {
        must(s2s_predict_constrained(worker, b.inputs, constraints, N_INPUTS, &result, &err), &err);
        for (int i = 0; i < N_INPUTS; i++)
            assert_int_equal(s2s_result_constraint(result, i), expected[i]);
        assert_int_equal(s2s_result_constraint(result, N_INPUTS), S2S_CONSTRAINT_MET);
        assert_non_null(strstr(s2s_result_hyp(result, 0, 0)->text, "a b"));
        assert_non_null(strstr(s2s_result_hyp(result, 0, 1)->text, "a b"));
        for (int i = 1; i < N_INPUTS; i++)
            assert_true(same_outputs(result, i, plain, i));
        s2s_worker_free(worker);
        b.options.batch_size = 1;
        worker = bench_worker(&b);
    }
    s2s_worker_free(worker);
    s2s_worker_free(without);
    bench_close(&b);
}

static void check_refused(s2s_worker *worker, const bench *b, s2s_constraint constraint, s2s_status status,
                          const char *message)
{
    const s2s_constraint constraints[] = {{NULL, 0}, constraint};
    const s2s_result *result;
    s2s_error err = {0};
    assert_int_equal(s2s_predict_constrained(worker, b->inputs, constraints, 2, &result, &err), status);
    assert_null(result);
    if (!strstr(err.msg, message))
        fail_msg("expected \"%s\", found \"%s\"", message, err.msg);
}

static void wrong_constraints_are_refused(void **state)
{
    static const char *many[65];
    bench b;
    s2s_train_options options = small_options();
    (void)state;
    for (int i = 0; i < 65; i++)
        many[i] = i % 2 ? "a b" : "c";
    bench_open(&b, &options);
    s2s_worker *worker = bench_worker(&b);
    check_refused(worker, &b, (s2s_constraint){NULL, 1}, S2S_MISUSE, "input 2, phrases: expected a list");
    check_refused(worker, &b, (s2s_constraint){(const char *const[]){"a", NULL}, 2}, S2S_MISUSE,
                  "input 2, phrase 2: expected a text");
    check_refused(worker, &b, (s2s_constraint){(const char *const[]){"a\nb"}, 1}, S2S_BAD_DATA,
                  "input 2, phrase 1: expected one line");
    check_refused(worker, &b, (s2s_constraint){many, 65}, S2S_BAD_DATA,
                  "input 2, phrases: expected at most 64");
    b.options.sample = true;
    s2s_worker *sampler = bench_worker(&b);
    check_refused(sampler, &b, (s2s_constraint){many, 1}, S2S_MISUSE, "--sample");
    s2s_worker_free(sampler);
    s2s_worker_free(worker);
    bench_close(&b);
}

static void a_lexicon_says_what_it_left_out(void **state)
{
    static const char *const lines[] = {"a", "", "what a", "b a c a", "zebra", "a"};
    bench b;
    char path[128];
    s2s_train_options options = small_options();
    s2s_lexicon_info info;
    (void)state;
    bench_open(&b, &options);
    s2s_worker *worker = bench_worker(&b);
    s2s_worker_lexicon(worker, &info);
    assert_true(info.n_strings == 0 && info.n_unusable == 0);
    s2s_worker_free(worker);
    write_lines(&b, path, sizeof path, lines, sizeof lines / sizeof *lines);
    b.options.lexicon = path;
    b.options.max_length = 3;
    worker = bench_worker(&b);
    unlink(path);
    s2s_worker_lexicon(worker, &info);
    assert_true(info.n_strings == 5 && info.n_unusable == 3 && info.first_unusable == 3);
    assert_string_equal(info.why, "has tokens that the model does not know");
    const s2s_result *result = bench_predict(&b, worker, N);
    for (int i = 0; i < N; i++)
        assert_string_equal(s2s_result_hyp(result, i, 0)->text, "a");
    s2s_worker_free(worker);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_beam_finds_the_strings_that_score_best),
        cmocka_unit_test(wide_beam_finds_the_best_with_the_phrases),
        cmocka_unit_test(what_cannot_be_met_is_marked),
        cmocka_unit_test(wrong_constraints_are_refused),
        cmocka_unit_test(a_lexicon_says_what_it_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
