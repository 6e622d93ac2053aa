/* What tokenisers and vocabularies make of the pairs. */
#include <stdlib.h>

#include "base/fail.h"
#include "data/survey.h"

/* Ratio of the sides from which on a pair is odd where no limit is given: that of Moses' clean-corpus-n. */
static const double uneven_ratio = 9;

enum { MAX_SHOWN_BYTES = 200 };

/* One side while it is counted. */
typedef struct side {
    const s2s_tokeniser *tokeniser;
    const s2s_vocab *vocab;
    s2s_vocab_counter *seen, *unknown;
    int64_t *n_of_length; /* [cap] sequences of so many tokens */
    int cap;
    s2s_side_figures *figures;
} side;

static const char what[] = "looking at the tokens";

static s2s_status side_open(side *s, const s2s_tokeniser *tokeniser, const s2s_vocab *vocab,
                            s2s_side_figures *figures, s2s_error *err)
{
    *s = (side){.tokeniser = tokeniser, .vocab = vocab, .figures = figures};
    s->seen = s2s_vocab_counter_new();
    s->unknown = s2s_vocab_counter_new();
    return s->seen && s->unknown ? S2S_OK : s2s_fail_memory(err, what);
}

static void side_close(side *s)
{
    s2s_vocab_counter_free(s->seen);
    s2s_vocab_counter_free(s->unknown);
    free(s->n_of_length);
}

static s2s_status count_length(side *s, int length, s2s_error *err)
{
    if (!s->n_of_length || length >= s->cap) {
        int cap = length + length / 2 + 1;
        int64_t *counts = realloc(s->n_of_length, (size_t)cap * sizeof *counts);
        if (!counts)
            return s2s_fail_memory(err, what);
        for (int i = s->cap; i < cap; i++)
            counts[i] = 0;
        s->n_of_length = counts;
        s->cap = cap;
    }
    s->n_of_length[length]++;
    s->figures->n_sequences++;
    s->figures->n_tokens += length;
    return S2S_OK;
}

static s2s_status count_line(side *s, s2s_span line, s2s_pieces *pieces, int *length, s2s_error *err)
{
    S2S_TRY(s2s_tokenise(s->tokeniser, line.data, line.len, pieces, err));
    *length = pieces->n;
    for (int i = 0; i < pieces->n; i++) {
        S2S_TRY(s2s_vocab_counter_add(s->seen, pieces->items[i], err));
        if (s2s_vocab_find(s->vocab, pieces->items[i]) != S2S_TOKEN_UNK)
            continue;
        s->figures->n_unknown++;
        S2S_TRY(s2s_vocab_counter_add(s->unknown, pieces->items[i], err));
    }
    return count_length(s, pieces->n, err);
}

/* The length that a share of the sequences has at most. */
static int quantile(const side *s, double share)
{
    int length = 0;
    int64_t n = 0;
    while (length < s->cap) {
        n += s->n_of_length[length];
        if (n > 0 && (double)n >= share * (double)s->figures->n_sequences)
            break;
        length++;
    }
    return length;
}

static void finish_figures(const side *s)
{
    s2s_side_figures *f = s->figures;
    f->n_distinct = s2s_vocab_counter_size(s->seen);
    if (f->n_sequences == 0)
        return;
    f->shortest = quantile(s, 0);
    f->median = quantile(s, 0.5);
    f->percentile_95 = quantile(s, 0.95);
    f->longest = quantile(s, 1);
}

/* Bytes of a token that are shown, whole characters. */
static int shown_bytes(s2s_span piece)
{
    size_t n = piece.len < MAX_SHOWN_BYTES ? piece.len : MAX_SHOWN_BYTES;
    while (n > 0 && n < piece.len && (piece.data[n] & 0xc0) == 0x80)
        n--;
    return (int)n;
}

/* Unknown tokens, and which are the most frequent ones. */
static s2s_status add_unknown(s2s_survey *survey, s2s_finding_kind kind, const side *s, s2s_error *err)
{
    s2s_tally *tally = &survey->tallies[kind];
    s2s_vocab *frequent;
    S2S_TRY(s2s_vocab_build(&frequent, s->unknown, S2S_N_SPECIALS + survey->max_examples, 1, err));
    for (int i = S2S_N_SPECIALS; i < s2s_vocab_size(frequent); i++) {
        s2s_span piece = s2s_vocab_piece(frequent, i);
        s2s_survey_add(survey, kind, (s2s_place){0}, "%.*s (%lld)", shown_bytes(piece), piece.data,
                       (long long)s2s_vocab_counter_count(s->unknown, piece));
    }
    s2s_vocab_free(frequent);
    tally->count = s->figures->n_unknown;
    tally->of = s->figures->n_tokens;
    return S2S_OK;
}

/* Whether training or validation would use a pair of so many tokens; tells why not. */
static bool judge(s2s_survey *survey, const s2s_survey_part *part, const s2s_length_limits *limits, size_t pair,
                  int source, int target)
{
    static const s2s_finding_kind kinds[S2S_N_SKIPS] = {
        [S2S_SKIP_BLANK] = S2S_FINDING_NO_TOKENS,
        [S2S_SKIP_LONG] = S2S_FINDING_TOO_LONG,
        [S2S_SKIP_RATIO] = S2S_FINDING_UNEVEN,
    };
    s2s_length_limits with_ratio = *limits;
    if (limits->max_ratio == 0)
        with_ratio.max_ratio = uneven_ratio;
    for (s2s_skip skip = S2S_SKIP_NOT + 1; skip < S2S_N_SKIPS; skip++)
        survey->tallies[kinds[skip]].of++;
    s2s_skip skip = s2s_skip_of(&with_ratio, source, target);
    if (skip)
        s2s_survey_add(survey, kinds[skip], s2s_corpus_place(part->corpus, pair), "%d and %d tokens", source,
                       target);
    return !skip || (skip == S2S_SKIP_RATIO && (limits->max_ratio == 0 || !part->is_training));
}

static s2s_status count_pairs(s2s_survey *survey, const s2s_survey_part *part, const s2s_length_limits *limits,
                              side sides[2], s2s_pieces *pieces, s2s_error *err)
{
    const s2s_corpus *corpus = part->corpus;
    int64_t n_used = 0;
    for (size_t i = 0; i < s2s_corpus_size(corpus); i++) {
        int source, target;
        if (!s2s_part_has(part->part, corpus, i))
            continue;
        S2S_TRY(count_line(&sides[0], s2s_corpus_source(corpus, i), pieces, &source, err));
        for (int k = 0; k < s2s_corpus_n_targets(corpus, i); k++) {
            S2S_TRY(count_line(&sides[1], s2s_corpus_target(corpus, i, k), pieces, &target, err));
            n_used += judge(survey, part, limits, i, source, target);
        }
    }
    survey->tallies[S2S_FINDING_NO_PAIRS].of++;
    if (n_used == 0)
        s2s_survey_add(survey, S2S_FINDING_NO_PAIRS, (s2s_place){0}, "%s: none of %lld pairs can be used",
                       sides[0].figures->part, (long long)sides[1].figures->n_sequences);
    return S2S_OK;
}

static s2s_status survey_sides(s2s_survey *survey, const s2s_survey_part *part, const s2s_survey_text *text,
                               side sides[2], s2s_error *err)
{
    s2s_pieces pieces = {0};
    s2s_status status = count_pairs(survey, part, &text->limits, sides, &pieces, err);
    s2s_pieces_free(&pieces);
    if (status != S2S_OK)
        return status;
    finish_figures(&sides[0]);
    finish_figures(&sides[1]);
    if (part->is_training)
        return S2S_OK;
    S2S_TRY(add_unknown(survey, S2S_FINDING_UNKNOWN_SOURCE, &sides[0], err));
    return add_unknown(survey, S2S_FINDING_UNKNOWN_TARGET, &sides[1], err);
}

s2s_status s2s_survey_tokens(s2s_survey *survey, const s2s_survey_part *part, const s2s_survey_text *text,
                             s2s_side_figures figures[2], s2s_error *err)
{
    side sides[2] = {{0}, {0}};
    const char *name = part->is_training ? "training" : "validation";
    figures[0] = (s2s_side_figures){.part = name, .side = "source"};
    figures[1] = (s2s_side_figures){.part = name, .side = "target"};
    s2s_status status = side_open(&sides[0], text->source_tokeniser, text->source_vocab, &figures[0], err);
    if (status == S2S_OK)
        status = side_open(&sides[1], text->target_tokeniser, text->target_vocab, &figures[1], err);
    if (status == S2S_OK)
        status = survey_sides(survey, part, text, sides, err);
    side_close(&sides[0]);
    side_close(&sides[1]);
    return status;
}
