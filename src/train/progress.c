#include "train/progress.h"

#include <math.h>
#include <string.h>

#include "base/fail.h"
#include "io/json.h"

/* "best", "stale" of the first metric, "further" of others: [[best, stale], ...].  Not 0 when out of memory. */
static int add_standings(json_t *object, const s2s_progress *progress)
{
    const s2s_standing *first = progress->standings;
    int failed = json_object_set_new(object, "stale", json_integer((json_int_t)first->stale));
    if (progress->best_update == 0)
        return failed;
    failed |= json_object_set_new(object, "best", json_real(first->best));
    if (progress->metrics.n < 2)
        return failed;
    json_t *further = json_array();
    for (int i = 1; i < progress->metrics.n; i++)
        failed |= json_array_append_new(further, json_pack("[f,I]", first[i].best, (json_int_t)first[i].stale));
    return failed | json_object_set_new(object, "further", further);
}

static const char *const kept_names[S2S_N_KEEPS] = {[S2S_KEEP_BEST] = "kept", [S2S_KEEP_LAST] = "last"};

/* [[update, value], ...] where models are kept; not 0 when out of memory. */
static int add_kept(json_t *object, const s2s_kept_list *list, const char *name)
{
    int failed = 0;
    if (list->n == 0)
        return 0;
    json_t *all = json_array();
    for (int i = 0; i < list->n; i++)
        failed |= json_array_append_new(
            all, json_pack("[I,f]", (json_int_t)list->items[i].update, list->items[i].value));
    return failed | json_object_set_new(object, name, all);
}

char *s2s_progress_to_json(const s2s_progress *progress)
{
    json_t *object = json_object();
    int failed = !object;
#define X(name) failed |= json_object_set_new(object, #name, json_integer((json_int_t)progress->name));
    S2S_PROGRESS_LIST(X)
#undef X
    failed |= json_object_set_new(object, "seconds", json_real(progress->seconds));
    failed |= add_standings(object, progress);
    for (int keep = 0; keep < S2S_N_KEEPS; keep++)
        failed |= add_kept(object, &progress->kept[keep], kept_names[keep]);
    char *text = failed ? NULL : s2s_json_dump(object, 0);
    json_decref(object);
    return text;
}

static bool is_count(int64_t number)
{
    const int64_t most = INT64_C(1) << 53; /* exact as a double, and far from an overflow of sums */
    return number >= 0 && number <= most;
}

static bool read_count(int64_t *count, const json_t *value)
{
    *count = (int64_t)json_integer_value(value);
    return json_is_integer(value) && is_count(*count);
}

static bool read_real(double *real, const json_t *value)
{
    *real = json_number_value(value);
    return json_is_number(value);
}

/* The name of the first field that is off, or NULL. */
static const char *read_standings(s2s_progress *progress, const json_t *object)
{
    s2s_standing *standings = progress->standings;
    for (int i = 0; i < progress->metrics.n; i++)
        standings[i] = (s2s_standing){.best = NAN};
    if (!read_count(&standings[0].stale, json_object_get(object, "stale")))
        return "stale";
    if (progress->best_update == 0)
        return NULL;
    if (!read_real(&standings[0].best, json_object_get(object, "best")))
        return "best";
    const json_t *further = json_object_get(object, "further");
    if ((int)json_array_size(further) != progress->metrics.n - 1)
        return "further";
    for (int i = 1; i < progress->metrics.n; i++) {
        const json_t *item = json_array_get(further, (size_t)i - 1);
        if (!read_real(&standings[i].best, json_array_get(item, 0)) ||
            !read_count(&standings[i].stale, json_array_get(item, 1)))
            return "further";
    }
    return NULL;
}

static bool read_kept(s2s_kept_list *list, const json_t *all)
{
    if (json_array_size(all) > S2S_MAX_KEPT)
        return false;
    list->n = (int)json_array_size(all);
    for (int i = 0; i < list->n; i++) {
        const json_t *item = json_array_get(all, (size_t)i);
        if (!read_count(&list->items[i].update, json_array_get(item, 0)) ||
            !read_real(&list->items[i].value, json_array_get(item, 1)))
            return false;
    }
    return true;
}

static const char *read_fields(s2s_progress *progress, const json_t *object)
{
#define X(name)                                                       \
    if (!read_count(&progress->name, json_object_get(object, #name))) \
        return #name;
    S2S_PROGRESS_LIST(X)
#undef X
    if (!read_real(&progress->seconds, json_object_get(object, "seconds")) || progress->seconds < 0)
        return "seconds";
    for (int keep = 0; keep < S2S_N_KEEPS; keep++)
        if (!read_kept(&progress->kept[keep], json_object_get(object, kept_names[keep])))
            return kept_names[keep];
    return read_standings(progress, object);
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

static bool is_better(s2s_valid_metric metric, double value, double than)
{
    return s2s_metric_lower_is_better(metric) ? value < than : value > than;
}

/* Enters the present update at its place in a list of at most so many. */
static void enter(s2s_kept_list *list, int place, int most, const s2s_progress *progress)
{
    if (place >= most)
        return;
    if (list->n < most)
        list->n++;
    memmove(&list->items[place + 1], &list->items[place], (size_t)(list->n - 1 - place) * sizeof *list->items);
    list->items[place] = (s2s_kept){progress->update, progress->value};
}

static void keep_models(s2s_progress *progress, const s2s_train_options *options)
{
    s2s_kept_list *best = &progress->kept[S2S_KEEP_BEST];
    int place = best->n;
    while (place > 0 && is_better(progress->metrics.items[0], progress->value, best->items[place - 1].value))
        place--;
    enter(best, place, options->keep_best, progress);
    enter(&progress->kept[S2S_KEEP_LAST], 0, options->keep_last, progress);
}

bool s2s_kept_list_has(const s2s_kept_list *list, int64_t update)
{
    for (int i = 0; i < list->n; i++)
        if (list->items[i].update == update)
            return true;
    return false;
}

bool s2s_progress_validated(s2s_progress *progress, const s2s_train_options *options,
                            const double values[S2S_N_VALID_METRICS])
{
    bool is_first = progress->best_update == 0, warm = progress->update > options->warmup, best = false;
    for (int i = 0; i < progress->metrics.n; i++) {
        s2s_valid_metric metric = progress->metrics.items[i];
        s2s_standing *standing = &progress->standings[i];
        bool better = is_first || is_better(metric, values[metric], standing->best);
        if (better)
            *standing = (s2s_standing){.best = values[metric]};
        else
            standing->stale += warm;
        best |= better && i == 0;
    }
    progress->value = values[progress->metrics.items[0]];
    progress->valid_update = progress->update;
    if (best)
        progress->best_update = progress->update;
    else if (warm && options->schedule == S2S_SCHEDULE_PLATEAU)
        progress->halvings++;
    keep_models(progress, options);
    return best;
}

static bool target_reached(const s2s_progress *progress, const s2s_train_options *options)
{
    double best = progress->standings[0].best;
    if (isnan(options->target_metric) || progress->best_update == 0)
        return false;
    if (s2s_metric_lower_is_better(progress->metrics.items[0]))
        return best <= options->target_metric;
    return best >= options->target_metric;
}

/* Whether the metrics that early stopping waits for have been without a better result for long enough. */
static bool is_stale(const s2s_progress *progress, const s2s_train_options *options)
{
    int n = options->early_stopping_on == S2S_EARLY_STOPPING_ON_FIRST ? 1 : progress->metrics.n, n_stale = 0;
    if (options->early_stopping == 0)
        return false;
    for (int i = 0; i < n; i++)
        n_stale += progress->standings[i].stale >= options->early_stopping;
    return options->early_stopping_on == S2S_EARLY_STOPPING_ON_ANY ? n_stale > 0 : n_stale == n;
}

const char *s2s_progress_end(const s2s_progress *progress, const s2s_train_options *options)
{
    if (progress->update == 0)
        return NULL;
    if (target_reached(progress, options))
        return "target reached";
    if (is_stale(progress, options))
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
