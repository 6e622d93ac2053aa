/* Every cell with every attention learns to spell words backwards. */
#include "run_bench.h"

#include "kernels/kernels.h"

#define S2S_X(NAME, name) name,
static const char *const cells[] = {S2S_CELL_LIST(S2S_X)};
static const char *const attentions[] = {S2S_ATTENTION_LIST(S2S_X)};
#undef S2S_X

typedef struct task {
    bench b;
    char short_words[96]; /* of one or two letters */
} task;

static int set_up(void **state)
{
    static task t;
    bench_open(&t.b, 0);
    bench_write_pairs(t.b.pairs, 800, 3);
    snprintf(t.short_words, sizeof t.short_words, "%s/short.tsv", t.b.folder);
    bench_write_pairs(t.short_words, 800, 2);
    *state = &t;
    return 0;
}

static int tear_down(void **state)
{
    task *t = *state;
    bench_close(&t->b);
    return 0;
}

static void on_event(void *arg, const s2s_train_event *event)
{
    double *last = arg;
    if (event->kind == S2S_TRAIN_VALID)
        *last = event->valid[S2S_VALID_SEQUENCE_ACCURACY];
}

static void learn(const task *t, s2s_cell_kind cell, s2s_attention_kind attention, s2s_precision precision,
                  bool layer_norm)
{
    s2s_train_options options = bench_options(&t->b, 2500);
    options.overwrite = true;
    options.precision = precision;
    options.network.dim_emb = 16;
    options.network.dim_hidden = 48;
    options.network.enc_cell = options.network.dec_cell = cell;
    options.network.attention = attention;
    options.network.input_feeding = (cell + attention) % 2 == 0;
    options.network.layer_norm = layer_norm;
    options.network.dropout = 0;
    options.label_smoothing = 0;
    options.ema = 0;
    options.learn_rate = cell == S2S_CELL_LSTM_ARTICLE ? 5e-3 : 2e-3;
    options.warmup = 50;
    options.batch_tokens = 200;
    options.accumulate = 1;
    options.valid_metric = "sequence-accuracy";
    options.valid_every = options.save_every = (s2s_duration){4, 'e'};
    options.target_metric = 95;
    options.disp_every = 0;
    /* Its gradient shrinks too fast (docs/math.md) to put much into a vector of fixed length.  Guessing gets
     * 8 %. */
    if (cell == S2S_CELL_LSTM_ARTICLE && attention == S2S_ATTENTION_NONE) {
        options.train = t->short_words;
        options.target_metric = 20;
    }
    options.valid = options.train; /* there are hardly any other words of these letters */
    s2s_trainer *trainer;
    s2s_error err = {0};
    double last = 0;
    bench_must(s2s_trainer_open(&trainer, &options, NULL, NULL, &err), &err);
    bench_must(s2s_trainer_run(trainer, on_event, &last, &err), &err);
    s2s_trainer_close(trainer);
    if (last < options.target_metric)
        fail_msg("%s%s with %s attention: sequence accuracy %.2f %%", cells[cell],
                 layer_norm ? " with layer normalisation" : "", attentions[attention], last);
}

/* Sanitizers take twenty times as long: with them every fourth combination, which is each cell and each
 * attention. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { EVERY = 4 };
#else
enum { EVERY = 1 };
#endif

static void test_every_cell_with_every_attention(void **state)
{
    for (int cell = 0; cell < S2S_N_CELLS; cell++)
        for (int attention = cell % EVERY; attention < S2S_N_ATTENTIONS; attention += EVERY)
            learn(*state, (s2s_cell_kind)cell, (s2s_attention_kind)attention, S2S_PRECISION_F32, false);
}

static void learn_in(const task *t, s2s_precision precision)
{
    for (int cell = 0; cell < S2S_N_CELLS; cell++)
        learn(t, (s2s_cell_kind)cell, S2S_ATTENTION_ADDITIVE, precision, false);
    learn(t, S2S_CELL_LSTM, S2S_ATTENTION_ADDITIVE, precision, true);
}

static void test_bf16(void **state)
{
    if (!s2s_kernels_bf16())
        skip();
    learn_in(*state, S2S_PRECISION_BF16);
}

static void test_int8(void **state)
{
    learn_in(*state, S2S_PRECISION_INT8);
}

static void test_layer_norm(void **state)
{
    for (int cell = S2S_CELL_RNN; cell <= S2S_CELL_LSTM; cell++)
        learn(*state, (s2s_cell_kind)cell, S2S_ATTENTION_GENERAL, S2S_PRECISION_F32, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_with_every_attention),
        cmocka_unit_test(test_bf16),
        cmocka_unit_test(test_int8),
        cmocka_unit_test(test_layer_norm),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
