/* Scripts with which shells complete commands, options and their values, made from the tables of options. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdio.h>

#include "command_line.h"

/* shell: bash, zsh or fish, else S2S_MISUSE; commands ends with NULL. */
s2s_status cli_completion(const char *shell, const cli_command *const *commands, FILE *out,
                          s2s_error *err) S2S_MUST_USE;

#endif
