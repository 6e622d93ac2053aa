/* Checkpoints that were made by an enemy, their checksums right: each is refused with a message, or is good. */
#include "fuzz/halfway.h"

#include "fuzz/no_fsync.h"
#include "io/safetensors.h"

enum { N_TEXTS = 5, N_TENSORS = 4, MAX_TEXT = 1 << 14 };
static const char *const keys[N_TEXTS] = {"format", "version", "config", "progress", "data"};

/* Writes the checkpoint of the half run again, with one text (by number; -1: none) replaced, or left out where
 * value is NULL, and with the tensors given. */
static void write_checkpoint(const s2s_safetensors *good, int text, const char *value,
                             const s2s_stored_tensor *tensors, int n_tensors)
{
    s2s_stored_text texts[N_TEXTS];
    s2s_error err = {0};
    int n = 0;
    for (int i = 0; i < N_TEXTS; i++)
        if (i != text || value)
            texts[n++] = (s2s_stored_text){keys[i], i == text ? value : s2s_safetensors_text(good, keys[i])};
    char *path = s2s_path_join(b.output, "last.ckpt");
    bench_must(s2s_safetensors_write(path, texts, n, tensors, n_tensors, &err), &err);
    free(path);
}

/* The checkpoint of the half run, kept beside the run. */
static s2s_safetensors *open_good(s2s_stored_tensor tensors[N_TENSORS])
{
    s2s_error err = {0};
    s2s_safetensors *good;
    bench_write(b.folder, "good.ckpt", half.checkpoint, half.n_checkpoint);
    char *path = s2s_path_join(b.folder, "good.ckpt");
    bench_must(s2s_safetensors_open(&good, path, &err), &err);
    free(path);
    assert_int_equal(s2s_safetensors_n(good), N_TENSORS);
    for (int i = 0; i < N_TENSORS; i++)
        tensors[i] = *s2s_safetensors_at(good, i);
    return good;
}

static void expect_refused(const char *what, s2s_status expected)
{
    s2s_error err = {0};
    s2s_status status = halfway_train(&err);
    if (status != expected || !*err.msg)
        fail_msg("%s: expected status %d, found %d: %s", what, expected, status, err.msg);
}

static void test_texts_missing_or_wrong(void **state)
{
    (void)state;
    static const s2s_status wrong[N_TEXTS] = {S2S_BAD_MODEL, S2S_BAD_MODEL, S2S_BAD_MODEL, S2S_BAD_MODEL,
                                              S2S_BAD_DATA};
    s2s_stored_tensor tensors[N_TENSORS];
    s2s_safetensors *good = open_good(tensors);
    for (int i = 0; i < N_TEXTS; i++) {
        write_checkpoint(good, i, NULL, tensors, N_TENSORS);
        expect_refused(keys[i], S2S_BAD_MODEL);
        write_checkpoint(good, i, "x", tensors, N_TENSORS);
        expect_refused(keys[i], wrong[i]);
    }
    s2s_safetensors_close(good);
}

static void test_tensors_missing_or_wrong(void **state)
{
    (void)state;
    s2s_stored_tensor tensors[N_TENSORS];
    s2s_safetensors *good = open_good(tensors);
    for (int i = 0; i < N_TENSORS; i++) {
        s2s_stored_tensor kept = tensors[i];
        tensors[i].name = "other";
        write_checkpoint(good, -1, NULL, tensors, N_TENSORS);
        expect_refused("a tensor is missing", S2S_BAD_MODEL);
        tensors[i] = kept;
        tensors[i].dtype = "I32";
        write_checkpoint(good, -1, NULL, tensors, N_TENSORS);
        expect_refused("a tensor of integers", S2S_BAD_MODEL);
        tensors[i] = kept;
        tensors[i].dims[0]--;
        tensors[i].bytes -= sizeof(float);
        write_checkpoint(good, -1, NULL, tensors, N_TENSORS);
        expect_refused("a tensor is short", S2S_BAD_MODEL);
        char *bytes = malloc(kept.bytes);
        assert_non_null(bytes);
        memcpy(bytes, kept.data, kept.bytes);
        memset(bytes + kept.bytes - sizeof(float), 0xff, sizeof(float));
        tensors[i] = kept;
        tensors[i].data = bytes;
        write_checkpoint(good, -1, NULL, tensors, N_TENSORS);
        expect_refused("a value is not a number", S2S_BAD_MODEL);
        free(bytes);
        tensors[i] = kept;
    }
    s2s_safetensors_close(good);
}

/* Numbers of the state and of the configuration become others, or cease to be numbers. */
static void test_mutants_do_no_harm(void **state)
{
    (void)state;
    static const char letters[] = "0123456789-.eE\",:{}n";
    s2s_rng rng;
    s2s_rng_seed(&rng, 5);
    s2s_stored_tensor tensors[N_TENSORS];
    s2s_safetensors *good = open_good(tensors);
    for (int i = 0; i < 400; i++) {
        int text = 2 + i % 3; /* config, progress, data */
        char mutant[MAX_TEXT];
        s2s_error err = {0};
        snprintf(mutant, sizeof mutant, "%s", s2s_safetensors_text(good, keys[text]));
        uint32_t n = (uint32_t)strlen(mutant);
        assert_true(n > 0 && n + 1 < sizeof mutant);
        for (uint32_t edits = 1 + s2s_rng_below(&rng, 3); edits > 0; edits--)
            mutant[s2s_rng_below(&rng, n)] = letters[s2s_rng_below(&rng, sizeof letters - 1)];
        bench_put_back(b.output, &half);
        write_checkpoint(good, text, mutant, tensors, N_TENSORS);
        if (halfway_train(&err) != S2S_OK && !*err.msg)
            fail_msg("no message for %s: %s", keys[text], mutant);
        bench_no_temporaries(b.output);
    }
    s2s_safetensors_close(good);
}

/* The format allows headers of any length; what follows an odd one is aligned to nothing. */
static void test_an_unaligned_checkpoint_is_read(void **state)
{
    (void)state;
    static const char checksum[] = "\"checksum\"", no_checksum[] = "\"checksvm\"";
    size_t n_header = 0, n = half.n_checkpoint;
    for (size_t i = 8; i-- > 0;)
        n_header = n_header << 8 | (unsigned char)half.checkpoint[i];
    char *odd = malloc(n + 1);
    assert_non_null(odd);
    memcpy(odd, half.checkpoint, 8 + n_header);
    odd[8 + n_header] = ' ';
    memcpy(odd + 8 + n_header + 1, half.checkpoint + 8 + n_header, n - 8 - n_header);
    odd[0]++;
    assert_true(odd[0] != 0);
    char *at = odd + 8;
    while (memcmp(at, checksum, sizeof checksum - 1) != 0)
        assert_true(++at + sizeof checksum < odd + n_header);
    memcpy(at, no_checksum, sizeof no_checksum - 1);
    bench_put_back(b.output, &half);
    bench_write(b.output, "last.ckpt", odd, n + 1);
    free(odd);
    halfway_assert_undamaged("an unaligned checkpoint");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_missing_or_wrong),
        cmocka_unit_test(test_tensors_missing_or_wrong),
        cmocka_unit_test(test_mutants_do_no_harm),
        cmocka_unit_test(test_an_unaligned_checkpoint_is_read),
    };
    return cmocka_run_group_tests(tests, halfway_set_up, halfway_tear_down);
}
