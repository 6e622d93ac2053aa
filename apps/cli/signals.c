#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "s2s/status.h"

static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
enum { N_STOPPING = sizeof stopping / sizeof *stopping };

static volatile sig_atomic_t caught;
static void (*volatile stop_fn)(void *);
static void *volatile stop_arg;
static const char *volatile doomed_path;

static void on_signal(int number)
{
    if (stop_fn && !caught) {
        caught = number;
        stop_fn(stop_arg);
        return;
    }
    if (doomed_path)
        unlink(doomed_path);
    _exit(128 + number);
}

/* Files are mapped: one that another program cuts short while it is read gives a signal, not an error. */
static void on_lost_file(int number, siginfo_t *info, void *context)
{
    static const char message[] = "s2s: a file was cut short, or became unreadable, while it was read\n";
    (void)context;
    if (info->si_code != BUS_ADRERR) { /* any other kind is a fault of the program */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    if (doomed_path)
        unlink(doomed_path);
    _exit(S2S_BAD_DATA);
}

/* A program started by nohup keeps ignoring SIGHUP. */
static int is_ignored_hangup(int number)
{
    struct sigaction old;
    return number == SIGHUP && sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
}

void cli_signals_start(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
    action.sa_sigaction = on_lost_file;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGBUS, &action, NULL);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    for (int i = 0; i < N_STOPPING; i++)
        if (!is_ignored_hangup(stopping[i]))
            sigaction(stopping[i], &action, NULL);
}

/* Changes what the handler reads while no signal can come. */
static void change(void (*fn)(void *), void *arg, const char *path)
{
    sigset_t set, old;
    sigemptyset(&set);
    for (int i = 0; i < N_STOPPING; i++)
        sigaddset(&set, stopping[i]);
    sigprocmask(SIG_BLOCK, &set, &old);
    stop_fn = fn;
    stop_arg = arg;
    doomed_path = path;
    sigprocmask(SIG_SETMASK, &old, NULL);
}

void cli_signals_stop_with(void (*stop)(void *arg), void *arg)
{
    change(stop, arg, doomed_path);
}

void cli_signals_remove(const char *path)
{
    change(stop_fn, stop_arg, path);
}

int cli_signals_caught(void)
{
    return caught;
}
