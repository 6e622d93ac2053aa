/* train/pretrained.h: what of a model another network takes over, with vocabularies that may differ too. */
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

#include "model/arch.h"
#include "s2s/train.h"
#include "train/pretrained.h"

/* A network with its vocabularies; letters are the pieces behind the special ones. */
typedef struct net {
    s2s_params params;
    s2s_network *network;
    s2s_vocab *source, *target;
} net;

static char folder[] = "/tmp/s2s-pretrained-XXXXXX", path[64], line[2048];

static void on_log(void *arg, s2s_log_level level, const char *text)
{
    (void)arg;
    (void)level;
    assert_string_equal(line, ""); /* there is one line alone */
    snprintf(line, sizeof line, "%s", text);
}

static s2s_vocab *letters(const char *text)
{
    s2s_span pieces[32] = {{"<unk>", 5}, {"<s>", 3}, {"</s>", 4}};
    s2s_vocab *vocab;
    int n = S2S_N_SPECIALS;
    for (; *text; text++)
        pieces[n++] = (s2s_span){text, 1};
    assert_int_equal(s2s_vocab_from_pieces(&vocab, pieces, n, NULL), S2S_OK);
    return vocab;
}

static s2s_network_options small_network(void)
{
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    options.network.dim_emb = 4;
    options.network.dim_hidden = 6;
    return options.network;
}

static void open_net(net *n, const s2s_network_options *options, const char *source, const char *target,
                     uint64_t seed)
{
    n->source = letters(source);
    n->target = letters(target);
    s2s_params_begin(&n->params);
    assert_int_equal(s2s_arch_rnn.declare(&n->network, options, s2s_vocab_size(n->source),
                                          s2s_vocab_size(n->target), &n->params, NULL),
                     S2S_OK);
    assert_int_equal(s2s_params_allocate(&n->params, true, NULL), S2S_OK);
    s2s_params_init(&n->params, seed);
    for (int i = 0; i < n->params.n; i++) /* biases of different nets differ too */
        n->params.items[i]->t.data[0] += (s2s_real)seed;
}

static void close_net(net *n)
{
    s2s_arch_rnn.free(n->network);
    s2s_params_end(&n->params);
    s2s_vocab_free(n->source);
    s2s_vocab_free(n->target);
}

static void write_net(const net *n)
{
    const s2s_model_contents contents = {.params = &n->params,
                                         .data = n->params.data,
                                         .config_json = "{}",
                                         .history_json = "{}",
                                         .source_vocab = n->source,
                                         .target_vocab = n->target};
    assert_int_equal(s2s_model_file_write(path, &contents, NULL), S2S_OK);
}

static s2s_status copy(net *n, s2s_error *err)
{
    s2s_pretrained pretrained;
    s2s_logger logger = {on_log, NULL};
    line[0] = '\0';
    s2s_status status = s2s_pretrained_open(&pretrained, folder, err);
    if (status == S2S_OK)
        status = s2s_pretrained_copy(&pretrained, &n->params, n->source, n->target, &logger, err);
    s2s_pretrained_close(&pretrained);
    return status;
}

static void must_copy(net *n)
{
    s2s_error err = {0};
    if (copy(n, &err) != S2S_OK)
        fail_msg("%s", err.msg);
}

/* Row (or element of a bias) i of a parameter is row j of the other net's. */
static bool same_row(const net *a, int i, const net *b, int j, const char *name)
{
    const s2s_param *x = s2s_params_find(&a->params, name), *y = s2s_params_find(&b->params, name);
    assert_non_null(x);
    assert_non_null(y);
    int width = x->t.rows == 1 ? 1 : x->t.cols;
    return memcmp(x->t.data + (ptrdiff_t)i * width, y->t.data + (ptrdiff_t)j * width,
                  (size_t)width * sizeof(s2s_real)) == 0;
}

static bool same_param(const s2s_param *x, const s2s_param *y)
{
    return memcmp(x->t.data, y->t.data, (size_t)x->t.rows * (size_t)x->t.cols * sizeof(s2s_real)) == 0;
}

static void the_same_network_is_copied_whole(void **state)
{
    (void)state;
    const s2s_network_options options = small_network();
    net old, new;
    open_net(&old, &options, "abc", "xyz", 1);
    open_net(&new, &options, "abc", "xyz", 2);
    write_net(&old);
    uint64_t version = new.params.version;
    must_copy(&new);
    assert_true(new.params.version != version);
    assert_memory_equal(old.params.data, new.params.data, old.params.n_elements * sizeof(s2s_real));
    char expected[256];
    snprintf(expected, sizeof expected,
             "%s: %d tensors copied, 4 by piece (3 of 3 of the source known, 3 of 3 of the target); not "
             "copied: none",
             path, old.params.n - 4);
    assert_string_equal(line, expected);
    close_net(&old);
    close_net(&new);
}

static void rows_follow_their_pieces(void **state)
{
    (void)state;
    const s2s_network_options options = small_network();
    static const char *const by_target[] = {"tgt.embedding", "out.w", "out.b"};
    net old, new, fresh;
    open_net(&old, &options, "abcd", "uvwx", 1);
    open_net(&new, &options, "dqa", "xzvtu", 2);
    open_net(&fresh, &options, "dqa", "xzvtu", 2);
    write_net(&old);
    must_copy(&new);
    static const int source_from[] = {0, 1, 2, 6, -1, 3}, target_from[] = {0, 1, 2, 6, -1, 4, -1, 3};
    for (int i = 0; i < 6; i++)
        assert_true(source_from[i] < 0 ? same_row(&new, i, &fresh, i, "src.embedding")
                                       : same_row(&new, i, &old, source_from[i], "src.embedding"));
    for (int p = 0; p < 3; p++)
        for (int i = 0; i < 8; i++)
            assert_true(target_from[i] < 0 ? same_row(&new, i, &fresh, i, by_target[p])
                                           : same_row(&new, i, &old, target_from[i], by_target[p]));
    assert_true(
        same_param(s2s_params_find(&new.params, "dec.0.w_ih"), s2s_params_find(&old.params, "dec.0.w_ih")));
    assert_non_null(
        strstr(line, "4 by piece (2 of 3 of the source known, 3 of 5 of the target); not copied: none"));
    close_net(&old);
    close_net(&new);
    close_net(&fresh);
}

static void one_table_of_both_sides_follows_its_pieces(void **state)
{
    (void)state;
    s2s_network_options plain = small_network(), tied = small_network();
    net one, two, other;
    tied.tied_all = true;
    open_net(&one, &tied, "abc", "abc", 1);
    open_net(&two, &plain, "ca", "bc", 2);
    open_net(&other, &tied, "cb", "cb", 3);
    const s2s_param *table = s2s_params_find(&one.params, "tgt.embedding"),
                    *source = s2s_params_find(&two.params, "src.embedding");
    size_t bytes = (size_t)table->t.cols * sizeof(s2s_real);
    write_net(&one);
    must_copy(&two);
    assert_memory_equal(s2s_row(&source->t, 3), s2s_row(&table->t, 5), bytes);
    assert_memory_equal(s2s_row(&source->t, 4), s2s_row(&table->t, 3), bytes);
    assert_true(same_row(&two, 3, &one, 4, "tgt.embedding"));
    assert_non_null(strstr(line,
                           " 3 by piece (2 of 2 of the source known, 2 of 2 of the target); not copied: out.w "
                           "(only here)"));
    write_net(&two);
    must_copy(&other);
    assert_true(same_row(&other, 3, &two, 4, "tgt.embedding"));
    assert_non_null(strstr(line, "src.embedding (only there)"));
    close_net(&one);
    close_net(&two);
    close_net(&other);
}

/* Another attention, one encoder layer less, one decoder layer more, no source piece in common. */
static void what_does_not_fit_is_named(void **state)
{
    (void)state;
    s2s_network_options options = small_network();
    options.enc_depth = 2;
    net old, new, fresh;
    open_net(&old, &options, "abc", "xyz", 1);
    options.enc_depth = 1;
    options.dec_depth = 2;
    options.attention = S2S_ATTENTION_ADDITIVE;
    open_net(&new, &options, "def", "xyz", 2);
    open_net(&fresh, &options, "def", "xyz", 2);
    write_net(&old);
    must_copy(&new);
    assert_non_null(strstr(line, "3 by piece (0 of 3 of the source known, "));
    static const char *const left[] = {"src.embedding (no piece in common)", "dec.1.w_ih (only here)",
                                       "att.v (only here)", "enc.1.fwd.w_ih (only there)"};
    for (int i = 0; i < 4; i++)
        if (!strstr(line, left[i]))
            fail_msg("expected %s in: %s", left[i], line);
    static const char *const unchanged[] = {"src.embedding", "dec.1.w_ih", "att.v"};
    for (int i = 0; i < 3; i++)
        assert_true(same_param(s2s_params_find(&new.params, unchanged[i]),
                               s2s_params_find(&fresh.params, unchanged[i])));
    close_net(&old);
    close_net(&new);
    close_net(&fresh);
}

static void expect_refused(net *n, const char *message)
{
    s2s_error err = {0};
    assert_int_equal(copy(n, &err), S2S_BAD_MODEL);
    if (!strstr(err.msg, message) || !strstr(err.msg, path))
        fail_msg("expected \"%s\", found: %s", message, err.msg);
    assert_string_equal(line, "");
}

static void a_model_of_which_nothing_fits_is_refused(void **state)
{
    (void)state;
    s2s_network_options options = small_network();
    net old, new;
    open_net(&old, &options, "abc", "xyz", 1);
    options.dim_emb = 5;
    options.dim_hidden = 8;
    open_net(&new, &options, "abc", "uvw", 2);
    write_net(&old);
    expect_refused(&new, "found none: src.embedding (another shape), ");
    close_net(&old);
    close_net(&new);
}

/* Files that other programs wrote, with the right names. */
static void unsound_tensors_are_refused(void **state)
{
    (void)state;
    const s2s_network_options options = small_network();
    net old, new;
    open_net(&old, &options, "abcd", "xyz", 1);
    open_net(&new, &options, "abcd", "xyz", 2);
    s2s_params_find(&old.params, "dec.0.w_hh")->t.data[7] = NAN;
    write_net(&old);
    expect_refused(&new, "tensor \"dec.0.w_hh\": value 7 is not finite");
    s2s_params_find(&old.params, "dec.0.w_hh")->t.data[7] = 0;
    s2s_params_find(&old.params, "out.b")->t.data[0] = (s2s_real)INFINITY;
    write_net(&old);
    expect_refused(&new, "tensor \"out.b\": value 0 is not finite");
    s2s_params_find(&old.params, "out.b")->t.data[0] = 0;
    /* rows for fewer pieces than the vocabulary of the file has */
    s2s_vocab *kept = old.source, *larger = letters("abcdefgh");
    old.source = larger;
    write_net(&old);
    must_copy(&new);
    assert_non_null(strstr(line, "src.embedding (another shape)"));
    old.source = kept;
    s2s_vocab_free(larger);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("no model", file);
    fclose(file);
    expect_refused(&new, ": expected ");
    unlink(path);
    s2s_error err;
    assert_int_not_equal(copy(&new, &err), S2S_OK);
    assert_non_null(strstr(err.msg, path));
    close_net(&old);
    close_net(&new);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/model.s2s", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_network_is_copied_whole),
        cmocka_unit_test(rows_follow_their_pieces),
        cmocka_unit_test(one_table_of_both_sides_follows_its_pieces),
        cmocka_unit_test(what_does_not_fit_is_named),
        cmocka_unit_test(a_model_of_which_nothing_fits_is_refused),
        cmocka_unit_test(unsound_tensors_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
