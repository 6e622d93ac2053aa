/* chrF and chrF++ (Popovic 2015, "chrF: character n-gram F-score for automatic MT evaluation"; 2017, "chrF++:
 * words helping character n-grams").
 *
 *     chrF = (1 + b^2) P R / (b^2 P + R)        b = 2: recall counts more
 *     P    = mean over orders of matched n-grams / n-grams of the outputs
 *     R    = mean over orders of matched n-grams / n-grams of the references
 *
 * The orders are 1 ... 6 of characters, and 1 and 2 of words in chrF++.  Of several references the one with the
 * best F counts, sentence by sentence.  sacreBLEU takes the means over the orders that both sides have (the
 * effective order); with epsilon smoothing it takes the mean of the F of all orders instead, as Popovic's
 * program does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/draft.h"
#include "eval/metric.h"
#include "eval/ngrams.h"

#define EPSILON 1e-16

enum { OUTPUT, REFERENCE, MATCHES, N_PER_ORDER };

/* One side: its characters and words. */
typedef struct side {
    s2s_symbols chars, words;
} side;

typedef struct reference {
    s2s_ngrams chars, words;
    int n_chars, n_words;
} reference;

typedef struct chrf {
    s2s_metric base;
    int word_order;
    s2s_draft draft;
    s2s_trie dictionary;
    side side;
    reference *references; /* [base.n_references] */
} chrf;

static bool is_ascii_punctuation(int code)
{
    return (code >= '!' && code <= '/') || (code >= ':' && code <= '@') || (code >= '[' && code <= '`') ||
           (code >= '{' && code <= '~');
}

/* A word, with a punctuation mark at its end or else at its beginning apart. */
static bool add_word(chrf *c, const int *chars, int n)
{
    int head = n;
    if (n > 1 && is_ascii_punctuation(chars[n - 1]))
        head = n - 1;
    else if (n > 1 && is_ascii_punctuation(chars[0]))
        head = 1;
    return s2s_word_add(&c->side.words, &c->dictionary, chars, head) &&
           (head == n || s2s_word_add(&c->side.words, &c->dictionary, chars + head, n - head));
}

static bool split_words(chrf *c, const s2s_symbols *text)
{
    c->side.words.n = 0;
    for (int begin, end = 0; s2s_word_next(text, &begin, &end);)
        if (!add_word(c, text->data + begin, end - begin))
            return false;
    return true;
}

static bool split(chrf *c, s2s_span line)
{
    s2s_draft_begin(&c->draft, line);
    if (c->base.options->lowercase)
        s2s_draft_lower(&c->draft);
    if (s2s_draft_failed(&c->draft))
        return false;
    const s2s_symbols *text = &c->draft.text;
    c->side.chars.n = 0;
    for (int i = 0; i < text->n; i++)
        if (c->base.options->chrf_whitespace || !s2s_char_is_space(text->data[i]))
            s2s_symbols_add(&c->side.chars, text->data[i]);
    return !c->side.chars.failed && (c->word_order == 0 || split_words(c, text));
}

static bool set_references(s2s_metric *metric, const s2s_span *references)
{
    chrf *c = (chrf *)metric;
    s2s_trie_clear(&c->dictionary);
    for (int i = 0; i < metric->n_references; i++) {
        reference *r = &c->references[i];
        s2s_ngrams_clear(&r->chars);
        s2s_ngrams_clear(&r->words);
        if (!split(c, references[i]) ||
            !s2s_ngrams_add(&r->chars, &c->side.chars, metric->options->chrf_char_order) ||
            !s2s_ngrams_add(&r->words, &c->side.words, c->word_order))
            return false;
        r->n_chars = c->side.chars.n;
        r->n_words = c->side.words.n;
    }
    return true;
}

static double f_of(double precision, double recall, double beta_square)
{
    double f = (1 + beta_square) * precision * recall;
    return f / (beta_square * precision + recall);
}

static double f_score(const s2s_metric *metric, const int64_t *sums)
{
    double beta_square = (double)metric->options->chrf_beta * metric->options->chrf_beta;
    double precisions = 0, recalls = 0, fs = 0;
    int n_orders = metric->n_stats / N_PER_ORDER, n_effective = 0;
    for (int i = 0; i < n_orders; i++, sums += N_PER_ORDER) {
        double precision = sums[OUTPUT] > 0 ? (double)sums[MATCHES] / (double)sums[OUTPUT] : EPSILON;
        double recall = sums[REFERENCE] > 0 ? (double)sums[MATCHES] / (double)sums[REFERENCE] : EPSILON;
        fs += beta_square * precision + recall > 0 ? f_of(precision, recall, beta_square) : EPSILON;
        if (sums[OUTPUT] > 0 && sums[REFERENCE] > 0) {
            precisions += precision;
            recalls += recall;
            n_effective++;
        }
    }
    if (metric->options->chrf_eps_smoothing)
        return 100 * fs / n_orders;
    if (precisions + recalls == 0)
        return 0;
    return 100 * f_of(precisions / n_effective, recalls / n_effective, beta_square);
}

/* The numbers of order 1 ... order of one kind of n-grams. */
static void fill(int64_t *stats, int n_output, int n_reference, const int *matches, int order)
{
    for (int n = 1; n <= order; n++, stats += N_PER_ORDER) {
        stats[REFERENCE] = s2s_n_ngrams(n_reference, n);
        stats[OUTPUT] = stats[REFERENCE] > 0 ? s2s_n_ngrams(n_output, n) : 0; /* else there is nothing to hit */
        stats[MATCHES] = matches[n - 1];
    }
}

static bool compare(s2s_metric *metric, s2s_span output, int *stats)
{
    chrf *c = (chrf *)metric;
    int char_order = metric->options->chrf_char_order;
    double best = -1;
    if (!split(c, output))
        return false;
    for (int i = 0; i < metric->n_references; i++) {
        reference *r = &c->references[i];
        int64_t candidate[S2S_METRIC_MAX_STATS] = {0};
        int matches[S2S_CHRF_MAX_ORDER];
        s2s_ngrams_match(&r->chars, &c->side.chars, char_order, matches);
        fill(candidate, c->side.chars.n, r->n_chars, matches, char_order);
        s2s_ngrams_match(&r->words, &c->side.words, c->word_order, matches);
        fill(candidate + N_PER_ORDER * char_order, c->side.words.n, r->n_words, matches, c->word_order);
        double f = f_score(metric, candidate);
        for (int k = 0; k < metric->n_stats && f > best; k++)
            stats[k] = (int)candidate[k];
        best = f > best ? f : best;
    }
    return true;
}

static void score(const s2s_metric *metric, const int64_t *sums, s2s_metrics_score *score)
{
    score->score = f_score(metric, sums);
}

static void sign(const s2s_metric *metric, s2s_str *signature)
{
    const s2s_metrics_options *options = metric->options;
    s2s_str_printf(signature, "case:%s|eff:%s|nc:%d|nw:%d|space:%s|", options->lowercase ? "lc" : "mixed",
                   options->chrf_eps_smoothing ? "no" : "yes", options->chrf_char_order,
                   ((const chrf *)metric)->word_order, options->chrf_whitespace ? "yes" : "no");
}

static void free_chrf(s2s_metric *metric)
{
    chrf *c = (chrf *)metric;
    s2s_draft_free(&c->draft);
    s2s_trie_free(&c->dictionary);
    s2s_symbols_free(&c->side.chars);
    s2s_symbols_free(&c->side.words);
    for (int i = 0; i < metric->n_references; i++) {
        s2s_ngrams_free(&c->references[i].chars);
        s2s_ngrams_free(&c->references[i].words);
    }
    free(c->references);
    free(c);
}

s2s_metric *s2s_chrf_new(const s2s_metrics_options *options, int n_references, int word_order)
{
    static const s2s_metric_kind kind = {set_references, compare, score, sign, free_chrf};
    chrf *c = calloc(1, sizeof *c);
    reference *references = calloc((size_t)n_references, sizeof *references);
    if (!c || !references) {
        free(c);
        free(references);
        return NULL;
    }
    *c = (chrf){.base = {.kind = &kind, .options = options, .n_references = n_references},
                .word_order = word_order,
                .references = references};
    c->base.n_stats = N_PER_ORDER * (options->chrf_char_order + word_order);
    snprintf(c->base.name, sizeof c->base.name, "chrF%d%s", options->chrf_beta, word_order ? "++" : "");
    return &c->base;
}
