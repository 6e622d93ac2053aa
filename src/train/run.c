#include "train/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/str.h"
#include "train/kept.h"

static s2s_status remove_file(const char *path, s2s_error *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return s2s_fail_errno(err, S2S_FAILED, "cannot remove %s", path);
    return S2S_OK;
}

/* The lock is on the folder itself, so that it ends with the process and leaves no file. */
static s2s_status lock_folder(s2s_run *run, const char *path, s2s_error *err)
{
    run->folder = opendir(path);
    if (!run->folder)
        return s2s_fail_errno(err, S2S_FAILED, "%s: cannot open the folder", path);
    /* a file system without locks merely lacks their protection */
    if (flock(dirfd(run->folder), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return s2s_fail(err, S2S_FAILED, "%s: another process trains in this folder", path);
    return S2S_OK;
}

static s2s_status fail_unclaimed(const char *path, s2s_error *err)
{
    return s2s_fail(
        err, S2S_FAILED,
        "%s: there is no last.ckpt of its run to go on from; --overwrite starts anew and replaces it", path);
}

/* A run begins with its checkpoint: what lies here without one is not a run's, or can no longer go on. */
static s2s_status check_unclaimed(const s2s_run *run, s2s_error *err)
{
    const char *const paths[] = {run->model, run->config, run->metrics};
    if (s2s_is_file(run->checkpoint))
        return S2S_OK;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (s2s_is_file(paths[i]))
            return fail_unclaimed(paths[i], err);
    s2s_status status = S2S_OK;
    for (int keep = 0; keep < S2S_N_KEEPS && status == S2S_OK; keep++) {
        char *kept = s2s_kept_find(run->kept[keep]);
        if (kept)
            status = fail_unclaimed(kept, err);
        free(kept);
    }
    return status;
}

static s2s_status open_folder(s2s_run *run, const s2s_train_options *options, s2s_error *err)
{
    run->model = s2s_path_join(options->output, "model.s2s");
    run->checkpoint = s2s_path_join(options->output, "last.ckpt");
    run->config = s2s_path_join(options->output, "config.yaml");
    run->metrics = s2s_path_join(options->output, "metrics.jsonl");
    run->kept[S2S_KEEP_BEST] = s2s_path_join(options->output, "best");
    run->kept[S2S_KEEP_LAST] = s2s_path_join(options->output, "last");
    if (!run->model || !run->checkpoint || !run->config || !run->metrics || !run->kept[S2S_KEEP_BEST] ||
        !run->kept[S2S_KEEP_LAST])
        return s2s_fail_memory(err, "opening the run folder");
    bool exists = s2s_is_folder(options->output);
    S2S_TRY(s2s_make_folder(options->output, err));
    if (!exists)
        run->made = options->output;
    S2S_TRY(lock_folder(run, options->output, err));
    if (!options->overwrite)
        S2S_TRY(check_unclaimed(run, err));
    s2s_remove_temporaries(run->model);
    s2s_remove_temporaries(run->checkpoint);
    s2s_remove_temporaries(run->config);
    return S2S_OK;
}

s2s_status s2s_run_open(s2s_run *run, const s2s_train_options *options, s2s_error *err)
{
    *run = (s2s_run){0};
    s2s_status status = open_folder(run, options, err);
    if (status != S2S_OK)
        s2s_run_close(run);
    return status;
}

void s2s_run_close(s2s_run *run)
{
    if (run->events)
        fclose(run->events);
    if (run->made)
        rmdir(run->made); /* fails unless the run ended before its first file */
    if (run->folder)
        closedir(run->folder);
    free(run->model);
    free(run->checkpoint);
    free(run->config);
    free(run->metrics);
    for (int keep = 0; keep < S2S_N_KEEPS; keep++)
        free(run->kept[keep]);
    *run = (s2s_run){0};
}

/* ---- config.yaml ---- */

/* Whether YAML 1.1 takes the code point as it is: what is printable (section 5.1), but for line breaks, which it
 * folds, and the byte order mark. */
static bool is_plain(uint32_t code)
{
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    bool separator = code == 0x2028 || code == 0x2029;
    return !control && !separator && code != 0xfeff && code != 0xfffe && code != 0xffff;
}

/* A double-quoted scalar of a text in UTF-8. */
static void add_quoted(s2s_str *yaml, const char *text)
{
    uint32_t code;
    const char *end = text + strlen(text);
    s2s_str_add_char(yaml, '"');
    for (int n; (n = s2s_utf8_decode(text, end, &code)) > 0; text += n) {
        if (code == '"' || code == '\\')
            s2s_str_printf(yaml, "\\%c", (char)code);
        else if (code == '\n')
            s2s_str_add_text(yaml, "\\n");
        else if (is_plain(code))
            s2s_str_add(yaml, text, (size_t)n);
        else
            s2s_str_printf(yaml, "\\u%04x", (unsigned)code);
    }
    s2s_str_add_char(yaml, '"');
}

/* One line "name: value"; nothing for a value that is not set. */
static void add_option(s2s_str *yaml, s2s_str *value, const s2s_option *option,
                       const s2s_train_options *options)
{
    const char *text = NULL;
    char number[64];
    if (option->type == S2S_OPTION_TEXT) {
        memcpy(&text, (const char *)options + option->offset, sizeof text);
        if (!text)
            return;
    } else {
        s2s_option_print(option, options, number, sizeof number);
        text = number;
    }
    s2s_str_clear(value);
    if (option->type == S2S_OPTION_TEXT)
        add_quoted(value, text);
    else
        s2s_str_add_text(value, text);
    s2s_str_printf(yaml, "%s: %s\n", option->name, s2s_str_text(value));
}

static s2s_status write_config(const char *path, const s2s_train_options *options, s2s_error *err)
{
    const s2s_option_table *table = s2s_train_options_table();
    s2s_str yaml = {0}, value = {0};
    for (int i = 0; i < table->n_options; i++)
        /* a configuration that is used again must not remove the run that it comes from */
        if (table->options[i].offset != offsetof(s2s_train_options, overwrite))
            add_option(&yaml, &value, &table->options[i], options);
    s2s_writer *writer = NULL;
    s2s_status status = yaml.failed || value.failed ? s2s_fail_memory(err, "writing config.yaml")
                                                    : s2s_writer_open(&writer, path, err);
    if (status == S2S_OK) {
        s2s_writer_add(writer, yaml.data, yaml.len);
        status = s2s_writer_commit(writer, err);
    }
    s2s_str_free(&yaml);
    s2s_str_free(&value);
    return status;
}

/* ---- metrics.jsonl ---- */

/* Leaves the whole lines among the first `bytes`: later events will be told again, and a loss of power may have
 * left one half written. */
static s2s_status cut_events(const s2s_run *run, int64_t bytes, s2s_error *err)
{
    int fd = fileno(run->events);
    struct stat found;
    if (fstat(fd, &found) != 0)
        return s2s_fail_errno(err, S2S_FAILED, "cannot read the size of %s", run->metrics);
    off_t size = found.st_size < bytes ? found.st_size : (off_t)bytes;
    for (char last = '\0'; size > 0; size--) {
        if (pread(fd, &last, 1, size - 1) < 0)
            return s2s_fail_errno(err, S2S_FAILED, "cannot read %s", run->metrics);
        if (last == '\n')
            break;
    }
    if (size < found.st_size && ftruncate(fd, size) != 0)
        return s2s_fail_errno(err, S2S_FAILED, "cannot cut %s", run->metrics);
    return S2S_OK;
}

s2s_status s2s_run_start(s2s_run *run, const s2s_train_options *options, const s2s_progress *progress,
                         s2s_error *err)
{
    if (progress->update == 0) /* no update made it: it is that of a run that was overwritten */
        S2S_TRY(remove_file(run->model, err));
    for (int keep = 0; keep < S2S_N_KEEPS; keep++)
        S2S_TRY(s2s_kept_prune(run->kept[keep], &progress->kept[keep], err));
    S2S_TRY(write_config(run->config, options, err));
    if (!run->events)
        run->events = fopen(run->metrics, "a+");
    if (!run->events)
        return s2s_fail_errno(err, S2S_FAILED, "cannot open %s", run->metrics);
    return cut_events(run, progress->metrics_bytes, err);
}

s2s_status s2s_run_log(s2s_run *run, const char *json, int64_t *bytes, s2s_error *err)
{
    bool written = fprintf(run->events, "%s\n", json) > 0 && fflush(run->events) == 0;
    struct stat found;
    if (!written || fstat(fileno(run->events), &found) != 0)
        return s2s_fail_errno(err, S2S_FAILED, "cannot write %s", run->metrics);
    *bytes = (int64_t)found.st_size;
    return S2S_OK;
}
