/* Manual pages in roff, with the macros of man(7), made from the tables of options. */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include <stdio.h>

#include "command_line.h"

/* s2s(1), which refers to the page of every command; commands ends with NULL. */
void cli_manual_overview(const cli_command *const *commands, FILE *out);
/* s2s-NAME(1) of the command. */
s2s_status cli_manual_command(const cli_command *command, FILE *out, s2s_error *err) S2S_MUST_USE;

#endif
