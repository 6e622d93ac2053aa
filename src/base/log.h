/* Where the library's messages go: to the hook that its user gave, else nowhere. */
#ifndef S2S_BASE_LOG_H
#define S2S_BASE_LOG_H

#include "s2s/log.h"

typedef struct s2s_logger {
    s2s_log_fn *fn; /* NULL: silent */
    void *arg;
} s2s_logger;

void s2s_log(const s2s_logger *logger, s2s_log_level level, const char *fmt, ...) S2S_PRINTF(3, 4);

#endif
