/* io/model_file.h against files that were cut, damaged or made by an enemy: each is S2S_BAD_MODEL with a
 * message. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/model_file.h"

static char folder[] = "/tmp/s2s-fuzz-model-XXXXXX", path[64];
static char *valid; /* a small model */
static size_t n_valid, n_header;
static int fd = -1; /* of the file that is tried */

static void write_valid(void)
{
    s2s_vocab *vocab;
    const s2s_span pieces[] = {{"<unk>", 5}, {"<s>", 3}, {"</s>", 4}, {"a", 1}, {"\"é\"", 4}};
    assert_int_equal(s2s_vocab_from_pieces(&vocab, pieces, 5, NULL), S2S_OK);
    s2s_params params;
    s2s_params_begin(&params);
    s2s_param_declare(&params, "enc.w", S2S_INIT_NORMAL, 3, 5);
    s2s_param_declare(&params, "enc.b", S2S_INIT_NORMAL, 1, 5);
    assert_int_equal(s2s_params_allocate(&params, false, NULL), S2S_OK);
    s2s_params_init(&params, 1);
    const s2s_model_contents contents = {.params = &params,
                                         .data = params.data,
                                         .config_json = "{\"depth\":\"1\"}",
                                         .history_json = "{}",
                                         .source_vocab = vocab,
                                         .target_vocab = vocab};
    assert_int_equal(s2s_model_file_write(path, &contents, NULL), S2S_OK);
    s2s_params_end(&params);
    s2s_vocab_free(vocab);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/model.s2s", folder);
    write_valid();
    s2s_map map;
    assert_int_equal(s2s_map_open(&map, path, NULL), S2S_OK);
    n_valid = map.size;
    n_header = 8 + ((unsigned char)map.data[0] | (size_t)(unsigned char)map.data[1] << 8);
    valid = malloc(n_valid);
    assert_non_null(valid);
    memcpy(valid, map.data, n_valid);
    s2s_map_close(&map);
    fd = open(path, O_RDWR);
    return fd >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(valid);
    close(fd);
    unlink(path);
    return rmdir(folder);
}

static void put(const char *bytes, size_t n, size_t at)
{
    assert_int_equal(pwrite(fd, bytes, n, (off_t)at), n);
}

static void restore(void)
{
    assert_int_equal(ftruncate(fd, 0), 0);
    put(valid, n_valid, 0);
}

static void expect_refused(const char *what, size_t number)
{
    s2s_model_file model;
    s2s_error err = {0};
    if (s2s_model_file_open(&model, path, &err) != S2S_BAD_MODEL)
        fail_msg("%s %zu was not refused with S2S_BAD_MODEL: %s", what, number, err.msg);
    assert_int_equal(err.code, S2S_BAD_MODEL);
    if (strncmp(err.msg, path, strlen(path)) != 0 || strlen(err.msg) < strlen(path) + 10)
        fail_msg("%s %zu: expected a message with the path, found: %s", what, number, err.msg);
    assert_int_equal(s2s_model_file_open(&model, path, NULL), S2S_BAD_MODEL);
    s2s_model_file_close(&model);
}

static void test_the_valid_file(void **state)
{
    (void)state;
    restore();
    s2s_model_file model;
    assert_int_equal(s2s_model_file_open(&model, path, NULL), S2S_OK);
    s2s_model_file_close(&model);
}

static void test_cut_files(void **state)
{
    (void)state;
    restore();
    for (size_t n = n_valid; n-- > 0;) {
        assert_int_equal(ftruncate(fd, (off_t)n), 0);
        expect_refused("length", n);
    }
}

static void test_longer_files(void **state)
{
    (void)state;
    restore();
    put("", 1, n_valid);
    expect_refused("length", n_valid + 1);
    assert_int_equal(ftruncate(fd, 1 << 20), 0);
    expect_refused("length", 1 << 20);
}

static void flip(size_t at, int bit)
{
    char byte = (char)(valid[at] ^ 1 << bit);
    put(&byte, 1, at);
    expect_refused("flipping a bit of byte", at);
    put(&valid[at], 1, at);
}

static void test_flipped_bits(void **state)
{
    (void)state;
    restore();
    for (size_t i = 0; i < n_header; i++)
        for (int bit = 0; bit < 8; bit++)
            flip(i, bit);
    for (size_t i = n_header; i < n_valid; i += 3)
        flip(i, (int)(i % 8));
}

static void test_header_lengths(void **state)
{
    (void)state;
    restore();
    const uint64_t lengths[] = {0,
                                1,
                                2,
                                n_header - 9,
                                n_header - 7,
                                n_valid - 8,
                                n_valid - 7,
                                n_valid,
                                100000000,
                                100000001,
                                INT32_MAX,
                                UINT32_MAX,
                                INT64_MAX,
                                (uint64_t)INT64_MAX + 1,
                                UINT64_MAX - 8,
                                UINT64_MAX - 7,
                                UINT64_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char bytes[8];
        for (int k = 0; k < 8; k++)
            bytes[k] = (char)(lengths[i] >> (8 * k) & 0xff);
        put(bytes, 8, 0);
        expect_refused("header length number", i);
    }
}

/* A file with this header and n_data zero bytes. */
static void put_header(const char *header, size_t n_header_bytes, size_t n_data)
{
    char length[8];
    for (int k = 0; k < 8; k++)
        length[k] = (char)(n_header_bytes >> (8 * k) & 0xff);
    assert_int_equal(ftruncate(fd, 0), 0);
    put(length, 8, 0);
    put(header, n_header_bytes, 8);
    assert_int_equal(ftruncate(fd, (off_t)(8 + n_header_bytes + n_data)), 0);
}

#define T(dtype, shape, begin, end) \
    "{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

/* Headers for eight bytes of data, none of them right. */
static const char *const hostile[] = {
    "",
    "{",
    "[]",
    "null",
    "{}",
    " {}",
    "{}{}",
    "{\"a\":1}",
    "{\"a\":null}",
    "{\"a\":[]}",
    "{\"a\":{}}",
    "{\"__metadata__\":[]}",
    "{\"__metadata__\":{\"a\":1}}",
    "{\"__metadata__\":{\"checksum\":\"\"},"
    "\"a\":" T("\"F32\"", "[2]", "0", "8") "}",
    "{\"__metadata__\":{\"checksum\":\"0000000000000000\"},"
    "\"a\":" T("\"F32\"", "[2]", "0", "8") "}",
    "{\"__metadata__\":{\"checksum\": \"0000000000000000\"},"
    "\"a\":" T("\"F32\"", "[2]", "0", "8") "}",
    "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"},"
    "\"a\":" T("\"F32\"", "[2]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[1]", "0", "4") ",\"a\":" T("\"F32\"", "[1]", "4", "8") "}",
    "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"more\":1}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":8}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}",
    "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}",
    "{\"a\":" T("\"F31\"", "[2]", "0", "8") "}",
    "{\"a\":" T("\"f32\"", "[2]", "0", "8") "}",
    "{\"a\":" T("\"\"", "[2]", "0", "8") "}",
    "{\"a\":" T("32", "[2]", "0", "8") "}",
    "{\"a\":" T("\"F64\"", "[2]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "2", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[2.0]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[\"2\"]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[-2]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[-1,-2]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[1,1,1,1,2]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[4611686018427387906]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[9223372036854775807,2]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[9223372036854775808]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[4294967296,4294967296,4294967296]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[9223372036854775807,9223372036854775807,0]", "0", "0") "}",
    "{\"a\":" T("\"F32\"", "[1e400]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[2]", "-8", "0") "}",
    "{\"a\":" T("\"F32\"", "[2]", "8", "0") "}",
    "{\"a\":" T("\"F32\"", "[2]", "0", "16") "}",
    "{\"a\":" T("\"F32\"", "[2]", "8", "16") "}",
    "{\"a\":" T("\"F32\"", "[2]", "9223372036854775800", "9223372036854775807") "}",
    "{\"a\":" T("\"F32\"", "[2]", "-9223372036854775808", "9223372036854775807") "}",
    "{\"a\":" T("\"F32\"", "[1]", "0", "4") "}",
    "{\"a\":" T("\"F32\"", "[1]", "4", "8") "}",
    "{\"a\":" T("\"F32\"", "[2]", "0", "8") ",\"b\":" T("\"F32\"", "[1]", "4", "8") "}",
    "{\"a\":" T("\"F32\"", "[2]", "0", "8") ",\"b\":" T("\"F32\"", "[2]", "0", "8") "}",
    "{\"a\":" T("\"U8\"", "[3]", "0", "3") ",\"b\":" T("\"U8\"", "[3]", "5", "8") "}",
    "{\"a\":" T("\"F32\"", "[2]", "0", "8") ",\"b\":" T("\"U8\"", "[0]", "4", "4") "}",
    "{\"a\xff\":" T("\"F32\"", "[2]", "0", "8") "}",
    "{\"a\xed\xa0\x80\":" T("\"F32\"", "[2]", "0", "8") "}",
    "{\"\\ud800\":" T("\"F32\"", "[2]", "0", "8") "}",
    "{\"\\u0000\":" T("\"F32\"", "[2]", "0", "8") "}",
    "{\"a\nb\":" T("\"F32\"", "[2]", "0", "8") "}",
    "{\"a\\nb\\u001b[31m\":" T("\"F33\"", "[2]", "0", "8") "}",
    "{\"a\":" T("\"F32\"", "[2]", "0", "8") "} \x01",
    "{\"a\":" T("\"F32\"", "[2]", "0", "8") "}", /* a right one, but no model */
};

static void test_hostile_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        put_header(hostile[i], strlen(hostile[i]), 8);
        expect_refused("hostile header number", i);
    }
    put_header("{\"a\":1}\0 ", 9, 8);
    expect_refused("a header with NUL", 0);
}

/* n times a text, then a tail. */
static void try_repeated(const char *head, const char *text, size_t n, const char *what)
{
    size_t n_head = strlen(head), n_text = strlen(text);
    char *header = malloc(n_head + n * n_text);
    assert_non_null(header);
    memcpy(header, head, n_head);
    for (size_t i = 0; i < n; i++)
        memcpy(header + n_head + i * n_text, text, n_text);
    put_header(header, n_head + n * n_text, 8);
    free(header);
    expect_refused(what, n);
}

static void test_huge_headers(void **state)
{
    (void)state;
    try_repeated("{\"a\":", "[", 1000000, "nested arrays");
    try_repeated("", "{\"a\":", 1000000, "nested objects");
    try_repeated("{\"", "a", 1000000, "an endless name");
    try_repeated("{\"a\":", "9", 1000000, "an endless number");
    try_repeated("{}", " ", 1000000, "spaces");
}

/* Texts in the metadata that are JSON themselves, in files whose checksum is right. */
static void test_hostile_texts(void **state)
{
    (void)state;
    const size_t n = 100000;
    char *deep = malloc(n + 1);
    assert_non_null(deep);
    memset(deep, '[', n);
    deep[n] = '\0';
    const char *const vocabs[] = {"",
                                  "[",
                                  "null",
                                  "[[]]",
                                  "[\"<unk>\",\"<s>\",\"</s>\",\"\\u0000\"]",
                                  "[\"<unk>\",\"<s>\",\"</s>\",\"\\ud800\"]",
                                  deep};
    for (size_t i = 0; i < sizeof vocabs / sizeof *vocabs; i++) {
        const s2s_stored_text texts[] = {
            {"format", "s2s"}, {"format_version", "1"},     {"config", "{}"},
            {"history", "{}"}, {"source_vocab", vocabs[i]}, {"target_vocab", vocabs[i]},
        };
        close(fd);
        assert_int_equal(s2s_safetensors_write(path, texts, 6, NULL, 0, NULL), S2S_OK);
        fd = open(path, O_RDWR); /* written anew under the same name */
        expect_refused("vocabulary", i);
    }
    free(deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_valid_file), cmocka_unit_test(test_cut_files),
        cmocka_unit_test(test_longer_files),   cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_header_lengths), cmocka_unit_test(test_hostile_headers),
        cmocka_unit_test(test_huge_headers),   cmocka_unit_test(test_hostile_texts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
