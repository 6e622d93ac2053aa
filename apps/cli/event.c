#include "event.h"

#include "output.h"
#include "progress.h"

static void add_count(json_t *object, const char *name, int64_t value)
{
    json_object_set_new(object, name, json_integer((json_int_t)value));
}

static void add_real(json_t *object, const char *name, double value)
{
    json_object_set_new(object, name, cli_json_real(value));
}

static void add_start(json_t *object, const s2s_train_event *event)
{
    add_count(object, "parameters", event->n_parameters);
    add_count(object, "pairs", event->n_pairs);
    add_count(object, "valid_pairs", event->n_valid_pairs);
    add_count(object, "skipped", event->n_skipped);
    add_count(object, "src_vocab", event->src_vocab);
    add_count(object, "tgt_vocab", event->tgt_vocab);
    json_object_set_new(object, "resumed", json_boolean(event->resumed));
}

static void add_progress(json_t *object, const s2s_train_event *event)
{
    add_real(object, "fraction", event->fraction);
    add_real(object, "loss", event->loss);
    add_real(object, "learn_rate", event->learn_rate);
    add_real(object, "gradient_norm", event->gradient_norm);
    add_real(object, "tokens_per_second", event->tokens_per_second);
}

static void add_validation(json_t *object, const s2s_train_event *event)
{
    for (int i = 0; i < S2S_N_VALID_METRICS; i++)
        add_real(object, cli_metric_name(i), event->valid[i]);
    json_object_set_new(object, "best", json_boolean(event->best));
}

json_t *cli_event_json(const s2s_train_event *event)
{
    static const char *const names[] = {
        [S2S_TRAIN_START] = "start",
        [S2S_TRAIN_PROGRESS] = "progress",
        [S2S_TRAIN_VALID] = "valid",
        [S2S_TRAIN_END] = "end",
    };
    json_t *object = json_object();
    json_object_set_new(object, "event", json_string(names[event->kind]));
    add_count(object, "update", event->update);
    add_count(object, "epoch", event->epoch);
    add_count(object, "tokens", event->target_tokens);
    add_real(object, "seconds", event->seconds);
    if (event->kind == S2S_TRAIN_START)
        add_start(object, event);
    else if (event->kind == S2S_TRAIN_PROGRESS)
        add_progress(object, event);
    else if (event->kind == S2S_TRAIN_VALID)
        add_validation(object, event);
    else
        json_object_set_new(object, "reason", cli_json_text(event->reason));
    return object;
}
