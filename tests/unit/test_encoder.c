/* model/encoder.c: a source so long that its directions run one after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model/network.h"

enum {
    VOCAB = 20,
    E = 8,
    UNITS = 64,
    H = 2 * UNITS,
    GATES = 4,
    LONG = 17000,
    SHORT = 50,
    LESS = 16000,
    MAX_TOKENS = LONG + SHORT
};

/* Numbers that a token takes of one direction while it runs: gates, h and c before, and c. */
enum { DIRECTION = (GATES + 3) * UNITS };

typedef struct fixture {
    s2s_params params;
    s2s_team *team;
    s2s_graph graph;
    s2s_network *network;
    s2s_source_batch source;
    s2s_last_states last;
} fixture;

static int open_fixture(void **state)
{
    static fixture f;
    s2s_error err = {0};
    s2s_rng rng;
    const s2s_network_options options = {.dim_emb = E,
                                         .dim_hidden = H,
                                         .enc_cell = S2S_CELL_LSTM,
                                         .dec_cell = S2S_CELL_RNN,
                                         .enc_depth = 1,
                                         .dec_depth = 1,
                                         .bidirectional = true,
                                         .attention = S2S_ATTENTION_NONE};
    s2s_params_begin(&f.params);
    if (s2s_arch_rnn.declare(&f.network, &options, VOCAB, VOCAB, &f.params, &err) != S2S_OK ||
        s2s_params_allocate(&f.params, true, &err) != S2S_OK || s2s_team_new(&f.team, 1, &err) != S2S_OK ||
        s2s_graph_open(&f.graph, &f.params, f.team, s2s_kernels_best(), &err) != S2S_OK)
        fail_msg("%s", err.msg);
    s2s_rng_seed(&rng, 3);
    for (size_t i = 0; i < f.params.n_elements; i++)
        f.params.data[i] = (s2s_real)(0.4 * s2s_rng_uniform(&rng) - 0.2);
    s2s_params_changed(&f.params);
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    fixture *f = *state;
    s2s_arch_rnn.free(f->network);
    s2s_graph_close(&f->graph);
    s2s_team_free(f->team);
    s2s_params_end(&f->params);
    return 0;
}

/* Outputs of one source of n tokens and another of SHORT. */
static s2s_tensor encode(fixture *f, int n, bool recording)
{
    static int ids[MAX_TOKENS];
    s2s_error err = {0};
    for (int i = 0; i < n + SHORT; i++)
        ids[i] = (i * 7 + i / 11) % VOCAB;
    const s2s_tokens sources[] = {{ids, n}, {ids + n, SHORT}};
    s2s_graph_begin(&f->graph, recording, false, 0);
    assert_true(s2s_source_batch_make(&f->source, sources, 2, f->graph.step));
    s2s_tensor y = s2s_encoder_run(f->network, &f->graph, &f->source, &f->last);
    if (s2s_graph_status(&f->graph, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return y;
}

/* In numbers per token; in one chunk, as after a pass that took as much.  The last page may be a large one. */
static void check_peak(fixture *f, int n, int expected)
{
    s2s_arena_reserve(f->graph.step, sizeof(s2s_real) * MAX_TOKENS * (H + 3 * DIRECTION));
    encode(f, n, false);
    double peak = (double)s2s_arena_peak(f->graph.step) / (n + SHORT) / sizeof(s2s_real);
    if (!(peak > expected && peak < 1.1 * expected))
        fail_msg("%g numbers per token of a source of %d, expected little more than %d", peak, n, expected);
}

static void the_gates_of_a_long_source_are_of_one_direction_at_a_time(void **state)
{
    check_peak(*state, LESS, H + 2 * DIRECTION);
    check_peak(*state, LONG, H + DIRECTION);
}

static uint64_t bits_of(const s2s_tensor *x)
{
    uint64_t hash = 0;
    for (int r = 0; r < x->rows; r++)
        for (int c = 0; c < x->cols; c++) {
            uint32_t bits;
            memcpy(&bits, s2s_row(x, r) + c, sizeof bits);
            hash = s2s_hash64(hash, bits);
        }
    return hash;
}

/* While recording both always run at once. */
static void the_numbers_are_the_same(void **state)
{
    fixture *f = *state;
    s2s_tensor y = encode(f, LONG, true);
    uint64_t outputs = bits_of(&y), h = bits_of(&f->last.h[0]), c = bits_of(&f->last.c[0]);
    y = encode(f, LONG, false);
    assert_true(bits_of(&y) == outputs);
    assert_true(bits_of(&f->last.h[0]) == h);
    assert_true(bits_of(&f->last.c[0]) == c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gates_of_a_long_source_are_of_one_direction_at_a_time),
        cmocka_unit_test(the_numbers_are_the_same),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
