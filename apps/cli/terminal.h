/* What the terminal behind a stream can do. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

bool cli_terminal_is_live(FILE *stream);    /* a terminal on which a line can be redrawn */
bool cli_terminal_has_colour(FILE *stream); /* live, and NO_COLOR is not set */
bool cli_terminal_is_utf8(void);
int cli_terminal_width(FILE *stream); /* columns; 80 where it is not known */

#endif
