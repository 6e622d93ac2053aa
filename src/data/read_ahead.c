#include "data/read_ahead.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/thread.h"

/* Whose the reader and what it gave are: in READING the thread's, else the caller's. */
typedef enum state {
    IDLE,    /* nothing is read ahead */
    READING, /* the thread is at it */
    READY,   /* `result` tells how it went */
    ENDED,   /* the thread is to end */
} state;

struct s2s_read_ahead {
    s2s_reader *reader;
    s2s_reader_position position; /* behind the batch given last */
    double waited_s;

    pthread_t thread;
    pthread_mutex_t mutex; /* of state */
    pthread_cond_t changed;
    state state;

    s2s_status result;
    s2s_batch batch;
    bool end_of_epoch;
    s2s_error err;
};

static void enter(s2s_read_ahead *ahead, state next)
{
    pthread_mutex_lock(&ahead->mutex);
    ahead->state = next;
    pthread_cond_broadcast(&ahead->changed);
    pthread_mutex_unlock(&ahead->mutex);
}

/* Sleeps while the state is one of two; returns the other that follows. */
static state wait_while(s2s_read_ahead *ahead, state one, state other)
{
    pthread_mutex_lock(&ahead->mutex);
    while (ahead->state == one || ahead->state == other)
        pthread_cond_wait(&ahead->changed, &ahead->mutex);
    state found = ahead->state;
    pthread_mutex_unlock(&ahead->mutex);
    return found;
}

static void *read_batches(void *arg)
{
    s2s_read_ahead *ahead = arg;
    while (wait_while(ahead, IDLE, READY) == READING) {
        ahead->result = s2s_reader_next(ahead->reader, &ahead->batch, &ahead->end_of_epoch, &ahead->err);
        enter(ahead, READY);
    }
    return NULL;
}

/* Makes the reader the caller's: IDLE or READY. */
static state take_reader(s2s_read_ahead *ahead)
{
    return wait_while(ahead, READING, READING);
}

static void discard(s2s_read_ahead *ahead)
{
    pthread_cond_destroy(&ahead->changed);
    pthread_mutex_destroy(&ahead->mutex);
    free(ahead);
}

s2s_status s2s_read_ahead_new(s2s_read_ahead **ahead, s2s_reader *reader, s2s_error *err)
{
    s2s_read_ahead *a = calloc(1, sizeof *a);
    if (!a)
        return s2s_fail_memory(err, "starting to read ahead");
    a->reader = reader;
    a->position = s2s_reader_tell(reader);
    pthread_mutex_init(&a->mutex, NULL); /* neither can fail with default attributes on Linux */
    pthread_cond_init(&a->changed, NULL);
    int error = s2s_thread_start(&a->thread, read_batches, a);
    if (error != 0) {
        discard(a);
        errno = error;
        return s2s_fail_errno(err, S2S_EXHAUSTED, "cannot start the thread that reads ahead");
    }
    *ahead = a;
    return S2S_OK;
}

void s2s_read_ahead_free(s2s_read_ahead *ahead)
{
    if (!ahead)
        return;
    (void)take_reader(ahead);
    enter(ahead, ENDED);
    pthread_join(ahead->thread, NULL);
    discard(ahead);
}

s2s_status s2s_read_ahead_next(s2s_read_ahead *ahead, s2s_batch *batch, bool *end_of_epoch, s2s_error *err)
{
    double began_s = s2s_clock_s();
    if (take_reader(ahead) == IDLE) {
        enter(ahead, READING);
        (void)take_reader(ahead);
    }
    ahead->waited_s += s2s_clock_s() - began_s;
    if (ahead->result != S2S_OK) {
        enter(ahead, IDLE);
        return s2s_fail(err, ahead->result, "%s", ahead->err.msg);
    }
    *batch = ahead->batch;
    *end_of_epoch = ahead->end_of_epoch;
    ahead->position = s2s_reader_tell(ahead->reader);
    enter(ahead, READING);
    return S2S_OK;
}

s2s_reader_position s2s_read_ahead_tell(const s2s_read_ahead *ahead)
{
    return ahead->position;
}

s2s_status s2s_read_ahead_seek(s2s_read_ahead *ahead, s2s_reader_position position, s2s_error *err)
{
    (void)take_reader(ahead);
    enter(ahead, IDLE);
    S2S_TRY(s2s_reader_seek(ahead->reader, position, err));
    ahead->position = s2s_reader_tell(ahead->reader);
    return S2S_OK;
}

size_t s2s_read_ahead_n_admitted(const s2s_read_ahead *ahead, int64_t epoch)
{
    return s2s_reader_n_admitted(ahead->reader, epoch);
}

double s2s_read_ahead_waited_s(const s2s_read_ahead *ahead)
{
    return ahead->waited_s;
}
