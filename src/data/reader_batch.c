/* From the numbers of its items to a batch: tokens, and the links of alignments. */
#include "base/fail.h"
#include "data/reader_parts.h"

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
    const s2s_item *x = &r->items[number];
    s2s_span text =
        target ? s2s_corpus_target(o->corpus, x->pair, x->target) : s2s_corpus_source(o->corpus, x->pair);
    if (target)
        S2S_TRY(s2s_text_remember(o->source_tokeniser.text, &r->pieces.buffer,
                                  s2s_corpus_source(o->corpus, x->pair), err));
    if (o->subword_sampling > 0) {
        S2S_TRY(sample_pieces(r, target, number, text, err));
        if (r->pieces.n > 0)
            return S2S_OK;
    }
    S2S_TRY(s2s_tokenise(target ? &o->target_tokeniser : &o->source_tokeniser, text.data, text.len, &r->pieces,
                         err));
    if (r->pieces.n != s2s_item_length(x, target))
        return s2s_fail(err, S2S_BAD_DATA, "corpus: expected %d tokens as when it was opened, found %d",
                        s2s_item_length(x, target), r->pieces.n);
    return S2S_OK;
}

/* Sequences of one side of a batch. */
typedef struct side {
    s2s_tokens *tokens;     /* of every item, with its copies */
    s2s_token_words *words; /* of every item, without; NULL where there are no alignments */
} side;

static const char reading[] = "reading a batch";

/* The token numbers of one side of an item, in the arena; words: as in side. */
static s2s_status number_tokens(s2s_reader *r, bool target, uint32_t number, s2s_tokens *tokens,
                                s2s_token_words *words, s2s_error *err)
{
    const s2s_reader_options *o = &r->options;
    S2S_TRY(split_item(r, target, number, err));
    int n = r->pieces.n;
    int *ids = s2s_ints_new(r->arena, (size_t)n), *of_words = words ? s2s_ints_new(r->arena, (size_t)n) : NULL;
    if (!ids || (words && !of_words))
        return s2s_fail_memory(err, reading);
    for (int i = 0; i < n; i++)
        ids[i] = s2s_vocab_find(target ? o->target_vocab : o->source_vocab, r->pieces.items[i]);
    *tokens = (s2s_tokens){ids, n};
    if (!words)
        return S2S_OK;
    s2s_number_words(target ? &o->target_tokeniser : &o->source_tokeniser, r->pieces.items, n, of_words);
    *words = (s2s_token_words){of_words, n};
    return S2S_OK;
}

/* One side of n items, in the arena. */
static s2s_status read_side(s2s_reader *r, bool target, const uint32_t *numbers, int n, side *read,
                            s2s_error *err)
{
    const int copies = s2s_reader_copies(r);
    const bool linked = r->options.alignments != NULL;
    *read = (side){0};
    read->tokens = s2s_arena_alloc(r->arena, s2s_size_mul((size_t)n * (size_t)copies, sizeof *read->tokens));
    if (linked)
        read->words = s2s_arena_alloc(r->arena, s2s_size_mul((size_t)n, sizeof *read->words));
    if (!read->tokens || (linked && !read->words))
        return s2s_fail_memory(err, reading);
    for (int i = 0; i < n; i++) {
        s2s_tokens *first = &read->tokens[i * copies];
        S2S_TRY(number_tokens(r, target, numbers[i], first, linked ? &read->words[i] : NULL, err));
        for (int copy = 1; copy < copies; copy++)
            first[copy] = *first;
    }
    return S2S_OK;
}

/* Gives the batch the links of its n items. */
static bool link_batch(s2s_reader *r, const uint32_t *numbers, int n, const side *source, const side *target,
                       s2s_target_batch *batch)
{
    const int copies = s2s_reader_copies(r);
    s2s_links *links = s2s_arena_alloc(r->arena, s2s_size_mul((size_t)n * (size_t)copies, sizeof *links));
    for (int i = 0; links && i < n; i++) {
        const s2s_item *x = &r->items[numbers[i]];
        s2s_links *first = &links[i * copies];
        if (!s2s_alignments_read(r->options.alignments, x->pair, x->target, &source->words[i],
                                 &target->words[i], first, r->arena))
            return false;
        for (int copy = 1; copy < copies; copy++)
            first[copy] = *first;
    }
    return links && s2s_target_batch_link(batch, links, r->arena);
}

static void begin_batch(s2s_reader *r)
{
    s2s_arena *arena = r->other_arena;
    r->other_arena = r->arena;
    r->arena = arena;
    s2s_arena_reset(arena);
}

s2s_status s2s_reader_read(s2s_reader *r, const uint32_t *numbers, int n, s2s_batch *batch, s2s_error *err)
{
    side source, target;
    begin_batch(r);
    S2S_TRY(read_side(r, false, numbers, n, &source, err));
    S2S_TRY(read_side(r, true, numbers, n, &target, err));
    int n_seqs = n * s2s_reader_copies(r);
    if (!s2s_source_batch_make(&batch->source, source.tokens, n_seqs, r->arena) ||
        !s2s_target_batch_make(&batch->target, target.tokens, n_seqs, &batch->source, r->arena) ||
        (r->options.alignments && !link_batch(r, numbers, n, &source, &target, &batch->target)))
        return s2s_fail_memory(err, reading);
    return S2S_OK;
}
