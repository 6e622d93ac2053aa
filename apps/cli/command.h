/* What a command of the program is made of. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "command_line.h"

/* A command composes tables of options: the library's and its own.  The options that every command has come
 * behind them. */
struct cli_command {
    const char *name;
    const char *summary;                  /* one line, for the overview */
    const char *usage;                    /* what follows "s2s name" */
    const char *examples;                 /* lines that teach, each indented by two spaces */
    const char *positional;               /* the option that a bare argument sets */
    const char *repeatable[3];            /* options whose values on the command line add up, a line each */
    const char *output;                   /* lines on what is written, as examples; NULL: nothing to tell */
    cli_table_fn *tables[CLI_MAX_TABLES]; /* ends at the first NULL */
    /* Does it; what failed goes to err, one line, and is printed by main.  A failure with an empty line is
     * silent (a reader that closed its pipe). */
    s2s_status (*run)(const cli_options *options, s2s_error *err);
};

extern const cli_command cli_train, cli_predict, cli_score, cli_evaluate, cli_metrics, cli_doctor, cli_inspect,
    cli_encode, cli_average, cli_shortlist, cli_bench;

#endif
