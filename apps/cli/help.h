/* Help, printed from the tables of options. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "command_line.h"

void cli_help_command(const cli_options *options, FILE *out);
/* commands ends with NULL. */
void cli_help_overview(const cli_command *const *commands, FILE *out);

#endif
