/* Whole networks against PyTorch: loss, gradient of every parameter, parameters after three updates of Adam;
 * and decoding step by step against teacher forcing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden/golden.h"
#include "model/arch.h"
#include "train/optimiser.h"

static const char *const names[] = {
    "lstm_general",        "gru_additive",    "rnn_dot",       "article_location",  "article_additive",
    "lstm_multihead_deep", "gru_concat_tied", "lstm_gru_none", "gru_lstm_dot_tied", "rnn_lstm_none",
    "rnn_location_deep",   "lstm_norm",       "gru_norm",
};

enum { MAX_PAIRS = 8 };

/* A network of a golden file and its batch. */
typedef struct fixture {
    golden g;
    golden_run run;
    s2s_network *network;
    int *src_ids, *tgt_ids;
    s2s_tokens sources[MAX_PAIRS], targets[MAX_PAIRS];
    int n_pairs;
    s2s_source_batch source;
    s2s_target_batch target;
} fixture;

static int option(const golden *g, const char *name)
{
    return (int)golden_number(g, "opt.", name);
}

static s2s_network_options options_of(const golden *g)
{
    return (s2s_network_options){
        .dim_emb = option(g, "dim_emb"),
        .dim_hidden = option(g, "dim_hidden"),
        .enc_cell = option(g, "enc_cell"),
        .dec_cell = option(g, "dec_cell"),
        .enc_depth = option(g, "enc_depth"),
        .dec_depth = option(g, "dec_depth"),
        .bidirectional = option(g, "bidirectional"),
        .residual = option(g, "residual"),
        .layer_norm = golden_has(g, "opt.", "layer_norm"),
        .bridge = option(g, "bridge"),
        .attention = option(g, "attention"),
        .heads = option(g, "heads"),
        .max_source = option(g, "max_source"),
        .input_feeding = option(g, "input_feeding"),
        .tied_embeddings = option(g, "tied_embeddings"),
    };
}

/* Cuts ids into sequences of the given lengths. */
static int cut(const golden *g, const char *lengths, const int *ids, s2s_tokens *sequences)
{
    int n, *len = golden_ints(g, lengths, &n);
    assert_true(n <= MAX_PAIRS);
    for (int i = 0, at = 0; i < n; at += len[i++])
        sequences[i] = (s2s_tokens){ids + at, len[i]};
    free(len);
    return n;
}

static void open(fixture *f, const char *name)
{
    char file[64];
    s2s_error err = {0};
    memset(f, 0, sizeof *f);
    snprintf(file, sizeof file, "network_%s", name);
    f->g = golden_open(file);
    f->src_ids = golden_ints(&f->g, "src.ids", NULL);
    f->tgt_ids = golden_ints(&f->g, "tgt.ids", NULL);
    f->n_pairs = cut(&f->g, "src.len", f->src_ids, f->sources);
    assert_int_equal(f->n_pairs, cut(&f->g, "tgt.len", f->tgt_ids, f->targets));
    int *vocabs = golden_ints(&f->g, "vocabs", NULL);
    s2s_network_options options = options_of(&f->g);
    golden_run_begin(&f->run);
    if (s2s_arch_rnn.declare(&f->network, &options, vocabs[0], vocabs[1], &f->run.params, &err) != S2S_OK)
        fail_msg("%s: %s", name, err.msg);
    free(vocabs);
    golden_run_open(&f->run, &f->g, "");
}

static void close(fixture *f)
{
    s2s_arch_rnn.free(f->network);
    golden_run_close(&f->run);
    free(f->src_ids);
    free(f->tgt_ids);
    golden_close(&f->g);
}

static void begin(fixture *f, bool recording)
{
    s2s_graph_begin(&f->run.graph, recording, recording, 0);
    assert_true(s2s_source_batch_make(&f->source, f->sources, f->n_pairs, f->run.graph.step));
    assert_true(s2s_target_batch_make(&f->target, f->targets, f->n_pairs, &f->source, f->run.graph.step));
}

/* One pass; gradients are those of this pass alone.  Returns the mean loss of a token. */
static double pass(fixture *f, bool recording, s2s_real *row_nll)
{
    s2s_loss loss = {0};
    s2s_error err = {0};
    begin(f, recording);
    int n = f->target.shape.n_tokens;
    memset(f->run.params.grad, 0, f->run.params.n_elements * sizeof(s2s_real));
    s2s_objective objective = {.smoothing = (s2s_real)golden_number(&f->g, "", "smoothing"),
                               .grad_scale = 1 / (s2s_real)n};
    s2s_arch_rnn.forward(f->network, &f->run.graph, &f->source, &f->target, &objective, 0, &loss, row_nll);
    if (recording)
        s2s_graph_backward(&f->run.graph);
    if (s2s_graph_status(&f->run.graph, &err) != S2S_OK)
        fail_msg("%s: %s", f->g.file, err.msg);
    return loss.objective / n;
}

static void loss_and_gradients_equal_those_of_torch(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        fixture f;
        open(&f, names[i]);
        golden_check_number(&f.g, "", "loss", pass(&f, true, NULL));
        for (int k = 0; k < f.run.params.n; k++)
            golden_check_grad(&f.g, "grad.d", f.run.params.items[k]->name, &f.run.params.items[k]->t);
        golden_check_number(&f.g, "", "loss", pass(&f, false, NULL));
        close(&f);
    }
}

static void three_updates(fixture *f)
{
    const golden_array *adam = golden_get(&f->g, "", "adam");
    s2s_optimiser optimiser;
    s2s_error err = {0};
    s2s_train_options options;
    memset(&options, 0, sizeof options);
    options.optimizer = S2S_OPTIMISER_ADAM;
    options.learn_rate = (double)adam->values[0];
    options.beta1 = (double)adam->values[1];
    options.beta2 = (double)adam->values[2];
    options.epsilon = (double)adam->values[3];
    if (s2s_optimiser_open(&optimiser, &options, &f->run.params, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    for (int update = 0; update < 3; update++) {
        pass(f, true, NULL);
        s2s_optimiser_update(&optimiser, &options, &f->run.params, options.learn_rate, 1, f->run.team,
                             f->run.graph.kernels);
    }
    s2s_optimiser_close(&optimiser);
}

static void three_updates_equal_those_of_torch(void **state)
{
    (void)state;
    int n_checked = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        fixture f;
        open(&f, names[i]);
        if (golden_has(&f.g, "", "adam")) {
            three_updates(&f);
            for (int k = 0; k < f.run.params.n; k++)
                golden_check(&f.g, "w3.", f.run.params.items[k]->name, &f.run.params.items[k]->t);
            n_checked++;
        }
        close(&f);
    }
    assert_true(n_checked > 0);
}

/* ---- decoding ---- */

/* Tensors of the state with one row for each of the n rows listed. */
static void pick_rows(s2s_graph *graph, s2s_decoder_state *state, const int *rows, int n)
{
    for (int i = 0; i < state->n; i++) {
        s2s_tensor picked = s2s_tensor_new(graph, n, state->items[i].cols);
        s2s_gather(graph, &picked, &state->items[i], rows);
        state->items[i] = picked;
    }
}

/* A row's weights sum to 1 over its sentence and are zero beyond it. */
static void check_weights(const fixture *f, const s2s_tensor *weights, int n)
{
    if (option(&f->g, "attention") == S2S_ATTENTION_NONE) {
        assert_int_equal(weights->rows, 0);
        return;
    }
    assert_int_equal(weights->rows, n);
    for (int r = 0; r < n; r++) {
        double inside = 0, beyond = 0;
        for (int s = 0; s < weights->cols; s++) {
            double w = (double)s2s_row(weights, r)[s];
            if (s < f->source.shape.len[f->target.sentence[r]])
                inside += w;
            else
                beyond += fabs(w);
        }
        assert_true(fabs(inside - 1) < 1e-5 && beyond == 0);
    }
}

/* Steps through the targets, which shrink as short ones end, and compares -log p of each with teacher forcing.
 */
static void step_through(fixture *f, const s2s_real *row_nll)
{
    s2s_graph *graph = &f->run.graph;
    const s2s_ragged *shape = &f->target.shape;
    s2s_encoded encoded;
    s2s_arch_rnn.encode(f->network, graph, &f->source, &encoded);
    s2s_decoder_state decoder = encoded.last;
    int identity[MAX_PAIRS] = {0, 1, 2, 3, 4, 5, 6, 7};
    pick_rows(graph, &decoder, f->target.sentence, shape->n_seqs);
    for (int t = 0; t < shape->max_len; t++) {
        int first = shape->first[t], n = shape->alive[t];
        s2s_output output;
        s2s_tensor weights;
        pick_rows(graph, &decoder, identity, n);
        s2s_arch_rnn.step(f->network, graph, &encoded, &decoder, f->target.in + first, f->target.sentence, n,
                          &output, &weights);
        s2s_tensor log_probs = s2s_tensor_new(graph, n, output.w->t.rows);
        s2s_output_log_probs(graph, &log_probs, &output.x, output.w, output.b);
        assert_int_equal(graph->status, S2S_OK);
        check_weights(f, &weights, n);
        for (int r = 0; r < n; r++) {
            double found = -(double)s2s_row(&log_probs, r)[f->target.out[first + r]];
            double expected = (double)row_nll[first + r];
            if (!(fabs(found - expected) <= 1e-5 * fmax(1, expected)))
                fail_msg("%s: step %d of row %d: teacher forcing %.9g, decoding %.9g", f->g.file, t, r,
                         expected, found);
        }
    }
}

static void decoding_equals_teacher_forcing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        fixture f;
        s2s_real row_nll[64];
        open(&f, names[i]);
        pass(&f, false, row_nll);
        assert_true(f.target.shape.n_tokens <= 64);
        begin(&f, false);
        step_through(&f, row_nll);
        close(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_and_gradients_equal_those_of_torch),
        cmocka_unit_test(three_updates_equal_those_of_torch),
        cmocka_unit_test(decoding_equals_teacher_forcing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
