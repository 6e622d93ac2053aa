/* Reading ahead: the reader's batches, positions and errors, whatever the thread does meanwhile. */
#include "reader_bench.h"

#include <time.h>

#include "data/read_ahead.h"

enum { STEPS = 900 };

/* What the reader gives at each step of a walk from the beginning. */
typedef struct walk {
    uint64_t hashes[STEPS];
    bool ends[STEPS];
    s2s_reader_position positions[STEPS]; /* behind the batch */
} walk;

static walk *read_plainly(const s2s_reader_options *options)
{
    walk *w = calloc(1, sizeof *w);
    s2s_reader *reader = new_reader(options);
    for (int i = 0; i < STEPS; i++) {
        s2s_batch batch;
        assert_int_equal(s2s_reader_next(reader, &batch, &w->ends[i], NULL), S2S_OK);
        w->hashes[i] = batch_hash(&batch);
        w->positions[i] = s2s_reader_tell(reader);
    }
    assert_true(w->positions[STEPS - 1].epoch >= 1);
    s2s_reader_free(reader);
    return w;
}

static s2s_read_ahead *new_ahead(s2s_reader *reader)
{
    s2s_read_ahead *ahead;
    s2s_error err = {0};
    if (s2s_read_ahead_new(&ahead, reader, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return ahead;
}

/* Long enough for the thread to be done with a batch. */
static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

/* The next batch, with or without time for the thread to read the one after it, is that of step i. */
static void check_step(s2s_read_ahead *ahead, const walk *w, int i, bool resting)
{
    s2s_batch batch;
    bool end;
    assert_int_equal(s2s_read_ahead_next(ahead, &batch, &end, NULL), S2S_OK);
    if (resting)
        rest();
    s2s_reader_position position = s2s_read_ahead_tell(ahead);
    if (batch_hash(&batch) != w->hashes[i] || end != w->ends[i] || position.epoch != w->positions[i].epoch ||
        position.batch != w->positions[i].batch)
        fail_msg("step %d differs from the reader's", i);
}

static void test_equals_the_reader(void **state)
{
    fixture *f = *state;
    for (int twins = 0; twins < 2; twins++) {
        f->options.twins = twins != 0;
        walk *w = read_plainly(&f->options);
        s2s_reader *reader = new_reader(&f->options);
        s2s_read_ahead *ahead = new_ahead(reader);
        assert_int_equal(s2s_read_ahead_tell(ahead).batch, 0);
        for (int i = 0; i < STEPS; i++)
            check_step(ahead, w, i, i % 32 == 0);
        double waited_s = s2s_read_ahead_waited_s(ahead);
        assert_true(waited_s > 0); /* for the first batch at least */
        rest();
        assert_true(s2s_read_ahead_waited_s(ahead) == waited_s);
        s2s_read_ahead_free(ahead);
        s2s_reader_free(reader);
        free(w);
    }
}

static void test_seek(void **state)
{
    fixture *f = *state;
    walk *w = read_plainly(&f->options);
    s2s_reader *reader = new_reader(&f->options);
    s2s_read_ahead *ahead = new_ahead(reader);
    for (int i = 0; i < STEPS - 3; i = i * 5 / 4 + 1) {
        assert_int_equal(s2s_read_ahead_seek(ahead, w->positions[i], NULL), S2S_OK);
        assert_int_equal(s2s_read_ahead_tell(ahead).epoch, w->positions[i].epoch);
        assert_int_equal(s2s_read_ahead_tell(ahead).batch, w->positions[i].batch);
        for (int k = 1; k < 3; k++)
            check_step(ahead, w, i + k, i % 2 == 0);
    }
    s2s_error err = {0};
    assert_int_equal(s2s_read_ahead_seek(ahead, (s2s_reader_position){0, INT64_MAX}, &err), S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, "expected"));
    assert_int_equal(s2s_read_ahead_seek(ahead, (s2s_reader_position){0, 0}, NULL), S2S_OK);
    check_step(ahead, w, 0, false);
    s2s_read_ahead_free(ahead);
    s2s_reader_free(reader);
    free(w);
}

static void test_free_at_any_time(void **state)
{
    fixture *f = *state;
    for (int n = 0; n < 4; n++) {
        s2s_reader *reader = new_reader(&f->options);
        s2s_read_ahead *ahead = new_ahead(reader);
        s2s_batch batch;
        bool end;
        for (int i = 0; i < n; i++)
            assert_int_equal(s2s_read_ahead_next(ahead, &batch, &end, NULL), S2S_OK);
        s2s_read_ahead_free(ahead);
        s2s_reader_free(reader);
    }
    s2s_read_ahead_free(NULL);
}

/* A word of the last line becomes two, behind the back of the reader that has counted them. */
static void damage(const char *path)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -3, SEEK_END), 0);
    fputc(' ', file);
    assert_int_equal(fclose(file), 0);
}

static void test_errors_come_with_their_batch(void **state)
{
    fixture *f = *state;
    f->options.shuffle = false;
    s2s_reader *plain = new_reader(&f->options), *reader = new_reader(&f->options);
    s2s_read_ahead *ahead = new_ahead(reader);
    damage(f->path);
    s2s_batch batch;
    bool end;
    s2s_error expected = {0}, err = {0};
    int n = 0;
    while (s2s_reader_next(plain, &batch, &end, &expected) == S2S_OK) {
        uint64_t hash = batch_hash(&batch);
        assert_int_equal(s2s_read_ahead_next(ahead, &batch, &end, NULL), S2S_OK);
        assert_true(batch_hash(&batch) == hash);
        assert_false(end);
        n++;
    }
    assert_true(n > 1);
    s2s_reader_position position = s2s_reader_tell(plain);
    for (int again = 0; again < 2; again++) {
        rest();
        assert_int_equal(s2s_read_ahead_next(ahead, &batch, &end, &err), S2S_BAD_DATA);
        assert_string_equal(err.msg, expected.msg);
        assert_int_equal(s2s_read_ahead_tell(ahead).batch, position.batch);
    }
    s2s_read_ahead_free(ahead);
    s2s_reader_free(reader);
    s2s_reader_free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_equals_the_reader),
        TEST(test_seek),
        TEST(test_free_at_any_time),
        TEST(test_errors_come_with_their_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
