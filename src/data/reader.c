#include "data/reader.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "data/reader_parts.h"

enum {
    WINDOW_BATCHES = 100,
    MAX_WINDOW_ITEMS = 1 << 20, /* bounds the memory of a window whatever the options */
};

static const char making[] = "making the reader of training batches";

bool s2s_part_has(s2s_part part, const s2s_corpus *corpus, size_t i)
{
    if (!s2s_corpus_is_fit(corpus, i))
        return false;
    return part == S2S_PART_ALL || s2s_corpus_held_out(corpus, i) == (part == S2S_PART_HELD_OUT);
}

/* An item counts at least 2 in a window, so a window holds at most half its tokens in items. */
static size_t max_window(const s2s_reader *r)
{
    uint64_t n = (uint64_t)r->options.batch_tokens * WINDOW_BATCHES / 2 + 1;
    n = n < MAX_WINDOW_ITEMS ? n : MAX_WINDOW_ITEMS;
    return (size_t)(n < r->max_admitted ? n : r->max_admitted);
}

static s2s_status allocate(s2s_reader *r, s2s_error *err)
{
    S2S_TRY(s2s_reader_count(r, err));
    size_t n = max_window(r);
    S2S_TRY(s2s_spill_reserve(&r->order_store, r->max_admitted * sizeof *r->order, err));
    r->order = r->order_store.data;
    r->window = malloc(n * sizeof(uint32_t));
    r->spare = malloc(n * sizeof(uint32_t));
    r->counts = malloc(((size_t)r->longest + 1) * sizeof(uint32_t));
    r->batch_begin = malloc((n + 1) * sizeof(uint32_t));
    r->batch_order = malloc(n * sizeof(uint32_t));
    r->arena = s2s_arena_new((size_t)1 << 16);
    r->other_arena = s2s_arena_new((size_t)1 << 16);
    bool done =
        r->window && r->spare && r->counts && r->batch_begin && r->batch_order && r->arena && r->other_arena;
    return done ? S2S_OK : s2s_fail_memory(err, making);
}

s2s_status s2s_reader_new(s2s_reader **reader, const s2s_reader_options *options, s2s_error *err)
{
    s2s_reader *r = calloc(1, sizeof *r);
    if (!r)
        return s2s_fail_memory(err, making);
    r->options = *options;
    r->max_length = options->max_length < S2S_READER_MAX_LENGTH ? options->max_length : S2S_READER_MAX_LENGTH;
    r->max_source =
        options->max_source && options->max_source < r->max_length ? options->max_source : r->max_length;
    s2s_status status = s2s_reader_measure(r, err);
    if (status == S2S_OK && r->options.curriculum > 0)
        status = s2s_reader_sort(r, err);
    if (status == S2S_OK)
        status = allocate(r, err);
    if (status != S2S_OK) {
        s2s_reader_free(r);
        return status;
    }
    *reader = r;
    return S2S_OK;
}

void s2s_reader_free(s2s_reader *reader)
{
    if (!reader)
        return;
    s2s_spill_free(&reader->item_store);
    s2s_spill_free(&reader->order_store);
    free(reader->window);
    free(reader->spare);
    free(reader->counts);
    free(reader->batch_begin);
    free(reader->batch_order);
    s2s_arena_free(reader->arena);
    s2s_arena_free(reader->other_arena);
    s2s_pieces_free(&reader->pieces);
    free(reader);
}

/* The plan: order of an epoch, windows, batches. */

static void shuffle(s2s_rng *rng, uint32_t *numbers, uint32_t n)
{
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = s2s_rng_below(rng, i);
        uint32_t kept = numbers[i - 1];
        numbers[i - 1] = numbers[j];
        numbers[j] = kept;
    }
}

static void begin_epoch(s2s_reader *r)
{
    s2s_reader_admit(r);
    s2s_rng_seed(&r->rng, s2s_hash64(r->options.seed, (uint64_t)r->position.epoch));
    if (r->options.shuffle)
        shuffle(&r->rng, r->order, r->n_admitted);
    r->window_end = 0;
    r->n_batches = r->next_batch = 0;
    r->begun = true;
}

/* Copies items sorted by one length, shortest first; stable. */
static void counting_sort(s2s_reader *r, const uint32_t *from, uint32_t *to, uint32_t n, bool target)
{
    memset(r->counts, 0, ((size_t)r->longest + 1) * sizeof *r->counts);
    for (uint32_t i = 0; i < n; i++)
        r->counts[s2s_item_length(&r->items[from[i]], target)]++;
    for (uint32_t length = 0, sum = 0; length <= (uint32_t)r->longest; length++) {
        uint32_t count = r->counts[length];
        r->counts[length] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < n; i++)
        to[r->counts[s2s_item_length(&r->items[from[i]], target)]++] = from[i];
}

/* The items of the next window of the order, sorted by target length, then source length, then place. */
static uint32_t take_window(s2s_reader *r)
{
    int64_t room = (int64_t)r->options.batch_tokens * WINDOW_BATCHES;
    uint32_t begin = r->window_end, end = begin;
    while (room > 0 && end < r->n_admitted && end - begin < MAX_WINDOW_ITEMS)
        room -= s2s_item_side(&r->items[r->order[end++]]);
    r->window_end = end;
    counting_sort(r, r->order + begin, r->spare, end - begin, false);
    counting_sort(r, r->spare, r->window, end - begin, true);
    return end - begin;
}

/* Takes the next window and cuts it into batches. */
static void plan_window(s2s_reader *r)
{
    uint32_t n = take_window(r);
    int64_t sources = 0, targets = 0;
    r->n_batches = r->next_batch = 0;
    for (uint32_t i = 0; i < n; i++) {
        const s2s_item *x = &r->items[r->window[i]];
        int source_tokens = s2s_reader_copies(r) * x->source_len,
            target_tokens = s2s_reader_copies(r) * (x->target_len + 1);
        sources += source_tokens;
        targets += target_tokens;
        if (i == 0 || sources > r->options.batch_tokens || targets > r->options.batch_tokens) {
            sources = source_tokens;
            targets = target_tokens;
            r->batch_order[r->n_batches] = r->n_batches;
            r->batch_begin[r->n_batches++] = i;
        }
    }
    r->batch_begin[r->n_batches] = n;
    if (r->options.shuffle)
        shuffle(&r->rng, r->batch_order, r->n_batches);
}

s2s_status s2s_reader_next(s2s_reader *reader, s2s_batch *batch, bool *end_of_epoch, s2s_error *err)
{
    s2s_reader *r = reader;
    if (!r->begun)
        begin_epoch(r);
    if (r->next_batch == r->n_batches)
        plan_window(r);
    uint32_t b = r->batch_order[r->next_batch];
    const uint32_t *numbers = r->window + r->batch_begin[b];
    int n = (int)(r->batch_begin[b + 1] - r->batch_begin[b]);

    S2S_TRY(s2s_reader_read(r, numbers, n, batch, err));
    r->next_batch++;
    r->position.batch++;
    *end_of_epoch = r->next_batch == r->n_batches && r->window_end == r->n_admitted;
    if (*end_of_epoch) {
        r->position = (s2s_reader_position){r->position.epoch + 1, 0};
        r->begun = false;
    }
    return S2S_OK;
}

s2s_reader_position s2s_reader_tell(const s2s_reader *reader)
{
    return reader->position;
}

s2s_status s2s_reader_seek(s2s_reader *reader, s2s_reader_position position, s2s_error *err)
{
    s2s_reader *r = reader;
    if (position.epoch < 0 || position.batch < 0)
        return s2s_fail(err, S2S_BAD_DATA, "position in the corpus: expected numbers >= 0, found %lld, %lld",
                        (long long)position.epoch, (long long)position.batch);
    r->position = (s2s_reader_position){position.epoch, 0};
    begin_epoch(r);
    int64_t n_before = 0; /* batches of the windows before this one */
    while (position.batch > n_before + r->n_batches && r->window_end < r->n_admitted) {
        n_before += r->n_batches;
        plan_window(r);
    }
    if (position.batch > n_before + r->n_batches) {
        r->begun = false;
        return s2s_fail(err, S2S_BAD_DATA, "position in the corpus: expected at most batch %lld, found %lld",
                        (long long)n_before + (long long)r->n_batches, (long long)position.batch);
    }
    r->position.batch = position.batch;
    r->next_batch = (uint32_t)(position.batch - n_before);
    if (r->next_batch == r->n_batches && r->window_end == r->n_admitted) {
        r->position = (s2s_reader_position){position.epoch + 1, 0};
        r->begun = false;
    }
    return S2S_OK;
}

void s2s_reader_shrink(s2s_reader *reader, int batch_tokens)
{
    reader->options.batch_tokens = batch_tokens;
}

static void widen(int length, int *least, int *most)
{
    *least = length < *least ? length : *least;
    *most = length > *most ? length : *most;
}

void s2s_reader_lengths(const s2s_reader *reader, s2s_pair_length *shortest, s2s_pair_length *longest)
{
    *shortest = (s2s_pair_length){INT_MAX, INT_MAX};
    *longest = (s2s_pair_length){0, 0};
    for (uint32_t i = 0; i < reader->n_items; i++) {
        const s2s_item *x = &reader->items[i];
        widen(x->source_len, &shortest->source, &longest->source);
        widen(x->target_len + 1, &shortest->target, &longest->target);
    }
}

size_t s2s_reader_bytes(const s2s_reader *reader)
{
    size_t window = max_window(reader) *
                    (2 * sizeof *reader->window + sizeof *reader->batch_begin + sizeof *reader->batch_order);
    return s2s_spill_heap_bytes(&reader->item_store) + s2s_spill_heap_bytes(&reader->order_store) + window;
}

size_t s2s_reader_n_pairs(const s2s_reader *reader)
{
    return reader->n_items;
}

size_t s2s_reader_n_skipped(const s2s_reader *reader)
{
    size_t n = 0;
    for (int skip = 0; skip < S2S_N_SKIPS; skip++)
        n += reader->n_skipped[skip];
    return n;
}

size_t s2s_reader_n_skipped_as(const s2s_reader *reader, s2s_skip skip)
{
    return reader->n_skipped[skip];
}
