#include "train/progress.h"

#include <math.h>
#include <string.h>

#include "base/fail.h"
#include "io/json.h"

char *s2s_progress_to_json(const s2s_progress *progress)
{
    json_t *object = json_object();
    int failed = !object;
#define X(name) failed |= json_object_set_new(object, #name, json_integer((json_int_t)progress->name));
    S2S_PROGRESS_LIST(X)
#undef X
    failed |= json_object_set_new(object, "seconds", json_real(progress->seconds));
    if (progress->best_update > 0)
        failed |= json_object_set_new(object, "best", json_real(progress->best));
    char *text = failed ? NULL : s2s_json_dump(object, 0);
    json_decref(object);
    return text;
}

static bool is_count(int64_t number)
{
    const int64_t most = INT64_C(1) << 53; /* exact as a double, and far from an overflow of sums */
    return number >= 0 && number <= most;
}

/* The name of the first field that is off, or NULL. */
static const char *read_fields(s2s_progress *progress, const json_t *object)
{
    const json_t *value;
#define X(name)                                               \
    value = json_object_get(object, #name);                   \
    progress->name = (int64_t)json_integer_value(value);      \
    if (!json_is_integer(value) || !is_count(progress->name)) \
        return #name;
    S2S_PROGRESS_LIST(X)
#undef X
    value = json_object_get(object, "seconds");
    if (!json_is_number(value) || json_number_value(value) < 0)
        return "seconds";
    progress->seconds = json_number_value(value);
    progress->best = NAN;
    value = json_object_get(object, "best");
    if (progress->best_update > 0 && !json_is_number(value))
        return "best";
    if (progress->best_update > 0)
        progress->best = json_number_value(value);
    return NULL;
}

s2s_status s2s_progress_from_json(s2s_progress *progress, const char *json, const char *path, s2s_error *err)
{
    s2s_json_error why;
    json_t *object = s2s_json_load(json, strlen(json), &why);
    if (why.fault == S2S_JSON_MEMORY)
        return s2s_fail_memory(err, "reading the state of a run");
    if (!json_is_object(object)) {
        json_decref(object);
        return s2s_fail(err, S2S_BAD_MODEL, "%s: the state of the run is not a JSON object", path);
    }
    const char *wrong = read_fields(progress, object);
    json_decref(object);
    if (wrong)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: '%s' is missing or out of range", path, wrong);
    return S2S_OK;
}

double s2s_progress_in(const s2s_progress *progress, char unit)
{
    switch (unit) {
    case 'e':
        return (double)progress->epoch + (double)progress->epoch_pairs / (double)progress->n_pairs;
    case 'u':
        return (double)progress->update;
    case 't':
        return (double)progress->target_tokens;
    default:
        return progress->seconds / 60;
    }
}

bool s2s_progress_passed(const s2s_progress *before, const s2s_progress *now, s2s_duration every)
{
    if (every.amount <= 0)
        return false;
    double was = s2s_progress_in(before, every.unit), is = s2s_progress_in(now, every.unit);
    return floor(is / every.amount) > floor(was / every.amount);
}

double s2s_progress_fraction(const s2s_progress *progress, s2s_duration after)
{
    if (after.amount <= 0)
        return NAN;
    return fmin(s2s_progress_in(progress, after.unit) / after.amount, 1);
}

bool s2s_metric_lower_is_better(s2s_valid_metric metric)
{
    return metric == S2S_VALID_LOSS || metric == S2S_VALID_PERPLEXITY || metric == S2S_VALID_ERROR_RATE;
}

bool s2s_progress_validated(s2s_progress *progress, const s2s_train_options *options, double value)
{
    bool lower = s2s_metric_lower_is_better((s2s_valid_metric)options->valid_metric);
    bool better = progress->best_update == 0 || (lower ? value < progress->best : value > progress->best);
    progress->valid_update = progress->update;
    if (better) {
        progress->best = value;
        progress->best_update = progress->update;
        progress->stale = 0;
        return true;
    }
    if (progress->update <= options->warmup)
        return false;
    progress->stale++;
    if (options->schedule == S2S_SCHEDULE_PLATEAU)
        progress->halvings++;
    return false;
}

static bool target_reached(const s2s_progress *progress, const s2s_train_options *options)
{
    if (isnan(options->target_metric) || progress->best_update == 0)
        return false;
    if (s2s_metric_lower_is_better((s2s_valid_metric)options->valid_metric))
        return progress->best <= options->target_metric;
    return progress->best >= options->target_metric;
}

const char *s2s_progress_end(const s2s_progress *progress, const s2s_train_options *options)
{
    if (progress->update == 0)
        return NULL;
    if (target_reached(progress, options))
        return "target reached";
    if (options->early_stopping > 0 && progress->stale >= options->early_stopping)
        return "early stopping";
    if (!(s2s_progress_fraction(progress, options->after) >= 1))
        return NULL;
    switch (options->after.unit) {
    case 'e':
        return "epoch limit";
    case 'u':
        return "update limit";
    case 't':
        return "token limit";
    default:
        return "time limit";
    }
}
