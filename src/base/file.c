#define _GNU_SOURCE /* mkostemp */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/rng.h"
#include "base/str.h"

#define BUFFER_BYTES 65536
#define TEMPORARY ".tmp." /* and N_LETTERS of these */
#define LETTERS "0123456789abcdefghijklmnopqrstuv"
enum { N_LETTERS = 6 };

struct s2s_writer {
    int fd;
    int error; /* errno of the first thing that went wrong; 0 */
    char *path;
    char *temporary;
    size_t n; /* bytes in the buffer */
    char buffer[BUFFER_BYTES];
};

/* O_NONBLOCK: opening a pipe must not hang. */
s2s_status s2s_map_open(s2s_map *map, const char *path, s2s_error *err)
{
    *map = (s2s_map){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return s2s_fail_errno(err, S2S_BAD_DATA, "%s: cannot open", path);
    s2s_status status = S2S_OK;
    struct stat info;
    if (fstat(fd, &info) != 0)
        status = s2s_fail_errno(err, S2S_BAD_DATA, "%s: cannot read", path);
    else if (!S_ISREG(info.st_mode))
        status = s2s_fail(err, S2S_BAD_DATA, "%s: expected a regular file, found a %s", path,
                          S_ISDIR(info.st_mode) ? "folder" : "device or pipe");
    else if (info.st_size == 0)
        map->data = "";
    else {
        void *base = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (base == MAP_FAILED)
            status =
                s2s_fail_errno(err, S2S_BAD_DATA, "%s: cannot map %lld bytes", path, (long long)info.st_size);
        else
            *map = (s2s_map){.data = base, .size = (size_t)info.st_size, .base_ = base};
    }
    close(fd);
    return status;
}

void s2s_map_close(s2s_map *map)
{
    if (map->base_)
        munmap(map->base_, map->size);
    *map = (s2s_map){0};
}

/* Opens path.tmp.XXXXXX for some XXXXXX that is not there yet, and locks it for as long as it is open.  Not
 * mkstemp: that ignores the umask, and asking for the umask changes it for all threads. */
static int open_temporary(char *name, size_t n_path)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t key = (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30 ^ (uint64_t)getpid() << 40;
    for (uint64_t attempt = 0; attempt < 100; attempt++) {
        uint64_t bits = s2s_hash64(key, attempt);
        memcpy(name + n_path, TEMPORARY, sizeof TEMPORARY);
        for (int i = 0; i < N_LETTERS; i++)
            name[n_path + strlen(TEMPORARY) + (size_t)i] = LETTERS[bits >> (5 * i) & 31];
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd >= 0)
            flock(fd, LOCK_EX | LOCK_NB); /* where there are no locks, the file merely lacks their protection */
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

static void writer_free(s2s_writer *w)
{
    free(w->path);
    free(w->temporary);
    free(w);
}

s2s_status s2s_writer_open(s2s_writer **writer, const char *path, s2s_error *err)
{
    *writer = NULL;
    if (s2s_is_folder(path))
        return s2s_fail(err, S2S_FAILED, "%s: cannot write: there is a folder of this name", path);
    s2s_writer *w = calloc(1, sizeof *w);
    if (!w)
        return s2s_fail_memory(err, "opening a file for writing");
    size_t n = strlen(path);
    w->path = strdup(path);
    w->temporary = calloc(n + sizeof TEMPORARY + N_LETTERS, 1);
    if (!w->path || !w->temporary) {
        writer_free(w);
        return s2s_fail_memory(err, "opening a file for writing");
    }
    memcpy(w->temporary, path, n);
    w->fd = open_temporary(w->temporary, n);
    if (w->fd < 0) {
        s2s_status status = s2s_fail_errno(err, S2S_FAILED, "%s: cannot write", path);
        writer_free(w);
        return status;
    }
    *writer = w;
    return S2S_OK;
}

s2s_status s2s_open_nameless(int *fd, s2s_error *err)
{
    const char *folder = getenv("TMPDIR");
    s2s_str path = {0};
    s2s_status status = S2S_OK;
    s2s_str_printf(&path, "%s/s2s-XXXXXX", folder && *folder ? folder : "/tmp");
    *fd = path.failed ? -1 : mkostemp(path.data, O_CLOEXEC);
    if (path.failed)
        status = s2s_fail_memory(err, "making a temporary file");
    else if (*fd < 0)
        status = s2s_fail_errno(err, S2S_FAILED, "%s: expected to make a temporary file", path.data);
    else
        unlink(path.data);
    s2s_str_free(&path);
    return status;
}

int s2s_write_all(int fd, const void *bytes, size_t n)
{
    const char *rest = bytes;
    while (n > 0) {
        ssize_t done = write(fd, rest, n);
        if (done == 0)
            return ENOSPC;
        if (done < 0 && errno != EINTR)
            return errno;
        if (done > 0) {
            rest += done;
            n -= (size_t)done;
        }
    }
    return 0;
}

static void write_all(s2s_writer *w, const void *bytes, size_t n)
{
    if (w->error == 0)
        w->error = s2s_write_all(w->fd, bytes, n);
}

static void flush(s2s_writer *w)
{
    write_all(w, w->buffer, w->n);
    w->n = 0;
}

void s2s_writer_add(s2s_writer *w, const void *bytes, size_t n)
{
    if (n > BUFFER_BYTES - w->n)
        flush(w);
    if (n > BUFFER_BYTES) {
        write_all(w, bytes, n);
        return;
    }
    if (n > 0)
        memcpy(w->buffer + w->n, bytes, n);
    w->n += n;
}

void s2s_writer_printf(s2s_writer *w, const char *fmt, ...)
{
    s2s_str text = {0};
    va_list args;
    va_start(args, fmt);
    s2s_str_vprintf(&text, fmt, args);
    va_end(args);
    if (text.failed && w->error == 0)
        w->error = ENOMEM;
    s2s_writer_add(w, text.data, text.len);
    s2s_str_free(&text);
}

/* The folder that holds path, open; -1. */
static int open_parent(s2s_writer *w)
{
    char *slash = strrchr(w->path, '/');
    if (!slash)
        return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (slash == w->path)
        return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *slash = '\0';
    int fd = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *slash = '/';
    return fd;
}

/* Remembers the errno of a call that failed, unless an earlier one did. */
static void check(s2s_writer *w, int result)
{
    if (result != 0 && w->error == 0)
        w->error = errno;
}

s2s_status s2s_writer_commit(s2s_writer *w, s2s_error *err)
{
    flush(w);
    if (w->error == 0)
        check(w, fsync(w->fd));
    check(w, close(w->fd));
    int folder = open_parent(w);
    check(w, folder < 0);
    bool renamed = false;
    if (w->error == 0) {
        renamed = rename(w->temporary, w->path) == 0;
        check(w, !renamed);
    }
    if (!renamed)
        unlink(w->temporary);
    else if (fsync(folder) != 0 && errno != EINVAL) /* EINVAL: a file system that cannot */
        w->error = errno;
    if (folder >= 0)
        close(folder);

    s2s_status status = S2S_OK;
    if (w->error != 0) {
        errno = w->error;
        status = s2s_fail_errno(err, S2S_FAILED, "%s: cannot write", w->path);
    }
    writer_free(w);
    return status;
}

void s2s_writer_discard(s2s_writer *w)
{
    if (!w)
        return;
    close(w->fd);
    unlink(w->temporary);
    writer_free(w);
}

static bool is_temporary(const char *name, const char *of)
{
    size_t n = strlen(of);
    if (strncmp(name, of, n) != 0 || strncmp(name + n, TEMPORARY, strlen(TEMPORARY)) != 0)
        return false;
    const char *letters = name + n + strlen(TEMPORARY);
    return strlen(letters) == N_LETTERS && strspn(letters, LETTERS) == N_LETTERS;
}

/* A lock ends with the process that holds it. */
static void remove_unlocked(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
    close(fd);
}

void s2s_remove_temporaries(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *parent = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
    DIR *folder = parent ? opendir(parent) : NULL;
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        if (is_temporary(entry->d_name, name))
            remove_unlocked(dirfd(folder), entry->d_name);
    if (folder)
        closedir(folder);
    free(parent);
}

s2s_status s2s_make_folder(const char *path, s2s_error *err)
{
    if (mkdir(path, 0777) == 0)
        return S2S_OK;
    if (errno != EEXIST)
        return s2s_fail_errno(err, S2S_FAILED, "%s: cannot make the folder", path);
    if (!s2s_is_folder(path))
        return s2s_fail(err, S2S_FAILED, "%s: expected a folder, found something else", path);
    return S2S_OK;
}

bool s2s_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool s2s_is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

char *s2s_path_join(const char *folder, const char *name)
{
    size_t n = strlen(folder);
    const char *slash = n > 0 && folder[n - 1] != '/' ? "/" : "";
    s2s_str path = {0};
    s2s_str_printf(&path, "%s%s%s", folder, slash, name);
    if (path.failed)
        s2s_str_free(&path);
    return path.data;
}
