#include "data/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/fail.h"
#include "data/stream.h"
#include "data/unpack.h"

enum { COPY_BYTES = 1 << 18 };

const char *s2s_text_file_name(const char *path)
{
    return s2s_is_standard_input(path) ? "standard input" : path;
}

/* Whether path can only be read once, from its beginning to its end. */
static bool is_stream(const char *path)
{
    struct stat info;
    return s2s_is_standard_input(path) ||
           (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode));
}

/* Copies text to fd. */
static s2s_status copy_text(int fd, s2s_stream *stream, char *buffer, size_t *bytes, s2s_error *err)
{
    for (*bytes = 0;;) {
        size_t n;
        S2S_TRY(s2s_stream_read(stream, buffer, COPY_BYTES, &n, err));
        if (n == 0)
            return S2S_OK;
        errno = s2s_write_all(fd, buffer, n);
        if (errno != 0)
            return s2s_fail_errno(err, S2S_FAILED, "%s: expected to copy it to a temporary file",
                                  s2s_stream_name(stream));
        *bytes += n;
    }
}

static s2s_status copy_to(int fd, const char *path, size_t *bytes, s2s_error *err)
{
    s2s_stream *stream;
    S2S_TRY(s2s_stream_open(&stream, path, err));
    char *buffer = malloc(COPY_BYTES);
    s2s_status status =
        buffer ? copy_text(fd, stream, buffer, bytes, err) : s2s_fail_memory(err, "copying a text");
    free(buffer);
    s2s_stream_close(stream);
    return status;
}

/* Copies path to a file without a name and maps that. */
static s2s_status map_copy(s2s_text_file *file, const char *path, s2s_error *err)
{
    int fd;
    S2S_TRY(s2s_open_nameless(&fd, err));
    s2s_status status = copy_to(fd, path, &file->copy_bytes, err);
    if (status == S2S_OK && file->copy_bytes > 0) {
        void *base = mmap(NULL, file->copy_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
        if (base != MAP_FAILED)
            file->copy = base;
        else
            status = s2s_fail_errno(err, S2S_FAILED, "%s: expected to map its copy", s2s_text_file_name(path));
    }
    close(fd);
    return status;
}

/* Maps path or a copy of it. */
static s2s_status map_text(s2s_text_file *file, const char *path, size_t *bytes, s2s_error *err)
{
    bool must_copy = is_stream(path);
    if (!must_copy) {
        S2S_TRY(s2s_map_open(&file->map, path, err));
        must_copy = s2s_packing_of(file->map.data, file->map.size) != S2S_PACKING_NONE;
    }
    if (must_copy)
        S2S_TRY(map_copy(file, path, err));
    const char *copied = file->copy ? file->copy : "";
    file->text = must_copy ? copied : file->map.data;
    *bytes = must_copy ? file->copy_bytes : file->map.size;
    return S2S_OK;
}

s2s_flaw s2s_line_flaw(s2s_span line, s2s_line_check *check, s2s_error *why)
{
    if (line.len > S2S_MAX_LINE_BYTES) {
        s2s_fail(why, S2S_BAD_DATA, "expected at most %d bytes, found %zu", S2S_MAX_LINE_BYTES, line.len);
        return S2S_FLAW_LONG;
    }
    const char *nul = memchr(line.data, '\0', line.len);
    if (nul) {
        s2s_fail(why, S2S_BAD_DATA, "expected text, found a NUL at byte offset %zu", (size_t)(nul - line.data));
        return S2S_FLAW_NUL;
    }
    size_t good = s2s_utf8_check(line.data, line.len);
    if (good < line.len) {
        s2s_fail(why, S2S_BAD_DATA, "expected UTF-8, found byte 0x%02x at byte offset %zu",
                 (unsigned)(unsigned char)line.data[good], good);
        return S2S_FLAW_UTF8;
    }
    return check ? check(line, why) : S2S_FLAW_NONE;
}

static s2s_span without_cr(const char *begin, const char *end)
{
    size_t len = (size_t)(end - begin);
    return (s2s_span){begin, len > 0 && end[-1] == '\r' ? len - 1 : len};
}

/* Room for one more line and the end of the last. */
static s2s_status grow_index(s2s_text_file *file, s2s_error *err)
{
    S2S_TRY(s2s_spill_reserve(&file->index, (file->n_lines + 2) * sizeof *file->begin, err));
    file->begin = file->index.data;
    return S2S_OK;
}

static const char *skip_byte_order_mark(const char *p, const char *end)
{
    return end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? p + 3 : p;
}

/* Who is told of a file while it is read. */
typedef struct reading {
    const char *name;
    s2s_line_check *check;
    const s2s_line_watch *watch;
    const s2s_logger *logger;
    bool warned; /* of a CR */
} reading;

/* Judges a line, which a CR may follow. */
static s2s_status look_at(reading *r, size_t number, s2s_span line, bool cr, s2s_error *err)
{
    s2s_error why;
    s2s_flaw flaw = s2s_line_flaw(line, r->check, &why);
    if (r->watch) {
        s2s_line_report report = {r->name, number, line, cr, flaw, flaw ? why.msg : NULL};
        r->watch->line(r->watch->arg, &report);
        return S2S_OK;
    }
    if (flaw)
        return s2s_fail(err, S2S_BAD_DATA, "%s:%zu: %s", r->name, number, why.msg);
    if (cr && !r->warned)
        s2s_log(r->logger, S2S_LOG_WARNING, "%s:%zu: a CR at the end of the line; all such are dropped",
                r->name, number);
    r->warned |= cr;
    return S2S_OK;
}

/* The one pass over the text: checks, notes and hashes every line. */
static s2s_status index_lines(s2s_text_file *file, reading *r, const char *end, XXH3_state_t *hash,
                              s2s_error *err)
{
    const char *p = skip_byte_order_mark(file->text, end);

    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline ? newline : end;
        s2s_span line = without_cr(p, stop);
        S2S_TRY(grow_index(file, err));
        file->begin[file->n_lines++] = (uint64_t)(p - file->text);
        file->begin[file->n_lines] = (uint64_t)(stop - file->text) + 1;
        S2S_TRY(look_at(r, file->n_lines, line, line.data + line.len < stop, err));
        XXH3_64bits_update(hash, p, (size_t)(stop - p) + (newline != NULL));
        p = newline ? newline + 1 : end;
    }
    if (file->n_lines == 0 && !r->watch)
        return s2s_fail(err, S2S_BAD_DATA, "%s: expected at least one line, found an empty file", r->name);
    file->hash = XXH3_64bits_digest(hash);
    return S2S_OK;
}

static s2s_status read_text(s2s_text_file *file, reading *r, size_t bytes, s2s_error *err)
{
    XXH3_state_t *hash = XXH3_createState();
    if (!hash)
        return s2s_fail_memory(err, "indexing the lines of a text file");
    XXH3_64bits_reset(hash);
    s2s_status status = index_lines(file, r, file->text + bytes, hash, err);
    XXH3_freeState(hash);
    return status;
}

s2s_status s2s_text_file_open(s2s_text_file *file, const char *path, s2s_line_check *check,
                              const s2s_line_watch *watch, const s2s_logger *logger, s2s_error *err)
{
    reading r = {.name = s2s_text_file_name(path), .check = check, .watch = watch, .logger = logger};
    size_t bytes;
    *file = (s2s_text_file){0};
    s2s_status status = map_text(file, path, &bytes, err);
    if (status == S2S_OK)
        status = read_text(file, &r, bytes, err);
    if (status != S2S_OK)
        s2s_text_file_close(file);
    return status;
}

void s2s_text_file_close(s2s_text_file *file)
{
    s2s_map_close(&file->map);
    if (file->copy)
        munmap(file->copy, file->copy_bytes);
    s2s_spill_free(&file->index);
    *file = (s2s_text_file){0};
}

size_t s2s_text_file_bytes(const s2s_text_file *file)
{
    return s2s_spill_heap_bytes(&file->index);
}

s2s_span s2s_text_file_line(const s2s_text_file *file, size_t i)
{
    const char *text = file->text;
    return without_cr(text + file->begin[i], text + (file->begin[i + 1] - 1));
}

/* ---- parts of a line ---- */

bool s2s_next_part(s2s_span *rest, s2s_span *part)
{
    if (!rest->data)
        return false;
    const char *tab = memchr(rest->data, '\t', rest->len);
    *part = (s2s_span){rest->data, tab ? (size_t)(tab - rest->data) : rest->len};
    *rest = tab ? (s2s_span){tab + 1, rest->len - part->len - 1} : (s2s_span){NULL, 0};
    return true;
}

s2s_span s2s_part_of(s2s_span line, int k)
{
    s2s_span part = line;
    while (k-- >= 0 && s2s_next_part(&line, &part))
        ;
    return part;
}

int s2s_count_tabs(s2s_span line)
{
    int n = 0;
    for (size_t i = 0; i < line.len; i++)
        n += line.data[i] == '\t';
    return n;
}
