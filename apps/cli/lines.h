/* Reading lines, packed ones too, with bounded memory: LF or CRLF, at most S2S_MAX_LINE_BYTES each, no NUL;
 * UTF-8 as the library checks it. */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "s2s/stream.h"

enum {
    CLI_CHUNK_BYTES = 1 << 20, /* a chunk ends once it has as many */
    CLI_CHUNK_LINES = 2000,
};

/* One line without its end.  text is terminated and may be changed. */
typedef struct cli_line {
    char *text;
    size_t n;
} cli_line;

typedef struct cli_lines {
    s2s_stream *stream;
    const char *name; /* for messages */
    bool is_terminal;
    bool at_end, warned;
    int64_t n_read; /* lines so far */
    char *buffer;   /* bytes read ahead: [begin, end) are not used yet */
    size_t begin, end;
    char *store; /* the lines of the chunk */
} cli_lines;

/* path NULL or "-": standard input.  S2S_BAD_DATA where it cannot be read. */
s2s_status cli_lines_open(cli_lines *lines, const char *path, s2s_error *err) S2S_MUST_USE;
void cli_lines_close(cli_lines *lines);
/* Reads up to max lines, fewer at the end or where they are long; *n is 0 at the end only.  The lines are
 * valid until the next call.  S2S_BAD_DATA with "name:line" for a line that is none. */
s2s_status cli_lines_read(cli_lines *lines, cli_line *line, int max, int *n, s2s_error *err) S2S_MUST_USE;

/* Puts the place in a file where the library, which was given the n lines read last, says "input 5: ...".
 * Returns status. */
s2s_status cli_lines_locate(const cli_lines *lines, int n, s2s_status status, s2s_error *err) S2S_MUST_USE;
/* Cuts the line at its first TAB and returns what follows; NULL where there is none. */
char *cli_line_cut(cli_line *line);

#endif
