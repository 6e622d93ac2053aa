/* s2s metrics: outputs against references, without a model. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "message.h"
#include "names.h"
#include "output.h"

typedef struct own_fields {
    const char *ref, *hyp; /* names of files, a line each */
    const char *output;
} own_fields;

#define OPTION(NAME, LETTER, FIELD, HELP)                                                               \
    {                                                                                                   \
        .name = NAME, .letter = LETTER, .type = S2S_OPTION_TEXT, .offset = offsetof(own_fields, FIELD), \
        .unit = "FILE", .group = "files", .help = HELP                                                  \
    }
static const s2s_option own_options[] = {
    OPTION("ref", 'r', ref,
           "references, one a line; may be repeated where lines have several; may be gzip, zstd or a pipe, - "
           "is standard input"),
    OPTION("hyp", 'i', hyp,
           "outputs, parallel to the references; may be repeated, for several systems; - or none: standard "
           "input"),
    OPTION("output", 'o', output, "write the report here; - or none: standard output"),
};
static const own_fields own_defaults;

static const s2s_option_table *own_table(void)
{
    static const s2s_option_table table = {own_options, sizeof own_options / sizeof *own_options,
                                           sizeof(own_fields), &own_defaults};
    return &table;
}

typedef struct reporting {
    cli_output output;
    bool json;
    int width;       /* of the longest name of a system */
    char metric[32]; /* of the last score */
} reporting;

static bool is_metric(const s2s_metrics_score *score, const char *name)
{
    return strcmp(score->metric, name) == 0;
}

static json_t *score_json(const s2s_metrics_score *score)
{
    json_t *object = json_pack("{ss ss so so}", "metric", score->metric, "signature", score->signature,
                               "system", cli_json_text(score->system), "score", cli_json_real(score->score));
    cli_json_set(&object, "mean", cli_json_real(score->mean));
    cli_json_set(&object, "interval", cli_json_real(score->interval));
    cli_json_set(&object, "p_value", cli_json_real(score->p_value));
    if (is_metric(score, "BLEU")) {
        json_t *precisions = json_array();
        for (int n = 0; n < S2S_BLEU_ORDER; n++)
            cli_json_append(&precisions, cli_json_real(score->precisions[n]));
        cli_json_set(&object, "precisions", precisions);
        cli_json_set(&object, "brevity_penalty", cli_json_real(score->brevity_penalty));
        cli_json_set(&object, "output_tokens", json_integer(score->output_tokens));
        cli_json_set(&object, "reference_tokens", cli_json_real(score->reference_tokens));
    } else if (is_metric(score, "TER")) {
        cli_json_set(&object, "edits", json_integer(score->edits));
        cli_json_set(&object, "reference_tokens", cli_json_real(score->reference_tokens));
    }
    return object;
}

/* What the score is made of, in sacreBLEU's words. */
static void write_details(FILE *file, const s2s_metrics_score *score)
{
    if (is_metric(score, "TER"))
        fprintf(file, "  (edits = %lld ref_len = %.1f)", (long long)score->edits, score->reference_tokens);
    if (!is_metric(score, "BLEU"))
        return;
    double length = score->reference_tokens, ratio = length > 0 ? (double)score->output_tokens / length : 0;
    for (int n = 0; n < S2S_BLEU_ORDER; n++)
        fprintf(file, "%s%.1f", n > 0 ? "/" : "  ", score->precisions[n]);
    fprintf(file, " (BP = %.3f ratio = %.3f hyp_len = %lld ref_len = %.0f)", score->brevity_penalty, ratio,
            (long long)score->output_tokens, length);
}

static void write_score(reporting *r, const s2s_metrics_score *score)
{
    FILE *file = r->output.file;
    if (!is_metric(score, r->metric)) {
        fprintf(file, "%s%s|%s\n", *r->metric ? "\n" : "", score->metric, score->signature);
        snprintf(r->metric, sizeof r->metric, "%s", score->metric);
    }
    fprintf(file, "  %-*s %7.2f", r->width, score->system, score->score);
    if (!isnan(score->mean))
        fprintf(file, "  (mean %.2f ± %.2f)", score->mean, score->interval);
    if (!isnan(score->p_value))
        fprintf(file, "  p = %.4f", score->p_value);
    write_details(file, score);
    fputc('\n', file);
}

static s2s_status on_score(void *arg, const s2s_metrics_score *score, s2s_error *err)
{
    reporting *r = arg;
    if (r->json)
        return cli_output_json(&r->output, score_json(score), err);
    write_score(r, score);
    return S2S_OK;
}

static s2s_status measure(const cli_options *options, const cli_names *references, const cli_names *outputs,
                          s2s_error *err)
{
    const own_fields *own = cli_options_of(options, 0);
    reporting r = {.json = cli_options_common(options)->json};
    s2s_metrics_files files = {references->items, references->n, outputs->items, outputs->n};
    for (int i = 0; i < outputs->n; i++)
        if ((int)strlen(outputs->items[i]) > r.width)
            r.width = (int)strlen(outputs->items[i]);
    s2s_status status = cli_output_open(&r.output, own->output, err);
    if (!status)
        status = s2s_metrics_measure(&files, cli_options_of(options, 1), on_score, &r, err);
    return cli_output_close(&r.output, status, err);
}

static s2s_status run(const cli_options *options, s2s_error *err)
{
    const own_fields *own = cli_options_of(options, 0);
    cli_names references = {0}, outputs = {0};
    s2s_status status =
        cli_require(own->ref, "no references: give them with --ref, s2s metrics --ref ref.txt out.txt", err);
    if (!status)
        status = cli_names_split(&references, own->ref, err);
    if (!status)
        status = cli_names_split(&outputs, own->hyp ? own->hyp : "-", err);
    if (!status)
        status = measure(options, &references, &outputs, err);
    cli_names_free(&references);
    cli_names_free(&outputs);
    return status;
}

const cli_command cli_metrics = {
    .name = "metrics",
    .summary = "compare outputs with references",
    .usage = "--ref FILE [options] [HYP...]",
    .examples = "  s2s metrics --ref ref.txt out.txt\n"
                "  s2s predict -m run source.txt | s2s metrics --ref ref.txt --metrics bleu,chrf++\n"
                "  s2s metrics --ref a.txt --ref b.txt out.txt --confidence\n"
                "  s2s metrics --ref ref.txt base.txt new.txt --paired approx\n",
    .positional = "hyp",
    .repeatable = {"ref", "hyp"},
    .output =
        "  Scores are those of sacreBLEU 2, signatures too but for the version.  Per metric its signature\n"
        "  and a line per system: score in % (of TER the lower the better), where asked for the mean of\n"
        "  the bootstrap samples and half the width of their 95 % interval, and the p-value of the\n"
        "  difference to the first system: the chance of one as large between equal systems.  With\n"
        "  --json, one object per such line:\n"
        "      metric, signature, system, score, mean, interval, p_value (null where not asked for),\n"
        "      of BLEU precisions, brevity_penalty and output_tokens, of TER edits, of both\n"
        "      reference_tokens\n",
    .tables = {own_table, s2s_metrics_options_table},
    .run = run,
};
