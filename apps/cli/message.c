#include "message.h"

#include <stdarg.h>
#include <stdio.h>

static const char *command_name;

void cli_message_command(const char *name)
{
    command_name = name;
}

void cli_message(const char *fmt, ...)
{
    fprintf(stderr, command_name ? "s2s %s: " : "s2s: ", command_name);
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

s2s_status cli_fail(s2s_error *err, s2s_status code, const char *fmt, ...)
{
    err->code = code;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, args);
    va_end(args);
    return code;
}

s2s_status cli_out_of_memory(s2s_error *err)
{
    return cli_fail(err, S2S_EXHAUSTED, "out of memory");
}
