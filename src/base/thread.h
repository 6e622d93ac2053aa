/* The threads of the library.  Signals belong to the threads of the caller: here all are blocked but those of
 * faults, which go to the thread at fault and would otherwise end the program without its handler. */
#ifndef S2S_BASE_THREAD_H
#define S2S_BASE_THREAD_H

#include <pthread.h>

/* pthread_create with default attributes: 0 or an error number. */
int s2s_thread_start(pthread_t *thread, void *(*fn)(void *), void *arg);

#endif
