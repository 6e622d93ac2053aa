/* The option table of training: complete, consistent with its defaults; checks, copies, resumption. */
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/token.h"
#include "text/tokeniser.h"
#include "train/options.h"

static s2s_train_options good_options(void)
{
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    options.train = "pairs.tsv";
    options.output = "run";
    return options;
}

static void test_table_is_sound(void **state)
{
    (void)state;
    const s2s_option_table *table = s2s_train_options_table();
    assert_int_equal(table->struct_size, sizeof(s2s_train_options));
    for (int i = 0; i < table->n_options; i++) {
        const s2s_option *option = &table->options[i];
        assert_non_null(option->group);
        assert_true(strlen(option->help) > 10);
        assert_true(option->help[strlen(option->help) - 1] != '.');
        assert_true(option->offset < sizeof(s2s_train_options));
        for (const char *c = option->name; *c; c++)
            assert_true(islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '-');
        if (option->type == S2S_OPTION_INT || option->type == S2S_OPTION_REAL)
            assert_true(option->min < option->max);
        if (option->type == S2S_OPTION_CHOICE)
            assert_true(option->choices && option->choices[0] != '|');
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(option->name, table->options[k].name);
            assert_true(option->offset != table->options[k].offset);
            assert_true(!option->letter || option->letter != table->options[k].letter);
        }
    }
}

/* Every default is read back from what it prints as. */
static void test_defaults_survive_printing(void **state)
{
    (void)state;
    const s2s_option_table *table = s2s_train_options_table();
    s2s_train_options defaults, other;
    s2s_train_options_defaults(&defaults);
    for (int i = 0; i < table->n_options; i++) {
        const s2s_option *option = &table->options[i];
        char printed[64], again[64];
        s2s_error err;
        if (option->type == S2S_OPTION_TEXT)
            continue;
        memset(&other, 0, sizeof other);
        s2s_option_print(option, &defaults, printed, sizeof printed);
        if (s2s_option_set(option, &other, printed, &err) != S2S_OK)
            fail_msg("%s = '%s': %s", option->name, printed, err.msg);
        s2s_option_print(option, &other, again, sizeof again);
        assert_string_equal(printed, again);
    }
}

static void test_choices_are_enums(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        int expected;
    } cases[] = {
        {"enc-cell", "lstm-article", S2S_CELL_LSTM_ARTICLE},
        {"attention", "location", S2S_ATTENTION_LOCATION},
        {"bridge", "zero", S2S_BRIDGE_ZERO},
        {"optimizer", "adamw", S2S_OPTIMISER_ADAMW},
        {"schedule", "inv-sqrt", S2S_SCHEDULE_INV_SQRT},
        {"early-stopping-on", "all", S2S_EARLY_STOPPING_ON_ALL},
        {"src-tokens", "char", S2S_TOKENISE_CHARACTER},
        {"tgt-tokens", "word", S2S_TOKENISE_WORD},
        {"src-tokens", "bpe", S2S_TOKENISE_BPE},
        {"tgt-tokens", "unigram", S2S_TOKENISE_UNIGRAM},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s2s_train_options options = good_options();
        const s2s_option *option = s2s_option_find(s2s_train_options_table(), cases[i].name);
        assert_non_null(option);
        assert_int_equal(s2s_option_set(option, &options, cases[i].value, NULL), S2S_OK);
        assert_int_equal(*(const int *)((const char *)&options + option->offset), cases[i].expected);
    }
}

static void expect_refused(const s2s_train_options *options, const char *word)
{
    s2s_error err = {0};
    assert_int_equal(s2s_train_options_check(options, &err), S2S_BAD_CONFIG);
    if (!strstr(err.msg, word))
        fail_msg("expected a message about %s, found: %s", word, err.msg);
}

static void test_check_of_valid_metrics(void **state)
{
    (void)state;
    s2s_train_options options = good_options();
    options.valid_metric = "bleu,perplexity,error-rate,loss,chrf,ter,token-accuracy,sequence-accuracy";
    assert_int_equal(s2s_train_options_check(&options, NULL), S2S_OK);
    static const char *const wrong[] = {"blue", "bleu,", ",bleu", "bleu, ter", "ble", "bleu+", NULL};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options.valid_metric = wrong[i];
        expect_refused(&options, "--valid-metric: expected some of loss, perplexity, ");
    }
    options.valid_metric = "bleu,ter,bleu";
    expect_refused(&options, "found bleu twice");
}

static void test_metrics_and_kept_models_stay_those_of_the_run(void **state)
{
    (void)state;
    s2s_error err = {0};
    s2s_train_options stored = good_options(), given = good_options();
    stored.valid_metric = "loss,perplexity,token-accuracy,sequence-accuracy,error-rate,bleu,chrf";
    given.valid_metric = "loss,perplexity,token-accuracy,sequence-accuracy,error-rate,bleu,chrf,ter";
    assert_int_equal(s2s_train_options_resume(&stored, &given, &err), S2S_BAD_CONFIG);
    assert_non_null(strstr(err.msg, "--valid-metric loss,"));
    given.valid_metric = stored.valid_metric;
    given.keep_best = 1;
    assert_int_equal(s2s_train_options_resume(&stored, &given, &err), S2S_BAD_CONFIG);
    assert_non_null(strstr(err.msg, "--keep-best 0, not 1"));
}

static void test_check_of_subwords(void **state)
{
    (void)state;
    s2s_train_options options = good_options();
    options.tgt_subwords = "x.model";
    expect_refused(&options, "--tgt-tokens bpe or unigram");
    options.tgt_tokens = S2S_TOKENISE_UNIGRAM;
    assert_int_equal(s2s_train_options_check(&options, NULL), S2S_OK);
    options.joint_vocab = true;
    expect_refused(&options, "--joint-vocab");
    options.src_tokens = S2S_TOKENISE_UNIGRAM;
    expect_refused(&options, "--src-subwords");
    options.src_subwords = options.tgt_subwords;
    options.tgt_subwords = NULL;
    assert_int_equal(s2s_train_options_check(&options, NULL), S2S_OK);
    options.vocab_size = S2S_N_SPECIALS;
    expect_refused(&options, "--vocab-size");

    options = good_options();
    options.joint_vocab = true;
    assert_int_equal(s2s_train_options_check(&options, NULL), S2S_OK);
    options.subword_sampling = 0.1;
    expect_refused(&options, "--subword-sampling");
    options.src_tokens = options.tgt_tokens = S2S_TOKENISE_BPE;
    assert_int_equal(s2s_train_options_check(&options, NULL), S2S_OK);
    options.memory = 1 << 30;
    expect_refused(&options, "--memory");
}

static void test_check(void **state)
{
    (void)state;
    s2s_error err;
    s2s_train_options options = good_options();
    if (s2s_train_options_check(&options, &err) != S2S_OK)
        fail_msg("the defaults are refused: %s", err.msg);
    options.src = "a";
    expect_refused(&options, "--train");
    options.train = NULL;
    expect_refused(&options, "--tgt");
    options.tgt = "b";
    assert_int_equal(s2s_train_options_check(&options, &err), S2S_OK);
    options.src = options.tgt = NULL;
    expect_refused(&options, "--train");

    options = good_options();
    options.network.layer_norm = true;
    assert_int_equal(s2s_train_options_check(&options, &err), S2S_OK);
    options.network.dec_cell = S2S_CELL_LSTM_ARTICLE;
    expect_refused(&options, "--layer-norm: expected cells rnn, gru or lstm, found --dec-cell lstm-article");

    options = good_options();
    options.train = "r\xe9sum\xe9.tsv";
    expect_refused(&options, "--train: expected UTF-8, found byte 0xe9 at byte offset 1");
    options = good_options();
    options.output = NULL;
    expect_refused(&options, "--output");
    options = good_options();
    options.learn_rate = NAN;
    expect_refused(&options, "--learn-rate");
    options = good_options();
    options.batch_tokens = 0;
    expect_refused(&options, "--batch-tokens");
    options = good_options();
    options.optimizer = S2S_N_OPTIMISERS;
    expect_refused(&options, "--optimizer");
    options = good_options();
    options.after = (s2s_duration){3, 'x'};
    expect_refused(&options, "--after");
    options = good_options();
    options.schedule = S2S_SCHEDULE_COSINE;
    options.after.amount = 0;
    expect_refused(&options, "--after");
}

static void test_check_of_tying_and_guiding(void **state)
{
    (void)state;
    s2s_train_options options = good_options();
    options.network.tied_all = true;
    expect_refused(&options, "--tied-all: expected --joint-vocab beside it");
    options.joint_vocab = true;
    assert_int_equal(s2s_train_options_check(&options, NULL), S2S_OK);

    options = good_options();
    options.guided_alignment = "links";
    assert_int_equal(s2s_train_options_check(&options, NULL), S2S_OK);
    options.network.attention = S2S_ATTENTION_NONE;
    expect_refused(&options, "--guided-alignment: expected an --attention to guide, found none");
    options.network.attention = S2S_ATTENTION_DOT;
    options.memory = 1 << 30;
    expect_refused(&options, "--guided-alignment: expected no --memory beside it");
    options.memory = 0;
    options.guided_alignment = options.train = "-";
    expect_refused(&options, "(standard input), found 2");
}

static void test_alignments_may_move_but_not_come_or_go(void **state)
{
    (void)state;
    s2s_error err = {0};
    s2s_train_options stored = good_options(), given = good_options();
    stored.guided_alignment = "links";
    given.guided_alignment = "/elsewhere/links";
    assert_int_equal(s2s_train_options_resume(&stored, &given, NULL), S2S_OK);
    given.guided_alignment = NULL;
    assert_int_equal(s2s_train_options_resume(&stored, &given, &err), S2S_BAD_CONFIG);
    assert_non_null(strstr(err.msg, "holds a run with --guided-alignment links, not "));
    assert_int_equal(s2s_train_options_resume(&given, &stored, NULL), S2S_BAD_CONFIG);
}

static void test_copy_owns_its_texts(void **state)
{
    (void)state;
    char path[] = "pairs.tsv";
    s2s_train_options options = good_options(), copy;
    options.train = path;
    s2s_arena *arena = s2s_arena_new(256);
    assert_int_equal(s2s_train_options_copy(&copy, &options, arena, NULL), S2S_OK);
    path[0] = 'x';
    assert_string_equal(copy.train, "pairs.tsv");
    assert_null(copy.src);
    assert_int_equal(copy.network.dim_hidden, options.network.dim_hidden);
    s2s_arena_free(arena);
}

static void test_resume(void **state)
{
    (void)state;
    s2s_train_options stored = good_options(), given = good_options();
    s2s_error err;
    given.after = (s2s_duration){40, 'e'};
    given.early_stopping = 9;
    given.early_stopping_on = S2S_EARLY_STOPPING_ON_ALL;
    given.target_metric = 0.1;
    given.valid_every = given.save_every = (s2s_duration){100, 'u'};
    given.threads = 7;
    given.memory = 1 << 30;
    given.disp_every = 1;
    given.output = "moved";
    given.train = "./pairs.tsv";
    assert_int_equal(s2s_train_options_resume(&stored, &given, &err), S2S_OK);
    given.network.dim_hidden = 512;
    assert_int_equal(s2s_train_options_resume(&stored, &given, &err), S2S_BAD_CONFIG);
    assert_non_null(strstr(err.msg, "--dim-hidden 256, not 512"));
    assert_non_null(strstr(err.msg, "--overwrite"));
}

/* An update of a run within a memory budget was split; what was asked for may come to that, or not. */
static void test_what_the_machine_decided_is_adopted(void **state)
{
    (void)state;
    s2s_train_options stored = good_options(), asked = good_options(), given;
    stored.precision = S2S_PRECISION_F32;
    stored.batch_tokens = 333;
    stored.accumulate = 6;
    asked.precision = S2S_PRECISION_AUTO;
    asked.batch_tokens = 1000;
    asked.accumulate = 2;
    asked.memory = 1 << 30;
    given = asked;
    s2s_train_options_adopt(&given, &stored);
    assert_int_equal(given.precision, S2S_PRECISION_F32);
    assert_int_equal(given.batch_tokens, 333);
    assert_int_equal(given.accumulate, 6);
    assert_int_equal(s2s_train_options_resume(&stored, &given, NULL), S2S_OK);
    for (int i = 0; i < 3; i++) {
        given = asked;
        given.memory = i == 0 ? 0 : asked.memory;
        given.batch_tokens = i == 1 ? 999 * 2 : asked.batch_tokens; /* more tokens per update */
        given.accumulate = i == 2 ? 7 : asked.accumulate;           /* smaller batches than those stored */
        s2s_train_options_adopt(&given, &stored);
        assert_int_equal(s2s_train_options_resume(&stored, &given, NULL), S2S_BAD_CONFIG);
    }
}

static void test_model_keeps_nothing_of_the_machine(void **state)
{
    (void)state;
    s2s_train_options options = good_options();
    options.threads = 7;
    options.memory = 1 << 30;
    options.overwrite = true;
    options.seed = 3;
    s2s_train_options kept = s2s_train_options_of_model(&options);
    assert_null(kept.output);
    assert_false(kept.overwrite);
    assert_int_equal(kept.threads, 0);
    assert_true(kept.memory == 0);
    assert_int_equal(kept.seed, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_sound),
        cmocka_unit_test(test_defaults_survive_printing),
        cmocka_unit_test(test_choices_are_enums),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_check_of_valid_metrics),
        cmocka_unit_test(test_metrics_and_kept_models_stay_those_of_the_run),
        cmocka_unit_test(test_check_of_subwords),
        cmocka_unit_test(test_check_of_tying_and_guiding),
        cmocka_unit_test(test_alignments_may_move_but_not_come_or_go),
        cmocka_unit_test(test_copy_owns_its_texts),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_what_the_machine_decided_is_adopted),
        cmocka_unit_test(test_model_keeps_nothing_of_the_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
