#define _POSIX_C_SOURCE 200809L

#include "train/run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/str.h"
#include "io/json.h"

static s2s_status remove_file(const char *path, s2s_error *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return s2s_fail_errno(err, S2S_FAILED, "cannot remove %s", path);
    return S2S_OK;
}

static s2s_status open_folder(s2s_run *run, const s2s_train_options *options, s2s_error *err)
{
    run->model = s2s_path_join(options->output, "model.s2s");
    run->checkpoint = s2s_path_join(options->output, "last.ckpt");
    run->config = s2s_path_join(options->output, "config.yaml");
    run->metrics = s2s_path_join(options->output, "metrics.jsonl");
    if (!run->model || !run->checkpoint || !run->config || !run->metrics)
        return s2s_fail_memory(err, "opening the run folder");
    S2S_TRY(s2s_make_folder(options->output, err));
    s2s_remove_temporaries(run->model);
    s2s_remove_temporaries(run->checkpoint);
    s2s_remove_temporaries(run->config);
    if (!options->overwrite)
        return S2S_OK;
    /* the checkpoint first: without it, nothing of the old run is taken up again */
    S2S_TRY(remove_file(run->checkpoint, err));
    S2S_TRY(remove_file(run->model, err));
    return remove_file(run->metrics, err);
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
    free(run->model);
    free(run->checkpoint);
    free(run->config);
    free(run->metrics);
    *run = (s2s_run){0};
}

/* ---- config.yaml ---- */

/* A double-quoted scalar, in which YAML takes any text. */
static void add_quoted(s2s_str *yaml, const char *text)
{
    s2s_str_add_char(yaml, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            s2s_str_add_char(yaml, '\\');
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            s2s_str_printf(yaml, "\\x%02x", (unsigned)*c);
        else
            s2s_str_add_char(yaml, *c);
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

s2s_status s2s_run_start(s2s_run *run, const s2s_train_options *options, int64_t bytes, s2s_error *err)
{
    S2S_TRY(write_config(run->config, options, err));
    if (!run->events)
        run->events = fopen(run->metrics, "a");
    if (!run->events)
        return s2s_fail_errno(err, S2S_FAILED, "cannot open %s", run->metrics);
    struct stat found;
    if (fstat(fileno(run->events), &found) != 0)
        return s2s_fail_errno(err, S2S_FAILED, "cannot read the size of %s", run->metrics);
    /* a file that lost its end is left as it is: only events are missing */
    if (found.st_size > bytes && ftruncate(fileno(run->events), (off_t)bytes) != 0)
        return s2s_fail_errno(err, S2S_FAILED, "cannot cut %s", run->metrics);
    return S2S_OK;
}

/* Adds a value; *object becomes NULL when out of memory, and stays so. */
static void add(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value) == 0)
        return;
    json_decref(*object);
    *object = NULL;
}

/* Adds a number, unless it is not finite, which JSON cannot say. */
static void add_real(json_t **object, const char *key, double value)
{
    if (isfinite(value))
        add(object, key, json_real(value));
}

static void add_count(json_t **object, const char *key, int64_t value)
{
    add(object, key, json_integer((json_int_t)value));
}

static void add_valid(json_t **object, const s2s_train_event *event)
{
#define S2S_X(NAME, name) add_real(object, name, event->valid[S2S_VALID_##NAME]);
    S2S_VALID_METRIC_LIST(S2S_X)
#undef S2S_X
    add(object, "best", json_boolean(event->best));
}

static void add_start(json_t **object, const s2s_train_event *event)
{
    add_count(object, "parameters", event->n_parameters);
    add_count(object, "pairs", event->n_pairs);
    add_count(object, "valid_pairs", event->n_valid_pairs);
    add_count(object, "skipped", event->n_skipped);
    add_count(object, "src_vocab", event->src_vocab);
    add_count(object, "tgt_vocab", event->tgt_vocab);
}

/* NULL when out of memory. */
static json_t *event_object(const s2s_train_event *event)
{
    static const char *const names[] = {"start", "progress", "valid", "end"};
    json_t *object = json_object();
    add(&object, "event", json_string(names[event->kind]));
    add_count(&object, "update", event->update);
    add_count(&object, "epoch", event->epoch);
    add_count(&object, "tokens", event->target_tokens);
    add_real(&object, "seconds", event->seconds);
    if (event->kind == S2S_TRAIN_START)
        add_start(&object, event);
    if (event->kind == S2S_TRAIN_PROGRESS) {
        add_real(&object, "loss", event->loss);
        add_real(&object, "learn_rate", event->learn_rate);
        add_real(&object, "gradient_norm", event->gradient_norm);
        add_real(&object, "tokens_per_second", event->tokens_per_second);
    }
    if (event->kind == S2S_TRAIN_VALID)
        add_valid(&object, event);
    if (event->kind == S2S_TRAIN_END)
        add(&object, "reason", json_string(event->reason));
    return object;
}

s2s_status s2s_run_log(s2s_run *run, const s2s_train_event *event, int64_t *bytes, s2s_error *err)
{
    json_t *object = event_object(event);
    char *line = s2s_json_dump(object, JSON_REAL_PRECISION(9));
    json_decref(object);
    if (!line)
        return s2s_fail_memory(err, "writing metrics.jsonl");
    bool written = fprintf(run->events, "%s\n", line) > 0 && fflush(run->events) == 0;
    free(line);
    struct stat found;
    if (!written || fstat(fileno(run->events), &found) != 0)
        return s2s_fail_errno(err, S2S_FAILED, "cannot write %s", run->metrics);
    *bytes = (int64_t)found.st_size;
    return S2S_OK;
}
