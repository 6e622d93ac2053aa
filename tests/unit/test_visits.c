/* Which pairs an epoch visits, and how often: curricula, weights, pairs left out. */
#include "reader_bench.h"

#include <limits.h>

/* Reads an epoch; of each pair in it, by target word, the length of its longer side. */
static void read_lengths(const fixture *f, s2s_reader *reader, int lengths[N_ITEMS])
{
    s2s_batch batch;
    bool end;
    do {
        end = next(reader, &batch);
        const s2s_ragged *source = &batch.source.shape, *target = &batch.target.shape;
        for (int b = 0; b < target->n_seqs; b++) {
            int y = number_of(f->target_vocab, batch.target.out[s2s_ragged_row(target, b, 0)]);
            int n_source = source->len[batch.target.sentence[b]], n_target = target->len[b];
            assert_int_equal(lengths[y], 0);
            lengths[y] = n_source > n_target ? n_source : n_target;
        }
    } while (!end);
}

/* Epoch E of N visits the shortest sqrt(E / (N + 1)) of the pairs, each once; later epochs visit all. */
static void test_curriculum(void **state)
{
    fixture *f = *state;
    enum { EPOCHS = 3 };
    int all[N_ITEMS] = {0};
    s2s_reader *reader = new_reader(&f->options);
    read_lengths(f, reader, all);
    s2s_reader_free(reader);
    f->options.curriculum = EPOCHS;
    reader = new_reader(&f->options);
    assert_int_equal(s2s_reader_n_pairs(reader), N_ITEMS);
    for (int epoch = 0; epoch < EPOCHS + 2; epoch++) {
        int lengths[N_ITEMS] = {0}, n = 0, longest = 0, shortest_left = INT_MAX;
        read_lengths(f, reader, lengths);
        for (int i = 0; i < N_ITEMS; i++) {
            n += lengths[i] > 0;
            longest = lengths[i] > longest ? lengths[i] : longest;
            if (lengths[i] == 0 && all[i] < shortest_left)
                shortest_left = all[i];
        }
        static const int expected[EPOCHS] = {400, 566, 693}; /* of 800: its 1/2, 0.7071, 0.8660 */
        assert_int_equal(n, epoch < EPOCHS ? expected[epoch] : N_ITEMS);
        assert_int_equal(s2s_reader_n_admitted(reader, epoch), n);
        assert_true(longest <= shortest_left);
    }
    assert_int_equal(s2s_reader_tell(reader).epoch, EPOCHS + 2);
    s2s_reader_free(reader);
}

/* The corpus of the fixture and a second member of one pair. */
static s2s_corpus *open_two(const fixture *f, char path[])
{
    FILE *file = fdopen(mkstemp(path), "wb");
    fputs("s0 s0\tt0\n", file);
    fclose(file);
    char both[128];
    snprintf(both, sizeof both, "%s\n%s", path, f->path);
    s2s_corpus *corpus;
    assert_int_equal(s2s_corpus_open(&corpus, &(s2s_corpus_options){.pairs = both}, NULL), S2S_OK);
    return corpus;
}

/* Epochs visit the items of the second member, by target word; returns the pairs of the first that they
 * visit. */
static int read_visits(const fixture *f, s2s_reader *reader, int visits[N_ITEMS])
{
    int n = 0, seen[N_ITEMS] = {0}, epoch = (int)s2s_reader_tell(reader).epoch;
    s2s_batch batch;
    bool end;
    do {
        end = next(reader, &batch);
        count_pairs(f, &batch, seen);
    } while (!end);
    for (int i = 0; i < N_ITEMS; i++) {
        visits[i] += seen[i];
        n += seen[i];
    }
    assert_int_equal(s2s_reader_n_admitted(reader, epoch), n);
    return n;
}

static void test_weights(void **state)
{
    fixture *f = *state;
    enum { EPOCHS = 40 };
    char path[] = "/tmp/s2s-test-XXXXXX";
    s2s_corpus *corpus = open_two(f, path);
    f->options.corpus = corpus;
    f->options.weights = (const double[]){3, 1};
    s2s_reader *reader = new_reader(&f->options);
    int whole[N_ITEMS] = {0};
    assert_int_equal(s2s_reader_n_pairs(reader), N_ITEMS + 1);
    assert_int_equal(read_visits(f, reader, whole), N_ITEMS + 3);
    for (int i = 0; i < N_ITEMS; i++)
        assert_int_equal(whole[i], i == 0 ? 4 : 1);
    s2s_reader_free(reader);

    f->options.weights = (const double[]){1, 2.25};
    reader = new_reader(&f->options);
    int visits[N_ITEMS] = {0}, n = 0, first = 0;
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        int before = visits[7];
        n += read_visits(f, reader, visits);
        assert_in_range(visits[7] - before, 2, 3);
        first += visits[7] - before == 3;
    }
    assert_in_range(first, 1, EPOCHS / 2); /* drawn anew */
    assert_in_range(n, EPOCHS * (N_ITEMS * 2.2 + 1), EPOCHS * (N_ITEMS * 2.3 + 1));
    s2s_reader_free(reader);
    s2s_corpus_close(corpus);
    unlink(path);
}

/* Weights by which hardly any pair is visited: an epoch has one all the same. */
static void test_small_weights(void **state)
{
    fixture *f = *state;
    f->options.weights = (const double[]){1e-9};
    s2s_reader *reader = new_reader(&f->options);
    s2s_batch batch;
    for (int epoch = 0; epoch < 3; epoch++) {
        assert_int_equal(s2s_reader_n_admitted(reader, epoch), 1);
        assert_true(next(reader, &batch));
        assert_int_equal(batch.source.shape.n_seqs, 1);
    }
    s2s_reader_free(reader);
    f->options.weights = (const double[]){1e9};
    s2s_error err = {0};
    assert_int_equal(s2s_reader_new(&reader, &f->options, &err), S2S_BAD_DATA);
    assert_string_equal(err.msg, "expected at most 4294967295 visits of pairs in an epoch, found 800000000000");
}

static void test_left_out(void **state)
{
    fixture *f = *state;
    f->options.max_length = MAX_WORDS - 1;
    s2s_reader *reader = new_reader(&f->options);
    size_t n = s2s_reader_n_pairs(reader);
    assert_true(n < N_ITEMS);
    assert_int_equal(n + s2s_reader_n_skipped(reader), N_ITEMS);
    s2s_batch batch;
    size_t seen = 0;
    bool end;
    do {
        end = next(reader, &batch);
        seen += (size_t)batch.source.shape.n_seqs;
        assert_in_range(batch.source.shape.max_len, 1, MAX_WORDS - 1);
        assert_in_range(batch.target.shape.max_len, 2, MAX_WORDS);
    } while (!end);
    assert_int_equal(seen, n);
    s2s_reader_free(reader);

    s2s_error err = {0};
    f->options.max_length = 0;
    assert_int_equal(s2s_reader_new(&reader, &f->options, &err), S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, "800 left out"));
}

static void test_uneven_left_out(void **state)
{
    fixture *f = *state;
    f->options.max_ratio = 2;
    s2s_reader *reader = new_reader(&f->options);
    size_t n = s2s_reader_n_skipped_as(reader, S2S_SKIP_RATIO);
    assert_in_range(n, 1, N_ITEMS - 1);
    assert_int_equal(s2s_reader_n_skipped(reader), n);
    assert_int_equal(s2s_reader_n_pairs(reader), N_ITEMS - n);
    s2s_reader_free(reader);

    f->options.max_ratio = MAX_WORDS; /* which no pair exceeds */
    reader = new_reader(&f->options);
    assert_int_equal(s2s_reader_n_skipped(reader), 0);
    s2s_reader_free(reader);
}

static void test_reasons(void **state)
{
    (void)state;
    const s2s_length_limits limits = {10, 20, 3}, without = {10, 20, 0};
    assert_int_equal(s2s_skip_of(&limits, 3, 9), S2S_SKIP_NOT);
    assert_int_equal(s2s_skip_of(&limits, 3, 10), S2S_SKIP_RATIO);
    assert_int_equal(s2s_skip_of(&limits, 10, 3), S2S_SKIP_RATIO);
    assert_int_equal(s2s_skip_of(&without, 1, 20), S2S_SKIP_NOT);
    assert_int_equal(s2s_skip_of(&limits, 10, 20), S2S_SKIP_NOT);
    assert_int_equal(s2s_skip_of(&limits, 11, 20), S2S_SKIP_LONG);
    assert_int_equal(s2s_skip_of(&limits, 10, 21), S2S_SKIP_LONG);
    assert_int_equal(s2s_skip_of(&limits, 0, 5), S2S_SKIP_BLANK);
    assert_int_equal(s2s_skip_of(&limits, 5, 0), S2S_SKIP_BLANK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_curriculum), TEST(test_weights),         TEST(test_small_weights),
        TEST(test_left_out),   TEST(test_uneven_left_out), TEST(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
