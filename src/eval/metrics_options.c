#include "eval/metric.h"

#include <limits.h>
#include <math.h>

#include "base/fail.h"

static const char what[] = "metrics";
static const char bleu[] = "BLEU";
static const char chrf[] = "n-grams of characters: chrF and chrF++";
static const char ter[] = "TER";
static const char chance[] = "confidence and comparison";

#define S2S_X(NAME, name) "|" name
static const char tokenisers[] = S2S_BLEU_TOKENIZE_LIST(S2S_X);
static const char smooth_methods[] = S2S_BLEU_SMOOTH_LIST(S2S_X);
static const char comparisons[] = S2S_PAIRED_LIST(S2S_X);
#undef S2S_X

typedef s2s_metrics_options fields;

/* name, letter, type, offset, min, max, choices, unit, group, help */
static const s2s_option rows[] = {
    {"metrics", 0, S2S_OPTION_TEXT, offsetof(fields, metrics), 0, 0, NULL, "NAMES", what,
     "one or more of bleu, chrf, chrf++ and ter, separated by commas"},
    {"lowercase", 0, S2S_OPTION_BOOL, offsetof(fields, lowercase), 0, 0, NULL, NULL, what,
     "compare in lower case; TER always does unless --ter-case-sensitive"},

    {"tokenize", 0, S2S_OPTION_CHOICE, offsetof(fields, tokenize), 0, 0, tokenisers + 1, NULL, bleu,
     "how texts are split: 13a suits languages with spaces, intl splits at the punctuation of all scripts, zh "
     "is for Chinese, char for other scripts without spaces, none for texts that are split already"},
    {"smooth-method", 0, S2S_OPTION_CHOICE, offsetof(fields, smooth_method), 0, 0, smooth_methods + 1, NULL,
     bleu,
     "what n-gram orders without a match count as: exp 1/2, 1/4, ... of a match, floor a constant, none "
     "nothing; add-k adds a constant to all orders above 1"},
    {"smooth-value", 0, S2S_OPTION_REAL, offsetof(fields, smooth_value), -INFINITY, INFINITY, NULL, NULL, bleu,
     "the constant of floor (0.1 unless given) and add-k (1)"},
    {"effective-order", 0, S2S_OPTION_BOOL, offsetof(fields, effective_order), 0, 0, NULL, NULL, bleu,
     "leave out orders that the outputs are too short for"},

    {"chrf-char-order", 0, S2S_OPTION_INT, offsetof(fields, chrf_char_order), 1, S2S_CHRF_MAX_ORDER, NULL,
     "characters", chrf, "longest n-grams of characters"},
    {"chrf-beta", 0, S2S_OPTION_INT, offsetof(fields, chrf_beta), 0, 100, NULL, NULL, chrf,
     "recall counts N times as much as precision"},
    {"chrf-whitespace", 0, S2S_OPTION_BOOL, offsetof(fields, chrf_whitespace), 0, 0, NULL, NULL, chrf,
     "white space is a character like others"},
    {"chrf-eps-smoothing", 0, S2S_OPTION_BOOL, offsetof(fields, chrf_eps_smoothing), 0, 0, NULL, NULL, chrf,
     "average all orders as chrF++.py, NLTK and Moses do, not only those that both sides have"},

    {"ter-normalized", 0, S2S_OPTION_BOOL, offsetof(fields, ter_normalized), 0, 0, NULL, NULL, ter,
     "split off punctuation and replace XML entities first"},
    {"ter-no-punct", 0, S2S_OPTION_BOOL, offsetof(fields, ter_no_punct), 0, 0, NULL, NULL, ter,
     "remove punctuation first"},
    {"ter-asian-support", 0, S2S_OPTION_BOOL, offsetof(fields, ter_asian_support), 0, 0, NULL, NULL, ter,
     "--ter-normalized splits Chinese and Japanese into characters, --ter-no-punct removes their punctuation"},
    {"ter-case-sensitive", 0, S2S_OPTION_BOOL, offsetof(fields, ter_case_sensitive), 0, 0, NULL, NULL, ter,
     "do not compare in lower case"},

    {"confidence", 0, S2S_OPTION_BOOL, offsetof(fields, confidence), 0, 0, NULL, NULL, chance,
     "95 % intervals, by bootstrap resampling of lines; --paired bootstrap gives them too"},
    {"paired", 0, S2S_OPTION_CHOICE, offsetof(fields, paired), 0, 0, comparisons + 1, NULL, chance,
     "test whether systems differ from the first by more than chance: paired bootstrap (Koehn 2004) or "
     "approximate randomisation (Riezler and Maxwell 2005), which makes fewer assumptions"},
    {"resamples", 0, S2S_OPTION_INT, offsetof(fields, resamples), 1, 1000000, NULL, NULL, chance,
     "samples of the bootstrap"},
    {"trials", 0, S2S_OPTION_INT, offsetof(fields, trials), 1, 1000000, NULL, NULL, chance,
     "trials of approximate randomisation"},
    {"seed", 0, S2S_OPTION_INT, offsetof(fields, seed), 0, INT_MAX, NULL, NULL, chance,
     "seed of both: the same seed gives the same intervals and p-values"},
};

static const s2s_metrics_options defaults = {
    .metrics = "bleu,chrf,ter",
    .smooth_value = NAN,
    .chrf_char_order = 6,
    .chrf_beta = 2,
    .resamples = 1000,
    .trials = 10000,
    .seed = 1,
};

static const s2s_option_table table = {rows, sizeof rows / sizeof *rows, sizeof(s2s_metrics_options),
                                       &defaults};

const s2s_option_table *s2s_metrics_options_table(void)
{
    return &table;
}

void s2s_metrics_options_defaults(s2s_metrics_options *options)
{
    *options = defaults;
}

s2s_status s2s_metrics_options_check(const s2s_metrics_options *options, s2s_error *err)
{
    for (int i = 0; i < table.n_options; i++)
        S2S_TRY(s2s_option_check(&rows[i], options, err));
    double value = options->smooth_value;
    bool has_value =
        options->smooth_method == S2S_BLEU_SMOOTH_FLOOR || options->smooth_method == S2S_BLEU_SMOOTH_ADD_K;
    if (!isnan(value) && !has_value)
        return s2s_fail(err, S2S_MISUSE,
                        "--smooth-value: expected --smooth-method floor or add-k, found another");
    if (!isnan(value) && !(value >= 0 && value <= INT_MAX))
        return s2s_fail(err, S2S_MISUSE, "--smooth-value: expected a number from 0 to %d, found %g", INT_MAX,
                        value);
    return S2S_OK;
}
