#include "constraints.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"

s2s_status cli_constraints_open(cli_constraints *constraints, const char *path, s2s_error *err)
{
    return cli_lines_open(&constraints->lines, path, err);
}

void cli_constraints_close(cli_constraints *constraints)
{
    cli_lines_close(&constraints->lines);
    free(constraints->phrases);
}

static size_t count_tabs(const cli_line *line)
{
    size_t n = 0;
    for (size_t i = 0; i < line->n; i++)
        n += line->text[i] == '\t';
    return n;
}

/* Cuts the lines into phrases, and leaves out empty ones. */
static s2s_status cut_phrases(cli_constraints *constraints, s2s_error *err)
{
    size_t n = 0, most = 0;
    for (int i = 0; i < constraints->n; i++)
        most += count_tabs(&constraints->line[i]) + 1;
    if (most > constraints->cap_phrases) {
        const char **larger = realloc(constraints->phrases, most * sizeof *larger);
        if (!larger)
            return cli_out_of_memory(err);
        constraints->phrases = larger;
        constraints->cap_phrases = most;
    }
    for (int i = 0; i < constraints->n; i++) {
        size_t first = n;
        cli_line rest = constraints->line[i];
        for (char *next = rest.text; next; rest.text = next) {
            rest.n = strlen(rest.text);
            next = cli_line_cut(&rest);
            if (*rest.text)
                constraints->phrases[n++] = rest.text;
        }
        constraints->list[i] = (s2s_constraint){constraints->phrases + first, (int)(n - first)};
    }
    return S2S_OK;
}

s2s_status cli_constraints_ahead(cli_constraints *constraints, int *max, s2s_error *err)
{
    if (constraints->n_used == constraints->n) {
        constraints->n_used = 0;
        s2s_status status =
            cli_lines_read(&constraints->lines, constraints->line, CLI_CHUNK_LINES, &constraints->n, err);
        if (!status)
            status = cut_phrases(constraints, err);
        if (status)
            return status;
    }
    int n_left = constraints->n - constraints->n_used;
    if (*max > n_left)
        *max = n_left > 0 ? n_left : 1;
    return S2S_OK;
}

/* Reads the rest of a file for the number of its lines. */
static s2s_status count_lines(cli_constraints *constraints, cli_lines *lines, s2s_error *err)
{
    int n = 1;
    s2s_status status = S2S_OK;
    while (n > 0 && !status)
        status = cli_lines_read(lines, constraints->line, CLI_CHUNK_LINES, &n, err);
    return status;
}

static s2s_status fail_of_numbers(const cli_constraints *constraints, const cli_lines *input,
                                  const char *at_least, s2s_error *err)
{
    return cli_fail(err, S2S_BAD_DATA, "%s: expected as many lines as %s has, %s%lld, found %lld",
                    constraints->lines.name, input->name, at_least, (long long)input->n_read,
                    (long long)constraints->lines.n_read);
}

s2s_status cli_constraints_take(cli_constraints *constraints, cli_lines *input, int n, bool may_count,
                                const s2s_constraint **list, s2s_error *err)
{
    s2s_status status = S2S_OK;
    int n_left = constraints->n - constraints->n_used;
    if (n > n_left) {
        if (may_count)
            status = count_lines(constraints, input, err);
        return status ? status : fail_of_numbers(constraints, input, may_count ? "" : "at least ", err);
    }
    if (n == 0 && n_left > 0) {
        status = count_lines(constraints, &constraints->lines, err);
        return status ? status : fail_of_numbers(constraints, input, "", err);
    }
    *list = constraints->list + constraints->n_used;
    constraints->n_used += n;
    return S2S_OK;
}

/* Number in the file of line i of the n that were taken last. */
static long long line_number(const cli_constraints *constraints, int n, int i)
{
    return (long long)constraints->lines.n_read - constraints->n + constraints->n_used - n + i + 1;
}

void cli_constraints_warn(const cli_constraints *constraints, const s2s_result *result, int n)
{
    for (int i = 0; i < n; i++) {
        s2s_constraint_state state = s2s_result_constraint(result, i);
        if (state != S2S_CONSTRAINT_MET)
            cli_message("warning: %s:%lld: %s; the output is the one without constraints",
                        constraints->lines.name, line_number(constraints, n, i),
                        state == S2S_CONSTRAINT_UNKNOWN ? "a phrase has tokens that the model does not know"
                                                        : "no output was found that contains all phrases");
    }
}

void cli_constraints_locate(const cli_constraints *constraints, int n, s2s_error *err)
{
    const s2s_error inner = *err;
    if (inner.input > 0 && strncmp(inner.msg + inner.name_bytes, ", phrase", 8) == 0)
        cli_fail(err, inner.code, "%s:%lld%s", constraints->lines.name,
                 line_number(constraints, n, inner.input - 1), inner.msg + inner.name_bytes);
}
