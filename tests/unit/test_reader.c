/* The stream of batches: complete, bounded, a function of its position. */
#include "reader_bench.h"

static void test_an_epoch_is_every_pair_once(void **state)
{
    fixture *f = *state;
    s2s_reader *reader = new_reader(&f->options);
    assert_int_equal(s2s_reader_n_pairs(reader), N_ITEMS);
    assert_int_equal(s2s_reader_n_skipped(reader), 0);
    for (int epoch = 0; epoch < 3; epoch++) {
        int seen[N_ITEMS] = {0};
        s2s_batch batch;
        bool end;
        do {
            assert_int_equal(s2s_reader_tell(reader).epoch, epoch);
            end = next(reader, &batch);
            count_pairs(f, &batch, seen);
            if (batch.source.shape.n_seqs > 1) {
                assert_true(batch.source.shape.n_tokens <= 30);
                assert_true(batch.target.shape.n_tokens <= 30);
            }
        } while (!end);
        assert_int_equal(s2s_reader_tell(reader).batch, 0);
        for (int i = 0; i < N_ITEMS; i++)
            assert_int_equal(seen[i], 1);
    }
    s2s_reader_free(reader);
    s2s_reader_free(NULL);
}

/* Rows 2i and 2i + 1 of both sides are the same token of the same pair. */
static void check_twins(const int *ids, int n)
{
    assert_int_equal(n % 2, 0);
    for (int i = 0; i < n; i += 2)
        assert_int_equal(ids[i], ids[i + 1]);
}

static void test_twins(void **state)
{
    fixture *f = *state;
    s2s_reader_options options = f->options;
    options.twins = true;
    s2s_reader *reader = new_reader(&options);
    assert_int_equal(s2s_reader_n_pairs(reader), N_ITEMS);
    int seen[N_ITEMS] = {0};
    s2s_batch batch;
    bool end;
    do {
        end = next(reader, &batch);
        count_pairs(f, &batch, seen);
        check_twins(batch.source.ids, batch.source.shape.n_tokens);
        check_twins(batch.target.in, batch.target.shape.n_tokens);
        check_twins(batch.target.out, batch.target.shape.n_tokens);
        assert_true(batch.target.shape.n_seqs == 2 || batch.target.shape.n_tokens <= options.batch_tokens);
    } while (!end);
    for (int i = 0; i < N_ITEMS; i++)
        assert_int_equal(seen[i], 2);
    s2s_reader_free(reader);
}

static void test_long_pairs_are_batches_by_themselves(void **state)
{
    fixture *f = *state;
    s2s_batch batch;
    f->options.batch_tokens = 1; /* every pair is longer */
    s2s_reader *reader = new_reader(&f->options);
    for (int i = 0; i < N_ITEMS; i++) {
        bool end = next(reader, &batch);
        assert_int_equal(batch.source.shape.n_seqs, 1);
        assert_int_equal(end, i == N_ITEMS - 1);
    }
    s2s_reader_free(reader);
}

static void test_batches_are_of_like_length(void **state)
{
    fixture *f = *state;
    f->options.batch_tokens = 60;
    s2s_reader *reader = new_reader(&f->options);
    s2s_batch batch;
    int64_t rows = 0, padded = 0;
    bool end;
    do {
        end = next(reader, &batch);
        rows += batch.target.shape.n_tokens;
        padded += (int64_t)batch.target.shape.n_seqs * batch.target.shape.max_len;
    } while (!end);
    assert_true(padded < rows * 103 / 100);
    s2s_reader_free(reader);
}

static void test_same_seed_same_batches(void **state)
{
    fixture *f = *state;
    s2s_batch batch;
    s2s_reader *a = new_reader(&f->options), *b = new_reader(&f->options);
    f->options.seed++;
    s2s_reader *c = new_reader(&f->options);
    int n = 0, same = 0;
    while (n < 500) {
        (void)next(a, &batch);
        uint64_t hash = batch_hash(&batch);
        (void)next(b, &batch);
        assert_true(batch_hash(&batch) == hash);
        (void)next(c, &batch);
        same += batch_hash(&batch) == hash;
        n++;
    }
    assert_in_range(same, 0, 5);
    s2s_reader_free(a);
    s2s_reader_free(b);
    s2s_reader_free(c);
}

static void check_seeking(fixture *f)
{
    enum { STEPS = 800 };
    static uint64_t hashes[STEPS];
    static s2s_reader_position positions[STEPS];
    s2s_batch batch;
    s2s_reader *reader = new_reader(&f->options);
    for (int i = 0; i < STEPS; i++) {
        positions[i] = s2s_reader_tell(reader);
        (void)next(reader, &batch);
        hashes[i] = batch_hash(&batch);
    }
    assert_true(positions[STEPS - 1].epoch >= 2);
    s2s_reader *other = new_reader(&f->options);
    for (int i = 0; i < STEPS - 1; i = i * 5 / 4 + 1) {
        assert_int_equal(s2s_reader_seek(other, positions[i], NULL), S2S_OK);
        assert_int_equal(s2s_reader_tell(other).epoch, positions[i].epoch);
        assert_int_equal(s2s_reader_tell(other).batch, positions[i].batch);
        for (int k = i; k < i + 2; k++) {
            (void)next(other, &batch);
            assert_true(batch_hash(&batch) == hashes[k]);
        }
    }
    s2s_reader_free(other);
    s2s_reader_free(reader);
}

static void test_seek(void **state)
{
    check_seeking(*state);
}

static void test_seek_in_a_curriculum(void **state)
{
    fixture *f = *state;
    f->options.curriculum = 2;
    check_seeking(f);
}

static void test_seek_with_weights(void **state)
{
    fixture *f = *state;
    f->options.weights = (const double[]){0.3};
    check_seeking(f);
}

static void test_seek_to_the_ends(void **state)
{
    fixture *f = *state;
    s2s_batch batch;
    s2s_reader *reader = new_reader(&f->options);
    int64_t n_batches = 1;
    while (!next(reader, &batch))
        n_batches++;
    (void)next(reader, &batch);
    uint64_t first_of_next = batch_hash(&batch);
    assert_int_equal(s2s_reader_seek(reader, (s2s_reader_position){0, n_batches}, NULL), S2S_OK);
    assert_int_equal(s2s_reader_tell(reader).epoch, 1);
    (void)next(reader, &batch);
    assert_true(batch_hash(&batch) == first_of_next);

    assert_int_equal(s2s_reader_seek(reader, (s2s_reader_position){0, n_batches - 1}, NULL), S2S_OK);
    assert_true(next(reader, &batch));
    s2s_error err = {0};
    assert_int_equal(s2s_reader_seek(reader, (s2s_reader_position){0, n_batches + 1}, &err), S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, "expected"));
    assert_int_equal(s2s_reader_seek(reader, (s2s_reader_position){-1, 0}, NULL), S2S_BAD_DATA);
    assert_int_equal(s2s_reader_seek(reader, (s2s_reader_position){0, -1}, NULL), S2S_BAD_DATA);
    assert_int_equal(s2s_reader_seek(reader, (s2s_reader_position){0, INT64_MAX}, NULL), S2S_BAD_DATA);
    s2s_reader_free(reader);
}

/* Unshuffled epochs are equal, and inside a window (here all of the corpus) targets get longer. */
static void test_unshuffled(void **state)
{
    fixture *f = *state;
    f->options.shuffle = false;
    f->options.batch_tokens = 100;
    s2s_reader *reader = new_reader(&f->options);
    s2s_batch batch;
    uint64_t hashes[2] = {0};
    for (int epoch = 0; epoch < 2; epoch++) {
        int longest = 0;
        bool end;
        do {
            end = next(reader, &batch);
            hashes[epoch] = s2s_hash64(hashes[epoch], batch_hash(&batch));
            assert_true(batch.target.shape.len[batch.target.shape.n_seqs - 1] >= longest);
            longest = batch.target.shape.max_len;
        } while (!end);
    }
    assert_true(hashes[0] == hashes[1]);
    s2s_reader_free(reader);
}

static void test_unknown_words(void **state)
{
    fixture *f = *state;
    char path[] = "/tmp/s2s-test-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "wb");
    fputs("s2 other\tt2\n", file);
    fclose(file);
    s2s_corpus *corpus;
    s2s_corpus_options corpus_options = {.pairs = path};
    assert_int_equal(s2s_corpus_open(&corpus, &corpus_options, NULL), S2S_OK);
    f->options.corpus = corpus;
    s2s_reader *reader = new_reader(&f->options);
    s2s_batch batch;
    assert_true(next(reader, &batch));
    assert_int_equal(batch.source.ids[1], S2S_TOKEN_UNK);
    s2s_reader_free(reader);
    s2s_corpus_close(corpus);
    unlink(path);
}

static void test_lengths_and_shrinking(void **state)
{
    fixture *f = *state;
    s2s_batch batch;
    s2s_reader *reader = new_reader(&f->options);
    f->options.batch_tokens = 20;
    s2s_reader *smaller = new_reader(&f->options);
    s2s_pair_length shortest, longest;
    s2s_reader_lengths(reader, &shortest, &longest);
    assert_int_equal(shortest.source, 1);
    assert_int_equal(shortest.target, 2); /* with the end of the sequence */
    assert_int_equal(longest.source, MAX_WORDS);
    assert_int_equal(longest.target, MAX_WORDS + 1);
    assert_true(s2s_reader_bytes(reader) >= 16 * N_ITEMS);
    s2s_reader_shrink(reader, 20);
    for (int i = 0; i < 300; i++) {
        (void)next(smaller, &batch);
        uint64_t hash = batch_hash(&batch);
        (void)next(reader, &batch);
        assert_true(batch_hash(&batch) == hash);
    }
    s2s_reader_free(reader);
    s2s_reader_free(smaller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_epoch_is_every_pair_once),
        TEST(test_twins),
        TEST(test_long_pairs_are_batches_by_themselves),
        TEST(test_batches_are_of_like_length),
        TEST(test_same_seed_same_batches),
        TEST(test_seek),
        TEST(test_seek_in_a_curriculum),
        TEST(test_seek_with_weights),
        TEST(test_seek_to_the_ends),
        TEST(test_unshuffled),
        TEST(test_unknown_words),
        TEST(test_lengths_and_shrinking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
