#include "train/event.h"

#include <math.h>

#include "io/json.h"

enum { REAL_DIGITS = 9 }; /* that a float needs to survive */

/* Adds a value; *object becomes NULL when out of memory, and stays so. */
static void add(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value) == 0)
        return;
    json_decref(*object);
    *object = NULL;
}

static void add_real(json_t **object, const char *key, double value)
{
    add(object, key, isfinite(value) ? json_real(value) : json_null());
}

static void add_count(json_t **object, const char *key, int64_t value)
{
    add(object, key, json_integer((json_int_t)value));
}

static void add_start(json_t **object, const s2s_train_event *event)
{
    add_count(object, "parameters", event->n_parameters);
    add_count(object, "pairs", event->n_pairs);
    add_count(object, "valid_pairs", event->n_valid_pairs);
    add_count(object, "skipped", event->n_skipped);
    add_count(object, "src_vocab", event->src_vocab);
    add_count(object, "tgt_vocab", event->tgt_vocab);
    add(object, "resumed", json_boolean(event->resumed));
}

static void add_progress(json_t **object, const s2s_train_event *event)
{
    add_real(object, "fraction", event->fraction);
    add_real(object, "loss", event->loss);
    add_real(object, "learn_rate", event->learn_rate);
    add_real(object, "gradient_norm", event->gradient_norm);
    add_real(object, "tokens_per_second", event->tokens_per_second);
}

static void add_valid(json_t **object, const s2s_train_event *event)
{
    for (int i = 0; i < S2S_N_VALID_METRICS; i++)
        add_real(object, s2s_valid_metric_name((s2s_valid_metric)i), event->valid[i]);
    add(object, "best", json_boolean(event->best));
}

char *s2s_event_to_json(const s2s_train_event *event)
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
    if (event->kind == S2S_TRAIN_PROGRESS)
        add_progress(&object, event);
    if (event->kind == S2S_TRAIN_VALID)
        add_valid(&object, event);
    if (event->kind == S2S_TRAIN_END)
        add(&object, "reason", json_string(event->reason));
    char *text = s2s_json_dump(object, JSON_REAL_PRECISION(REAL_DIGITS));
    json_decref(object);
    return text;
}
