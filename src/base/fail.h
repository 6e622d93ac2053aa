/* Filling an s2s_error, and forwarding a failure. */
#ifndef S2S_BASE_FAIL_H
#define S2S_BASE_FAIL_H

#include "s2s/status.h"

/* Writes the message (if err is not NULL) and returns code, so that a failing function ends with
 * `return s2s_fail(err, S2S_BAD_DATA, "%s:%zu: expected ...", path, line);`. */
s2s_status s2s_fail(s2s_error *err, s2s_status code, const char *fmt, ...) S2S_PRINTF(3, 4);

/* The same of one of several inputs, whose index is from 0: fmt goes on after "input <index + 1>". */
s2s_status s2s_fail_input(s2s_error *err, s2s_status code, int index, const char *fmt, ...) S2S_PRINTF(4, 5);

/* As s2s_fail with ": <strerror(errno)>" appended; ENOMEM, ENOSPC, EDQUOT and EFBIG become S2S_EXHAUSTED. */
s2s_status s2s_fail_errno(s2s_error *err, s2s_status code, const char *fmt, ...) S2S_PRINTF(3, 4);

/* Out of memory while doing `what` ("reading pairs.tsv"). */
s2s_status s2s_fail_memory(s2s_error *err, const char *what);

#define S2S_TRY(expr)                    \
    do {                                 \
        s2s_status try_status_ = (expr); \
        if (try_status_ != S2S_OK)       \
            return try_status_;          \
    } while (0)

#endif
