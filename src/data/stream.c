#include "data/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "data/text_file.h"
#include "data/unpack.h"

enum {
    BUFFER_BYTES = 1 << 16,
    MAX_READ_BYTES = 1 << 30, /* what is unpacked in one go */
};

struct s2s_stream {
    int fd;
    const char *name;
    bool known;             /* whether it is packed */
    bool at_end;            /* of the file */
    s2s_unpacker *unpacker; /* of what is in the buffer; NULL where it is not packed */
    char *buffer;           /* [BUFFER_BYTES] read ahead: [begin, end) are not used yet */
    size_t begin, end;
};

bool s2s_is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

s2s_status s2s_stream_open(s2s_stream **stream, const char *path, s2s_error *err)
{
    if (!stream)
        return s2s_fail(err, S2S_MISUSE, "s2s_stream_open: expected a place for the stream, found NULL");
    *stream = NULL;
    path = path ? path : "-";
    s2s_stream *new = calloc(1, sizeof *new);
    char *buffer = malloc(BUFFER_BYTES);
    if (!new || !buffer) {
        free(new);
        free(buffer);
        return s2s_fail_memory(err, "opening a file");
    }
    *new = (s2s_stream){.name = s2s_text_file_name(path), .buffer = buffer};
    new->fd = s2s_is_standard_input(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (new->fd < 0) {
        s2s_status status = s2s_fail_errno(err, S2S_BAD_DATA, "%s: cannot open", path);
        s2s_stream_close(new);
        return status;
    }
    *stream = new;
    return S2S_OK;
}

void s2s_stream_close(s2s_stream *stream)
{
    if (!stream)
        return;
    if (stream->fd > STDIN_FILENO)
        close(stream->fd);
    s2s_unpacker_free(stream->unpacker);
    free(stream->buffer);
    free(stream);
}

/* Reads by read and not by zlib, which would wait for a buffer full before a line is answered. */
static s2s_status read_some(s2s_stream *stream, char *bytes, size_t size, size_t *n, s2s_error *err)
{
    ssize_t got;
    do
        got = read(stream->fd, bytes, size);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return s2s_fail_errno(err, S2S_BAD_DATA, "%s: cannot read", stream->name);
    stream->at_end = got == 0;
    *n = (size_t)got;
    return S2S_OK;
}

/* Adds what is there to the buffer, which has room. */
static s2s_status fill(s2s_stream *stream, s2s_error *err)
{
    size_t n = 0;
    if (stream->begin == stream->end)
        stream->begin = stream->end = 0;
    S2S_TRY(read_some(stream, stream->buffer + stream->end, BUFFER_BYTES - stream->end, &n, err));
    stream->end += n;
    return S2S_OK;
}

/* Finds out what the first bytes say; of text only what begins as a packed file waits for more of them. */
static s2s_status get_to_know(s2s_stream *stream, s2s_error *err)
{
    do
        S2S_TRY(fill(stream, err));
    while (!stream->at_end && s2s_packing_is_open(stream->buffer, stream->end));
    s2s_packing packing = s2s_packing_of(stream->buffer, stream->end);
    if (packing)
        S2S_TRY(s2s_unpacker_new(&stream->unpacker, packing, stream->name, err));
    stream->known = true;
    return S2S_OK;
}

static s2s_status read_plain(s2s_stream *stream, char *bytes, size_t size, size_t *n, s2s_error *err)
{
    size_t ahead = stream->end - stream->begin;
    if (ahead == 0)
        return stream->at_end ? S2S_OK : read_some(stream, bytes, size, n, err);
    *n = ahead < size ? ahead : size;
    memcpy(bytes, stream->buffer + stream->begin, *n);
    stream->begin += *n;
    return S2S_OK;
}

static s2s_status read_packed(s2s_stream *stream, char *bytes, size_t size, size_t *n, s2s_error *err)
{
    while (*n == 0) {
        if (!s2s_unpacker_has_more(stream->unpacker) && stream->begin == stream->end) {
            S2S_TRY(fill(stream, err));
            if (stream->at_end)
                return s2s_unpacker_end(stream->unpacker, err);
        }
        s2s_unpacked done;
        S2S_TRY(s2s_unpack(stream->unpacker, stream->buffer + stream->begin, stream->end - stream->begin, bytes,
                           size, &done, err));
        stream->begin += done.n_taken;
        *n = done.n_given;
    }
    return S2S_OK;
}

s2s_status s2s_stream_read(s2s_stream *stream, void *bytes, size_t size, size_t *n, s2s_error *err)
{
    if (!stream || !bytes || !n)
        return s2s_fail(err, S2S_MISUSE,
                        "s2s_stream_read: expected a stream and places for bytes and their number, found NULL");
    *n = 0;
    size = size < MAX_READ_BYTES ? size : MAX_READ_BYTES;
    if (!stream->known)
        S2S_TRY(get_to_know(stream, err));
    return (stream->unpacker ? read_packed : read_plain)(stream, bytes, size, n, err);
}

const char *s2s_stream_name(const s2s_stream *stream)
{
    return stream->name;
}

bool s2s_stream_is_terminal(const s2s_stream *stream)
{
    return isatty(stream->fd);
}
