/* The options of one command: all its tables merged into one table over one block of values, filled from the
 * command line, the environment and configuration files, in this order of precedence. */
#ifndef CLI_COMMAND_LINE_H
#define CLI_COMMAND_LINE_H

#include "s2s/s2s.h"

enum { CLI_MAX_TABLES = 4 };

typedef struct cli_command cli_command;
typedef const s2s_option_table *cli_table_fn(void);

enum { CLI_MAX_PART = 64 };

/* Some options of a table, made into a table by cli_table_part_of. */
typedef struct cli_table_part {
    s2s_option_table table;
    s2s_option options[CLI_MAX_PART];
} cli_table_part;

/* The wanted options of a table, the first CLI_MAX_PART of them; the rest of its struct keeps its defaults. */
const s2s_option_table *cli_table_part_of(cli_table_part *part, const s2s_option_table *full,
                                          bool (*wanted)(const s2s_option *option));

/* The options that every command has. */
typedef struct cli_common {
    const char *config; /* several are allowed: options->config_paths */
    bool json, quiet, help;
} cli_common;

/* Who gave a value; the higher ones win. */
typedef enum cli_source { CLI_DEFAULT, CLI_FILE, CLI_ENVIRONMENT, CLI_COMMAND_LINE } cli_source;

typedef struct cli_options {
    const cli_command *command;
    s2s_option_table table; /* of all options; its offsets are into values */
    void *values;
    void *spare;                      /* takes values that do not win, so that they are checked all the same */
    cli_source *source;               /* [table.n_options] */
    size_t start[CLI_MAX_TABLES + 1]; /* where each table's struct begins in values */
    int n_tables;                     /* the common one included, which is the last */
    const char **config_paths;        /* as given, the last wins */
    int n_config_paths;
    char **texts; /* owned: values that are not arguments as they are */
    int n_texts;
} cli_options;

/* Defaults of all tables. */
s2s_status cli_options_new(cli_options *options, const cli_command *command, s2s_error *err) S2S_MUST_USE;
void cli_options_free(cli_options *options); /* zeroed is allowed */

/* The struct that the command's table i describes; and that of the common table. */
const void *cli_options_of(const cli_options *options, int i);
const cli_common *cli_options_common(const cli_options *options);

/* argv begins behind the command's name.  S2S_MISUSE. */
s2s_status cli_options_parse(cli_options *options, int argc, char **argv, s2s_error *err) S2S_MUST_USE;
/* The twins in the environment, S2S_BEAM_SIZE of --beam-size.  S2S_BAD_CONFIG. */
s2s_status cli_options_environment(cli_options *options, s2s_error *err) S2S_MUST_USE;
/* Whether the environment variable is the twin of an option of the command. */
bool cli_command_has_twin(const cli_command *command, const char *variable);

/* Gives a value unless a higher source already did; the value is checked in either case and must live as
 * long as the options. */
s2s_status cli_options_assign(cli_options *options, const s2s_option *option, const char *value,
                              cli_source source, s2s_error *err) S2S_MUST_USE;
/* Takes over a text, which is freed with the options, and returns it; NULL: out of memory, or none given. */
const char *cli_options_own(cli_options *options, char *text);
/* Several values of one option as the library takes them, a line each: earlier ones (NULL: none) and a further
 * one.  The result is owned; NULL when out of memory. */
const char *cli_options_join(cli_options *options, const char *earlier, const char *value);
/* Whether the values of an option add up. */
bool cli_options_is_repeatable(const cli_options *options, const s2s_option *option);
/* The option of that name in a file or the environment; NULL for those of the command line alone. */
const s2s_option *cli_options_find(const cli_options *options, const char *name);

/* Refuses an option that has no value, telling how to give it. */
s2s_status cli_require(const char *value, const char *what, s2s_error *err) S2S_MUST_USE;

#endif
