/* Lines for people, on standard error: "s2s train: ...". */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "s2s/status.h"

/* The command whose name stands before messages; NULL: none yet. */
void cli_message_command(const char *name);
/* One line; control characters are shown as '?'. */
void cli_message(const char *fmt, ...) S2S_PRINTF(1, 2);

/* Warns of more threads than there are cores for them. */
void cli_warn_of_threads(int n_threads);

/* Fills err and returns code. */
s2s_status cli_fail(s2s_error *err, s2s_status code, const char *fmt, ...) S2S_PRINTF(3, 4);
s2s_status cli_out_of_memory(s2s_error *err);

#endif
