/* After the largest batch was seen, a training step and a decoded batch do not touch the heap. */
#include "heap.h"

#include "run_bench.h"

#include "search/search.h"
#include "train/dataset.h"
#include "train/learner.h"

/* Else all of the tests below would pass: here the C library allocates, of which the product could know
 * nothing. */
static void test_heap_counts(void **state)
{
    (void)state;
    heap_fail_at(0, false);
    FILE *file = fopen("/dev/null", "r");
    assert_true(atomic_load(&heap.n_calls) > 0);
    assert_non_null(file);
    fclose(file);
}

/* ---- training ---- */

typedef struct school {
    s2s_dataset dataset;
    s2s_learner learner;
    s2s_progress progress;
} school;

static void open_school(school *s, const s2s_train_options *options)
{
    s2s_error err = {0};
    s2s_logger silent = {0};
    bench_must(s2s_dataset_open(&s->dataset, options, &silent, &err), &err);
    bench_must(s2s_learner_open(&s->learner, options, s2s_vocab_size(s->dataset.source_vocab),
                                s2s_vocab_size(s->dataset.target_vocab), &err),
               &err);
    s2s_learner_begin(&s->learner, options);
    s->progress = (s2s_progress){.n_pairs = (int64_t)s2s_reader_n_pairs(s->dataset.train_reader)};
}

static void close_school(school *s)
{
    s2s_learner_close(&s->learner);
    s2s_dataset_close(&s->dataset);
}

/* Updates on all batches of the first epoch; returns how many. */
static int run_epoch(school *s, const s2s_train_options *options)
{
    s2s_error err = {0};
    s2s_update update;
    int n = 0;
    bench_must(s2s_read_ahead_seek(s->dataset.train_batches, (s2s_reader_position){0, 0}, &err), &err);
    for (int64_t epoch = s->progress.epoch; s->progress.epoch == epoch; n++)
        bench_must(
            s2s_learner_update(&s->learner, options, s->dataset.train_batches, &s->progress, &update, &err),
            &err);
    return n;
}

static void assert_steps_are_free(const s2s_train_options *options, const char *what)
{
    school s;
    open_school(&s, options);
    assert_true(run_epoch(&s, options) > 5);
    run_epoch(&s, options); /* memory that the last step asked for is joined by the next one */
    heap_fail_at(0, false);
    int n = run_epoch(&s, options);
    long n_calls = atomic_load(&heap.n_calls);
    if (n_calls != 0)
        fail_msg("%s: %ld allocations in %d updates", what, n_calls, n);
    close_school(&s);
}

static s2s_train_options busy_options(const bench *b)
{
    s2s_train_options options = bench_options(b, 0);
    options.accumulate = 1;
    options.batch_tokens = 120;
    options.network.dim_hidden = 24;
    options.network.dropout = 0.2;
    options.network.dropout_recurrent = 0.2;
    options.scheduled_sampling = 0.5;
    return options;
}

static void test_training_step(void **state)
{
    static const char *const cells[] = {"rnn", "gru", "lstm", "lstm-article"};
    for (int cell = 0; cell < S2S_N_CELLS; cell++) {
        for (int feeding = 0; feeding < 2; feeding++) {
            s2s_train_options options = busy_options(*state);
            options.network.enc_cell = options.network.dec_cell = cell;
            options.network.input_feeding = feeding != 0;
            options.network.layer_norm = feeding != 0 && cell != S2S_CELL_LSTM_ARTICLE;
            options.network.bridge = S2S_BRIDGE_PROJECTION;
            options.threads = 1 + feeding;
            assert_steps_are_free(&options, cells[cell]);
        }
    }
}

static void test_training_step_with_every_attention(void **state)
{
    static const char *const names[] = {
#define X(NAME, name) name,
        S2S_ATTENTION_LIST(X)
#undef X
    };
    for (int attention = 0; attention < S2S_N_ATTENTIONS; attention++) {
        s2s_train_options options = busy_options(*state);
        options.network.attention = attention;
        options.network.heads = 2;
        options.network.input_feeding = attention != S2S_ATTENTION_NONE;
        options.network.enc_depth = options.network.dec_depth = 2;
        options.network.residual = true;
        options.network.tied_embeddings = true;
        options.guided_alignment = attention != S2S_ATTENTION_NONE ? ((const bench *)*state)->links : NULL;
        options.optimizer = attention % S2S_N_OPTIMISERS;
        assert_steps_are_free(&options, names[attention]);
    }
}

static void test_training_step_with_stems(void **state)
{
    s2s_train_options options = busy_options(*state);
    options.src_text = "stem:en";
    options.tgt_text = "stem:de";
    assert_steps_are_free(&options, "stems");
}

/* ---- decoding ---- */

enum { N_SOURCES = 400 };

static s2s_predict_options decoding(int beam, bool sample)
{
    s2s_predict_options options;
    s2s_predict_options_defaults(&options);
    options.beam_size = sample ? 1 : beam;
    options.n_best = beam;
    options.sample = sample;
    options.threads = 2;
    return options;
}

static void test_decoded_batch(void **state)
{
    s2s_train_options options = busy_options(*state);
    s2s_error err = {0};
    s2s_batch batch;
    s2s_searcher *searcher;
    bool end;
    school s;
    open_school(&s, &options);
    bench_must(s2s_read_ahead_next(s.dataset.train_batches, &batch, &end, &err), &err);
    const s2s_search_model model = {s.learner.arch, s.learner.network, &s.learner.graph, 1};
    bench_must(s2s_searcher_new(&searcher, &model, 1, s2s_vocab_size(s.dataset.target_vocab), &err), &err);
    s2s_search_result *results = calloc((size_t)batch.source.shape.n_seqs, sizeof *results);
    uint64_t *seeds = calloc((size_t)batch.source.shape.n_seqs, sizeof *seeds);
    for (int beam = 1; beam <= 5; beam += 2) {
        for (int sample = 0; sample < 2; sample++) {
            s2s_predict_options how = decoding(beam, sample != 0);
            for (int round = 0; round < 4; round++) {
                if (round == 2)
                    heap_fail_at(0, false);
                bench_must(s2s_search(searcher, &batch.source, &(s2s_search_given){.seeds = seeds}, &how,
                                      results, &err),
                           &err);
            }
            long n_calls = atomic_load(&heap.n_calls);
            if (n_calls != 0)
                fail_msg("beam %d, sample %d: %ld allocations in two batches", beam, sample, n_calls);
        }
    }
    free(seeds);
    free(results);
    s2s_searcher_free(searcher);
    close_school(&s);
}

/* The API as a server would use it: the same lines again and again. */
static void predict_and_score(s2s_worker *worker, const s2s_input *inputs, const char *const *targets)
{
    s2s_error err = {0};
    const s2s_result *result;
    bench_must(s2s_predict(worker, inputs, N_SOURCES, &result, &err), &err);
    assert_int_equal(s2s_result_n_inputs(result), N_SOURCES);
    bench_must(s2s_score(worker, inputs, targets, N_SOURCES, &result, &err), &err);
}

static void test_prediction(void **state)
{
    const bench *b = *state;
    static const char *const texts[] = {"a b c", "f", "", "d e a b c f a", "b  a"};
    s2s_input inputs[N_SOURCES];
    const char *targets[N_SOURCES];
    for (int i = 0; i < N_SOURCES; i++) {
        inputs[i] = (s2s_input){texts[i % 5], strlen(texts[i % 5]), i % 3 == 0 ? "a" : NULL};
        targets[i] = i % 5 == 2 ? "" : "c b a";
    }
    s2s_train_options options = bench_options(b, 2);
    s2s_error err = {0};
    s2s_model *model;
    bench_must(bench_train(&options, &err), &err);
    bench_must(s2s_model_open(&model, b->output, &err), &err);
    for (int beam = 1; beam <= 4; beam += 3) {
        s2s_predict_options how = decoding(beam, false);
        s2s_worker *worker;
        how.batch_tokens = 64;
        bench_must(s2s_worker_new(&worker, model, &how, &err), &err);
        predict_and_score(worker, inputs, targets);
        predict_and_score(worker, inputs, targets);
        heap_fail_at(0, false);
        predict_and_score(worker, inputs, targets);
        long n_calls = atomic_load(&heap.n_calls);
        s2s_worker_free(worker);
        if (n_calls != 0)
            fail_msg("beam %d: %ld allocations for lines seen before", beam, n_calls);
    }
    s2s_model_close(model);
}

static int set_up(void **state)
{
    static bench b;
    bench_open(&b, 300);
    *state = &b;
    return 0;
}

static int tear_down(void **state)
{
    bench_close(*state);
    return 0;
}

int main(void)
{
    if (!HEAP_IS_OURS)
        return heap_skip();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heap_counts),
        cmocka_unit_test(test_training_step),
        cmocka_unit_test(test_training_step_with_every_attention),
        cmocka_unit_test(test_training_step_with_stems),
        cmocka_unit_test(test_decoded_batch),
        cmocka_unit_test(test_prediction),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
