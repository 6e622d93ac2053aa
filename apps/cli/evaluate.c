/* s2s evaluate: a model against references. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "message.h"
#include "session.h"

typedef struct evaluate_options {
    const char *pairs, *output;
    s2s_evaluate_options measures; /* besides those of every report */
    bool alignments;
    int show_errors;
} evaluate_options;

#define OPTION(NAME, LETTER, TYPE, FIELD, UNIT, HELP)                                                      \
    {                                                                                                      \
        .name = NAME, .letter = LETTER, .type = S2S_OPTION_##TYPE,                                         \
        .offset = offsetof(evaluate_options, FIELD), .unit = UNIT, .max = 1e9, .group = "data and report", \
        .help = HELP                                                                                       \
    }
static const s2s_option own_options[] = {
    OPTION("pairs", 'i', TEXT, pairs, "FILE",
           "lines \"source<TAB>reference\"; further tabs, further references; may be gzip, zstd or a pipe, "
           "- is standard input"),
    OPTION("output", 'o', TEXT, output, "FILE", "write the report here; - or none: standard output"),
    OPTION("metrics", 0, TEXT, measures.metrics, "NAMES",
           "also measure texts as s2s metrics does: of bleu, chrf, chrf++ and ter, separated by commas"),
    OPTION("perplexity", 0, BOOL, measures.perplexity, NULL, "also score the references"),
    OPTION("show-errors", 0, INT, show_errors, "lines", "print N of the wrong lines before the report"),
    OPTION("alignments", 0, BOOL, alignments, NULL,
           "print every wrong line, aligned with the reference nearest to it"),
};
static const evaluate_options own_defaults;

static const s2s_option_table *own_table(void)
{
    static const s2s_option_table table = {own_options, sizeof own_options / sizeof *own_options,
                                           sizeof(evaluate_options), &own_defaults};
    return &table;
}

/* Of the outputs only the best is measured, so no others are offered. */
static bool is_measured(const s2s_option *option)
{
    return strcmp(option->name, "n-best") != 0;
}

static const s2s_option_table *predict_table(void)
{
    static cli_table_part part;
    return cli_table_part_of(&part, s2s_predict_options_table(), is_measured);
}

/* What the callback for lines needs. */
typedef struct reporting {
    const evaluate_options *own;
    cli_output *output;
    bool json;
    int n_shown;
    s2s_status status; /* of the first line that could not be written */
    s2s_error *err;
} reporting;

static json_t *line_json(const s2s_evaluated_line *line)
{
    return json_pack("{sI so so so so si}", "id", (json_int_t)line->index, "source",
                     cli_json_text(line->source), "output", cli_json_text(line->output), "reference",
                     cli_json_text(line->reference), "alignment", cli_json_text(line->alignment), "edits",
                     line->edits);
}

static void report_line(void *arg, const s2s_evaluated_line *line)
{
    reporting *r = arg;
    bool wanted = r->own->alignments || r->n_shown < r->own->show_errors;
    if (line->correct || !wanted || r->status)
        return;
    r->n_shown++;
    if (r->json) {
        r->status = cli_output_json(r->output, line_json(line), r->err);
        return;
    }
    fprintf(r->output->file, "line %lld: %s\n", (long long)line->index + 1, line->source);
    if (r->own->alignments && line->alignment)
        fprintf(r->output->file, "%s\n\n", line->alignment);
    else
        fprintf(r->output->file, "  output     %s\n  reference  %s\n\n", line->output, line->reference);
}

static void write_percent(FILE *file, const char *name, double value)
{
    fprintf(file, "%-48s%10.2f %%\n", name, value);
}

static void write_edits(FILE *file, const char *name, const s2s_edit_counts *edits)
{
    fprintf(file, "%-48s%10lld substituted, %lld inserted, %lld deleted, of %lld\n", name,
            (long long)edits->substitutions, (long long)edits->insertions, (long long)edits->deletions,
            (long long)edits->reference_tokens);
}

/* What was asked for, that is. */
static void write_metric(FILE *file, const char *name, double value)
{
    if (!isnan(value))
        write_percent(file, name, value);
}

static void write_report(FILE *file, const s2s_evaluation *e, bool with_perplexity)
{
    fprintf(file, "%-48s%10lld\n", "sequences", (long long)e->n_sequences);
    fprintf(file, "%-48s%10lld\n", "  correct", (long long)e->n_correct_sequences);
    write_percent(file, "sequence accuracy", e->sequence_accuracy);
    write_percent(file, "sequence error rate (WER of pronunciation)", 100 - e->sequence_accuracy);
    write_percent(file, "token error rate (WER of words, PER of phones)", e->token_error_rate);
    write_edits(file, "  token edits", &e->tokens);
    write_percent(file, "character error rate", e->character_error_rate);
    write_edits(file, "  character edits", &e->characters);
    write_percent(file, "token accuracy", e->token_accuracy);
    write_percent(file, "precision, micro", e->precision_micro);
    write_percent(file, "recall, micro", e->recall_micro);
    write_percent(file, "F1, micro", e->f1_micro);
    write_percent(file, "precision, macro", e->precision_macro);
    write_percent(file, "recall, macro", e->recall_macro);
    write_percent(file, "F1, macro", e->f1_macro);
    write_metric(file, "BLEU", e->bleu);
    write_metric(file, "chrF", e->chrf);
    write_metric(file, "chrF++", e->chrf_words);
    write_metric(file, "TER", e->ter);
    if (!with_perplexity)
        return;
    fprintf(file, "%-48s%10.4f\n", "perplexity", e->perplexity);
    fprintf(file, "%-48s%10.4f nats\n", "log-probability", e->log_prob);
}

static json_t *edits_json(const s2s_edit_counts *edits)
{
    return json_pack("{sI sI sI sI}", "substitutions", (json_int_t)edits->substitutions, "insertions",
                     (json_int_t)edits->insertions, "deletions", (json_int_t)edits->deletions,
                     "reference_tokens", (json_int_t)edits->reference_tokens);
}

static json_t *report_json(const s2s_evaluation *e)
{
    const struct {
        const char *name;
        double value;
    } reals[] = {
        {"sequence_accuracy", e->sequence_accuracy},
        {"sequence_error_rate", 100 - e->sequence_accuracy},
        {"token_error_rate", e->token_error_rate},
        {"character_error_rate", e->character_error_rate},
        {"token_accuracy", e->token_accuracy},
        {"precision_micro", e->precision_micro},
        {"recall_micro", e->recall_micro},
        {"f1_micro", e->f1_micro},
        {"precision_macro", e->precision_macro},
        {"recall_macro", e->recall_macro},
        {"f1_macro", e->f1_macro},
        {"bleu", e->bleu},
        {"chrf", e->chrf},
        {"chrf_words", e->chrf_words},
        {"ter", e->ter},
        {"perplexity", e->perplexity},
        {"log_prob", e->log_prob},
    };
    json_t *report = json_pack("{sI sI so so}", "sequences", (json_int_t)e->n_sequences, "correct_sequences",
                               (json_int_t)e->n_correct_sequences, "token_edits", edits_json(&e->tokens),
                               "character_edits", edits_json(&e->characters));
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        cli_json_set(&report, reals[i].name, cli_json_real(reals[i].value));
    return report;
}

static s2s_status evaluate(const evaluate_options *own, cli_session *session, bool json, s2s_error *err)
{
    s2s_evaluation evaluation;
    s2s_error line_err = {0};
    reporting r = {own, &session->output, json, 0, S2S_OK, &line_err};
    bool wants_lines = own->alignments || own->show_errors > 0;
    s2s_status status = s2s_evaluate(session->worker, own->pairs, &own->measures, &evaluation,
                                     wants_lines ? report_line : NULL, &r, err);
    if (status)
        return status;
    if (r.status) {
        *err = line_err;
        return r.status;
    }
    if (evaluation.n_split_inputs > 0)
        cli_message("warning: %lld of %lld inputs: longer than %d source tokens (--max-source), predicted in "
                    "parts",
                    (long long)evaluation.n_split_inputs, (long long)evaluation.n_sequences,
                    s2s_worker_max_source(session->worker));
    if (json)
        return cli_output_json(&session->output, report_json(&evaluation), err);
    write_report(session->output.file, &evaluation, own->measures.perplexity);
    return S2S_OK;
}

static s2s_status run(const cli_options *options, s2s_error *err)
{
    const evaluate_options *own = cli_options_of(options, 1);
    cli_session session = {0};
    s2s_status status =
        cli_require(own->pairs, "no references: give a file of pairs, s2s evaluate -m run test.tsv", err);
    if (!status)
        status = cli_session_open(&session, cli_options_of(options, 0), cli_options_of(options, 2), own->output,
                                  err);
    if (!status)
        status = cli_session_profile(&session, cli_options_of(options, 3), err);
    if (!status)
        status = evaluate(own, &session, cli_options_common(options)->json, err);
    return cli_session_close(&session, status, err);
}

const cli_command cli_evaluate = {
    .name = "evaluate",
    .summary = "measure a model against references",
    .usage = "-m PATH [options] PAIRS",
    .examples = "  s2s evaluate -m run test.tsv -b 5\n"
                "  s2s evaluate -m run test.tsv --show-errors 20 --perplexity\n"
                "  paste test.en test.de | s2s evaluate -m run - --metrics bleu,chrf,ter\n",
    .positional = "pairs",
    .repeatable = {"model"},
    .output = "  One line per measure, after the lines that --show-errors or --alignments ask for.\n"
              "  With --json, one object per such line:\n"
              "      id (from 0), source, output, reference (the nearest), alignment, edits\n"
              "  and then one object, its rates in %:\n"
              "      sequences, correct_sequences, token_edits and character_edits (each substitutions,\n"
              "      insertions, deletions, reference_tokens), sequence_accuracy, sequence_error_rate,\n"
              "      token_error_rate, character_error_rate, token_accuracy, precision_micro,\n"
              "      recall_micro, f1_micro, precision_macro, recall_macro, f1_macro, bleu, chrf,\n"
              "      chrf_words (chrF++) and ter (null without --metrics), perplexity and log_prob (null\n"
              "      without --perplexity)\n",
    .tables = {cli_model_table, own_table, predict_table, cli_profile_table},
    .run = run,
};
