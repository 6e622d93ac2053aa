#include "data/reader.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/rng.h"

/* One target of one pair; all that stays in memory of it besides its place in the order (4 bytes). */
typedef struct item {
    uint32_t pair;
    uint16_t target;
    uint16_t source_len, target_len; /* tokens, end of sequence left out; >= 1 */
} item;

enum {
    WINDOW_BATCHES = 100,
    MAX_WINDOW_ITEMS = 1 << 20, /* bounds the memory of a window whatever the options */
};

/* An epoch is `order`, cut into windows; a window is sorted and cut into batches. */
struct s2s_reader {
    s2s_reader_options options;
    int max_source, max_length;
    item *items;
    uint32_t n_items, cap_items;
    size_t n_skipped[S2S_N_SKIPS];
    int longest; /* side of any item */

    s2s_reader_position position;
    bool begun;          /* the epoch of position has its order */
    uint32_t *order;     /* [n_items] numbers of items */
    uint32_t n_admitted; /* of order: items of the epoch */
    s2s_rng rng;
    uint32_t window_end; /* in order */

    uint32_t *window, *spare; /* [max_window] numbers of items, sorted */
    uint32_t *counts;         /* [longest + 1] of the sort */
    uint32_t *batch_begin;    /* [max_window + 1] in window */
    uint32_t *batch_order;    /* [max_window] */
    uint32_t n_batches, next_batch;

    s2s_arena *arena, *other_arena; /* of the current batch, and of the one before */
    s2s_pieces pieces;
};

static const char making[] = "making the reader of training batches";

bool s2s_part_has(s2s_part part, const s2s_corpus *corpus, size_t i)
{
    if (!s2s_corpus_is_fit(corpus, i))
        return false;
    return part == S2S_PART_ALL || s2s_corpus_held_out(corpus, i) == (part == S2S_PART_HELD_OUT);
}

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

/* Tokens of an item as batches count them. */
static int larger_side(const item *x)
{
    return x->source_len > x->target_len + 1 ? x->source_len : x->target_len + 1;
}

static int copies(const s2s_reader *r)
{
    return r->options.twins ? 2 : 1;
}

/* Construction: the lengths of all pairs. */

static s2s_status add_item(s2s_reader *r, item new_item, s2s_error *err)
{
    if (r->n_items == UINT32_MAX)
        return s2s_fail(err, S2S_BAD_DATA, "expected at most %u pairs, found more", UINT32_MAX);
    if (r->n_items == r->cap_items) {
        size_t cap = r->cap_items ? r->cap_items + (size_t)r->cap_items / 2 : 1024;
        cap = cap < UINT32_MAX ? cap : UINT32_MAX;
        item *items = realloc(r->items, s2s_size_mul(cap, sizeof *items));
        if (!items)
            return s2s_fail_memory(err, making);
        r->items = items;
        r->cap_items = (uint32_t)cap;
    }
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
        item new_item = {(uint32_t)pair, (uint16_t)k, (uint16_t)source_len, (uint16_t)target_len};
        S2S_TRY(add_item(r, new_item, err));
    }
    return S2S_OK;
}

static s2s_status measure(s2s_reader *r, s2s_error *err)
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
    item *items = realloc(r->items, r->n_items * sizeof *items);
    if (items)
        r->items = items;
    return S2S_OK;
}

/* From short to long, then as in the corpus. */
static int compare_difficulty(const void *a, const void *b)
{
    const item *x = a, *y = b;
    if (larger_side(x) != larger_side(y))
        return larger_side(x) < larger_side(y) ? -1 : 1;
    if (x->pair != y->pair)
        return x->pair < y->pair ? -1 : 1;
    return x->target < y->target ? -1 : 1;
}

/* An item counts at least 2 in a window, so a window holds at most half its tokens in items. */
static size_t max_window(const s2s_reader *r)
{
    uint64_t n = (uint64_t)r->options.batch_tokens * WINDOW_BATCHES / 2 + 1;
    n = n < MAX_WINDOW_ITEMS ? n : MAX_WINDOW_ITEMS;
    return (size_t)(n < r->n_items ? n : r->n_items);
}

static s2s_status allocate(s2s_reader *r, s2s_error *err)
{
    size_t n = max_window(r);
    r->order = malloc(r->n_items * sizeof(uint32_t));
    r->window = malloc(n * sizeof(uint32_t));
    r->spare = malloc(n * sizeof(uint32_t));
    r->counts = malloc(((size_t)r->longest + 1) * sizeof(uint32_t));
    r->batch_begin = malloc((n + 1) * sizeof(uint32_t));
    r->batch_order = malloc(n * sizeof(uint32_t));
    r->arena = s2s_arena_new((size_t)1 << 16);
    r->other_arena = s2s_arena_new((size_t)1 << 16);
    bool done = r->order && r->window && r->spare && r->counts && r->batch_begin && r->batch_order &&
                r->arena && r->other_arena;
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
    s2s_status status = measure(r, err);
    if (status == S2S_OK && r->options.curriculum > 0)
        qsort(r->items, r->n_items, sizeof *r->items, compare_difficulty);
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
    free(reader->items);
    free(reader->order);
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
    r->n_admitted = (uint32_t)s2s_reader_n_admitted(r, r->position.epoch);
    for (uint32_t i = 0; i < r->n_admitted; i++)
        r->order[i] = i;
    s2s_rng_seed(&r->rng, s2s_hash64(r->options.seed, (uint64_t)r->position.epoch));
    if (r->options.shuffle)
        shuffle(&r->rng, r->order, r->n_admitted);
    r->window_end = 0;
    r->n_batches = r->next_batch = 0;
    r->begun = true;
}

static int length_of(const item *x, bool target)
{
    return target ? x->target_len : x->source_len;
}

/* Copies items sorted by one length, shortest first; stable. */
static void counting_sort(s2s_reader *r, const uint32_t *from, uint32_t *to, uint32_t n, bool target)
{
    memset(r->counts, 0, ((size_t)r->longest + 1) * sizeof *r->counts);
    for (uint32_t i = 0; i < n; i++)
        r->counts[length_of(&r->items[from[i]], target)]++;
    for (uint32_t length = 0, sum = 0; length <= (uint32_t)r->longest; length++) {
        uint32_t count = r->counts[length];
        r->counts[length] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < n; i++)
        to[r->counts[length_of(&r->items[from[i]], target)]++] = from[i];
}

/* The items of the next window of the order, sorted by target length, then source length, then place. */
static uint32_t take_window(s2s_reader *r)
{
    int64_t room = (int64_t)r->options.batch_tokens * WINDOW_BATCHES;
    uint32_t begin = r->window_end, end = begin;
    while (room > 0 && end < r->n_admitted && end - begin < MAX_WINDOW_ITEMS)
        room -= larger_side(&r->items[r->order[end++]]);
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
        const item *x = &r->items[r->window[i]];
        int source_tokens = copies(r) * x->source_len, target_tokens = copies(r) * (x->target_len + 1);
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

/* Reading: the tokens of a batch. */

/* A sample of the pieces of item `number`, unless there are too many or none of them: then pieces->n is 0. */
static s2s_status sample_pieces(s2s_reader *r, bool target, uint32_t number, s2s_span text, s2s_error *err)
{
    const s2s_reader_options *o = &r->options;
    uint64_t seed = s2s_hash64(s2s_hash64(o->seed, (uint64_t)r->position.epoch), 2 * (uint64_t)number + target);
    S2S_TRY(s2s_tokenise_sampled(target ? &o->target_tokeniser : &o->source_tokeniser, o->subword_sampling,
                                 seed, text.data, text.len, &r->pieces, err));
    if (r->pieces.n > (target ? r->max_length : r->max_source))
        r->pieces.n = 0;
    return S2S_OK;
}

static s2s_status split_item(s2s_reader *r, bool target, uint32_t number, s2s_error *err)
{
    const s2s_reader_options *o = &r->options;
    const item *x = &r->items[number];
    s2s_span text =
        target ? s2s_corpus_target(o->corpus, x->pair, x->target) : s2s_corpus_source(o->corpus, x->pair);
    if (o->subword_sampling > 0) {
        S2S_TRY(sample_pieces(r, target, number, text, err));
        if (r->pieces.n > 0)
            return S2S_OK;
    }
    S2S_TRY(s2s_tokenise(target ? &o->target_tokeniser : &o->source_tokeniser, text.data, text.len, &r->pieces,
                         err));
    if (r->pieces.n != length_of(x, target))
        return s2s_fail(err, S2S_BAD_DATA, "corpus: expected %d tokens as when it was opened, found %d",
                        length_of(x, target), r->pieces.n);
    return S2S_OK;
}

/* The token numbers of one side of an item, in the arena. */
static s2s_status number_tokens(s2s_reader *r, bool target, uint32_t number, s2s_tokens *tokens, s2s_error *err)
{
    const s2s_vocab *vocab = target ? r->options.target_vocab : r->options.source_vocab;
    S2S_TRY(split_item(r, target, number, err));
    int n = r->pieces.n;
    int *ids = s2s_arena_alloc(r->arena, (size_t)n * sizeof *ids);
    if (!ids)
        return s2s_fail_memory(err, "reading a batch");
    for (int i = 0; i < n; i++)
        ids[i] = s2s_vocab_find(vocab, r->pieces.items[i]);
    *tokens = (s2s_tokens){ids, n};
    return S2S_OK;
}

/* One side of n items, with their copies, in the arena. */
static s2s_status read_side(s2s_reader *r, bool target, const uint32_t *numbers, int n, s2s_tokens **side,
                            s2s_error *err)
{
    s2s_tokens *tokens = s2s_arena_alloc(r->arena, s2s_size_mul((size_t)n * (size_t)copies(r), sizeof *tokens));
    if (!tokens)
        return s2s_fail_memory(err, "reading a batch");
    for (int i = 0; i < n; i++) {
        s2s_tokens *first = &tokens[i * copies(r)];
        S2S_TRY(number_tokens(r, target, numbers[i], first, err));
        for (int copy = 1; copy < copies(r); copy++)
            first[copy] = *first;
    }
    *side = tokens;
    return S2S_OK;
}

/* The batch before keeps its memory. */
static void begin_batch(s2s_reader *r)
{
    s2s_arena *arena = r->other_arena;
    r->other_arena = r->arena;
    r->arena = arena;
    s2s_arena_reset(arena);
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

    s2s_tokens *sources = NULL, *targets = NULL;
    begin_batch(r);
    S2S_TRY(read_side(r, false, numbers, n, &sources, err));
    S2S_TRY(read_side(r, true, numbers, n, &targets, err));
    n *= copies(r);
    if (!s2s_source_batch_make(&batch->source, sources, n, r->arena) ||
        !s2s_target_batch_make(&batch->target, targets, n, &batch->source, r->arena))
        return s2s_fail_memory(err, "reading a batch");

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
        const item *x = &reader->items[i];
        widen(x->source_len, &shortest->source, &longest->source);
        widen(x->target_len + 1, &shortest->target, &longest->target);
    }
}

size_t s2s_reader_bytes(const s2s_reader *reader)
{
    size_t window = max_window(reader) *
                    (2 * sizeof *reader->window + sizeof *reader->batch_begin + sizeof *reader->batch_order);
    return reader->n_items * (sizeof *reader->items + sizeof *reader->order) + window;
}

size_t s2s_reader_n_pairs(const s2s_reader *reader)
{
    return reader->n_items;
}

size_t s2s_reader_n_admitted(const s2s_reader *reader, int64_t epoch)
{
    const int n_epochs = reader->options.curriculum;
    if (epoch >= n_epochs)
        return reader->n_items;
    double competence = sqrt((double)(epoch + 1) / (n_epochs + 1.0));
    return (size_t)ceil(competence * reader->n_items);
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
