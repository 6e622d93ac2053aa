/* BLEU (Papineni et al. 2002, "BLEU: a method for automatic evaluation of machine translation").
 *
 *     BLEU = BP exp(1/4 sum_n log p_n)        n = 1 ... 4
 *     p_n  = matched n-grams / n-grams of the outputs, each matched at most as often as in the reference that
 *            has most of it
 *     BP   = exp(1 - r/c) where c < r, else 1: c tokens of the outputs, r tokens of the references, those of
 *            the length nearest to the output's, of two the shorter
 *
 * Where an order has no match (Chen and Cherry 2014), "exp" takes 1/2, 1/4, ... of a match for the first,
 * second, ... such order, "floor" a constant; "add-k" adds a constant to matches and n-grams above order 1 in
 * any case.  The effective order leaves out orders that the outputs are too short for. */
#include <math.h>
#include <stdlib.h>

#include "eval/metric.h"
#include "eval/mt_tokens.h"
#include "eval/ngrams.h"

enum {
    ORDER = S2S_BLEU_ORDER,
    OUTPUT_LENGTH = 0,
    REFERENCE_LENGTH = 1,
    MATCHES = 2,
    TOTALS = MATCHES + ORDER,
    N_STATS = TOTALS + ORDER,
};

#define LOG_ZERO -9999999999.0

typedef struct bleu {
    s2s_metric base;
    s2s_draft draft;
    s2s_trie dictionary;
    s2s_symbols words;
    s2s_ngrams ngrams;
    s2s_symbols lengths; /* of the references */
} bleu;

static bool split(bleu *b, s2s_span line)
{
    s2s_draft_begin(&b->draft, line);
    if (b->base.options->lowercase)
        s2s_draft_lower(&b->draft);
    s2s_tokenise_bleu(&b->draft, (s2s_bleu_tokenize)b->base.options->tokenize);
    return !s2s_draft_failed(&b->draft) && s2s_word_split(&b->words, &b->dictionary, &b->draft.text);
}

static bool set_references(s2s_metric *metric, const s2s_span *references)
{
    bleu *b = (bleu *)metric;
    s2s_trie_clear(&b->dictionary);
    s2s_ngrams_clear(&b->ngrams);
    b->lengths.n = 0;
    for (int i = 0; i < metric->n_references; i++) {
        if (!split(b, references[i]) || !s2s_ngrams_add(&b->ngrams, &b->words, ORDER))
            return false;
        s2s_symbols_add(&b->lengths, b->words.n);
    }
    return !b->lengths.failed;
}

static int nearest_length(const s2s_symbols *lengths, int length)
{
    int nearest = lengths->data[0];
    for (int i = 1; i < lengths->n; i++) {
        int candidate = lengths->data[i];
        int further = abs(candidate - length) - abs(nearest - length);
        if (further < 0 || (further == 0 && candidate < nearest))
            nearest = candidate;
    }
    return nearest;
}

static bool compare(s2s_metric *metric, s2s_span output, int *stats)
{
    bleu *b = (bleu *)metric;
    if (!split(b, output))
        return false;
    stats[OUTPUT_LENGTH] = b->words.n;
    stats[REFERENCE_LENGTH] = nearest_length(&b->lengths, b->words.n);
    s2s_ngrams_match(&b->ngrams, &b->words, ORDER, stats + MATCHES);
    for (int n = 1; n <= ORDER; n++)
        stats[TOTALS + n - 1] = s2s_n_ngrams(b->words.n, n);
    return true;
}

static double smooth_value(const s2s_metrics_options *options)
{
    if (!isnan(options->smooth_value))
        return options->smooth_value;
    return options->smooth_method == S2S_BLEU_SMOOTH_FLOOR ? 0.1 : 1; /* Chen and Cherry's */
}

/* Fills precisions up to the first order without n-grams; returns the order that the mean is taken over. */
static int smooth(const s2s_metrics_options *options, const int64_t *sums, double *precisions)
{
    double value = smooth_value(options), halvings = 1;
    int effective_order = ORDER;
    for (int n = 0; n < ORDER; n++) {
        double added = options->smooth_method == S2S_BLEU_SMOOTH_ADD_K && n > 0 ? value : 0;
        double matches = (double)sums[MATCHES + n] + added, total = (double)sums[TOTALS + n] + added;
        if (total == 0)
            break;
        if (options->effective_order)
            effective_order = n + 1;
        if (matches != 0)
            precisions[n] = 100 * matches / total;
        else if (options->smooth_method == S2S_BLEU_SMOOTH_EXP)
            precisions[n] = 100 / ((halvings *= 2) * total);
        else if (options->smooth_method == S2S_BLEU_SMOOTH_FLOOR)
            precisions[n] = 100 * value / total;
    }
    return effective_order;
}

static double brevity_penalty(int64_t output, int64_t reference)
{
    if (output >= reference)
        return 1;
    return output > 0 ? exp(1 - (double)reference / (double)output) : 0;
}

static void score(const s2s_metric *metric, const int64_t *sums, s2s_metrics_score *score)
{
    score->output_tokens = sums[OUTPUT_LENGTH];
    score->reference_tokens = (double)sums[REFERENCE_LENGTH];
    score->brevity_penalty = brevity_penalty(sums[OUTPUT_LENGTH], sums[REFERENCE_LENGTH]);
    score->score = 0;
    bool any = false;
    for (int n = 0; n < ORDER; n++) {
        score->precisions[n] = 0;
        any |= sums[MATCHES + n] > 0;
    }
    if (!any)
        return;
    int order = smooth(metric->options, sums, score->precisions);
    double sum = 0;
    for (int n = 0; n < order; n++)
        sum += score->precisions[n] == 0 ? LOG_ZERO : log(score->precisions[n]);
    score->score = score->brevity_penalty * exp(sum / order);
}

static void sign(const s2s_metric *metric, s2s_str *signature)
{
#define S2S_X(NAME, name) name,
    static const char *const tokenisers[] = {S2S_BLEU_TOKENIZE_LIST(S2S_X)};
    static const char *const methods[] = {S2S_BLEU_SMOOTH_LIST(S2S_X)};
#undef S2S_X
    const s2s_metrics_options *options = metric->options;
    s2s_str_printf(signature, "case:%s|eff:%s|tok:%s|smooth:%s", options->lowercase ? "lc" : "mixed",
                   options->effective_order ? "yes" : "no", tokenisers[options->tokenize],
                   methods[options->smooth_method]);
    bool has_value =
        options->smooth_method == S2S_BLEU_SMOOTH_FLOOR || options->smooth_method == S2S_BLEU_SMOOTH_ADD_K;
    if (has_value) { /* with a decimal point in every locale */
        long long hundredths = llrint(100 * smooth_value(options));
        s2s_str_printf(signature, "[%lld.%02lld]", hundredths / 100, hundredths % 100);
    }
    s2s_str_add_char(signature, '|');
}

static void free_bleu(s2s_metric *metric)
{
    bleu *b = (bleu *)metric;
    s2s_draft_free(&b->draft);
    s2s_trie_free(&b->dictionary);
    s2s_symbols_free(&b->words);
    s2s_ngrams_free(&b->ngrams);
    s2s_symbols_free(&b->lengths);
    free(b);
}

s2s_metric *s2s_bleu_new(const s2s_metrics_options *options, int n_references)
{
    static const s2s_metric_kind kind = {set_references, compare, score, sign, free_bleu};
    bleu *b = calloc(1, sizeof *b);
    if (b)
        b->base = (s2s_metric){&kind, options, "BLEU", n_references, N_STATS};
    return b ? &b->base : NULL;
}
