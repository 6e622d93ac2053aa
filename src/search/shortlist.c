/* The list of each sentence, and the part of the output layer that it leaves.
 *
 * A list depends on nothing but its own sentence, so that outputs do not depend on the batch. */
#include "search/shortlist.h"

#include "search/searcher.h"

size_t s2s_shortlist_bound(const s2s_shortlist *shortlist, s2s_tokens source)
{
    size_t n = (size_t)shortlist->n_always, n_targets = (size_t)shortlist->n_targets;
    for (int i = 0; i < source.n && n < n_targets; i++)
        n += shortlist->begin[source.ids[i] + 1] - shortlist->begin[source.ids[i]];
    return n < n_targets ? n : n_targets;
}

struct listing {
    const s2s_searcher *searcher;
    const s2s_shortlist *shortlist;
    const s2s_source_batch *source;
    int **lists;  /* [B] with room for all tokens of a sentence's list */
    int *n;       /* [B] */
    bool *listed; /* [members][V] */
};

/* Tokens that its outputs may have to say whatever the source. */
static size_t n_given(const s2s_sentence *sentence)
{
    size_t n_phrase_tokens = sentence->phrases ? (size_t)s2s_phrases_n_tokens(sentence->phrases) : 0;
    return (size_t)sentence->prefix.n + n_phrase_tokens;
}

static void list_given(const s2s_sentence *sentence, bool *listed)
{
    for (int i = 0; i < sentence->prefix.n; i++)
        listed[sentence->prefix.ids[i]] = true;
    for (int i = 0, token; sentence->phrases && (token = s2s_phrases_token(sentence->phrases, i)) >= 0; i++)
        listed[token] = true;
}

static int source_token(const s2s_source_batch *source, int b, int step)
{
    return source->ids[s2s_ragged_row(&source->shape, b, step)];
}

/* listed is false throughout, before and afterwards. */
static void list_sentence(const struct listing *l, int b, bool *listed)
{
    const s2s_shortlist *shortlist = l->shortlist;
    for (int i = 0; i < shortlist->n_always; i++)
        listed[shortlist->always[i]] = true;
    for (int step = 0; step < l->source->shape.len[b]; step++) {
        int token = source_token(l->source, b, step);
        for (size_t i = shortlist->begin[token]; i < shortlist->begin[token + 1]; i++)
            listed[shortlist->targets[i]] = true;
    }
    list_given(&l->searcher->sentences[b], listed);
    l->n[b] = 0;
    for (int token = 0; token < shortlist->n_targets; token++) {
        if (listed[token])
            l->lists[b][l->n[b]++] = token;
        listed[token] = false;
    }
}

static void list_member(void *arg, int member)
{
    const struct listing *l = arg;
    int b, end;
    s2s_team_share(l->source->shape.n_seqs, member, s2s_team_size(l->searcher->graph->team), &b, &end);
    for (; b < end; b++)
        list_sentence(l, b, l->listed + (size_t)member * (size_t)l->shortlist->n_targets);
}

/* Room for the list of a sentence. */
static int *take_list(const struct listing *l, int b)
{
    const s2s_shortlist *shortlist = l->shortlist;
    size_t n = (size_t)shortlist->n_always + n_given(&l->searcher->sentences[b]),
           n_targets = (size_t)shortlist->n_targets;
    for (int step = 0; step < l->source->shape.len[b]; step++) {
        int token = source_token(l->source, b, step);
        n += shortlist->begin[token + 1] - shortlist->begin[token];
    }
    return s2s_ints_new(l->searcher->arena, n < n_targets ? n : n_targets);
}

/* Every model has parts of the same tokens. */
static bool make_parts(s2s_searcher *searcher, const struct listing *l, size_t n_sentences)
{
    for (int k = 0; k < searcher->n_models; k++) {
        s2s_output_part *parts = s2s_arena_alloc(searcher->arena, n_sentences * sizeof *parts);
        if (!parts)
            return false;
        for (size_t b = 0; b < n_sentences; b++)
            parts[b] = (s2s_output_part){.tokens = l->lists[b], .n = l->n[b]};
        searcher->participants[k].parts = parts;
    }
    return true;
}

bool s2s_shortlist_start(s2s_searcher *searcher, const s2s_source_batch *source, const s2s_shortlist *shortlist)
{
    for (int k = 0; k < searcher->n_models; k++)
        searcher->participants[k].parts = NULL;
    if (!shortlist)
        return true;
    s2s_arena *arena = searcher->arena;
    size_t n = (size_t)source->shape.n_seqs, n_members = (size_t)s2s_team_size(searcher->graph->team);
    struct listing l = {.searcher = searcher, .shortlist = shortlist, .source = source};
    l.lists = s2s_arena_alloc(arena, n * sizeof *l.lists);
    l.n = s2s_ints_new(arena, n);
    l.listed = s2s_arena_alloc_zero(arena, s2s_size_mul(n_members, (size_t)shortlist->n_targets));
    if (!l.lists || !l.n || !l.listed)
        return false;
    for (size_t b = 0; b < n; b++)
        if (!(l.lists[b] = take_list(&l, (int)b)))
            return false;
    s2s_team_run(searcher->graph->team, list_member, &l);
    return make_parts(searcher, &l, n);
}

void s2s_shortlist_pack(s2s_searcher *searcher, int n_sentences)
{
    for (int k = 0; k < searcher->n_models; k++) {
        s2s_participant *p = &searcher->participants[k];
        if (p->parts)
            s2s_output_parts_make(p->model.graph, p->parts, n_sentences, p->output.w, p->output.b,
                                  searcher->arena);
    }
}
