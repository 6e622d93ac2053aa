#include "base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/file.h"

static s2s_status grow_on_heap(s2s_spill *spill, size_t size, s2s_error *err)
{
    void *data = realloc(spill->data, size);
    if (!data)
        return s2s_fail_memory(err, "growing an array");
    spill->data = data;
    spill->size = size;
    return S2S_OK;
}

/* Reserves the space on the disk: a write to a page that has none would be a signal, not an error. */
static s2s_status reserve(int fd, size_t size, s2s_error *err)
{
    do
        errno = posix_fallocate(fd, 0, (off_t)size);
    while (errno == EINTR);
    if (errno == 0)
        return S2S_OK;
    return s2s_fail_errno(err, S2S_FAILED, "expected to reserve %zu bytes of a temporary file", size);
}

static s2s_status map_file(int fd, size_t size, void **data, s2s_error *err)
{
    S2S_TRY(reserve(fd, size, err));
    *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (*data == MAP_FAILED)
        return s2s_fail_errno(err, S2S_FAILED, "expected to map %zu bytes of a temporary file", size);
    return S2S_OK;
}

static s2s_status move_to_file(s2s_spill *spill, size_t size, s2s_error *err)
{
    int fd;
    void *data;
    S2S_TRY(s2s_open_nameless(&fd, err));
    s2s_status status = map_file(fd, size, &data, err);
    if (status != S2S_OK) {
        close(fd);
        return status;
    }
    if (spill->size > 0)
        memcpy(data, spill->data, spill->size);
    free(spill->data);
    *spill = (s2s_spill){data, size, true, fd};
    return S2S_OK;
}

static s2s_status grow_file(s2s_spill *spill, size_t size, s2s_error *err)
{
    void *data;
    S2S_TRY(map_file(spill->fd, size, &data, err));
    munmap(spill->data, spill->size);
    spill->data = data;
    spill->size = size;
    return S2S_OK;
}

s2s_status s2s_spill_reserve(s2s_spill *spill, size_t size, s2s_error *err)
{
    if (size <= spill->size)
        return S2S_OK;
    size_t larger = spill->size + spill->size / 2;
    size = size > larger ? size : larger;
    if (spill->in_file)
        return grow_file(spill, size, err);
    return (size <= S2S_SPILL_HEAP_BYTES ? grow_on_heap : move_to_file)(spill, size, err);
}

void s2s_spill_free(s2s_spill *spill)
{
    if (spill->in_file) {
        munmap(spill->data, spill->size);
        close(spill->fd);
    } else {
        free(spill->data);
    }
    *spill = (s2s_spill){0};
}

size_t s2s_spill_heap_bytes(const s2s_spill *spill)
{
    return spill->in_file ? 0 : spill->size;
}
