#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"

enum { BUFFER_BYTES = 1 << 16 };

static s2s_status read_failed(const cli_lines *lines, s2s_error *err)
{
    return cli_fail(err, S2S_BAD_DATA, "%s: %s", lines->name, strerror(errno));
}

s2s_status cli_lines_open(cli_lines *lines, const char *path, s2s_error *err)
{
    bool is_standard = !path || strcmp(path, "-") == 0;
    *lines = (cli_lines){.name = is_standard ? "standard input" : path};
    lines->fd = is_standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (lines->fd < 0 || fstat(lines->fd, &info) != 0)
        return read_failed(lines, err);
    if (S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return read_failed(lines, err);
    }
    lines->is_terminal = isatty(lines->fd);
    lines->buffer = malloc(BUFFER_BYTES);
    lines->store = malloc((size_t)CLI_CHUNK_BYTES + CLI_LINE_BYTES + 2);
    return lines->buffer && lines->store ? S2S_OK : cli_out_of_memory(err);
}

void cli_lines_close(cli_lines *lines)
{
    if (lines->fd > STDIN_FILENO)
        close(lines->fd);
    free(lines->buffer);
    free(lines->store);
    *lines = (cli_lines){0};
}

/* No text holds these two bytes side by side. */
static bool has_gzip_mark(const cli_lines *lines)
{
    return lines->end >= 2 && memcmp(lines->buffer, "\x1f\x8b", 2) == 0;
}

/* Reads more into the empty buffer, by read and not by zlib, which would wait until it has a buffer full before
 * a line is answered. */
static s2s_status fill(cli_lines *lines, s2s_error *err)
{
    ssize_t n;
    do
        n = read(lines->fd, lines->buffer, BUFFER_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return read_failed(lines, err);
    lines->at_end = n == 0;
    lines->begin = 0;
    lines->end = (size_t)n;
    if (has_gzip_mark(lines))
        return cli_fail(err, S2S_BAD_DATA,
                        "%s: expected text, found a gzip file: unpack it, zcat FILE | s2s ...", lines->name);
    return S2S_OK;
}

/* Moves the next line, without its end, to text, which has room for CLI_LINE_BYTES + 1; *found is false at
 * the end of the file.  A last line needs no LF. */
static s2s_status move_line(cli_lines *lines, char *text, size_t *length, bool *found, s2s_error *err)
{
    bool ended = false;
    *length = 0;
    *found = false;
    while (!ended) {
        if (lines->begin == lines->end) {
            s2s_status status = fill(lines, err);
            if (status || lines->at_end)
                return status;
        }
        const char *from = lines->buffer + lines->begin;
        size_t n = lines->end - lines->begin;
        const char *newline = memchr(from, '\n', n);
        ended = newline != NULL;
        n = ended ? (size_t)(newline - from) : n;
        if (n > CLI_LINE_BYTES - *length)
            return cli_fail(err, S2S_BAD_DATA, "%s:%lld: line longer than 1 MiB", lines->name,
                            (long long)lines->n_read + 1);
        memcpy(text + *length, from, n);
        *length += n;
        lines->begin += n + ended;
        *found = true;
    }
    return S2S_OK;
}

/* A NUL would end what follows it unseen; whether the text is UTF-8, the library checks. */
static s2s_status check_text(const cli_lines *lines, const cli_line *line, s2s_error *err)
{
    const char *nul = memchr(line->text, '\0', line->n);
    if (!nul)
        return S2S_OK;
    return cli_fail(err, S2S_BAD_DATA, "%s:%lld: expected text, found a NUL at byte offset %td", lines->name,
                    (long long)lines->n_read, nul - line->text);
}

static void drop_return(cli_lines *lines, cli_line *line)
{
    if (line->n == 0 || line->text[line->n - 1] != '\r')
        return;
    line->n--;
    if (!lines->warned)
        cli_message("warning: %s:%lld: line ends are CRLF; the CR is dropped here and below", lines->name,
                    (long long)lines->n_read);
    lines->warned = true;
}

static void drop_byte_order_mark(cli_line *line)
{
    if (line->n < 3 || memcmp(line->text, "\xEF\xBB\xBF", 3) != 0)
        return;
    line->text += 3;
    line->n -= 3;
}

s2s_status cli_lines_read(cli_lines *lines, cli_line *line, int max, int *n, s2s_error *err)
{
    size_t used = 0;
    for (*n = 0; *n < max && used < CLI_CHUNK_BYTES && !lines->at_end; ++*n) {
        cli_line *next = &line[*n];
        bool found;
        next->text = lines->store + used;
        s2s_status status = move_line(lines, next->text, &next->n, &found, err);
        if (status || !found)
            return status;
        used += next->n + 1;
        if (lines->n_read++ == 0)
            drop_byte_order_mark(next);
        drop_return(lines, next);
        next->text[next->n] = '\0';
        if ((status = check_text(lines, next, err)))
            return status;
    }
    return S2S_OK;
}

s2s_status cli_lines_locate(const cli_lines *lines, int n, s2s_status status, s2s_error *err)
{
    int input, length = 0;
    s2s_error inner = *err;
    if (!status || sscanf(inner.msg, "input %d%n", &input, &length) < 1)
        return status;
    return cli_fail(err, status, "%s:%lld%s", lines->name, (long long)lines->n_read - n + input,
                    inner.msg + length);
}

char *cli_line_cut(cli_line *line)
{
    char *tab = memchr(line->text, '\t', line->n);
    if (!tab)
        return NULL;
    *tab = '\0';
    line->n = (size_t)(tab - line->text);
    return tab + 1;
}
