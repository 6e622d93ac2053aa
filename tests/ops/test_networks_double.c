/* Gradients of whole networks against finite differences, in double: every cell with every attention, with and
 * without input feeding, dropout on; depth, residuals, bridges, tied embeddings and scheduled sampling rotate.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model/arch.h"

enum { SOURCE_VOCAB = 9, TARGET_VOCAB = 11, N_PAIRS = 4, MAX_SOURCE = 5, MAX_COPIES = 12 };

#define STEP 1e-5
#define KEY 77u

typedef struct net {
    s2s_network_options options;
    s2s_real sampling, guided_alignment;
    int copies; /* of each pair in the batch */
    s2s_params params;
    s2s_team *team;
    s2s_graph graph;
    s2s_network *network;
} net;

static const int source_ids[] = {3, 4, 5, 8, 7, 6, 3, 3, 5, 4, 6, 7, 8}, source_len[N_PAIRS] = {3, 5, 1, 4};
static const int target_ids[] = {9, 10, 3, 4, 4, 5, 6, 7, 8}, target_len[N_PAIRS] = {2, 4, 3, 0};

/* The first target token has two links, and so on; the last target is empty. */
static const int first_links[N_PAIRS][5] = {{0, 2, 2}, {0, 1, 4, 4, 5}, {0, 1, 2, 3}, {0}};
static const int linked[N_PAIRS][5] = {{0, 2}, {4, 0, 1, 2, 3}, {0, 0, 0}, {0}};

static s2s_network_options options_for(int cell, int attention, bool feeding)
{
    int turn = cell + 2 * attention + feeding;
    bool tied = turn / 2 % 2;
    return (s2s_network_options){
        .dim_emb = tied && turn % 4 == 2 ? 8 : 6,
        .dim_hidden = 8,
        .enc_cell = (cell + attention) % S2S_N_CELLS,
        .dec_cell = cell,
        .enc_depth = 1 + turn % 2,
        .dec_depth = 2,
        .bidirectional = turn % 5 < 3,
        .residual = turn % 3 > 0,
        .bridge = (cell + attention) % S2S_N_BRIDGES,
        .attention = attention,
        .heads = 2,
        .max_source = MAX_SOURCE,
        .input_feeding = feeding,
        .tied_embeddings = tied,
        .dropout = 0.25,
        .dropout_encoder = 0.25,
        .dropout_recurrent = 0.25,
    };
}

static void net_open(net *n, const s2s_network_options *options)
{
    s2s_error err = {0};
    s2s_rng rng;
    int source_vocab = options->tied_all ? TARGET_VOCAB : SOURCE_VOCAB;
    *n = (net){.options = *options, .copies = 1};
    s2s_params_begin(&n->params);
    if (s2s_arch_rnn.declare(&n->network, options, source_vocab, TARGET_VOCAB, &n->params, &err) != S2S_OK ||
        s2s_params_allocate(&n->params, true, &err) != S2S_OK || s2s_team_new(&n->team, 1, &err) != S2S_OK ||
        s2s_graph_open(&n->graph, &n->params, n->team, &s2s_kernels_ref, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    s2s_rng_seed(&rng, 5);
    for (size_t i = 0; i < n->params.n_elements; i++)
        n->params.data[i] = 1.4 * s2s_rng_uniform(&rng) - 0.7;
    s2s_params_changed(&n->params);
}

static void net_close(net *n)
{
    s2s_arch_rnn.free(n->network);
    s2s_graph_close(&n->graph);
    s2s_team_free(n->team);
    s2s_params_end(&n->params);
}

static void cut(const int *ids, const int *len, s2s_tokens *sequences)
{
    for (int i = 0, at = 0; i < N_PAIRS; at += len[i++])
        sequences[i] = (s2s_tokens){ids + at, len[i]};
}

/* Mean loss of the batch, in nats per token. */
static double net_loss(net *n, bool recording, uint64_t key)
{
    s2s_tokens sources[N_PAIRS * MAX_COPIES], targets[N_PAIRS * MAX_COPIES];
    s2s_links links[N_PAIRS * MAX_COPIES];
    int n_pairs = N_PAIRS * n->copies;
    s2s_source_batch source;
    s2s_target_batch target;
    s2s_loss loss = {0};
    s2s_error err = {0};
    for (int copy = 0; copy < n->copies; copy++) {
        cut(source_ids, source_len, sources + copy * N_PAIRS);
        cut(target_ids, target_len, targets + copy * N_PAIRS);
    }
    s2s_graph_begin(&n->graph, recording, true, key);
    assert_true(s2s_source_batch_make(&source, sources, n_pairs, n->graph.step));
    assert_true(s2s_target_batch_make(&target, targets, n_pairs, &source, n->graph.step));
    for (int i = 0; i < n_pairs; i++)
        links[i] = (s2s_links){first_links[i % N_PAIRS], linked[i % N_PAIRS]};
    assert_true(s2s_target_batch_link(&target, links, n->graph.step));
    s2s_objective objective = {.smoothing = 0.125,
                               .guided_alignment = n->guided_alignment,
                               .grad_scale = 1 / (s2s_real)target.shape.n_tokens};
    s2s_arch_rnn.forward(n->network, &n->graph, &source, &target, &objective, n->sampling, &loss, NULL);
    if (recording)
        s2s_graph_backward(&n->graph);
    if (s2s_graph_status(&n->graph, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return loss.objective * (double)objective.grad_scale;
}

/* Moves the parameter along a direction of length 1 that depends on its number alone; returns gradient .
 * direction. */
static double move(net *n, int number, double distance)
{
    s2s_tensor *w = &n->params.items[number]->t;
    s2s_rng rng;
    double square = 0, product = 0;
    for (int pass = 0; pass < 2; pass++) {
        s2s_rng_seed(&rng, (uint64_t)number);
        for (int i = 0; i < w->rows * w->cols; i++) {
            double d = 2 * s2s_rng_uniform(&rng) - 1;
            if (pass == 0) {
                square += d * d;
                continue;
            }
            w->data[i] += distance * d / sqrt(square);
            product += w->grad[i] * d / sqrt(square);
        }
    }
    s2s_params_changed(&n->params);
    return product;
}

static void check_gradients(net *n)
{
    const s2s_network_options *o = &n->options;
    double recorded = net_loss(n, true, KEY), plain = net_loss(n, false, KEY);
    if (recorded != plain)
        fail_msg("cells %d %d, attention %d: loss with a tape %.17g, without %.17g", o->enc_cell, o->dec_cell,
                 o->attention, recorded, plain);
    for (int i = 0; i < n->params.n; i++) {
        double found = move(n, i, STEP);
        double above = net_loss(n, false, KEY);
        move(n, i, -2 * STEP);
        double expected = (above - net_loss(n, false, KEY)) / (2 * STEP);
        move(n, i, STEP);
        if (!(fabs(found - expected) <= 1e-6 * fabs(expected) + 1e-9))
            fail_msg("cells %d %d, attention %d, feeding %d, bridge %d, residual %d, tied %d, sampling %g: "
                     "slope along "
                     "%s: expected %.9g, found %.9g",
                     o->enc_cell, o->dec_cell, o->attention, o->input_feeding, o->bridge, o->residual,
                     o->tied_embeddings + o->tied_all, (double)n->sampling, n->params.items[i]->name, expected,
                     found);
    }
}

static void gradients_of_networks_equal_finite_differences(void **state)
{
    (void)state;
    for (int i = 0; i < S2S_N_CELLS * S2S_N_ATTENTIONS * 2; i++) {
        net n;
        s2s_network_options options = options_for(i % S2S_N_CELLS, i / S2S_N_CELLS % S2S_N_ATTENTIONS,
                                                  i >= S2S_N_CELLS * S2S_N_ATTENTIONS);
        net_open(&n, &options);
        n.sampling = i % 3 == 0 ? (s2s_real)0.5 : 0;
        check_gradients(&n);
        net_close(&n);
    }
}

/* Every cell that has it, with every attention; the encoder's cell is the decoder's. */
static s2s_network_options normalised_options(int cell, int attention)
{
    s2s_network_options options = options_for(cell, attention, (cell + attention) % 2);
    options.enc_cell = cell;
    options.layer_norm = true;
    return options;
}

static void gradients_of_normalised_networks_equal_finite_differences(void **state)
{
    (void)state;
    for (int i = 0; i < S2S_N_CELLS * S2S_N_ATTENTIONS; i++) {
        net n;
        s2s_network_options options = normalised_options(i % S2S_N_CELLS, i / S2S_N_CELLS);
        if (options.dec_cell == S2S_CELL_LSTM_ARTICLE)
            continue;
        net_open(&n, &options);
        check_gradients(&n);
        net_close(&n);
    }
}

/* Source embedding, target embedding and output layer in one, of the size of the decoder or of another. */
static void gradients_of_one_table_in_three_places_equal_finite_differences(void **state)
{
    (void)state;
    for (int i = 0; i < S2S_N_CELLS * S2S_N_ATTENTIONS; i++) {
        net n;
        s2s_network_options options = options_for(i % S2S_N_CELLS, i / S2S_N_CELLS, i % 3 == 0);
        options.tied_embeddings = i % 5 == 0; /* which changes nothing */
        options.tied_all = true;
        options.dim_emb = i % 2 ? 6 : 8;
        net_open(&n, &options);
        assert_null(s2s_params_find(&n.params, "src.embedding"));
        assert_null(s2s_params_find(&n.params, "out.w"));
        /* the output layer writes all of its gradient */
        assert_false(s2s_params_find(&n.params, "tgt.embedding")->is_table);
        check_gradients(&n);
        net_close(&n);
    }
}

static void one_table_needs_one_vocabulary(void **state)
{
    (void)state;
    s2s_network_options options = options_for(S2S_CELL_LSTM, S2S_ATTENTION_DOT, true);
    s2s_network *network;
    s2s_params params;
    s2s_error err = {0};
    options.tied_all = true;
    s2s_params_begin(&params);
    assert_int_equal(s2s_arch_rnn.declare(&network, &options, SOURCE_VOCAB, TARGET_VOCAB, &params, &err),
                     S2S_BAD_CONFIG);
    assert_string_equal(err.msg,
                        "--tied-all: expected one vocabulary of both sides, found 9 pieces of the source and "
                        "11 of the target");
    s2s_params_end(&params);
}

static void gradients_with_guided_alignment_equal_finite_differences(void **state)
{
    (void)state;
    for (int i = 0; i < S2S_N_ATTENTIONS * 2; i++) {
        net n;
        s2s_network_options options = options_for(i % S2S_N_CELLS, i / 2, i % 2);
        net_open(&n, &options);
        double without = net_loss(&n, false, KEY);
        n.guided_alignment = (s2s_real)0.75;
        if ((net_loss(&n, false, KEY) > without) != (options.attention != S2S_ATTENTION_NONE))
            fail_msg("attention %d: expected a larger loss with the alignment than %.9g", options.attention,
                     without);
        check_gradients(&n);
        net_close(&n);
    }
}

/* Every parameter takes part: its gradient is not zero, however the network is put together. */
static void every_parameter_has_a_gradient(void **state)
{
    (void)state;
    for (int i = 0; i < S2S_N_CELLS * S2S_N_ATTENTIONS * 2; i++) {
        net n;
        s2s_network_options options = options_for(i % S2S_N_CELLS, i / S2S_N_CELLS % S2S_N_ATTENTIONS,
                                                  i >= S2S_N_CELLS * S2S_N_ATTENTIONS);
        options.dropout = options.dropout_encoder = options.dropout_recurrent = 0;
        options.bridge = options.attention == S2S_ATTENTION_NONE ? S2S_BRIDGE_PROJECTION : options.bridge;
        net_open(&n, &options);
        net_loss(&n, true, KEY);
        for (int k = 0; k < n.params.n; k++) {
            const s2s_tensor *w = &n.params.items[k]->t;
            bool any = false;
            for (int j = 0; j < w->rows * w->cols; j++)
                any = any || w->grad[j] != 0;
            if (!any)
                fail_msg("cells %d %d, attention %d: %s has no gradient", options.enc_cell, options.dec_cell,
                         options.attention, n.params.items[k]->name);
        }
        net_close(&n);
    }
}

/* Of a recorded pass, which leaves no gradients. */
static double product_flops(net *n)
{
    s2s_profile profile = {0};
    n->graph.profile = &profile;
    s2s_profile_begin(&profile);
    net_loss(n, true, KEY);
    s2s_profile_end(&profile);
    n->graph.profile = NULL;
    memset(n->params.grad, 0, n->params.n_elements * sizeof *n->params.grad);
    return s2s_profile_flops(&profile);
}

/* Without dropout, tokens that a batch has many times share their products with the first layers. */
static void gradients_of_folded_tokens_are_right(void **state)
{
    (void)state;
    for (int i = 0; i < S2S_N_CELLS * 2; i++) {
        net n;
        s2s_network_options options = options_for(i / 2, (i / 2 + 1) % S2S_N_ATTENTIONS, i % 2);
        options.dropout = options.dropout_encoder = options.dropout_recurrent = 0;
        options.dim_emb = 24; /* else so few units more than pay */
        net_open(&n, &options);
        double once = product_flops(&n);
        n.copies = MAX_COPIES;
        assert_true(product_flops(&n) < MAX_COPIES * once);
        check_gradients(&n);
        net_close(&n);
    }
}

static void the_key_decides_the_masks(void **state)
{
    (void)state;
    net n;
    s2s_network_options options = options_for(S2S_CELL_LSTM, S2S_ATTENTION_GENERAL, true);
    net_open(&n, &options);
    double first = net_loss(&n, false, KEY), other = net_loss(&n, false, KEY + 1),
           again = net_loss(&n, false, KEY);
    assert_true(first == again);
    assert_true(first != other);
    net_close(&n);
}

/* Bytes that a pass without a tape takes of the step arena; the second one has all of them in one chunk. */
static size_t step_bytes(net *n)
{
    net_loss(n, false, KEY);
    net_loss(n, false, KEY);
    return s2s_arena_save(n->graph.step).used;
}

static void sampled_inputs_leave_nothing_in_memory(void **state)
{
    (void)state;
    net n;
    s2s_network_options options = options_for(S2S_CELL_LSTM, S2S_ATTENTION_LOCATION, true);
    options.tied_embeddings = true;
    options.dim_emb = options.dim_hidden / 2;
    net_open(&n, &options);
    size_t expected = step_bytes(&n);
    n.sampling = (s2s_real)0.5;
    assert_int_equal(step_bytes(&n), expected);
    net_close(&n);
}

/* A source longer than the positions that location attention knows: the rest is not looked at. */
static void location_attention_survives_long_sources(void **state)
{
    (void)state;
    net n;
    s2s_network_options options = options_for(S2S_CELL_GRU, S2S_ATTENTION_LOCATION, true);
    options.max_source = 2;
    net_open(&n, &options);
    n.guided_alignment = (s2s_real)0.75;
    check_gradients(&n);
    net_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_of_networks_equal_finite_differences),
        cmocka_unit_test(gradients_of_normalised_networks_equal_finite_differences),
        cmocka_unit_test(gradients_of_one_table_in_three_places_equal_finite_differences),
        cmocka_unit_test(one_table_needs_one_vocabulary),
        cmocka_unit_test(gradients_with_guided_alignment_equal_finite_differences),
        cmocka_unit_test(every_parameter_has_a_gradient),
        cmocka_unit_test(gradients_of_folded_tokens_are_right),
        cmocka_unit_test(the_key_decides_the_masks),
        cmocka_unit_test(sampled_inputs_leave_nothing_in_memory),
        cmocka_unit_test(location_attention_survives_long_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
