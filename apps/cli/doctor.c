/* s2s doctor: what is wrong with the data of a training. */
#include <string.h>

#include "command.h"
#include "message.h"
#include "output.h"

typedef struct own_fields {
    int show;
} own_fields;

static const s2s_option own_options[] = {
    {.name = "show",
     .type = S2S_OPTION_INT,
     .offset = offsetof(own_fields, show),
     .max = S2S_MAX_EXAMPLES,
     .unit = "examples",
     .group = "report",
     .help = "examples of each finding"},
};
static const own_fields own_defaults = {.show = 3};

static const s2s_option_table *own_table(void)
{
    static const s2s_option_table table = {own_options, sizeof own_options / sizeof *own_options,
                                           sizeof(own_fields), &own_defaults};
    return &table;
}

static bool concerns_data(const s2s_option *option)
{
    return strcmp(option->group, "data") == 0;
}

static const s2s_option_table *data_table(void)
{
    static cli_table_part part;
    return cli_table_part_of(&part, s2s_train_options_table(), concerns_data);
}

static const char *const severities[] = {"error", "warning", "note"};

static double share(int64_t count, int64_t of)
{
    return of > 0 ? 100 * (double)count / (double)of : 0;
}

/* What comes from the data must not drive the terminal. */
static void write_text(FILE *file, const char *text)
{
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, file);
}

static void write_example(FILE *file, const s2s_example *example)
{
    fputs("    ", file);
    if (example->file) {
        write_text(file, example->file);
        fprintf(file, ":%lld", (long long)example->line);
    }
    if (example->file && example->detail)
        fputs(": ", file);
    if (example->detail)
        write_text(file, example->detail);
    fputc('\n', file);
}

static void write_finding(FILE *file, const s2s_finding *finding)
{
    fprintf(file, "%s: %lld of %lld %s (%.2f %%) %s\n", severities[finding->severity],
            (long long)finding->count, (long long)finding->of, finding->unit,
            share(finding->count, finding->of), finding->what);
    for (int i = 0; i < finding->n_examples; i++)
        write_example(file, &finding->examples[i]);
    fprintf(file, "    advice: %s\n\n", finding->advice);
}

static void write_figures(FILE *file, const s2s_side_figures *f)
{
    fprintf(file, "%-10s %s %10lld %11lld %9d %9.2f %% %6d %6d %6d %6d\n", f->part, f->side,
            (long long)f->n_sequences, (long long)f->n_tokens, f->n_distinct, share(f->n_unknown, f->n_tokens),
            f->shortest, f->median, f->percentile_95, f->longest);
}

static void write_report(FILE *file, const s2s_diagnosis *diagnosis)
{
    for (int i = 0; i < diagnosis->n_findings; i++)
        write_finding(file, &diagnosis->findings[i]);
    if (diagnosis->n_sides > 0)
        fprintf(file, "%17s %10s %11s %9s %11s %6s %6s %6s %6s\n", "", "sequences", "tokens", "different",
                "unknown", "least", "median", "95 %", "most");
    for (int i = 0; i < diagnosis->n_sides; i++)
        write_figures(file, &diagnosis->sides[i]);
}

static json_t *finding_json(const s2s_finding *finding)
{
    json_t *examples = json_array();
    for (int i = 0; i < finding->n_examples; i++) {
        const s2s_example *example = &finding->examples[i];
        json_t *object = json_pack("{so}", "file", cli_json_text(example->file));
        cli_json_set(&object, "line", example->file ? json_integer(example->line) : json_null());
        cli_json_set(&object, "detail", cli_json_text(example->detail));
        cli_json_append(&examples, object);
    }
    json_t *object =
        json_pack("{ss ss ss ss ss sI sI}", "finding", finding->name, "severity", severities[finding->severity],
                  "unit", finding->unit, "what", finding->what, "advice", finding->advice, "count",
                  (json_int_t)finding->count, "of", (json_int_t)finding->of);
    cli_json_set(&object, "share", cli_json_real(share(finding->count, finding->of)));
    cli_json_set(&object, "examples", examples);
    return object;
}

static json_t *figures_json(const s2s_side_figures *f)
{
    json_t *object = json_pack("{ss ss sI sI si sI}", "part", f->part, "side", f->side, "sequences",
                               (json_int_t)f->n_sequences, "tokens", (json_int_t)f->n_tokens, "different",
                               f->n_distinct, "unknown", (json_int_t)f->n_unknown);
    cli_json_set(&object, "least", json_integer(f->shortest));
    cli_json_set(&object, "median", json_integer(f->median));
    cli_json_set(&object, "percentile_95", json_integer(f->percentile_95));
    cli_json_set(&object, "most", json_integer(f->longest));
    return object;
}

static s2s_status write_json(cli_output *output, const s2s_diagnosis *diagnosis, s2s_error *err)
{
    s2s_status status = S2S_OK;
    for (int i = 0; i < diagnosis->n_findings && !status; i++)
        status = cli_output_json(output, finding_json(&diagnosis->findings[i]), err);
    for (int i = 0; i < diagnosis->n_sides && !status; i++)
        status = cli_output_json(output, figures_json(&diagnosis->sides[i]), err);
    return status;
}

static s2s_status report(const s2s_diagnosis *diagnosis, bool json, s2s_error *err)
{
    cli_output output;
    s2s_status status = cli_output_open(&output, NULL, err);
    if (!status && json)
        status = write_json(&output, diagnosis, err);
    else if (!status)
        write_report(output.file, diagnosis);
    status = cli_output_close(&output, status, err);
    if (!status && diagnosis->n_errors > 0)
        status = cli_fail(err, S2S_BAD_DATA, "training would fail: %d kind%s of error in the data",
                          diagnosis->n_errors, diagnosis->n_errors == 1 ? "" : "s");
    return status;
}

static s2s_status run(const cli_options *options, s2s_error *err)
{
    const s2s_train_options *data = cli_options_of(options, 0);
    const own_fields *own = cli_options_of(options, 1);
    if (!data->train && !data->src && !data->tgt)
        return cli_fail(err, S2S_MISUSE,
                        "no data: give a file of pairs (s2s doctor pairs.tsv) or --src and --tgt");
    s2s_diagnosis *diagnosis;
    s2s_status status = s2s_doctor_examine(&diagnosis, data, own->show, err);
    if (status)
        return status;
    status = report(diagnosis, cli_options_common(options)->json, err);
    s2s_diagnosis_free(diagnosis);
    return status;
}

const cli_command cli_doctor = {
    .name = "doctor",
    .summary = "report what is wrong with training data",
    .usage = "[PAIRS...] [options]",
    .examples = "  s2s doctor pairs.tsv --src-tokens char --tgt-tokens space\n"
                "  s2s doctor --src train.de --tgt train.en --valid-src dev.de --valid-tgt dev.en\n"
                "  s2s doctor pairs.tsv.gz --max-length 100 --show 20 --json\n",
    .positional = "train",
    .repeatable = {"train", "src", "tgt"},
    .output = "  What was found: errors, where training would fail, warnings, where it would leave pairs out\n"
              "  or mislead, and notes; each with examples and advice.  Then figures of each side: sequences,\n"
              "  tokens, different ones, the share outside the vocabulary, and lengths in tokens: the least,\n"
              "  the median, what 95 % do not exceed, the greatest.  The exit status is 4 where training\n"
              "  would fail.  With --json, one object per finding:\n"
              "      finding (its name), severity (error, warning or note), unit, what, advice, count, of,\n"
              "      share (%), examples, each with file, line and detail (null where there is none)\n"
              "  and one per side:\n"
              "      part, side, sequences, tokens, different, unknown (tokens), least, median,\n"
              "      percentile_95, most\n",
    .tables = {data_table, own_table},
    .run = run,
};
