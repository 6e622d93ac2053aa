#define _GNU_SOURCE /* pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/fail.h"
#include "base/file.h"
#include "text/subwords.h"

/* What the child says first; the model, or the reason, follows. */
enum { TRAINED = 'm', REFUSED = 'r', EXHAUSTED = 'e' };

/* Leaves without flushing what the parent had in its buffers. */
static void leave(void)
{
    _exit(EXIT_FAILURE);
}

_Noreturn static void train(int out, const s2s_sentencepiece_training *training)
{
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    atexit(leave);
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere < 0 || dup2(nowhere, STDERR_FILENO) < 0)
        close(STDERR_FILENO);
    s2s_str result = {0};
    char first = s2s_sentencepiece_train(training, &result) ? TRAINED : REFUSED;
    if (result.failed || (training->out_of_memory && *training->out_of_memory))
        first = EXHAUSTED;
    bool said =
        s2s_write_all(out, &first, 1) == 0 && s2s_write_all(out, s2s_str_text(&result), result.len) == 0;
    _exit(said ? EXIT_SUCCESS : EXIT_FAILURE);
}

static s2s_status read_all(int in, s2s_str *said, s2s_error *err)
{
    char bytes[1 << 14];
    for (;;) {
        ssize_t n = read(in, bytes, sizeof bytes);
        if (n == 0)
            return said->failed ? s2s_fail_memory(err, "training subwords") : S2S_OK;
        if (n > 0)
            s2s_str_add(said, bytes, (size_t)n);
        else if (errno != EINTR)
            return s2s_fail_errno(err, S2S_FAILED, "training subwords");
    }
}

/* Runs the child; *said is all that it says, *ended its wait status.  Where the program ignores SIGCHLD there
 * is none, and *ended is that of success. */
static s2s_status run(const s2s_sentencepiece_training *training, s2s_str *said, int *ended, s2s_error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return s2s_fail_errno(err, S2S_FAILED, "training subwords");
    pid_t child = fork();
    if (child == 0)
        train(ends[1], training);
    close(ends[1]);
    s2s_status status = child < 0
                            ? s2s_fail_errno(err, S2S_FAILED, "cannot start the process that trains subwords")
                            : read_all(ends[0], said, err);
    close(ends[0]);
    *ended = 0;
    while (child > 0 && waitpid(child, ended, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static s2s_status fail_signal(int signal, s2s_error *err)
{
    bool killed = signal == SIGKILL;
    return s2s_fail(err, killed ? S2S_EXHAUSTED : S2S_FAILED,
                    "the process that trains subwords was ended by signal %d (%s)%s", signal, strsignal(signal),
                    killed ? ", as the system does where memory is out" : "");
}

/* Turns SentencePiece's reason into one that names our options. */
static s2s_status refuse(const char *reason, const s2s_sentencepiece_training *training, const char *what,
                         s2s_error *err)
{
    const char *high = strstr(reason, "too high"), *low = strstr(reason, "required_chars. ");
    int limit;
    if (high && sscanf(high, "too high (%*d). Please set it to a value <= %d", &limit) == 1)
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--vocab-size: expected at most %d subwords, as many as the %s support, found %d",
                        limit, what, training->vocab_size);
    if (low && sscanf(low, "required_chars. %*d vs %d", &limit) == 1)
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--vocab-size: expected at least %d subwords for the characters of the %s (a lower "
                        "--character-coverage needs fewer), found %d",
                        limit, what, training->vocab_size);
    const char *place_end = strrchr(reason, ']'); /* "file(line) [condition] reason" */
    reason = place_end ? place_end + 1 : reason;
    return s2s_fail(err, S2S_BAD_DATA, "SentencePiece finds too little in the %s to train %s subwords%s%s",
                    what, training->model_type, *reason ? ":" : "", reason);
}

/* What came of a child that ran. */
static s2s_status conclude(s2s_subwords **subwords, const s2s_str *said, int ended,
                           const s2s_sentencepiece_training *training, const char *what, s2s_error *err)
{
    if (WIFSIGNALED(ended))
        return fail_signal(WTERMSIG(ended), err);
    if (WEXITSTATUS(ended) != EXIT_SUCCESS || said->len == 0)
        return refuse("", training, what, err);
    if (said->data[0] == EXHAUSTED)
        return s2s_fail_memory(err, "training subwords");
    if (said->data[0] == REFUSED)
        return refuse(said->data + 1, training, what, err);
    return s2s_subwords_open(subwords, (s2s_span){said->data + 1, said->len - 1}, err);
}

s2s_status s2s_subwords_train(s2s_subwords **subwords, const s2s_sentencepiece_training *training,
                              const char *what, s2s_error *err)
{
    s2s_str said = {0};
    int ended = 0;
    *subwords = NULL;
    s2s_status status = run(training, &said, &ended, err);
    if (status == S2S_OK)
        status = conclude(subwords, &said, ended, training, what, err);
    s2s_str_free(&said);
    return status;
}
