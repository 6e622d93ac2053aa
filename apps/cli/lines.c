#include "lines.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"

enum { BUFFER_BYTES = 1 << 16 };

s2s_status cli_lines_open(cli_lines *lines, const char *path, s2s_error *err)
{
    *lines = (cli_lines){0};
    s2s_status status = s2s_stream_open(&lines->stream, path, err);
    if (status)
        return status;
    lines->name = s2s_stream_name(lines->stream);
    lines->is_terminal = s2s_stream_is_terminal(lines->stream);
    lines->buffer = malloc(BUFFER_BYTES);
    lines->store = malloc((size_t)CLI_CHUNK_BYTES + S2S_MAX_LINE_BYTES + 2);
    return lines->buffer && lines->store ? S2S_OK : cli_out_of_memory(err);
}

void cli_lines_close(cli_lines *lines)
{
    s2s_stream_close(lines->stream);
    free(lines->buffer);
    free(lines->store);
    *lines = (cli_lines){0};
}

/* Reads more into the empty buffer. */
static s2s_status fill(cli_lines *lines, s2s_error *err)
{
    lines->begin = 0;
    s2s_status status = s2s_stream_read(lines->stream, lines->buffer, BUFFER_BYTES, &lines->end, err);
    lines->at_end = !status && lines->end == 0;
    return status;
}

/* Moves the next line, without its end, to text, which has room for S2S_MAX_LINE_BYTES + 1; *found is false at
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
        if (n > S2S_MAX_LINE_BYTES - *length)
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
    const s2s_error inner = *err;
    if (!status || inner.input == 0)
        return status;
    return cli_fail(err, status, "%s:%lld%s", lines->name, (long long)lines->n_read - n + inner.input,
                    inner.msg + inner.name_bytes);
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
