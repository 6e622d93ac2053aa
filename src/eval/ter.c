/* TER, the translation edit rate (Snover et al. 2006, "A study of translation edit rate with targeted human
 * annotation").
 *
 *     TER = edits / words of the reference
 *
 * Edits insert, delete or replace a word, or shift a run of words to another place.  Shifts are found greedily:
 * as long as one makes the edit distance smaller, the one that does so most is made.  Of several references the
 * one with the fewest edits counts, and the mean of their lengths.  What may be shifted where, in which order
 * and how often it is tried follows Tercom, as sacreBLEU does: a run of words is shifted only where it stands
 * in the reference, where it has an error on both sides, and beside words that are aligned with the words
 * around. */
#include <stdlib.h>
#include <string.h>

#include "eval/metric.h"
#include "eval/mt_tokens.h"
#include "eval/ter_distance.h"

enum {
    MAX_SHIFT_WORDS = 10,
    MAX_SHIFT_DISTANCE = 50,
    MAX_TRIES = 1000, /* shifts of one output; then the rest is left as it is */
    EDITS = 0,
    LENGTHS = 1, /* of all references together, so that sums are whole numbers */
    N_STATS = 2,
};

typedef struct ter {
    s2s_metric base;
    s2s_draft draft;
    s2s_trie dictionary;
    s2s_symbols *references; /* [base.n_references] words */
    s2s_symbols output;
    s2s_arena *arena; /* of one comparison */
} ter;

/* Words [start, start + length) go before the word that is at target. */
typedef struct shift {
    int start, length, target;
    int gain; /* edits saved */
} shift;

typedef struct search {
    s2s_ter_table table;
    s2s_ter_alignment alignment;
    const s2s_symbols *reference;
    int *words, *tried; /* [n] the output as it is now, and with a shift tried */
    int n;
    int distance; /* of the output as it is now */
    int n_tries;
    shift best; /* length 0: none yet */
} search;

static bool split(ter *t, s2s_symbols *words, s2s_span line, bool is_reference)
{
    s2s_draft_begin(&t->draft, line);
    s2s_tokenise_ter(&t->draft, t->base.options);
    if (is_reference) { /* sacreBLEU does it twice, which --ter-normalized shows: ",.2" becomes ", . 2" */
        s2s_draft_collapse(&t->draft);
        s2s_tokenise_ter(&t->draft, t->base.options);
    }
    return !s2s_draft_failed(&t->draft) && s2s_word_split(words, &t->dictionary, &t->draft.text);
}

static bool set_references(s2s_metric *metric, const s2s_span *references)
{
    ter *t = (ter *)metric;
    s2s_trie_clear(&t->dictionary);
    for (int i = 0; i < metric->n_references; i++)
        if (!split(t, &t->references[i], references[i], true))
            return false;
    return true;
}

static void copy(int *to, const int *from, int n)
{
    if (n > 0)
        memcpy(to, from, (size_t)n * sizeof *to);
}

/* Writes the words after the shift to search->tried; returns the first position that may have changed. */
static int perform(search *s, const shift *what)
{
    const int *words = s->words;
    int *out = s->tried;
    int start = what->start, length = what->length, target = what->target;
    int stop = start + length; /* behind the run */
    if (target < start) {
        copy(out, words, target);
        copy(out + target, words + start, length);
        copy(out + target + length, words + target, start - target);
        copy(out + stop, words + stop, s->n - stop);
        return target;
    }
    /* a target inside the run counts from its beginning, as if the run were taken out first */
    int end = target > stop ? target : target + length < s->n ? target + length : s->n;
    copy(out, words, start);
    copy(out + start, words + stop, end - stop);
    copy(out + start + end - stop, words + start, length);
    copy(out + end, words + end, s->n - end);
    return start;
}

/* Larger gain first, then the longer run, then the earlier one, then the earlier target. */
static bool is_better(const shift *a, const shift *b)
{
    if (a->gain != b->gain)
        return a->gain > b->gain;
    if (a->length != b->length)
        return a->length > b->length;
    return a->start != b->start ? a->start < b->start : a->target < b->target;
}

/* Tries the run of the output that begins at start and stands in the reference at where: before the word
 * aligned with the first word of that, and behind those aligned with its words and the one before. */
static void try_run(search *s, int start, int where, int length)
{
    int last_target = -1;
    for (int i = where - 1; i < where + length && i < s->reference->n; i++) {
        shift candidate = {.start = start, .length = length};
        candidate.target = i < 0 ? 0 : s->alignment.output_at[i] + 1;
        if (candidate.target == last_target)
            continue;
        last_target = candidate.target;
        int first_changed = perform(s, &candidate);
        candidate.gain = s->distance - s2s_ter_distance_tried(&s->table, s->tried, first_changed);
        s->n_tries++;
        if (s->best.length == 0 || is_better(&candidate, &s->best))
            s->best = candidate;
    }
}

/* Tries all runs of the output that begin at start and stand in the reference at where. */
static void try_runs(search *s, int start, int where)
{
    const int *output = s->words + start, *reference = s->reference->data + where;
    int most = s->n - start < s->reference->n - where ? s->n - start : s->reference->n - where;
    int now = s->alignment.output_at[where];
    bool output_off = false, reference_off = false;
    most = most < MAX_SHIFT_WORDS ? most : MAX_SHIFT_WORDS;
    for (int n = 1; n <= most && output[n - 1] == reference[n - 1] && s->n_tries < MAX_TRIES; n++) {
        output_off |= s->alignment.output_off[start + n - 1];
        reference_off |= s->alignment.reference_off[where + n - 1];
        bool is_there = now >= start && now < start + n;
        if (output_off && reference_off && !is_there)
            try_run(s, start, where, n);
    }
}

/* Finds s->best. */
static void find_shift(search *s)
{
    s->best = (shift){0};
    s2s_ter_align(&s->table, &s->alignment);
    for (int start = 0; start < s->n; start++) {
        int first = start > MAX_SHIFT_DISTANCE ? start - MAX_SHIFT_DISTANCE : 0;
        for (int where = first; where < s->reference->n && where <= start + MAX_SHIFT_DISTANCE; where++)
            try_runs(s, start, where);
    }
}

static bool begin(search *s, const s2s_symbols *output, const s2s_symbols *reference, s2s_arena *arena)
{
    size_t n = (size_t)output->n, n_reference = (size_t)reference->n;
    *s = (search){.reference = reference, .n = output->n};
    s->words = s2s_arena_alloc(arena, n * sizeof *s->words);
    s->tried = s2s_arena_alloc(arena, n * sizeof *s->tried);
    s->alignment.output_at = s2s_arena_alloc(arena, n_reference * sizeof *s->alignment.output_at);
    s->alignment.output_off = s2s_arena_alloc(arena, n);
    s->alignment.reference_off = s2s_arena_alloc(arena, n_reference);
    if (!s->words || !s->tried || !s->alignment.output_at || !s->alignment.output_off ||
        !s->alignment.reference_off || !s2s_ter_table_make(&s->table, output->n, reference, arena))
        return false;
    copy(s->words, output->data, output->n);
    s->distance = s2s_ter_distance(&s->table, s->words, 0);
    return true;
}

/* Edits between output and reference; -1 when out of memory. */
static int count_edits(ter *t, const s2s_symbols *reference)
{
    search s;
    int n_shifts = 0;
    if (reference->n == 0)
        return t->output.n;
    s2s_arena_reset(t->arena);
    if (!begin(&s, &t->output, reference, t->arena))
        return -1;
    for (find_shift(&s); s.n_tries < MAX_TRIES && s.best.gain > 0; find_shift(&s)) {
        int first_changed = perform(&s, &s.best);
        copy(s.words, s.tried, s.n);
        s.distance = s2s_ter_distance(&s.table, s.words, first_changed);
        n_shifts++;
    }
    return n_shifts + s.distance;
}

static bool compare(s2s_metric *metric, s2s_span output, int *stats)
{
    ter *t = (ter *)metric;
    if (!split(t, &t->output, output, false))
        return false;
    stats[LENGTHS] = 0;
    for (int i = 0; i < metric->n_references; i++) {
        int edits = count_edits(t, &t->references[i]);
        if (edits < 0)
            return false;
        if (i == 0 || edits < stats[EDITS])
            stats[EDITS] = edits;
        stats[LENGTHS] += t->references[i].n;
    }
    return true;
}

static void score(const s2s_metric *metric, const int64_t *sums, s2s_metrics_score *score)
{
    score->edits = sums[EDITS];
    score->reference_tokens = (double)sums[LENGTHS] / metric->n_references;
    if (sums[LENGTHS] > 0)
        score->score = 100 * ((double)sums[EDITS] / score->reference_tokens);
    else
        score->score = sums[EDITS] > 0 ? 100 : 0;
}

static void sign(const s2s_metric *metric, s2s_str *signature)
{
    const s2s_metrics_options *options = metric->options;
    s2s_str_printf(signature, "case:%s|tok:tercom|norm:%s|punct:%s|asian:%s|",
                   options->ter_case_sensitive ? "mixed" : "lc", options->ter_normalized ? "yes" : "no",
                   options->ter_no_punct ? "no" : "yes", options->ter_asian_support ? "yes" : "no");
}

static void free_ter(s2s_metric *metric)
{
    ter *t = (ter *)metric;
    s2s_draft_free(&t->draft);
    s2s_trie_free(&t->dictionary);
    for (int i = 0; t->references && i < metric->n_references; i++)
        s2s_symbols_free(&t->references[i]);
    free(t->references);
    s2s_symbols_free(&t->output);
    s2s_arena_free(t->arena);
    free(t);
}

s2s_metric *s2s_ter_new(const s2s_metrics_options *options, int n_references)
{
    static const s2s_metric_kind kind = {set_references, compare, score, sign, free_ter};
    ter *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->base = (s2s_metric){&kind, options, "TER", n_references, N_STATS};
    t->references = calloc((size_t)n_references, sizeof *t->references);
    t->arena = s2s_arena_new(1 << 16);
    if (!t->references || !t->arena) {
        free_ter(&t->base);
        return NULL;
    }
    return &t->base;
}
