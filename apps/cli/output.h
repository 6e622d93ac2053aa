/* Where results go: standard output, or a file that appears under its name whole or not at all. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <jansson.h>
#include <stdio.h>

#include "s2s/status.h"

typedef struct cli_output {
    FILE *file;
    const char *name; /* for messages */
    char *target;     /* the file that temporary becomes at the end; NULL when written in place */
    char *temporary;
} cli_output;

/* path NULL or "-": standard output.  A path that is no regular file (a device, a pipe) is written in place. */
s2s_status cli_output_open(cli_output *output, const char *path, s2s_error *err) S2S_MUST_USE;
/* Hands on what was written.  A full disk: S2S_EXHAUSTED; a closed pipe: S2S_FAILED with an empty message. */
s2s_status cli_output_flush(cli_output *output, s2s_error *err) S2S_MUST_USE;
/* Ends the output: the file is put in its place if status is S2S_OK, else removed.  Returns status, or what
 * failed now. */
s2s_status cli_output_close(cli_output *output, s2s_status status, s2s_error *err) S2S_MUST_USE;

/* Writes value on a line of its own and releases it; NULL means that building it ran out of memory. */
s2s_status cli_output_json(cli_output *output, json_t *value, s2s_error *err) S2S_MUST_USE;

/* JSON is built without a look at every step: what ran out of memory is NULL, and what NULL is put into becomes
 * NULL, down to cli_output_json, which tells. */

/* A number, or JSON's null for what JSON cannot say (NaN, infinities). */
json_t *cli_json_real(double value);
/* A text (UTF-8), or JSON's null for NULL. */
json_t *cli_json_text(const char *text);
/* Put value, which they take over, into an object or a list. */
void cli_json_set(json_t **object, const char *name, json_t *value);
void cli_json_append(json_t **list, json_t *value);

/* The value, which it takes, as all that standard output gets. */
s2s_status cli_print_json(json_t *value, s2s_error *err) S2S_MUST_USE;

#endif
