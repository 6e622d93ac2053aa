/* The items of a reader, every target of every pair that it uses: their lengths, and how often an epoch visits
 * them. */
#include <math.h>
#include <stdlib.h>

#include "base/fail.h"
#include "data/reader_parts.h"

s2s_skip s2s_skip_of(const s2s_length_limits *limits, int source, int target)
{
    if (source == 0 || target == 0)
        return S2S_SKIP_BLANK;
    if (source > limits->max_source || target > limits->max_target)
        return S2S_SKIP_LONG;
    int shorter = source < target ? source : target, longer = source < target ? target : source;
    bool uneven = limits->max_ratio > 0 && longer > limits->max_ratio * shorter;
    return uneven ? S2S_SKIP_RATIO : S2S_SKIP_NOT;
}

static s2s_status add_item(s2s_reader *r, s2s_item new_item, s2s_error *err)
{
    if (r->n_items == UINT32_MAX)
        return s2s_fail(err, S2S_BAD_DATA, "expected at most %u pairs, found more", UINT32_MAX);
    S2S_TRY(s2s_spill_reserve(&r->item_store, (r->n_items + (size_t)1) * sizeof *r->items, err));
    r->items = r->item_store.data;
    r->items[r->n_items++] = new_item;
    r->longest = new_item.source_len > r->longest ? new_item.source_len : r->longest;
    r->longest = new_item.target_len > r->longest ? new_item.target_len : r->longest;
    return S2S_OK;
}

static s2s_status measure_pair(s2s_reader *r, size_t pair, s2s_error *err)
{
    const s2s_reader_options *o = &r->options;
    const s2s_length_limits limits = {r->max_source, r->max_length, o->max_ratio};
    s2s_span source = s2s_corpus_source(o->corpus, pair);
    S2S_TRY(s2s_tokenise(&o->source_tokeniser, source.data, source.len, &r->pieces, err));
    int source_len = r->pieces.n;
    int n_targets = s2s_corpus_n_targets(o->corpus, pair);
    for (int k = 0; k < n_targets; k++) {
        s2s_span target = s2s_corpus_target(o->corpus, pair, k);
        S2S_TRY(s2s_tokenise(&o->target_tokeniser, target.data, target.len, &r->pieces, err));
        int target_len = r->pieces.n;
        s2s_skip skip = s2s_skip_of(&limits, source_len, target_len);
        if (skip) {
            r->n_skipped[skip]++;
            continue;
        }
        s2s_item new_item = {(uint32_t)pair, (uint16_t)k, (uint16_t)source_len, (uint16_t)target_len};
        S2S_TRY(add_item(r, new_item, err));
    }
    return S2S_OK;
}

s2s_status s2s_reader_measure(s2s_reader *r, s2s_error *err)
{
    size_t n_pairs = s2s_corpus_size(r->options.corpus);
    if (n_pairs > UINT32_MAX)
        return s2s_fail(err, S2S_BAD_DATA, "expected at most %u pairs, found %zu", UINT32_MAX, n_pairs);
    for (size_t i = 0; i < n_pairs; i++)
        if (s2s_part_has(r->options.part, r->options.corpus, i))
            S2S_TRY(measure_pair(r, i, err));
    if (r->n_items == 0 && r->n_skipped[S2S_SKIP_RATIO] > 0)
        return s2s_fail(err, S2S_BAD_DATA,
                        "expected pairs with at most %g times the tokens of one side on the other "
                        "(--max-length-ratio), found none (%zu left out)",
                        r->options.max_ratio, s2s_reader_n_skipped(r));
    if (r->n_items == 0)
        return s2s_fail(err, S2S_BAD_DATA,
                        "expected pairs with a source of at most %d tokens (--%s) and a target of at most %d "
                        "(--max-length), found none (%zu left out)",
                        r->max_source, r->max_source < r->max_length ? "max-source" : "max-length",
                        r->max_length, s2s_reader_n_skipped(r));
    return S2S_OK;
}

/* By counting: the C library's sort would take memory for all of them. */
s2s_status s2s_reader_sort(s2s_reader *r, s2s_error *err)
{
    const size_t n_sides = (size_t)r->longest + 2; /* 0 .. longest + 1 */
    uint32_t *place = calloc(n_sides + 1, sizeof *place);
    s2s_spill sorted = {0};
    if (!place)
        return s2s_fail_memory(err, "sorting pairs by their length");
    s2s_status status = s2s_spill_reserve(&sorted, r->n_items * sizeof *r->items, err);
    if (status == S2S_OK) {
        s2s_item *to = sorted.data;
        for (uint32_t i = 0; i < r->n_items; i++)
            place[s2s_item_side(&r->items[i]) + 1]++;
        for (size_t side = 1; side < n_sides; side++)
            place[side] += place[side - 1];
        for (uint32_t i = 0; i < r->n_items; i++)
            to[place[s2s_item_side(&r->items[i])]++] = r->items[i];
        s2s_spill_free(&r->item_store);
        r->item_store = sorted;
        r->items = to;
    }
    free(place);
    return status;
}

/* ---- visits ---- */

/* Items that a curriculum has reached: the first of so many. */
static uint32_t n_reached(const s2s_reader *r, int64_t epoch)
{
    const int n_epochs = r->options.curriculum;
    if (epoch >= n_epochs)
        return r->n_items;
    double competence = sqrt((double)(epoch + 1) / (n_epochs + 1.0));
    return (uint32_t)ceil(competence * r->n_items);
}

static double weight_of(const s2s_reader *r, uint32_t number)
{
    return r->options.weights[s2s_corpus_member_of(r->options.corpus, r->items[number].pair)];
}

/* How often an epoch visits an item: its weight, of which a fraction is the probability of one visit more. */
static uint32_t n_visits(const s2s_reader *r, uint32_t number, int64_t epoch)
{
    if (!r->options.weights)
        return 1;
    double weight = weight_of(r, number), whole = floor(weight);
    if (weight == whole)
        return (uint32_t)whole;
    uint64_t hash = s2s_hash64(s2s_hash64(~r->options.seed, (uint64_t)epoch), number);
    return (uint32_t)whole + ((double)(hash >> 11) * 0x1p-53 < weight - whole);
}

s2s_status s2s_reader_count(s2s_reader *r, s2s_error *err)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < r->n_items; i++)
        n += r->options.weights ? (uint64_t)ceil(weight_of(r, i)) : 1;
    if (n > UINT32_MAX)
        return s2s_fail(err, S2S_BAD_DATA, "expected at most %u visits of pairs in an epoch, found %llu",
                        UINT32_MAX, (unsigned long long)n);
    r->max_admitted = (uint32_t)n;
    return S2S_OK;
}

size_t s2s_reader_n_admitted(const s2s_reader *reader, int64_t epoch)
{
    uint32_t n = n_reached(reader, epoch);
    size_t n_admitted = 0;
    if (!reader->options.weights)
        return n;
    for (uint32_t i = 0; i < n; i++)
        n_admitted += n_visits(reader, i, epoch);
    return n_admitted > 0 ? n_admitted : 1;
}

void s2s_reader_admit(s2s_reader *r)
{
    uint32_t n = n_reached(r, r->position.epoch), n_admitted = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t left = n_visits(r, i, r->position.epoch); left > 0; left--)
            r->order[n_admitted++] = i;
    if (n_admitted == 0)
        r->order[n_admitted++] = 0; /* an epoch has a batch, whatever chance says */
    r->n_admitted = n_admitted;
}
