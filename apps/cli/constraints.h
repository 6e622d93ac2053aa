/* A file of constraints, line by line beside the input: the phrases that an output must contain, TABs between
 * them; an empty line has none. */
#ifndef CLI_CONSTRAINTS_H
#define CLI_CONSTRAINTS_H

#include "lines.h"
#include "s2s/s2s.h"

typedef struct cli_constraints {
    cli_lines lines;
    cli_line line[CLI_CHUNK_LINES];
    s2s_constraint list[CLI_CHUNK_LINES]; /* of these lines */
    int n, n_used;                        /* lines read, and taken */
    const char **phrases;                 /* of all of them */
    size_t cap_phrases;
} cli_constraints;

/* S2S_BAD_DATA where the file cannot be read. */
s2s_status cli_constraints_open(cli_constraints *constraints, const char *path, s2s_error *err) S2S_MUST_USE;
void cli_constraints_close(cli_constraints *constraints); /* a zeroed one is allowed */

/* Lowers *max, how many lines of input are wanted, to as many as there are lines here, but not below 1. */
s2s_status cli_constraints_ahead(cli_constraints *constraints, int *max, s2s_error *err) S2S_MUST_USE;
/* The constraints of the n lines of input read last; n is 0 at the end of the input.  S2S_BAD_DATA with both
 * numbers where the files do not have as many lines; what is left of an input is counted if it need not be
 * waited for. */
s2s_status cli_constraints_take(cli_constraints *constraints, cli_lines *input, int n, bool may_count,
                                const s2s_constraint **list, s2s_error *err) S2S_MUST_USE;

/* Warns of the n inputs predicted last whose outputs are not constrained. */
void cli_constraints_warn(const cli_constraints *constraints, const s2s_result *result, int n);
/* Puts the place in this file where the library, given what was taken last, says "input 5, phrase ...". */
void cli_constraints_locate(const cli_constraints *constraints, int n, s2s_error *err);

#endif
