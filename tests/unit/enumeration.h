/* All outputs that there can be, scored plainly and sorted: what a search finds whose beam is wide enough. */
#ifndef ENUMERATION_H
#define ENUMERATION_H

#include "search_bench.h"

enum { MAX_OUTPUT = 8, MAX_OUTPUTS = 20000 };

typedef struct output {
    int tokens[MAX_OUTPUT];
    int n;
    double log_prob, score;
} output;

typedef struct enumeration {
    output outputs[MAX_OUTPUTS]; /* [n] best first */
    int n;
} enumeration;

/* Whether an output counts. */
typedef bool output_fn(const void *arg, const int *tokens, int n);

static inline void score_output(const bench *b, int key, int source_len, output *o)
{
    double sum[16] = {0};
    o->log_prob = 0;
    for (int t = 0; t <= o->n; t++) {
        float log_probs[64], weights[16];
        fake_log_probs(&b->fake, key, o->tokens, t, log_probs);
        o->log_prob += log_probs[t < o->n ? o->tokens[t] : S2S_TOKEN_EOS];
        fake_attention(key, o->tokens, t, source_len, weights);
        for (int s = 0; s < source_len; s++)
            sum[s] += weights[s];
    }
    o->score = o->log_prob / pow((5.0 + o->n + 1) / 6, b->options.length_penalty);
    for (int s = 0; s < source_len && b->options.coverage_penalty > 0; s++)
        o->score += b->options.coverage_penalty * log(sum[s] < 1 ? sum[s] : 1);
}

static inline int by_score(const void *x, const void *y)
{
    const output *a = x, *b = y;
    return (a->score < b->score) - (a->score > b->score);
}

static inline void enumerate_from(enumeration *e, int vocab, int max_len, const output *begin,
                                  output_fn *counts, const void *arg)
{
    if (counts(arg, begin->tokens, begin->n)) {
        assert_true(e->n < MAX_OUTPUTS);
        e->outputs[e->n++] = *begin;
    }
    for (int v = S2S_N_SPECIALS; v < vocab && begin->n < max_len; v++) {
        output longer = *begin;
        longer.tokens[longer.n++] = v;
        enumerate_from(e, vocab, max_len, &longer, counts, arg);
    }
}

/* Those of at most max_len tokens of the bench's vocabulary that count. */
static inline void enumerate(enumeration *e, const bench *b, int key, int source_len, int max_len,
                             output_fn *counts, const void *arg)
{
    const output none = {.n = 0};
    e->n = 0;
    enumerate_from(e, b->fake.vocab, max_len, &none, counts, arg);
    for (int i = 0; i < e->n; i++)
        score_output(b, key, source_len, &e->outputs[i]);
    qsort(e->outputs, (size_t)e->n, sizeof *e->outputs, by_score);
}

/* The result is the best of them, as many as n_best asks for. */
static inline void check_enumerated(const bench *b, int key, int source_len, const s2s_search_result *result,
                                    const enumeration *e)
{
    assert_int_equal(result->n_hyps, e->n < b->options.n_best ? e->n : b->options.n_best);
    for (int h = 0; h < result->n_hyps; h++) {
        const s2s_search_hyp *hyp = &result->hyps[h];
        assert_int_equal(hyp->n, e->outputs[h].n);
        assert_memory_equal(hyp->tokens, e->outputs[h].tokens, (size_t)hyp->n * sizeof(int));
        assert_true(fabs(hyp->log_prob - e->outputs[h].log_prob) < 1e-12);
        assert_true(fabs(hyp->score - e->outputs[h].score) < 1e-9);
        check_record(b, key, source_len, hyp);
    }
}

/* ---- results that are compared with one another ---- */

typedef struct kept_hyp {
    int tokens[MAX_HISTORY];
    int n;
    double score;
} kept_hyp;

static inline kept_hyp keep_best_hyp(const s2s_search_result *result)
{
    kept_hyp kept = {.n = -1};
    if (result->n_hyps > 0) {
        kept.n = result->hyps[0].n;
        kept.score = result->hyps[0].score;
        memcpy(kept.tokens, result->hyps[0].tokens, (size_t)kept.n * sizeof(int));
    }
    return kept;
}

/* Each sentence alone gives what it gives among the others. */
static inline void check_batch_independence(bench *b)
{
    kept_hyp together[N];
    const s2s_phrases *phrases[N];
    bench_find(b, keys, lens, N, NULL);
    memcpy(phrases, b->phrases, sizeof phrases);
    for (int i = 0; i < N; i++)
        together[i] = keep_best_hyp(&b->result[i]);
    for (int i = 0; i < N; i++) {
        b->phrases[0] = phrases[i];
        bench_find(b, &keys[i], &lens[i], 1, NULL);
        kept_hyp alone = keep_best_hyp(&b->result[0]);
        assert_int_equal(alone.n, together[i].n);
        assert_true(alone.score == together[i].score);
        assert_memory_equal(alone.tokens, together[i].tokens,
                            (size_t)(alone.n < 0 ? 0 : alone.n) * sizeof(int));
    }
    memcpy(b->phrases, phrases, sizeof phrases);
}

#endif
