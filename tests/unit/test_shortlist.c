/* s2s/shortlist.h: outputs with a shortlist, which has nothing to do with batches and threads. */
#include "predict_bench.h"

#include "write_text.h"

enum { N_TARGETS = 12, N_SOURCES = 20 }; /* letters of the bench's model */

typedef struct shortlist_bench {
    bench b;
    s2s_predict_options defaults;
    char all[96], few[96], file[96]; /* files of translations; and one for a test's own use */
} shortlist_bench;

static shortlist_bench s;

static FILE *open_file(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

/* Target letter that a source letter becomes, for k = 0, 1. */
static char translation(int source, int k)
{
    return (char)('a' + (3 * source + 5 * k) % N_TARGETS);
}

static void write_files(void)
{
    FILE *all = open_file(s.all), *few = open_file(s.few);
    for (int source = 0; source < N_SOURCES; source++) {
        for (int target = 0; target < N_TARGETS; target++)
            fprintf(all, "%c %c 0.0833\n", 'a' + target, 'a' + source);
        for (int k = 0; k < 2; k++)
            fprintf(few, "%c %c %g\n", translation(source, k), 'a' + source, 0.7 - 0.4 * k);
    }
    fputs("k NULL 0.2\nl NULL 0.3\nNULL a 0.1\n", few);
    assert_int_equal(fclose(all) | fclose(few), 0);
}

static void open_with(const s2s_train_options *options)
{
    bench_open(&s.b, options);
    s.defaults = s.b.options;
    snprintf(s.all, sizeof s.all, "%s/all", s.b.folder);
    snprintf(s.few, sizeof s.few, "%s/few", s.b.folder);
    snprintf(s.file, sizeof s.file, "%s/file", s.b.folder);
    write_files();
}

static void close_bench(void)
{
    unlink(s.all);
    unlink(s.few);
    unlink(s.file);
    bench_close(&s.b);
}

static int set_up(void **state)
{
    s2s_train_options options = small_options();
    (void)state;
    open_with(&options);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close_bench();
    return 0;
}

/* What every test begins with, also after one that failed. */
static int use_defaults(void **state)
{
    (void)state;
    s.b.options = s.defaults;
    for (int i = 0; i < N; i++)
        s.b.inputs[i].prefix = NULL;
    return 0;
}

/* Both workers give the same, bit for bit. */
static void assert_same(s2s_worker *x, s2s_worker *y)
{
    const s2s_result *found = bench_predict(&s.b, x, N), *expected = bench_predict(&s.b, y, N);
    for (int i = 0; i < N; i++)
        if (!same_outputs(found, i, expected, i))
            fail_msg("input %d: expected \"%s\", found \"%s\"", i, s2s_result_hyp(expected, i, 0)->text,
                     s2s_result_hyp(found, i, 0)->text);
    s2s_worker_free(x);
    s2s_worker_free(y);
}

/* A list of all tokens is no list. */
static void assert_whole(void)
{
    const s2s_predict_options given = s.b.options;
    s2s_worker *without = bench_worker(&s.b);
    s.b.options.shortlist = s.all;
    s.b.options.shortlist_frequent = 0;
    assert_same(bench_worker(&s.b), without);
    s.b.options = given;
}

static void all_tokens_with_every_search(void **state)
{
    (void)state;
    for (int width = 1; width <= 6; width += 5) {
        s.b.options.beam_size = s.b.options.n_best = width;
        assert_whole();
        s.b.options.no_repeat_ngram = 2;
        s.b.options.min_length = 4;
        s.b.inputs[3].prefix = "l w b";
        assert_whole();
        s.b.inputs[3].prefix = NULL;
        s.b.options = s.defaults;
    }
    s.b.options.sample = true;
    s.b.options.n_best = 4;
    s.b.options.top_k = 6;
    assert_whole();
    s.b.options.top_k = 0;
    assert_whole();
}

static void all_tokens_with_every_precision(void **state)
{
    static const s2s_precision precisions[] = {S2S_PRECISION_BF16, S2S_PRECISION_INT8};
    (void)state;
    for (int tied = 0; tied < 2; tied++) {
        s2s_train_options options = small_options();
        options.network.tied_embeddings = tied;
        close_bench();
        open_with(&options);
        assert_whole();
        for (size_t i = 0; i < sizeof precisions / sizeof *precisions; i++) {
            int precision = (int)precisions[i];
            s2s_model *model;
            s2s_error err = {0};
            if (s2s_model_open_as(&model, s.b.folder, precisions[i], &err) == S2S_BAD_CONFIG)
                continue; /* a processor that cannot */
            s2s_model_close(model);
            bench_reopen(&s.b, (s2s_precision)precision);
            assert_whole();
        }
    }
}

/* Whether the list of a line, with so many frequent tokens, has the letter. */
static bool has(const char *line, char letter, int n_frequent)
{
    bool two = s.b.options.shortlist_best > 1;
    const char *frequent = two ? "lkabcdefghij" : "labcdefghijk"; /* NULL's first, then of the vocabulary */
    bool found = memchr(frequent, letter, (size_t)n_frequent) != NULL;
    for (const char *c = line; *c; c++)
        if (*c >= 'a' && *c < 'a' + N_SOURCES)
            found |= *c == letter || translation(*c - 'a', 0) == letter ||
                     (two && translation(*c - 'a', 1) == letter);
    return found;
}

static void outputs_are_of_the_list(void **state)
{
    (void)state;
    s.b.options.shortlist = s.few;
    for (int round = 0; round < 8; round++) {
        s.b.options.shortlist_best = 1 + round % 2;
        s.b.options.shortlist_frequent = round / 2;
        s.b.options.sample = round > 5;
        s.b.options.n_best = 5;
        s2s_worker *worker = bench_worker(&s.b);
        const s2s_result *result = bench_predict(&s.b, worker, N);
        for (int i = 0; i < N; i++)
            for (int h = 0; h < s2s_result_n_hyps(result, i); h++)
                for (const char *c = s2s_result_hyp(result, i, h)->text; *c; c++)
                    if (*c != ' ' && !has(s.b.lines[i], *c, s.b.options.shortlist_frequent))
                        fail_msg("round %d, \"%s\": found %c", round, s.b.lines[i], *c);
        s2s_worker_free(worker);
    }
}

static void neither_batch_nor_team_changes_a_bit(void **state)
{
    (void)state;
    s.b.options.shortlist = s.few;
    s.b.options.shortlist_frequent = 1;
    for (int sample = 0; sample < 2; sample++) {
        s.b.options.sample = sample;
        s.b.options.n_best = 3;
        s.b.options.batch_size = 1;
        s.b.options.threads = 1;
        s2s_worker *alone = bench_worker(&s.b);
        s.b.options.batch_size = 64;
        s.b.options.threads = 3;
        assert_same(bench_worker(&s.b), alone);
    }
}

/* Prefixes have tokens that no list has, unknown ones too. */
static void prefixes_join_the_list(void **state)
{
    (void)state;
    write_text(s.file, "a a 1\n");
    s.b.options.shortlist = s.file;
    s.b.options.shortlist_frequent = 0;
    for (int i = 0; i < N; i++)
        s.b.inputs[i].prefix = "l w k";
    s2s_worker *worker = bench_worker(&s.b);
    const s2s_result *result = bench_predict(&s.b, worker, N);
    for (int i = 0; i < N; i++) {
        const s2s_hypothesis *hyp = s2s_result_hyp(result, i, 0);
        assert_int_equal(strncmp(hyp->text, "l w k", 5), 0);
        assert_true(isfinite(hyp->log_prob));
    }
    s2s_worker_free(worker);
}

static void phrases_join_the_list(void **state)
{
    static const char *const phrases[] = {"l k", "j"};
    static s2s_constraint constraints[N];
    s2s_error err = {0};
    const s2s_result *result;
    (void)state;
    s.b.options.shortlist = s.few;
    s.b.options.shortlist_frequent = 0;
    for (int i = 0; i < N; i++)
        constraints[i] = (s2s_constraint){phrases, 2};
    s2s_worker *worker = bench_worker(&s.b);
    must(s2s_predict_constrained(worker, s.b.inputs, constraints, N, &result, &err), &err);
    for (int i = 0; i < N; i++) {
        const s2s_hypothesis *hyp = s2s_result_hyp(result, i, 0);
        assert_int_equal(s2s_result_constraint(result, i), S2S_CONSTRAINT_MET);
        assert_true(isfinite(hyp->log_prob) && strstr(hyp->text, "l k") && strchr(hyp->text, 'j'));
    }
    s2s_worker_free(worker);
}

static void a_lexicon_goes_before_a_shortlist(void **state)
{
    (void)state;
    write_text(s.file, "l k j\na b c\n");
    s.b.options.lexicon = s.file;
    s2s_worker *without = bench_worker(&s.b);
    s.b.options.shortlist = s.few;
    s.b.options.shortlist_frequent = 0;
    assert_same(bench_worker(&s.b), without);
}

/* ---- files ---- */

static void what_a_worker_took(void **state)
{
    s2s_shortlist_info info;
    (void)state;
    s2s_worker *worker = bench_worker(&s.b);
    s2s_worker_shortlist(worker, &info);
    assert_int_equal(info.n_translations + info.n_unknown, 0);
    s2s_worker_free(worker);
    write_text(s.file, "a a 0.5\nb a 0.25\nc a 0.125\nz a 0.5\na z 0.5\na b 1\na NULL 1\n");
    s.b.options.shortlist = s.file;
    s.b.options.shortlist_best = 2;
    worker = bench_worker(&s.b);
    s2s_worker_shortlist(worker, &info);
    assert_int_equal(info.n_translations, 3);
    assert_int_equal(info.n_unknown, 2);
    s2s_worker_free(worker);
}

static void expect_refused(s2s_status status, const char *message)
{
    s2s_error err = {0};
    s2s_worker *worker;
    assert_int_equal(s2s_worker_new(&worker, s.b.model, &s.b.options, &err), status);
    if (!strstr(err.msg, message))
        fail_msg("expected \"%s\", found \"%s\"", message, err.msg);
}

static void what_is_refused(void **state)
{
    (void)state;
    s.b.options.shortlist = "/nowhere/shortlist";
    expect_refused(S2S_BAD_DATA, "/nowhere/shortlist");
    s.b.options.shortlist = s.file;
    write_text(s.file, "z z 0.5\n");
    expect_refused(S2S_BAD_DATA, "file: expected translations of the model's tokens, found none");
    s.b.options.shortlist = s.few;
    s.b.options.shortlist_best = 0;
    expect_refused(S2S_MISUSE, "shortlist-best");
    s.b.options = s.defaults;
    s.b.options.shortlist_frequent = -1;
    expect_refused(S2S_MISUSE, "shortlist-frequent");
}

/* ---- estimation ---- */

typedef struct told {
    int n_iterations;
    s2s_shortlist_progress last;
} told;

static void on_progress(void *arg, const s2s_shortlist_progress *progress)
{
    told *t = arg;
    assert_in_range(progress->iteration, 1, 3);
    assert_true(progress->fraction >= 0 && progress->fraction <= 1);
    if (progress->fraction < 1)
        return;
    if (t->n_iterations++ > 0)
        assert_true(progress->log_likelihood > t->last.log_likelihood);
    t->last = *progress;
}

/* Pairs whose target says the source in other letters, and a line with two targets. */
static void write_pairs(const char *path)
{
    FILE *file = open_file(path);
    for (int i = 0; i < 200; i++)
        fprintf(file, "%c %c\t%c %c\n", 'a' + i % 12, 'a' + i * 7 % 11, 'a' + (i + 1) % 12,
                'a' + (i * 7 % 11 + 1) % 12);
    fputs("a b\tb c\tc b\na a a a a a\tb\n", file);
    assert_int_equal(fclose(file), 0);
}

static void estimated_from_pairs(void **state)
{
    s2s_shortlist_options options;
    s2s_error err = {0};
    told t = {0};
    int64_t n_lines;
    char pairs[96], first[64];
    (void)state;
    snprintf(pairs, sizeof pairs, "%s/pairs", s.b.folder);
    write_pairs(pairs);
    s2s_shortlist_options_defaults(&options);
    options.pairs = pairs;
    options.iterations = 3;
    options.max_length = 5;
    must(s2s_shortlist_estimate(s.b.model, &options, s.file, &n_lines, on_progress, &t, &err), &err);
    assert_int_equal(t.n_iterations, 3);
    assert_int_equal(t.last.n_pairs, 202);
    assert_int_equal(t.last.n_skipped, 1);
    assert_int_equal(t.last.n_tokens, 404);
    assert_int_equal(t.last.n_dropped, 0);
    FILE *file = fopen(s.file, "r");
    assert_non_null(file);
    assert_non_null(fgets(first, sizeof first, file));
    assert_int_equal(strncmp(first, "b a 0.", 6), 0);
    fclose(file);
    s.b.options.shortlist = s.file;
    s2s_worker *worker = bench_worker(&s.b);
    s2s_shortlist_info info;
    s2s_worker_shortlist(worker, &info);
    assert_true(info.n_unknown == 0 && info.n_translations > 12 && info.n_translations < n_lines);
    s2s_worker_free(worker);
    options.max_length = 1;
    assert_int_equal(s2s_shortlist_estimate(s.b.model, &options, s.file, &n_lines, NULL, NULL, &err),
                     S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, "pairs: expected pairs of 1 to 1 tokens, found none in 202 lines"));
    unlink(pairs);
}

#define TEST(function) cmocka_unit_test_setup(function, use_defaults)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_tokens_with_every_search),
        TEST(all_tokens_with_every_precision),
        TEST(outputs_are_of_the_list),
        TEST(neither_batch_nor_team_changes_a_bit),
        TEST(prefixes_join_the_list),
        TEST(phrases_join_the_list),
        TEST(a_lexicon_goes_before_a_shortlist),
        TEST(what_a_worker_took),
        TEST(what_is_refused),
        TEST(estimated_from_pairs),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
