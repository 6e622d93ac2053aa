/* Metrics of outputs: the way from files to scores. */
#include "s2s/metrics.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "data/text_file.h"
#include "eval/resample.h"
#include "s2s/version.h"

typedef struct measuring {
    const s2s_metrics_files *files;
    const s2s_metrics_options *options;
    s2s_text_file *texts; /* [n_references + n_outputs] */
    int n_lines;
    s2s_metric *metrics[S2S_N_METRICS]; /* as ordered */
    int n_metrics;
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

static s2s_status make_metrics(measuring *m, s2s_error *err)
{
    s2s_metric_list list;
    S2S_TRY(s2s_metric_list_read(&list, m->options->metrics, err));
    for (; m->n_metrics < list.n; m->n_metrics++) {
        m->metrics[m->n_metrics] = s2s_metric_new(list.items[m->n_metrics], m->options, m->files->n_references);
        if (!m->metrics[m->n_metrics])
            return out_of_memory(err);
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
    S2S_TRY(s2s_metrics_options_check(m->options, err));
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
