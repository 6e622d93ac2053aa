#include "message.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "s2s/bench.h"

static const char *command_name;

void cli_message_command(const char *name)
{
    command_name = name;
}

void cli_message(const char *fmt, ...)
{
    char line[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    /* what is quoted may be meant to drive the terminal */
    for (unsigned char *c = (unsigned char *)line; *c; c++) {
        bool c1 = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0; /* U+0080 .. U+009F; U+009B is CSI */
        if (c1)
            *c++ = '?';
        if (c1 || *c < ' ' || *c == 0x7f)
            *c = '?';
    }
    if (command_name)
        fprintf(stderr, "s2s %s: %s\n", command_name, line);
    else
        fprintf(stderr, "s2s: %s\n", line);
}

void cli_warn_of_threads(int n_threads)
{
    int n_cores = s2s_n_cores();
    if (n_threads > n_cores)
        cli_message(
            "warning: --threads %d is more than the %d core%s here; threads that wait for a core slow all down",
            n_threads, n_cores, n_cores == 1 ? "" : "s");
}

s2s_status cli_fail(s2s_error *err, s2s_status code, const char *fmt, ...)
{
    *err = (s2s_error){.code = code};
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
