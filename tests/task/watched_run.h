/* Runs of a small configuration, of which a test sees the events and which it stops or kills. */
#ifndef WATCHED_RUN_H
#define WATCHED_RUN_H

#include "run_bench.h"

enum { N_PAIRS = 240, NEVER = 1 << 30 };

static inline int set_up(void **state)
{
    static bench b;
    bench_open(&b, N_PAIRS);
    *state = &b;
    return 0;
}

static inline int tear_down(void **state)
{
    bench_close(*state);
    return 0;
}

/* Everything on that has a state or draws random numbers. */
static inline s2s_train_options small_options(const bench *b, char output[96], const char *name)
{
    s2s_train_options options = bench_options(b, 40);
    snprintf(output, 96, "%s/%s", b->folder, name);
    options.output = output;
    options.network.dropout_recurrent = 0.1;
    options.scheduled_sampling = 0.5;
    options.r_drop = 2;
    options.guided_alignment = b->links;
    options.valid_every = (s2s_duration){7, 'u'};
    options.save_every = (s2s_duration){3, 'u'};
    return options;
}

typedef struct watch {
    s2s_trainer *trainer;
    int64_t stop_at, kill_at; /* updates */
    int n_starts, n_valid, n_best, n_ends;
    int64_t last_update;
    bool resumed;
    char reason[64];
} watch;

static inline void on_event(void *arg, const s2s_train_event *event)
{
    watch *w = arg;
    assert_non_null(event->json);
    if (event->update >= w->kill_at)
        _exit(0); /* nothing is flushed, closed or saved */
    if (event->update >= w->stop_at)
        s2s_trainer_stop(w->trainer);
    w->n_starts += event->kind == S2S_TRAIN_START;
    w->n_valid += event->kind == S2S_TRAIN_VALID;
    w->n_best += event->kind == S2S_TRAIN_VALID && event->best;
    w->n_ends += event->kind == S2S_TRAIN_END;
    w->last_update = event->update;
    if (event->kind == S2S_TRAIN_START)
        w->resumed = event->resumed;
    if (event->kind == S2S_TRAIN_END)
        snprintf(w->reason, sizeof w->reason, "%s", event->reason);
}

static inline s2s_status run(const s2s_train_options *options, watch *w, s2s_error *err)
{
    s2s_status status = s2s_trainer_open(&w->trainer, options, NULL, NULL, err);
    if (status != S2S_OK)
        return status;
    status = s2s_trainer_run(w->trainer, on_event, w, err);
    s2s_trainer_close(w->trainer);
    return status;
}

static inline watch run_well(const s2s_train_options *options, s2s_status expected, int64_t stop_at)
{
    watch w = {.stop_at = stop_at, .kill_at = NEVER};
    s2s_error err = {0};
    s2s_status status = run(options, &w, &err);
    if (status != expected)
        fail_msg("expected status %d, found %d: %s", expected, status, err.msg);
    return w;
}

static inline int count_lines(const char *folder, const char *name, const char *word)
{
    char line[1024], *path = s2s_path_join(folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int n = 0;
    while (fgets(line, sizeof line, file))
        n += strstr(line, word) != NULL;
    fclose(file);
    free(path);
    return n;
}

#endif
