/* Every system call that writes a file of a run fails in turn, alone and with all that follow, as on a disk
 * that is full or broken: the trainer says so, what was there stays as it was or is replaced whole, no
 * temporary file is left, and the run goes on from there to the same bits as one that was not disturbed. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "fuzz/halfway.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* ---- the disk ---- */

enum { MAX_FD = 1024 };

static struct {
    bool broken;           /* calls are counted, and fail */
    long n_calls, fail_at; /* the call that fails */
    bool fail_on;          /* so do all after it */
    int error;
    bool writing[MAX_FD]; /* files that were made by open */
} disk;

static bool disk_fails(void)
{
    if (!disk.broken)
        return false;
    long call = ++disk.n_calls;
    if (call < disk.fail_at || (call > disk.fail_at && !disk.fail_on))
        return false;
    errno = disk.error;
    return true;
}

/* The function that this one stands before. */
static void *real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort();
    return found;
}

#pragma GCC visibility push(default)

int open(const char *path, int flags, ...)
{
    int (*real_open)(const char *, int, ...);
    *(void **)&real_open = real("open");
    va_list args;
    va_start(args, flags);
    int mode = flags & O_CREAT ? va_arg(args, int) : 0;
    va_end(args);
    if (flags & O_CREAT && disk_fails())
        return -1;
    int fd = real_open(path, flags, mode);
    if (fd >= 0 && fd < MAX_FD)
        disk.writing[fd] = (flags & O_CREAT) != 0;
    return fd;
}

/* A disk that gets full takes a part of what is written. */
ssize_t write(int fd, const void *bytes, size_t n)
{
    ssize_t (*real_write)(int, const void *, size_t);
    *(void **)&real_write = real("write");
    if (fd < 0 || fd >= MAX_FD || !disk.writing[fd])
        return real_write(fd, bytes, n);
    if (disk_fails())
        return -1;
    return real_write(fd, bytes, disk.broken && n > 1 ? n / 2 : n);
}

int fsync(int fd)
{
    if (disk_fails())
        return -1;
    return fd < 0 ? -1 : 0; /* waiting for a real disk would take minutes */
}

int rename(const char *from, const char *to)
{
    int (*real_rename)(const char *, const char *);
    *(void **)&real_rename = real("rename");
    return disk_fails() ? -1 : real_rename(from, to);
}

/* The descriptor is gone even when close fails. */
int close(int fd)
{
    int (*real_close)(int);
    *(void **)&real_close = real("close");
    bool writing = fd >= 0 && fd < MAX_FD && disk.writing[fd];
    int result = real_close(fd);
    if (!writing)
        return result;
    disk.writing[fd] = false;
    return disk_fails() ? -1 : result;
}

#pragma GCC visibility pop

/* ---- runs ---- */

static void assert_model_opens(const char *what)
{
    s2s_model *model;
    s2s_error err = {0};
    if (s2s_model_open(&model, b.output, &err) != S2S_OK)
        fail_msg("%s: %s", what, err.msg);
    s2s_model_close(model);
}

/* Training with the n-th call failing; true when there are so many. */
static bool break_call(long n, bool on, int error, bool has_model)
{
    char what[96];
    s2s_error err = {0};
    snprintf(what, sizeof what, "call %ld %s: %s", n, on ? "and all after it" : "alone", strerror(error));
    disk.broken = true;
    disk.n_calls = 0;
    disk.fail_at = n;
    disk.fail_on = on;
    disk.error = error;
    s2s_status status = halfway_train(&err);
    disk.broken = false;
    bool reached = disk.n_calls >= n;
    s2s_status expected = !reached ? S2S_OK : error == ENOSPC ? S2S_EXHAUSTED : S2S_FAILED;
    if (status != expected || (reached && !strstr(err.msg, strerror(error))))
        fail_msg("%s: expected status %d, found %d: %s", what, expected, status, err.msg);
    if (has_model)
        assert_model_opens(what);
    halfway_assert_undamaged(what);
    return reached;
}

static void test_resuming_on_a_bad_disk(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        long n = 0;
        do
            bench_put_back(b.output, &half);
        while (break_call(++n, way % 2 != 0, way / 2 ? EIO : ENOSPC, true));
        assert_true(n > 20);
    }
}

static void remove_run(void)
{
    static const char *const names[] = {"model.s2s",  "last.ckpt",  "metrics.jsonl", "config.yaml",
                                        "best/2.s2s", "best/4.s2s", "best"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[192];
        snprintf(path, sizeof path, "%s/%s", b.output, names[i]);
        (void)remove(path);
    }
}

static void test_beginning_on_a_bad_disk(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        long n = 0;
        do
            remove_run();
        while (break_call(++n, way % 2 != 0, way / 2 ? EIO : ENOSPC, false));
        assert_true(n > 40);
    }
}

/* metrics.jsonl is written by the C library's streams, whose calls do not pass through here. */
static void test_full_log(void **state)
{
    (void)state;
    struct stat found;
    if (stat("/dev/full", &found) != 0 || !S_ISCHR(found.st_mode))
        skip();
    char path[192];
    s2s_error err = {0};
    remove_run();
    snprintf(path, sizeof path, "%s/metrics.jsonl", b.output);
    assert_int_equal(symlink("/dev/full", path), 0);
    assert_int_equal(halfway_train(&err), S2S_EXHAUSTED);
    assert_non_null(strstr(err.msg, "metrics.jsonl"));
    bench_no_temporaries(b.output);
    remove_run();
    halfway_assert_undamaged("after a full log");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resuming_on_a_bad_disk),
        cmocka_unit_test(test_beginning_on_a_bad_disk),
        cmocka_unit_test(test_full_log),
    };
    return cmocka_run_group_tests(tests, halfway_set_up, halfway_tear_down);
}
