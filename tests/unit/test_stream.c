/* Streams: text and gzip, in files and pipes, whole, cut short and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <zlib.h>

#include "data/stream.h"

enum { TEXT_BYTES = 300000 };

static char path[] = "/tmp/s2s-stream-XXXXXX";
static char text[TEXT_BYTES];

static int make_file(void **state)
{
    (void)state;
    strcpy(path + sizeof path - 7, "XXXXXX");
    int fd = mkstemp(path);
    for (size_t i = 0; i < TEXT_BYTES; i++)
        text[i] = "abcdefg\n"[(i * i / 7 + i % 13) % 8];
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_bytes(const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* mode "wb" for one gzip file, "ab" for a further one behind it. */
static void write_gzip(const char *mode, const char *bytes, size_t n)
{
    gzFile file = gzopen(path, mode);
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)n), (int)n);
    assert_int_equal(gzclose(file), Z_OK);
}

static size_t read_packed(unsigned char *packed, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(packed, 1, size, file);
    fclose(file);
    assert_true(n > 20 && n < size);
    return n;
}

/* All that the stream gives, `step` bytes at most at a time; then its status. */
static s2s_status read_all(size_t step, char *found, size_t size, size_t *n_found, s2s_error *err)
{
    s2s_stream *stream;
    assert_int_equal(s2s_stream_open(&stream, path, err), S2S_OK);
    assert_string_equal(s2s_stream_name(stream), path);
    assert_false(s2s_stream_is_terminal(stream));
    s2s_status status;
    size_t n;
    *n_found = 0;
    do {
        size_t room = size - *n_found < step ? size - *n_found : step;
        assert_true(room > 0);
        status = s2s_stream_read(stream, found + *n_found, room, &n, err);
        assert_true(n <= room);
        *n_found += n;
    } while (status == S2S_OK && n > 0);
    s2s_stream_close(stream);
    return status;
}

static void assert_gives(const char *expected, size_t n_expected)
{
    static char found[2 * TEXT_BYTES];
    static const size_t steps[] = {1, 7, 65536, sizeof found};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        s2s_error err = {0};
        size_t n;
        if (read_all(steps[i], found, sizeof found, &n, &err) != S2S_OK)
            fail_msg("%s", err.msg);
        assert_int_equal(n, n_expected);
        assert_memory_equal(found, expected, n);
    }
}

static void assert_refused(const char *message)
{
    static char found[2 * TEXT_BYTES];
    char expected[256];
    s2s_error err = {0};
    size_t n;
    snprintf(expected, sizeof expected, "%s: %s", path, message);
    assert_int_equal(read_all(1000, found, sizeof found, &n, &err), S2S_BAD_DATA);
    err.msg[strlen(expected)] = '\0';
    assert_string_equal(err.msg, expected);
    assert_memory_equal(found, text, n);
}

static void text_is_given_as_it_is(void **state)
{
    (void)state;
    write_bytes(text, TEXT_BYTES);
    assert_gives(text, TEXT_BYTES);
    static const char *const short_texts[] = {"", "a", "\x1f", "\x1f\x8a", "\n"};
    for (size_t i = 0; i < sizeof short_texts / sizeof *short_texts; i++) {
        write_bytes(short_texts[i], strlen(short_texts[i]));
        assert_gives(short_texts[i], strlen(short_texts[i]));
    }
}

static void gzip_is_unpacked(void **state)
{
    (void)state;
    static char zeros[TEXT_BYTES]; /* so many in one packed byte that a read has no room for all */
    write_gzip("wb", text, TEXT_BYTES);
    assert_gives(text, TEXT_BYTES);
    write_gzip("wb", text, 1000);
    write_gzip("ab", "", 0);
    write_gzip("ab", text + 1000, TEXT_BYTES - 1000);
    assert_gives(text, TEXT_BYTES);
    write_gzip("wb", zeros, TEXT_BYTES);
    assert_gives(zeros, TEXT_BYTES);
    write_gzip("wb", "", 0);
    assert_gives("", 0);
}

static void every_cut_is_told(void **state)
{
    (void)state;
    unsigned char packed[4000];
    write_gzip("wb", text, 2000);
    size_t n = read_packed(packed, sizeof packed);
    for (size_t i = 2; i < n; i++) {
        write_bytes(packed, i);
        assert_refused("expected a whole gzip file, found one cut short");
    }
}

static void damage_is_told(void **state)
{
    (void)state;
    unsigned char packed[4000];
    write_gzip("wb", text, 2000);
    size_t n = read_packed(packed, sizeof packed);
    packed[n] = packed[n + 1] = 'x'; /* no gzip file follows */
    write_bytes(packed, n + 2);
    assert_refused("expected a gzip file, found damaged data after 2000 bytes of text");
    packed[n - 6] ^= 1; /* in the checksum */
    write_bytes(packed, n);
    assert_refused("expected a gzip file, found damaged data after 2000 bytes of text");
    packed[2] = 0; /* no method that gzip has */
    write_bytes(packed, n);
    assert_refused("expected a gzip file, found damaged data after 0 bytes of text");
}

/* A line is there before the pipe ends, and before there is more of the packed data than it takes. */
static void pipes_answer_at_once(void **state)
{
    (void)state;
    unsigned char packed[1000];
    z_stream gzip = {0};
    assert_int_equal(deflateInit2(&gzip, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    for (int is_packed = 0; is_packed < 2; is_packed++) {
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0600), 0);
        FILE *both = fopen(path, "r+b"); /* so that neither end waits for the other */
        assert_non_null(both);
        setbuf(both, NULL);
        s2s_stream *stream;
        s2s_error err = {0};
        assert_int_equal(s2s_stream_open(&stream, path, &err), S2S_OK);
        for (int line = 0; line < 3; line++) {
            char found[100];
            size_t n = 5;
            memcpy(packed, "a b\tc", n);
            if (is_packed) {
                gzip.next_in = (unsigned char *)"a b\tc";
                gzip.avail_in = 5;
                gzip.next_out = packed;
                gzip.avail_out = sizeof packed;
                assert_int_equal(deflate(&gzip, Z_SYNC_FLUSH), Z_OK);
                n = sizeof packed - gzip.avail_out;
            }
            assert_int_equal(fwrite(packed, 1, n, both), n);
            assert_int_equal(s2s_stream_read(stream, found, sizeof found, &n, &err), S2S_OK);
            assert_int_equal(n, 5);
            assert_memory_equal(found, "a b\tc", 5);
        }
        s2s_stream_close(stream);
        fclose(both);
    }
    deflateEnd(&gzip);
}

static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    s2s_stream *stream;
    s2s_error err = {0};
    char byte;
    size_t n;
    assert_int_equal(s2s_stream_open(&stream, "/nonexistent/file", &err), S2S_BAD_DATA);
    assert_string_equal(err.msg, "/nonexistent/file: cannot open: No such file or directory");
    assert_null(stream);
    assert_int_equal(s2s_stream_open(&stream, "/tmp", &err), S2S_OK);
    assert_int_equal(s2s_stream_read(stream, &byte, 1, &n, &err), S2S_BAD_DATA);
    assert_string_equal(err.msg, "/tmp: cannot read: Is a directory");
    assert_int_equal(s2s_stream_read(stream, NULL, 1, &n, &err), S2S_MISUSE);
    assert_int_equal(s2s_stream_read(stream, &byte, 1, NULL, &err), S2S_MISUSE);
    assert_int_equal(s2s_stream_read(NULL, &byte, 1, &n, &err), S2S_MISUSE);
    assert_int_equal(s2s_stream_open(NULL, "/tmp", &err), S2S_MISUSE);
    s2s_stream_close(stream);
    s2s_stream_close(NULL);
}

static void standard_input_stays_open(void **state)
{
    (void)state;
    write_bytes("ab", 2);
    int before = dup(STDIN_FILENO);
    assert_non_null(freopen(path, "rb", stdin));
    for (int i = 0; i < 2; i++) {
        s2s_stream *stream;
        s2s_error err = {0};
        char byte;
        size_t n;
        assert_int_equal(s2s_stream_open(&stream, i ? "-" : NULL, &err), S2S_OK);
        assert_string_equal(s2s_stream_name(stream), "standard input");
        assert_int_equal(s2s_stream_read(stream, &byte, 1, &n, &err), S2S_OK);
        s2s_stream_close(stream);
        assert_true(lseek(STDIN_FILENO, 0, SEEK_SET) == 0);
    }
    dup2(before, STDIN_FILENO);
    close(before);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, make_file, remove_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(text_is_given_as_it_is),    TEST(gzip_is_unpacked),
        TEST(every_cut_is_told),         TEST(damage_is_told),
        TEST(pipes_answer_at_once),      TEST(what_cannot_be_read_is_told),
        TEST(standard_input_stays_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
