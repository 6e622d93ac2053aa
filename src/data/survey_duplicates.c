/* Lines that occur more than once, found by their hashes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/fail.h"
#include "base/rng.h"
#include "data/survey.h"

enum { NAME_BYTES = 512 }; /* of a line; longer ones are cut */

/* A pair of the corpus: its source, its targets, which are compared where sources are equal, and its number. */
typedef struct print {
    uint64_t source;
    uint32_t targets, pair; /* below UINT32_MAX */
} print;

/* Those of the training part, sorted. */
typedef struct prints {
    const s2s_corpus *corpus;
    print *items;
    size_t n;
} prints;

static print print_of(const s2s_corpus *corpus, size_t i)
{
    s2s_span source = s2s_corpus_source(corpus, i);
    uint64_t targets = 0;
    for (int k = 0; k < s2s_corpus_n_targets(corpus, i); k++) {
        s2s_span target = s2s_corpus_target(corpus, i, k);
        targets = s2s_hash64(targets, XXH3_64bits(target.data, target.len));
    }
    return (print){XXH3_64bits(source.data, source.len), (uint32_t)targets, (uint32_t)i};
}

static int compare(const void *a, const void *b)
{
    const print *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->targets != y->targets)
        return x->targets < y->targets ? -1 : 1;
    return (x->pair > y->pair) - (x->pair < y->pair);
}

/* The first that is not before p; the end of the list where there is none. */
static const print *bound(const prints *list, print p)
{
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&list->items[middle], &p) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return list->items + low;
}

static s2s_status collect(prints *list, const s2s_survey_part *part, s2s_error *err)
{
    size_t n = s2s_corpus_size(part->corpus);
    if (n >= UINT32_MAX)
        return s2s_fail(err, S2S_BAD_DATA, "%s: expected at most %u pairs, found %zu",
                        s2s_corpus_name(part->corpus), UINT32_MAX - 1, n);
    list->corpus = part->corpus;
    list->items = malloc((n + 1) * sizeof *list->items);
    if (!list->items)
        return s2s_fail_memory(err, "looking for duplicates");
    for (size_t i = 0; i < n; i++)
        if (s2s_part_has(part->part, part->corpus, i))
            list->items[list->n++] = print_of(part->corpus, i);
    qsort(list->items, list->n, sizeof *list->items, compare);
    return S2S_OK;
}

/* "line 5", or "b.tsv:5" where the training data has several members. */
static const char *name_pair(const prints *list, uint32_t pair, char *buffer, size_t size)
{
    s2s_place place = s2s_corpus_place(list->corpus, pair);
    if (s2s_corpus_n_members(list->corpus) == 1)
        snprintf(buffer, size, "line %zu", place.line);
    else
        snprintf(buffer, size, "%s:%zu", place.name, place.line);
    return buffer;
}

static void look_for_twins(s2s_survey *survey, const prints *list, print p)
{
    char name[NAME_BYTES];
    const print *same = bound(list, (print){p.source, p.targets, 0});
    const print *first = bound(list, (print){p.source, 0, 0});
    const print *last = bound(list, (print){p.source, UINT32_MAX, UINT32_MAX}) - 1;
    s2s_place place = s2s_corpus_place(list->corpus, p.pair);
    if (same->pair != p.pair)
        s2s_survey_add(survey, S2S_FINDING_DUPLICATE, place, "as %s",
                       name_pair(list, same->pair, name, sizeof name));
    if (first->targets == last->targets)
        return;
    const print *other = first->targets == p.targets ? last : first;
    s2s_survey_add(survey, S2S_FINDING_AMBIGUOUS, place, "%s has another target",
                   name_pair(list, other->pair, name, sizeof name));
}

static void look_for_shared(s2s_survey *survey, const s2s_survey_part *part, const prints *list, print p)
{
    char name[NAME_BYTES];
    const print *end = list->items + list->n;
    const print *pair = bound(list, (print){p.source, p.targets, 0});
    const print *source = bound(list, (print){p.source, 0, 0});
    s2s_place place = s2s_corpus_place(part->corpus, p.pair);
    if (pair < end && pair->source == p.source && pair->targets == p.targets)
        s2s_survey_add(survey, S2S_FINDING_SHARED_PAIR, place, "as %s of the training data",
                       name_pair(list, pair->pair, name, sizeof name));
    if (source < end && source->source == p.source)
        s2s_survey_add(survey, S2S_FINDING_SHARED_SOURCE, place, "source of %s of the training data",
                       name_pair(list, source->pair, name, sizeof name));
}

static void look_for_copies(s2s_survey *survey, const s2s_survey_part *part, size_t i)
{
    s2s_span source = s2s_corpus_source(part->corpus, i);
    int n_targets = s2s_corpus_n_targets(part->corpus, i);
    survey->tallies[S2S_FINDING_COPY].of += n_targets;
    for (int k = 0; k < n_targets; k++) {
        s2s_span target = s2s_corpus_target(part->corpus, i, k);
        if (s2s_same_span(target, source))
            s2s_survey_add(survey, S2S_FINDING_COPY, s2s_corpus_place(part->corpus, i), NULL);
    }
}

/* The lines of a part, in their order. */
static void look_through(s2s_survey *survey, const s2s_survey_part *part, const prints *list)
{
    for (size_t i = 0; i < s2s_corpus_size(part->corpus); i++) {
        if (!s2s_part_has(part->part, part->corpus, i))
            continue;
        look_for_copies(survey, part, i);
        survey->tallies[part->is_training ? S2S_FINDING_DUPLICATE : S2S_FINDING_SHARED_PAIR].of++;
        survey->tallies[part->is_training ? S2S_FINDING_AMBIGUOUS : S2S_FINDING_SHARED_SOURCE].of++;
        if (part->is_training)
            look_for_twins(survey, list, print_of(part->corpus, i));
        else
            look_for_shared(survey, part, list, print_of(part->corpus, i));
    }
}

s2s_status s2s_survey_duplicates(s2s_survey *survey, const s2s_survey_part *training,
                                 const s2s_survey_part *validation, s2s_error *err)
{
    prints list = {0};
    s2s_status status = collect(&list, training, err);
    if (status == S2S_OK)
        look_through(survey, training, &list);
    if (status == S2S_OK && validation)
        look_through(survey, validation, &list);
    free(list.items);
    return status;
}
