/* Unknown tokens of outputs, replaced by what they attend to. */
#include "predict_bench.h"

#include "text/tokeniser.h"
#include "write_text.h"

static char dictionary[] = "/tmp/s2s-unknown-XXXXXX";

static int most_attended(const s2s_hypothesis *hyp, int t)
{
    int best = 0;
    for (int s = 1; s < hyp->n_source; s++)
        if (hyp->attention[t * hyp->n_source + s] > hyp->attention[t * hyp->n_source + best])
            best = s;
    return best;
}

/* Tokens of outputs are letters; the source letter x is "x/" in the dictionary, so that it stands out. */
static bool was_unknown(const char *token)
{
    return token[0] && token[1] == '/';
}

/* Replacements of all outputs of the result, each of them checked. */
static int count_replaced(const s2s_result *result)
{
    int n_replaced = 0;
    for (int i = 0; i < s2s_result_n_inputs(result); i++)
        for (int h = 0; h < s2s_result_n_hyps(result, i); h++) {
            const s2s_hypothesis *hyp = s2s_result_hyp(result, i, h);
            for (int t = 0; t < hyp->n_tokens; t++) {
                assert_string_not_equal(hyp->tokens[t], "<unk>");
                if (!was_unknown(hyp->tokens[t]))
                    continue;
                assert_true(hyp->tokens[t][0] == hyp->source_tokens[most_attended(hyp, t)][0]);
                n_replaced++;
            }
        }
    return n_replaced;
}

static void open_replacing(bench *b, int n_best)
{
    s2s_train_options options = small_options();
    bench_open(b, &options);
    b->options.replace_unknown = true;
    b->options.attention = true;
    b->options.n_best = n_best;
}

static void unknown_tokens_become_what_they_attend_to(void **state)
{
    (void)state;
    bench b;
    char text[26 * 5 + 1] = "";
    open_replacing(&b, 4);
    s2s_worker *plain = bench_worker(&b);
    for (char c = 'a'; c <= 'z'; c++)
        snprintf(text + strlen(text), 6, "%c\t%c/\n", c, c);
    write_text(dictionary, text);
    b.options.unknown_dictionary = dictionary;
    s2s_worker *marking = bench_worker(&b);
    const s2s_result *marked = bench_predict(&b, marking, N), *found = bench_predict(&b, plain, N);
    assert_true(count_replaced(marked) > N);
    /* Without a dictionary it is the source token itself, and all else is the same. */
    for (int i = 0; i < N; i++) {
        assert_int_equal(s2s_result_n_hyps(found, i), 4);
        for (int h = 0; h < 4; h++) {
            const s2s_hypothesis *x = s2s_result_hyp(found, i, h), *y = s2s_result_hyp(marked, i, h);
            assert_int_equal(x->n_tokens, y->n_tokens);
            assert_true(x->score == y->score && x->log_prob == y->log_prob);
            for (int t = 0; t < x->n_tokens; t++) {
                assert_true(x->token_scores[t] == y->token_scores[t]);
                assert_true(x->tokens[t][0] == y->tokens[t][0] && x->tokens[t][1] == '\0');
            }
            assert_null(strstr(x->text, "<unk>"));
        }
    }
    s2s_worker_free(plain);
    s2s_worker_free(marking);
    bench_close(&b);
}

static void attention_is_not_given_unasked(void **state)
{
    (void)state;
    bench b;
    open_replacing(&b, 1);
    s2s_worker *asking = bench_worker(&b);
    b.options.attention = false;
    s2s_worker *worker = bench_worker(&b);
    const s2s_result *with = bench_predict(&b, asking, N), *without = bench_predict(&b, worker, N);
    for (int i = 0; i < N; i++) {
        assert_null(s2s_result_hyp(without, i, 0)->attention);
        assert_string_equal(s2s_result_hyp(without, i, 0)->text, s2s_result_hyp(with, i, 0)->text);
    }
    s2s_worker_free(asking);
    s2s_worker_free(worker);
    bench_close(&b);
}

static void samples_and_prefixes_are_replaced_alike(void **state)
{
    (void)state;
    bench b;
    open_replacing(&b, 20);
    write_text(dictionary, "a\tb/\n");
    b.inputs[0] = (s2s_input){.text = "a a a", .n = 5, .prefix = "zebra a"};
    b.options.unknown_dictionary = dictionary;
    b.options.sample = true;
    b.options.temperature = 5;
    s2s_worker *worker = bench_worker(&b);
    const s2s_result *result = bench_predict(&b, worker, 1);
    int n_replaced = 0;
    for (int h = 0; h < 20; h++) {
        const s2s_hypothesis *hyp = s2s_result_hyp(result, 0, h);
        assert_string_equal(hyp->tokens[0], "zebra"); /* unknown, but given */
        assert_string_equal(hyp->tokens[1], "a");
        for (int t = 2; t < hyp->n_tokens; t++)
            n_replaced += strcmp(hyp->tokens[t], "b/") == 0;
    }
    assert_true(n_replaced > 0);
    s2s_worker_free(worker);
    bench_close(&b);
}

static void assert_refused(const bench *b, s2s_status status, const char *message)
{
    s2s_worker *worker;
    s2s_error err = {0};
    assert_int_equal(s2s_worker_new(&worker, b->model, &b->options, &err), status);
    assert_null(worker);
    if (!strstr(err.msg, message))
        fail_msg("expected \"%s\", found \"%s\"", message, err.msg);
}

static void models_that_cannot_are_refused(void **state)
{
    (void)state;
    s2s_train_options options[3] = {small_options(), small_options(), small_options()};
    static const char *const messages[] = {"expected a model with attention", "found characters of the source",
                                           "found characters of the target"};
    options[0].network.attention = S2S_ATTENTION_NONE;
    options[1].src_tokens = options[2].tgt_tokens = S2S_TOKENISE_CHARACTER;
    for (int i = 0; i < 3; i++) {
        bench b;
        bench_open(&b, &options[i]);
        b.options.replace_unknown = true;
        assert_refused(&b, S2S_MISUSE, messages[i]);
        bench_close(&b);
    }
}

static void dictionaries_that_are_none_are_refused(void **state)
{
    (void)state;
    bench b;
    open_replacing(&b, 1);
    b.options.unknown_dictionary = dictionary;
    write_text(dictionary, "a\tb\nc\n");
    char place[64];
    snprintf(place, sizeof place, "%s:2: expected source<TAB>target, found no TAB", dictionary);
    assert_refused(&b, S2S_BAD_DATA, place);
    b.options.unknown_dictionary = "/nonexistent/file";
    assert_refused(&b, S2S_BAD_DATA, "/nonexistent/file");
    b.options.replace_unknown = false;
    assert_refused(&b, S2S_MISUSE, "--unknown-dictionary: expected --replace-unknown, found none");
    bench_close(&b);
}

static int make_dictionary(void **state)
{
    (void)state;
    int fd = mkstemp(dictionary);
    return fd < 0 ? -1 : close(fd);
}

static int remove_dictionary(void **state)
{
    (void)state;
    return unlink(dictionary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_tokens_become_what_they_attend_to),
        cmocka_unit_test(attention_is_not_given_unasked),
        cmocka_unit_test(samples_and_prefixes_are_replaced_alike),
        cmocka_unit_test(models_that_cannot_are_refused),
        cmocka_unit_test(dictionaries_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, make_dictionary, remove_dictionary);
}
