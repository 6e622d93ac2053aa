/* One text file as an array of lines: mapped (a copy where it is packed or a pipe), checked, and indexed in one
 * pass. */
#ifndef S2S_DATA_TEXT_FILE_H
#define S2S_DATA_TEXT_FILE_H

#include <stdint.h>

#include "base/file.h"
#include "base/log.h"
#include "base/spill.h"
#include "base/str.h"
#include "s2s/stream.h"

typedef struct s2s_text_file {
    size_t n_lines;
    uint64_t hash; /* XXH3 of the unpacked text, byte order mark left out */
    /* private */
    s2s_map map;
    char *copy; /* mapping of the copy, or NULL */
    size_t copy_bytes;
    const char *text;
    s2s_spill index;
    uint64_t *begin; /* [n_lines + 1] in index: offsets in text; line i ends before begin[i + 1] - 1 */
} s2s_text_file;

/* What makes a line unfit to be read. */
typedef enum s2s_flaw {
    S2S_FLAW_NONE,
    S2S_FLAW_LONG,
    S2S_FLAW_NUL,
    S2S_FLAW_UTF8,
    S2S_FLAW_NO_TAB,
    S2S_FLAW_MANY_TARGETS,
    S2S_FLAW_EMPTY, /* or blank, the line or a side */
    S2S_N_FLAWS
} s2s_flaw;

/* A further check of a line; where it finds a flaw, *why says what was expected and found. */
typedef s2s_flaw s2s_line_check(s2s_span line, s2s_error *why);

/* The first flaw of a line without its end: more than S2S_MAX_LINE_BYTES, a NUL, anything but UTF-8, or what
 * check (NULL: nothing more) finds. */
s2s_flaw s2s_line_flaw(s2s_span line, s2s_line_check *check, s2s_error *why);

/* One line as it is read. */
typedef struct s2s_line_report {
    const char *name; /* of the file, as in messages */
    size_t number;    /* from 1 */
    s2s_span text;    /* without its end; borrowed */
    bool cr;          /* a CR before its end was dropped */
    s2s_flaw flaw;
    const char *why; /* of a flaw: what was expected and found */
} s2s_line_report;

/* Is told of every line. */
typedef struct s2s_line_watch {
    void (*line)(void *arg, const s2s_line_report *report);
    void *arg;
} s2s_line_watch;

/* Opens path, "-" for standard input.  What is packed (s2s/stream.h), standard input, and what is no
 * regular file, as a pipe, are first copied to an unlinked file in $TMPDIR or /tmp, unpacked.  A byte order mark
 * is skipped, CRs before line ends are dropped with one warning, the last line may lack its newline.
 * S2S_BAD_DATA for a damaged packed file, no line at all and, with path and number, a line with a flaw.  With a
 * watch (NULL: none) the last two do not fail, nor is there a warning. */
s2s_status s2s_text_file_open(s2s_text_file *file, const char *path, s2s_line_check *check,
                              const s2s_line_watch *watch, const s2s_logger *logger,
                              s2s_error *err) S2S_MUST_USE;
void s2s_text_file_close(s2s_text_file *file); /* a zeroed file is allowed */

/* What messages call path. */
const char *s2s_text_file_name(const char *path);

/* Bytes of memory held; mapped files do not count. */
size_t s2s_text_file_bytes(const s2s_text_file *file);

/* Line i < n_lines, without its end; borrowed until close. */
s2s_span s2s_text_file_line(const s2s_text_file *file, size_t i);

/* Takes the next part off the rest of a tab-separated line; false where none is left (rest->data is NULL). */
bool s2s_next_part(s2s_span *rest, s2s_span *part);
/* Part k of a tab-separated line, which has so many; the last part otherwise. */
s2s_span s2s_part_of(s2s_span line, int k);
int s2s_count_tabs(s2s_span line);

#endif
