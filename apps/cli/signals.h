/* SIGINT, SIGTERM and SIGHUP end the program with 128 + their number, as shells expect. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

/* From now on a signal ends the program at once and removes the file named by cli_signals_remove.  A closed
 * pipe and a limit on file sizes are errors of the write (EPIPE, EFBIG), not signals.  A mapped file that is
 * cut short while it is read ends the program with a message and S2S_BAD_DATA. */
void cli_signals_start(void);
/* From now on the first signal calls stop(arg), which must be async-signal-safe; a second one ends the
 * program.  stop NULL: as after cli_signals_start. */
void cli_signals_stop_with(void (*stop)(void *arg), void *arg);
/* The file that a signal must remove, NULL for none.  The text must live on. */
void cli_signals_remove(const char *path);
int cli_signals_caught(void); /* number of the signal that called stop, 0 if none did */

#endif
