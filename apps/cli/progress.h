/* Training as it is shown to people, on standard error: a bar that is redrawn on a terminal, else plain lines.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "s2s/s2s.h"

typedef struct cli_progress {
    bool quiet;      /* nothing but messages */
    bool live;       /* a bar on a terminal */
    bool utf8;       /* it may be drawn with block characters */
    bool bar_shown;  /* the cursor is on the bar's line */
    double shown_ms; /* when progress was shown last, by the monotonic clock; 0: never */
} cli_progress;

void cli_progress_start(cli_progress *progress, bool quiet);
void cli_progress_event(cli_progress *progress, const s2s_train_event *event);
void cli_progress_end(cli_progress *progress); /* removes the bar */

/* Value of a validation metric as text with its unit. */
void cli_metric_print(int metric, double value, char *buf, size_t size);

/* Seconds as "1:02:03" or "2:03". */
void cli_seconds_print(double seconds, char *buf, size_t size);

#endif
