/* What help, manual pages and completion say alike about the program, its commands and options. */
#ifndef CLI_DESCRIBE_H
#define CLI_DESCRIBE_H

#include "command_line.h"

enum { CLI_MAX_NOTES = 3 };

/* The program, as the fields of cli_command tell of a command. */
extern const char cli_program_summary[], cli_program_usage[], cli_program_examples[], cli_program_more[];

/* What stands for the option's value, "N" or "FILE"; "" for a switch. */
const char *cli_option_placeholder(const s2s_option *option);
/* Whether it is a switch that is on unless it is turned off, with --no-NAME. */
bool cli_option_is_on(const s2s_option *option, const void *defaults);
/* "(words; 1 to 100; default 5)"; "" where there is nothing to tell. */
void cli_option_details(const s2s_option *option, const void *defaults, char *buf, size_t size);
/* Whether no option before it is of its group. */
bool cli_option_opens_group(const s2s_option_table *table, int index);

/* What holds for all options of a command, a paragraph each; returns how many there are. */
int cli_options_notes(const s2s_option_table *table, const char *notes[CLI_MAX_NOTES]);
/* All exit statuses, "0 done; 1 failed; ...". */
void cli_exit_statuses(char *buf, size_t size);

#endif
