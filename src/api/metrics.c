/* Metrics of outputs: their options, and the way from files to scores. */
#include "s2s/metrics.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "data/text_file.h"
#include "eval/resample.h"
#include "s2s/version.h"

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
     "of bleu, chrf, chrf++ and ter, separated by commas"},
    {"lowercase", 0, S2S_OPTION_BOOL, offsetof(fields, lowercase), 0, 0, NULL, NULL, what,
     "compare in lower case; TER always does but with --ter-case-sensitive"},

    {"tokenize", 0, S2S_OPTION_CHOICE, offsetof(fields, tokenize), 0, 0, tokenisers + 1, NULL, bleu,
     "how texts are split: 13a suits languages with spaces, intl splits at the punctuation of all scripts, zh "
     "is "
     "for Chinese, char for other scripts without spaces, none for texts that are split already"},
    {"smooth-method", 0, S2S_OPTION_CHOICE, offsetof(fields, smooth_method), 0, 0, smooth_methods + 1, NULL,
     bleu,
     "what n-gram orders without a match count: exp 1/2, 1/4, ... of a match, floor a constant, none nothing; "
     "add-k adds a constant to all orders above 1"},
    {"smooth-value", 0, S2S_OPTION_REAL, offsetof(fields, smooth_value), -INFINITY, INFINITY, NULL, NULL, bleu,
     "the constant of floor (0.1 unless given) and add-k (1)"},
    {"effective-order", 0, S2S_OPTION_BOOL, offsetof(fields, effective_order), 0, 0, NULL, NULL, bleu,
     "leave out orders that the outputs are too short for"},

    {"chrf-char-order", 0, S2S_OPTION_INT, offsetof(fields, chrf_char_order), 1, S2S_CHRF_MAX_ORDER, NULL,
     "characters", chrf, "longest n-grams of characters"},
    {"chrf-beta", 0, S2S_OPTION_INT, offsetof(fields, chrf_beta), 0, 100, NULL, NULL, chrf,
     "how many times as important as precision recall is"},
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

enum { METRIC_BLEU, METRIC_CHRF, METRIC_CHRF_WORDS, METRIC_TER, N_METRICS };

typedef struct measuring {
    const s2s_metrics_files *files;
    const s2s_metrics_options *options;
    s2s_text_file *texts; /* [n_references + n_outputs] */
    int n_lines;
    s2s_metric *metrics[N_METRICS]; /* as ordered */
    int n_metrics;
    bool has_metric[N_METRICS];
    int **stats;          /* [n_metrics][n_outputs] of [n_lines, n_stats]; the last index runs faster */
    s2s_span *references; /* [n_references] of one line */
    double *samples;      /* [resamples] of a system */
    double *first;        /* [resamples] of the first system, in the order drawn */
    s2s_str signature;
} measuring;

static s2s_status out_of_memory(s2s_error *err)
{
    return s2s_fail_memory(err, "measuring outputs");
}

/* ---- what is asked ---- */

static s2s_status check_options(const s2s_metrics_options *options, s2s_error *err)
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

static s2s_status check_files(const s2s_metrics_files *files, const s2s_metrics_options *options,
                              s2s_error *err)
{
    int n_standard = 0;
    for (int i = 0; i < files->n_references; i++)
        n_standard += strcmp(files->references[i], "-") == 0;
    for (int i = 0; i < files->n_outputs; i++)
        n_standard += strcmp(files->outputs[i], "-") == 0;
    if (files->n_references < 1 || files->n_outputs < 1)
        return s2s_fail(err, S2S_MISUSE,
                        "expected at least one file of references and one of outputs, found %d and %d",
                        files->n_references, files->n_outputs);
    if (n_standard > 1)
        return s2s_fail(err, S2S_MISUSE, "expected standard input for one file, found it for %d", n_standard);
    if (options->paired != S2S_PAIRED_NONE && files->n_outputs < 2)
        return s2s_fail(err, S2S_MISUSE, "--paired: expected the outputs of two systems at least, found one");
    return S2S_OK;
}

static s2s_metric *new_metric(const measuring *m, int which)
{
    int n = m->files->n_references;
    if (which == METRIC_BLEU)
        return s2s_bleu_new(m->options, n);
    if (which == METRIC_TER)
        return s2s_ter_new(m->options, n);
    return s2s_chrf_new(m->options, n, which == METRIC_CHRF ? 0 : S2S_CHRF_WORD_ORDER);
}

static s2s_status add_metric(measuring *m, const char *name, size_t len, s2s_error *err)
{
    static const char *const names[N_METRICS] = {"bleu", "chrf", "chrf++", "ter"};
    int which = 0;
    while (which < N_METRICS && (strlen(names[which]) != len || strncmp(names[which], name, len) != 0))
        which++;
    if (which == N_METRICS)
        return s2s_fail(err, S2S_MISUSE, "--metrics: expected bleu, chrf, chrf++ or ter, found \"%.*s\"",
                        len < 60 ? (int)len : 60, name);
    if (m->has_metric[which])
        return s2s_fail(err, S2S_MISUSE, "--metrics: expected each metric once, found %s twice", names[which]);
    m->has_metric[which] = true;
    m->metrics[m->n_metrics] = new_metric(m, which);
    return m->metrics[m->n_metrics++] ? S2S_OK : out_of_memory(err);
}

static s2s_status make_metrics(measuring *m, s2s_error *err)
{
    const char *names = m->options->metrics ? m->options->metrics : "";
    for (bool more = true; more;) {
        size_t len = strcspn(names, ",");
        S2S_TRY(add_metric(m, names, len, err));
        more = names[len] == ',';
        names += len + more;
    }
    return S2S_OK;
}

/* ---- files ---- */

static const char *path_of(const measuring *m, int i)
{
    int n = m->files->n_references;
    return i < n ? m->files->references[i] : m->files->outputs[i - n];
}

static s2s_status open_texts(measuring *m, s2s_error *err)
{
    static const s2s_logger silent;
    int n = m->files->n_references + m->files->n_outputs;
    m->texts = calloc((size_t)n, sizeof *m->texts);
    if (!m->texts)
        return out_of_memory(err);
    for (int i = 0; i < n; i++) {
        S2S_TRY(s2s_text_file_open(&m->texts[i], path_of(m, i), NULL, NULL, &silent, err));
        if (m->texts[i].n_lines != m->texts[0].n_lines)
            return s2s_fail(err, S2S_BAD_DATA, "%s: expected %zu lines, as many as %s has, found %zu",
                            s2s_text_file_name(path_of(m, i)), m->texts[0].n_lines,
                            s2s_text_file_name(path_of(m, 0)), m->texts[i].n_lines);
    }
    if (m->texts[0].n_lines > INT_MAX)
        return s2s_fail(err, S2S_BAD_DATA, "%s: expected at most %d lines, found %zu", path_of(m, 0), INT_MAX,
                        m->texts[0].n_lines);
    m->n_lines = (int)m->texts[0].n_lines;
    return S2S_OK;
}

/* ---- sentences ---- */

static int *stats_of(const measuring *m, int metric, int output)
{
    return m->stats[metric * m->files->n_outputs + output];
}

static bool make_room(measuring *m)
{
    int n_outputs = m->files->n_outputs;
    size_t resamples = (size_t)m->options->resamples;
    m->references = calloc((size_t)m->files->n_references, sizeof *m->references);
    m->samples = calloc(resamples, sizeof *m->samples);
    m->first = calloc(resamples, sizeof *m->first);
    m->stats = calloc((size_t)m->n_metrics * (size_t)n_outputs, sizeof *m->stats);
    if (!m->references || !m->samples || !m->first || !m->stats)
        return false;
    for (int i = 0; i < m->n_metrics * n_outputs; i++) {
        int *stats = calloc((size_t)m->n_lines, (size_t)m->metrics[i / n_outputs]->n_stats * sizeof *stats);
        if (!(m->stats[i] = stats))
            return false;
    }
    return true;
}

static bool compare_line(measuring *m, int metric, int line)
{
    s2s_metric *with = m->metrics[metric];
    const s2s_text_file *outputs = m->texts + m->files->n_references;
    if (!with->kind->set_references(with, m->references))
        return false;
    for (int i = 0; i < m->files->n_outputs; i++) {
        s2s_span output = s2s_text_file_line(&outputs[i], (size_t)line);
        if (!with->kind->compare(with, output, stats_of(m, metric, i) + (size_t)line * (size_t)with->n_stats))
            return false;
    }
    return true;
}

static s2s_status compare(measuring *m, s2s_error *err)
{
    if (!make_room(m))
        return out_of_memory(err);
    for (int line = 0; line < m->n_lines; line++) {
        for (int i = 0; i < m->files->n_references; i++)
            m->references[i] = s2s_text_file_line(&m->texts[i], (size_t)line);
        for (int metric = 0; metric < m->n_metrics; metric++)
            if (!compare_line(m, metric, line))
                return out_of_memory(err);
    }
    return S2S_OK;
}

/* ---- scores ---- */

static bool is_bootstrapped(const s2s_metrics_options *options)
{
    return options->confidence || options->paired == S2S_PAIRED_BOOTSTRAP;
}

static bool sign(measuring *m, const s2s_metric *metric)
{
    const s2s_metrics_options *options = m->options;
    bool bootstrapped = is_bootstrapped(options), randomised = options->paired == S2S_PAIRED_APPROX;
    s2s_str *signature = &m->signature;
    s2s_str_clear(signature);
    s2s_str_printf(signature, "nrefs:%d|", m->files->n_references);
    if (bootstrapped)
        s2s_str_printf(signature, "bs:%d|", options->resamples);
    if (randomised)
        s2s_str_printf(signature, "ar:%d|", options->trials);
    if (bootstrapped || randomised)
        s2s_str_printf(signature, "seed:%d|", options->seed);
    metric->kind->sign(metric, signature);
    s2s_str_printf(signature, "version:s2s-" S2S_VERSION);
    return !signature->failed;
}

/* Interval and, with the paired bootstrap, p-value of system i, whose score is given but for these. */
static void resample(measuring *m, int metric, int i, double first_score, s2s_metrics_score *score)
{
    int n = m->options->resamples;
    s2s_bootstrap(m->metrics[metric], stats_of(m, metric, i), m->n_lines, (uint64_t)m->options->seed, n,
                  m->samples);
    if (i == 0)
        memcpy(m->first, m->samples, (size_t)n * sizeof *m->first);
    else if (m->options->paired == S2S_PAIRED_BOOTSTRAP)
        score->p_value = s2s_paired_bootstrap(m->first, m->samples, n, score->score - first_score);
    s2s_bootstrap_interval(m->samples, n, &score->mean, &score->interval);
}

static s2s_status randomise(measuring *m, int metric, int i, s2s_metrics_score *score, s2s_error *err)
{
    const s2s_metric *with = m->metrics[metric];
    int *differences = calloc((size_t)m->n_lines, (size_t)with->n_stats * sizeof *differences);
    if (!differences)
        return out_of_memory(err);
    score->p_value = s2s_randomisation(with, stats_of(m, metric, 0), stats_of(m, metric, i), m->n_lines,
                                       (uint64_t)m->options->seed, m->options->trials, differences);
    free(differences);
    return S2S_OK;
}

static s2s_status report(measuring *m, int metric, s2s_metrics_score_fn *fn, void *arg, s2s_error *err)
{
    const s2s_metric *with = m->metrics[metric];
    double first_score = 0;
    if (!sign(m, with))
        return out_of_memory(err);
    for (int i = 0; i < m->files->n_outputs; i++) {
        int64_t sums[S2S_METRIC_MAX_STATS];
        s2s_metrics_score score = {
            .system = m->files->outputs[i],
            .metric = with->name,
            .signature = m->signature.data,
            .mean = NAN,
            .interval = NAN,
            .p_value = NAN,
        };
        s2s_metric_sum(with, stats_of(m, metric, i), m->n_lines, sums);
        with->kind->score(with, sums, &score);
        if (i == 0)
            first_score = score.score;
        if (is_bootstrapped(m->options))
            resample(m, metric, i, first_score, &score);
        if (i > 0 && m->options->paired == S2S_PAIRED_APPROX)
            S2S_TRY(randomise(m, metric, i, &score, err));
        S2S_TRY(fn(arg, &score, err));
    }
    return S2S_OK;
}

static s2s_status measure(measuring *m, s2s_metrics_score_fn *score, void *arg, s2s_error *err)
{
    S2S_TRY(check_options(m->options, err));
    S2S_TRY(check_files(m->files, m->options, err));
    S2S_TRY(make_metrics(m, err));
    S2S_TRY(open_texts(m, err));
    S2S_TRY(compare(m, err));
    for (int metric = 0; metric < m->n_metrics; metric++)
        S2S_TRY(report(m, metric, score, arg, err));
    return S2S_OK;
}

static void free_all(measuring *m)
{
    for (int i = 0; m->texts && i < m->files->n_references + m->files->n_outputs; i++)
        s2s_text_file_close(&m->texts[i]);
    for (int i = 0; m->stats && i < m->n_metrics * m->files->n_outputs; i++)
        free(m->stats[i]);
    for (int i = 0; i < m->n_metrics; i++)
        s2s_metric_free(m->metrics[i]);
    free(m->texts);
    free(m->stats);
    free(m->references);
    free(m->samples);
    free(m->first);
    s2s_str_free(&m->signature);
}

s2s_status s2s_metrics_measure(const s2s_metrics_files *files, const s2s_metrics_options *options,
                               s2s_metrics_score_fn *score, void *arg, s2s_error *err)
{
    if (!files || !options || !score)
        return s2s_fail(err, S2S_MISUSE,
                        "s2s_metrics_measure: expected files, options and a function, found NULL");
    measuring m = {.files = files, .options = options};
    s2s_status status = measure(&m, score, arg, err);
    free_all(&m);
    return status;
}
