#include "base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* Once the message stands. */
static s2s_status settle(s2s_error *err, s2s_status code)
{
    s2s_make_one_line(err->msg);
    err->code = code;
    err->input = err->name_bytes = 0;
    return code;
}

s2s_status s2s_fail(s2s_error *err, s2s_status code, const char *fmt, ...)
{
    if (!err)
        return code;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, args);
    va_end(args);
    return settle(err, code);
}

s2s_status s2s_fail_input(s2s_error *err, s2s_status code, int index, const char *fmt, ...)
{
    if (!err)
        return code;
    int name_bytes = snprintf(err->msg, sizeof err->msg, "input %d", index + 1);
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->msg + name_bytes, sizeof err->msg - (size_t)name_bytes, fmt, args);
    va_end(args);
    settle(err, code);
    err->input = index + 1;
    err->name_bytes = name_bytes;
    return code;
}

s2s_status s2s_fail_errno(s2s_error *err, s2s_status code, const char *fmt, ...)
{
    int number = errno;
    if (number == ENOMEM || number == ENOSPC || number == EDQUOT || number == EFBIG)
        code = S2S_EXHAUSTED;
    if (!err)
        return code;
    char reason[96];
    if (strerror_r(number, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", number);
    /* The reason comes last and must not be what a long message cuts off. */
    char place[sizeof err->msg - sizeof reason - 2];
    va_list args;
    va_start(args, fmt);
    vsnprintf(place, sizeof place, fmt, args);
    va_end(args);
    snprintf(err->msg, sizeof err->msg, "%s: %s", place, reason);
    return settle(err, code);
}

s2s_status s2s_fail_memory(s2s_error *err, const char *what)
{
    return s2s_fail(err, S2S_EXHAUSTED, "out of memory while %s", what);
}
