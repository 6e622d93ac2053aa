/* The values of an option that may be repeated, which stand on a line each. */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include "s2s/status.h"

typedef struct cli_names {
    char *text; /* what items point into */
    const char **items;
    int n;
} cli_names;

/* At least one; an empty line is an empty name. */
s2s_status cli_names_split(cli_names *names, const char *text, s2s_error *err) S2S_MUST_USE;
void cli_names_free(cli_names *names); /* a zeroed one is allowed */

#endif
