#include "lexical/ibm1.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/fail.h"
#include "base/rng.h"

static const char estimating[] = "estimating translations";

enum { FIRST_CAP = 1024, FREE = -1 };

#define LEAST_SHARE 0x1p-10 /* where dropping begins */

/* A translation with its share of the target tokens of this iteration. */
typedef struct place {
    int source, target; /* source FREE: none */
    double probability, share;
} place;

struct s2s_ibm1 {
    int n_sources, n_targets;
    size_t most;
    place *places; /* [cap] open addressing; cap is 0 or a power of two */
    size_t n, cap, n_dropped;
    double *totals; /* [n_sources + 1] shares of a source */
    place **found;  /* [found_cap] of a target token, one for each source token and NULL */
    size_t found_cap;
    int n_iterations; /* that have ended */
    double log_likelihood;
};

s2s_status s2s_ibm1_new(s2s_ibm1 **model, int n_sources, int n_targets, size_t most, s2s_error *err)
{
    s2s_ibm1 *new = calloc(1, sizeof *new);
    double *totals = calloc((size_t)n_sources + 1, sizeof *totals);
    if (!new || !totals) {
        free(new);
        free(totals);
        return s2s_fail_memory(err, estimating);
    }
    new->n_sources = n_sources;
    new->n_targets = n_targets;
    new->most = most / 4 < (size_t)n_targets ? 4 * (size_t)n_targets : most; /* NULL's are never dropped */
    new->totals = totals;
    *model = new;
    return S2S_OK;
}

void s2s_ibm1_free(s2s_ibm1 *model)
{
    if (!model)
        return;
    free(model->places);
    free(model->totals);
    free(model->found);
    free(model);
}

/* ---- the table ---- */

/* The place of the translation, or the free one where it belongs.  There are places. */
static place *place_of(const s2s_ibm1 *model, int source, int target)
{
    size_t mask = model->cap - 1;
    for (size_t i = (size_t)s2s_hash64((uint64_t)source, (uint64_t)target) & mask;; i = (i + 1) & mask) {
        place *p = &model->places[i];
        if (p->source == FREE || (p->source == source && p->target == target))
            return p;
    }
}

/* Whether there is a translation, of at least this share or of NULL. */
static bool stays(const s2s_ibm1 *model, const place *p, double least)
{
    return p->source != FREE && (p->share >= least || p->source == model->n_sources);
}

/* Moves those that stay to a table of so many places. */
static bool rebuild(s2s_ibm1 *model, size_t cap, double least)
{
    place *old = model->places, *new = malloc(s2s_size_mul(cap, sizeof *new));
    size_t old_cap = model->cap, old_n = model->n;
    if (!new)
        return false;
    for (size_t i = 0; i < cap; i++)
        new[i].source = FREE;
    model->places = new;
    model->cap = cap;
    model->n = 0;
    for (size_t i = 0; i < old_cap; i++) {
        if (!stays(model, &old[i], least))
            continue;
        *place_of(model, old[i].source, old[i].target) = old[i];
        model->n++;
    }
    model->n_dropped += old_n - model->n;
    free(old);
    return true;
}

/* Drops the smallest shares until half are left. */
static bool drop(s2s_ibm1 *model)
{
    for (double least = LEAST_SHARE;; least *= 2) {
        size_t n = 0;
        for (size_t i = 0; i < model->cap; i++)
            n += stays(model, &model->places[i], least);
        if (n <= model->most / 2) /* in the end only NULL's stay, of which there are fewer */
            return rebuild(model, model->cap, least);
    }
}

/* Room for one more. */
static bool make_room(s2s_ibm1 *model)
{
    if (model->n >= model->most && !drop(model))
        return false;
    if (model->n < model->cap / 4 * 3)
        return true;
    size_t cap = model->cap ? s2s_size_mul(2, model->cap) : FIRST_CAP;
    return rebuild(model, cap, 0);
}

/* The place of the translation, made where there is none; NULL when out of memory. */
static place *place_for(s2s_ibm1 *model, int source, int target)
{
    place *p = place_of(model, source, target);
    if (p->source != FREE)
        return p;
    if (!make_room(model))
        return NULL;
    p = place_of(model, source, target); /* making room moves places */
    *p = (place){.source = source, .target = target};
    model->n++;
    return p;
}

/* ---- an iteration ---- */

/* The source that stands at place i of a sentence: NULL before its tokens. */
static int source_at(const s2s_ibm1 *model, const s2s_tokens *source, int i)
{
    return i == 0 ? model->n_sources : source->ids[i - 1];
}

/* The first iteration: all sources get the same share. */
static bool share_evenly(s2s_ibm1 *model, const s2s_tokens *source, int target)
{
    double share = 1.0 / (source->n + 1);
    for (int i = 0; i <= source->n; i++) {
        place *p = place_for(model, source_at(model, source, i), target);
        if (!p)
            return false;
        p->share += share;
    }
    model->log_likelihood -= log(model->n_targets);
    return true;
}

static void share_by_probability(s2s_ibm1 *model, const s2s_tokens *source, int target)
{
    double sum = 0;
    for (int i = 0; i <= source->n; i++) {
        place *p = place_of(model, source_at(model, source, i), target);
        model->found[i] = p->source == FREE ? NULL : p;
        sum += model->found[i] ? p->probability : 0;
    }
    if (!(sum > 0)) /* not what it was given before */
        return;
    for (int i = 0; i <= source->n; i++)
        if (model->found[i])
            model->found[i]->share += model->found[i]->probability / sum;
    model->log_likelihood += log(sum / (source->n + 1));
}

static bool make_room_for_found(s2s_ibm1 *model, size_t n)
{
    if (n <= model->found_cap)
        return true;
    place **found = realloc(model->found, 2 * n * sizeof *found);
    if (!found)
        return false;
    model->found = found;
    model->found_cap = 2 * n;
    return true;
}

s2s_status s2s_ibm1_add(s2s_ibm1 *model, s2s_tokens source, s2s_tokens target, s2s_error *err)
{
    if (!make_room_for_found(model, (size_t)source.n + 1) || (model->cap == 0 && !make_room(model)))
        return s2s_fail_memory(err, estimating);
    for (int j = 0; j < target.n; j++) {
        if (model->n_iterations > 0)
            share_by_probability(model, &source, target.ids[j]);
        else if (!share_evenly(model, &source, target.ids[j]))
            return s2s_fail_memory(err, estimating);
    }
    return S2S_OK;
}

double s2s_ibm1_update(s2s_ibm1 *model)
{
    double log_likelihood = model->log_likelihood;
    for (int e = 0; e <= model->n_sources; e++)
        model->totals[e] = 0;
    for (size_t i = 0; i < model->cap; i++)
        if (model->places[i].source != FREE)
            model->totals[model->places[i].source] += model->places[i].share;
    for (size_t i = 0; i < model->cap; i++) {
        place *p = &model->places[i];
        if (p->source == FREE)
            continue;
        p->probability = p->share > 0 ? p->share / model->totals[p->source] : 0;
        p->share = 0;
    }
    model->n_iterations++;
    model->log_likelihood = 0;
    return log_likelihood;
}

/* ---- what came of it ---- */

double s2s_ibm1_probability(const s2s_ibm1 *model, int source, int target)
{
    const place *p = model->cap > 0 ? place_of(model, source, target) : NULL;
    return p && p->source != FREE ? p->probability : 0;
}

size_t s2s_ibm1_n_dropped(const s2s_ibm1 *model)
{
    return model->n_dropped;
}

s2s_status s2s_ibm1_list(const s2s_ibm1 *model, double least, s2s_translation **list, size_t *n, s2s_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < model->cap; i++)
        count += model->places[i].source != FREE && model->places[i].probability >= least;
    s2s_translation *new = malloc((count + 1) * sizeof *new);
    if (!new)
        return s2s_fail_memory(err, estimating);
    *n = 0;
    for (size_t i = 0; i < model->cap; i++) {
        const place *p = &model->places[i];
        if (p->source != FREE && p->probability >= least)
            new[(*n)++] = (s2s_translation){p->source, p->target, p->probability};
    }
    *list = new;
    return S2S_OK;
}
