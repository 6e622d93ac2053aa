/* A bench for whole runs: a folder with pairs to reverse, "a b c<TAB>c b a", and a network that learns them in
 * milliseconds. */
#ifndef RUN_BENCH_H
#define RUN_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rng.h"
#include "s2s/s2s.h"

typedef struct bench {
    char folder[64];
    char pairs[96];  /* "FOLDER/pairs.tsv" */
    char links[96];  /* "FOLDER/links": word alignments of the pairs */
    char output[96]; /* "FOLDER/run" */
} bench;

static inline void bench_write_pairs(const char *path, int n, int max_letters)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    s2s_rng rng;
    s2s_rng_seed(&rng, 3);
    for (int i = 0; i < n; i++) {
        char letters[64];
        int length = 1 + (int)s2s_rng_below(&rng, (uint32_t)max_letters);
        for (int k = 0; k < length; k++)
            letters[k] = (char)('a' + s2s_rng_below(&rng, 6));
        for (int k = 0; k < length; k++)
            fprintf(file, "%s%c", k ? " " : "", letters[k]);
        for (int k = length; k-- > 0;)
            fprintf(file, "%c%c", k == length - 1 ? '\t' : ' ', letters[k]);
        fputc('\n', file);
    }
    assert_int_equal(fclose(file), 0);
}

/* The alignments of a file of such pairs: "0-2 1-1 2-0". */
static inline void bench_write_links(const char *path, const char *pairs)
{
    FILE *file = fopen(path, "w"), *text = fopen(pairs, "r");
    assert_non_null(file);
    assert_non_null(text);
    for (char line[256]; fgets(line, sizeof line, text);) {
        int n = ((int)strcspn(line, "\t") + 1) / 2;
        for (int i = 0; i < n; i++)
            fprintf(file, "%s%d-%d", i ? " " : "", i, n - 1 - i);
        fputc('\n', file);
    }
    fclose(text);
    assert_int_equal(fclose(file), 0);
}

static inline void bench_open(bench *b, int n_pairs)
{
    snprintf(b->folder, sizeof b->folder, "/tmp/s2s-bench-XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    snprintf(b->pairs, sizeof b->pairs, "%s/pairs.tsv", b->folder);
    snprintf(b->output, sizeof b->output, "%s/run", b->folder);
    snprintf(b->links, sizeof b->links, "%s/links", b->folder);
    bench_write_pairs(b->pairs, n_pairs, 5);
    bench_write_links(b->links, b->pairs);
}

static inline void bench_close(const bench *b)
{
    char command[96];
    snprintf(command, sizeof command, "rm -r %s", b->folder);
    assert_int_equal(system(command), 0);
}

/* One update is two batches; there is a checkpoint after each update and a validation after every second. */
static inline s2s_train_options bench_options(const bench *b, double updates)
{
    s2s_train_options options;
    s2s_train_options_defaults(&options);
    options.train = b->pairs;
    options.output = b->output;
    options.network.dim_emb = 6;
    options.network.dim_hidden = 8;
    options.learn_rate = 0.01;
    options.warmup = 4;
    options.batch_tokens = 60;
    options.accumulate = 2;
    options.valid_metric = "error-rate";
    options.valid_every = (s2s_duration){2, 'u'};
    options.save_every = (s2s_duration){1, 'u'};
    options.after = (s2s_duration){updates, 'u'};
    options.early_stopping = 0;
    options.disp_every = 1;
    options.threads = 1;
    return options;
}

typedef struct bench_stop {
    s2s_trainer *trainer;
    int64_t update;
} bench_stop;

static inline void bench_on_event(void *arg, const s2s_train_event *event)
{
    const bench_stop *stop = arg;
    if (event->update >= stop->update)
        s2s_trainer_stop(stop->trainer);
}

/* S2S_STOPPED at an update before the run's end. */
static inline s2s_status bench_train_until(const s2s_train_options *options, int64_t update, s2s_error *err)
{
    bench_stop stop = {.update = update};
    s2s_status status = s2s_trainer_open(&stop.trainer, options, NULL, NULL, err);
    if (status != S2S_OK)
        return status;
    status = s2s_trainer_run(stop.trainer, bench_on_event, &stop, err);
    s2s_trainer_close(stop.trainer);
    return status;
}

static inline s2s_status bench_train(const s2s_train_options *options, s2s_error *err)
{
    return bench_train_until(options, INT64_MAX, err);
}

static inline void bench_must(s2s_status status, const s2s_error *err)
{
    if (status != S2S_OK)
        fail_msg("status %d: %s", status, err->msg);
}

/* The file as one string, to free(). */
static inline char *bench_read(const char *folder, const char *name, size_t *n)
{
    char path[192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s: cannot open", path);
    char *bytes = malloc(1 << 20);
    assert_non_null(bytes);
    *n = fread(bytes, 1, 1 << 20, file);
    assert_true(*n < 1 << 20);
    fclose(file);
    return bytes;
}

static inline void bench_write(const char *folder, const char *name, const char *bytes, size_t n)
{
    char path[192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* The files of a run that later ones need. */
typedef struct bench_files {
    char *model, *checkpoint, *metrics;
    size_t n_model, n_checkpoint, n_metrics;
} bench_files;

static inline bench_files bench_keep(const char *run)
{
    bench_files files;
    files.model = bench_read(run, "model.s2s", &files.n_model);
    files.checkpoint = bench_read(run, "last.ckpt", &files.n_checkpoint);
    files.metrics = bench_read(run, "metrics.jsonl", &files.n_metrics);
    return files;
}

static inline void bench_put_back(const char *run, const bench_files *files)
{
    bench_write(run, "model.s2s", files->model, files->n_model);
    bench_write(run, "last.ckpt", files->checkpoint, files->n_checkpoint);
    bench_write(run, "metrics.jsonl", files->metrics, files->n_metrics);
}

static inline void bench_forget(bench_files *files)
{
    free(files->model);
    free(files->checkpoint);
    free(files->metrics);
}

static inline void bench_no_temporaries(const char *run)
{
    DIR *folder = opendir(run);
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (strstr(entry->d_name, ".tmp"))
            fail_msg("%s/%s was left behind", run, entry->d_name);
    closedir(folder);
}

#endif
