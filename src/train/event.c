#include "train/event.h"

#include <math.h>

#include "io/json.h"
#include "s2s/profile.h"

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

static void add_plan(json_t **object, const s2s_train_event *event)
{
#define S2S_X(NAME, name) name,
    static const char *const names[] = {S2S_MEMORY_PART_LIST(S2S_X)};
#undef S2S_X
    const s2s_memory_plan *plan = &event->memory;
    add_count(object, "budget", plan->budget);
    add_count(object, "total", plan->total);
    for (int i = 0; i < S2S_N_MEMORY_PARTS; i++)
        add_count(object, names[i], plan->parts[i]);
    add_count(object, "batch_tokens", plan->batch_tokens);
    add_count(object, "accumulate", plan->accumulate);
}

static void add_progress(json_t **object, const s2s_train_event *event)
{
    add_real(object, "fraction", event->fraction);
    add_real(object, "loss", event->loss);
    add_real(object, "learn_rate", event->learn_rate);
    add_real(object, "gradient_norm", event->gradient_norm);
    add_real(object, "tokens_per_second", event->tokens_per_second);
    add_real(object, "waited", event->waited);
}

static void add_valid(json_t **object, const s2s_train_event *event)
{
    for (int i = 0; i < S2S_N_VALID_METRICS; i++)
        add_real(object, s2s_valid_metric_name((s2s_valid_metric)i), event->valid[i]);
    add(object, "metric", json_string(s2s_valid_metric_name(event->metric)));
    add(object, "best", json_boolean(event->best));
    add(object, "kept", json_boolean(event->kept));
}

static json_t *rows_of(const s2s_profile_summary *profile)
{
    json_t *rows = json_array();
    for (int i = 0; i < profile->n_rows; i++) {
        const s2s_profile_row *row = &profile->rows[i];
        json_t *item = json_object();
        add(&item, "phase", json_string(row->phase));
        add(&item, "work", json_string(row->work));
        add_count(&item, "calls", row->calls);
        add_real(&item, "ms", row->ms);
        add_real(&item, "share", row->share);
        add_real(&item, "gflops", row->gflops);
        if (json_array_append_new(rows, item) == 0)
            continue;
        json_decref(rows);
        return NULL;
    }
    return rows;
}

static void add_profile(json_t **object, const s2s_profile_summary *profile)
{
    add_count(object, "steps", profile->n_steps);
    add_real(object, "ms", profile->ms);
    add(object, "rows", rows_of(profile));
}

char *s2s_event_to_json(const s2s_train_event *event)
{
    static const char *const names[] = {"start", "plan", "progress", "valid", "end", "profile"};
    json_t *object = json_object();
    add(&object, "event", json_string(names[event->kind]));
    add_count(&object, "update", event->update);
    add_count(&object, "epoch", event->epoch);
    add_count(&object, "tokens", event->target_tokens);
    add_real(&object, "seconds", event->seconds);
    if (event->kind == S2S_TRAIN_START)
        add_start(&object, event);
    if (event->kind == S2S_TRAIN_PLAN)
        add_plan(&object, event);
    if (event->kind == S2S_TRAIN_PROGRESS)
        add_progress(&object, event);
    if (event->kind == S2S_TRAIN_VALID)
        add_valid(&object, event);
    if (event->kind == S2S_TRAIN_PROFILE)
        add_profile(&object, event->profile);
    if (event->kind == S2S_TRAIN_END)
        add(&object, "reason", json_string(event->reason));
    char *text = s2s_json_dump(object, JSON_REAL_PRECISION(REAL_DIGITS));
    json_decref(object);
    return text;
}
