#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"

void s2s_log(const s2s_logger *logger, s2s_log_level level, const char *fmt, ...)
{
    if (!logger || !logger->fn)
        return;
    char line[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    s2s_make_one_line(line);
    logger->fn(logger->arg, level, line);
}
