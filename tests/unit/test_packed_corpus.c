/* Corpora that come packed, and out of pipes. */
#include "corpus_bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <zlib.h>
#include <zstd.h>

static void write_gzip(const char *name, const char *mode, const char *text)
{
    gzFile file = gzopen(name, mode);
    assert_non_null(file);
    assert_int_equal(gzwrite(file, text, (unsigned)strlen(text)), (int)strlen(text));
    assert_int_equal(gzclose(file), Z_OK);
}

/* A frame of zstd behind what the file holds (mode "ab") or instead of it ("wb"). */
static void write_zstd(const char *name, const char *mode, const void *bytes, size_t n)
{
    size_t size = ZSTD_compressBound(n);
    char *packed = malloc(size);
    assert_non_null(packed);
    size = ZSTD_compress(packed, size, bytes, n, 3);
    assert_false(ZSTD_isError(size));
    FILE *file = fopen(name, mode);
    assert_non_null(file);
    assert_int_equal(fwrite(packed, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    free(packed);
}

static void test_gzip(void **state)
{
    (void)state;
    write_text("a", "x\ty\nz\tw\n");
    s2s_corpus *corpus = open_good((s2s_corpus_options){.pairs = "a"});
    uint64_t hash = s2s_corpus_hash(corpus);
    s2s_corpus_close(corpus);

    write_gzip("b", "wb", "x\ty\n"); /* two members, as pigz and cat make them */
    write_gzip("b", "ab", "z\tw\n");
    corpus = open_good((s2s_corpus_options){.pairs = "b"});
    assert_int_equal(s2s_corpus_size(corpus), 2);
    assert_span(s2s_corpus_target(corpus, 1, 0), "w");
    assert_true(s2s_corpus_hash(corpus) == hash);

    DIR *dir = opendir(folder); /* the unpacked text has no name: ".", "..", "a", "b" */
    int n = 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    assert_int_equal(n, 4);
    s2s_corpus_close(corpus);

    write_gzip("b", "wb", "");
    assert_refused((s2s_corpus_options){.pairs = "b"}, "b: expected at least one line, found an empty file");
}

static void test_zstd(void **state)
{
    (void)state;
    write_text("a", "x\ty\nz\tw\n");
    s2s_corpus *corpus = open_good((s2s_corpus_options){.pairs = "a"});
    uint64_t hash = s2s_corpus_hash(corpus);
    s2s_corpus_close(corpus);

    write_zstd("b", "wb", "x\ty\n", 4); /* two frames, as cat makes them */
    write_zstd("b", "ab", "z\tw\n", 4);
    corpus = open_good((s2s_corpus_options){.pairs = "b"});
    assert_int_equal(s2s_corpus_size(corpus), 2);
    assert_true(s2s_corpus_hash(corpus) == hash);
    s2s_corpus_close(corpus);

    write_zstd("b", "wb", "", 0);
    assert_refused((s2s_corpus_options){.pairs = "b"}, "b: expected at least one line, found an empty file");
    write_text("a", "(\xb5\ty\n"); /* begins like a frame */
    assert_refused((s2s_corpus_options){.pairs = "a"}, "a:1: expected UTF-8, found byte 0xb5 at byte offset 1");
}

/* Text that unpacks to 2048 times its size, in many reads of the stream. */
static void test_much_unpacked(void **state)
{
    (void)state;
    enum { LINES = 1 << 21 };
    char *text = malloc(4 * LINES);
    assert_non_null(text);
    for (size_t i = 0; i < LINES; i++)
        memcpy(text + 4 * i, i % 2 ? "x\ty\n" : "z\tw\n", 4);
    write_zstd("b", "wb", text, 4 * LINES);
    struct stat info;
    assert_int_equal(stat("b", &info), 0);
    assert_in_range(info.st_size, 1, 4 * LINES / 2048);
    s2s_corpus *corpus = open_good((s2s_corpus_options){.pairs = "b"});
    assert_int_equal(s2s_corpus_size(corpus), LINES);
    assert_span(s2s_corpus_source(corpus, LINES - 1), "x");
    assert_int_equal(s2s_corpus_bytes(corpus), 0); /* the index is in a file */
    s2s_corpus_close(corpus);
    free(text);
}

/* Lets another process write the file "from" to a pipe and opens that as path. */
static s2s_corpus *open_pipe(const char *from, const char *path)
{
    int standard_input = dup(STDIN_FILENO), ends[2] = {-1, -1};
    bool named = strcmp(path, "-") != 0;
    if (named)
        assert_int_equal(mkfifo(path, 0600), 0);
    else
        assert_int_equal(pipe(ends), 0);
    pid_t writer = fork();
    if (writer == 0) {
        dup2(named ? open(path, O_WRONLY) : ends[1], STDOUT_FILENO);
        if (!named)
            close(ends[0]);
        execlp("cat", "cat", from, (char *)NULL);
        _exit(1);
    }
    if (!named) {
        close(ends[1]);
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
    }
    s2s_corpus *corpus = open_good((s2s_corpus_options){.pairs = path});
    int status = -1;
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_int_equal(status, 0);
    dup2(standard_input, STDIN_FILENO);
    close(standard_input);
    return corpus;
}

static void test_pipes(void **state)
{
    (void)state;
    write_text("a", "x\ty\nz\tw\n");
    write_gzip("b", "wb", "x\ty\nz\tw\n");
    write_zstd("c", "wb", "x\ty\nz\tw\n", 8);
    s2s_corpus *corpus = open_good((s2s_corpus_options){.pairs = "a"});
    uint64_t hash = s2s_corpus_hash(corpus);
    s2s_corpus_close(corpus);
    static const char *const paths[] = {"-", "pipe"}, *const files[] = {"a", "b", "c"};
    for (int i = 0; i < 6; i++) {
        corpus = open_pipe(files[i % 3], paths[i / 3]);
        assert_int_equal(s2s_corpus_size(corpus), 2);
        assert_true(s2s_corpus_hash(corpus) == hash);
        s2s_corpus_close(corpus);
        unlink("pipe");
    }
    assert_refused((s2s_corpus_options){.pairs = "/dev/null"},
                   "/dev/null: expected at least one line, found an empty file");
    assert_refused((s2s_corpus_options){.pairs = "."}, ".: expected a regular file, found a folder");
    int standard_input = dup(STDIN_FILENO);
    assert_non_null(freopen("/dev/null", "rb", stdin));
    assert_refused((s2s_corpus_options){.pairs = "-"},
                   "standard input: expected at least one line, found an empty file");
    dup2(standard_input, STDIN_FILENO);
    close(standard_input);
}

static void test_damaged_gzip(void **state)
{
    (void)state;
    char text[4096], packed[8192];
    for (size_t i = 0; i + 4 < sizeof text; i += 4)
        snprintf(text + i, 5, "%c\t%c\n", (char)('a' + i * 7 % 26), (char)('a' + i * i % 23));
    write_gzip("b", "wb", text);
    FILE *file = fopen("b", "rb");
    size_t n = fread(packed, 1, sizeof packed, file);
    fclose(file);

    write_bytes("b", packed, n - 4);
    assert_refused((s2s_corpus_options){.pairs = "b"}, "b: expected a whole gzip file, found one cut short");
    write_bytes("b", packed, n / 2);
    assert_refused((s2s_corpus_options){.pairs = "b"}, "b: expected a whole gzip file, found one cut short");
    packed[n - 6] ^= 1; /* in the checksum */
    write_bytes("b", packed, n);
    s2s_corpus *corpus;
    s2s_error err = {0};
    assert_int_equal(s2s_corpus_open(&corpus, &(s2s_corpus_options){.pairs = "b"}, &err), S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, "b: expected a gzip file, found damaged data"));
    packed[n - 6] ^= 1;
    memcpy(packed + n, "more", 4);
    write_bytes("b", packed, n + 4);
    assert_refused((s2s_corpus_options){.pairs = "b"},
                   "b: expected a gzip file, found damaged data after 4092 bytes of text");
    setenv("TMPDIR", "/nonexistent", 1);
    assert_int_equal(s2s_corpus_open(&corpus, &(s2s_corpus_options){.pairs = "b"}, NULL), S2S_FAILED);
}

static void test_damaged_zstd(void **state)
{
    (void)state;
    char text[4096], packed[8192];
    for (size_t i = 0; i + 4 < sizeof text; i += 4)
        snprintf(text + i, 5, "%c\t%c\n", (char)('a' + i * 7 % 26), (char)('a' + i * i % 23));
    write_zstd("b", "wb", text, 4092);
    FILE *file = fopen("b", "rb");
    size_t n = fread(packed, 1, sizeof packed, file);
    fclose(file);
    assert_in_range(n, 100, sizeof packed - 4);

    const size_t cuts[] = {4, 5, n / 2, n - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        write_bytes("b", packed, cuts[i]);
        assert_refused((s2s_corpus_options){.pairs = "b"},
                       "b: expected a whole zstd file, found one cut short");
    }
    memcpy(packed + n, "more", 4);
    write_bytes("b", packed, n + 4);
    assert_refused((s2s_corpus_options){.pairs = "b"},
                   "b: expected a zstd file, found damaged data after 4092 bytes of text");
    packed[6] = (char)0xff; /* in the header of the frame or of its first block */
    write_bytes("b", packed, n);
    s2s_corpus *corpus;
    s2s_error err = {0};
    assert_int_equal(s2s_corpus_open(&corpus, &(s2s_corpus_options){.pairs = "b"}, &err), S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, "b: expected a zstd file, found damaged data after 0 bytes of text"));
    /* a frame that says it wants a window of 2 GiB */
    write_bytes("b", "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 9);
    assert_refused((s2s_corpus_options){.pairs = "b"},
                   "b: expected a zstd file that takes at most 128 MiB to unpack, found one made with a larger "
                   "window (--long or --ultra)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_gzip),          TEST(test_damaged_gzip), TEST(test_zstd),
        TEST(test_much_unpacked), TEST(test_damaged_zstd), TEST(test_pipes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
