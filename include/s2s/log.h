/* The hook for messages. */
#ifndef S2S_LOG_H
#define S2S_LOG_H

#include "s2s/status.h"

typedef enum s2s_log_level { S2S_LOG_INFO, S2S_LOG_WARNING } s2s_log_level;

/* Called with one line of UTF-8 without control characters, from the thread that called the library. */
typedef void s2s_log_fn(void *arg, s2s_log_level level, const char *line);

#endif
