/* s2s score: how likely given targets are under a model. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "hypothesis.h"
#include "lines.h"
#include "message.h"

typedef struct score_options {
    const char *model, *pairs, *output;
    bool normalise;
} score_options;

#define OPTION(NAME, LETTER, TYPE, FIELD, UNIT, HELP)                                                        \
    {                                                                                                        \
        .name = NAME, .letter = LETTER, .type = S2S_OPTION_##TYPE, .offset = offsetof(score_options, FIELD), \
        .unit = UNIT, .group = "model, input and output", .help = HELP                                       \
    }
static const s2s_option own_options[] = {
    OPTION("model", 'm', TEXT, model, "PATH", "model file or run folder"),
    OPTION("pairs", 'i', TEXT, pairs, "FILE", "lines \"source<TAB>target\"; - or none: standard input"),
    OPTION("output", 'o', TEXT, output, "FILE", "write here, all or nothing; - or none: standard output"),
    OPTION("normalise", 0, BOOL, normalise, NULL,
           "divide each log-probability by the number of its tokens, end of sequence included"),
};
static const score_options own_defaults;

static const s2s_option_table *own_table(void)
{
    static const s2s_option_table table = {own_options, sizeof own_options / sizeof *own_options,
                                           sizeof(score_options), &own_defaults};
    return &table;
}

/* Nothing is searched for, so only what concerns batches and threads is offered. */
static const s2s_option_table *worker_table(void)
{
    static const char *const used[] = {"batch-tokens", "batch-size", "threads"};
    static s2s_option options[sizeof used / sizeof *used];
    static s2s_option_table table;
    const s2s_option_table *full = s2s_predict_options_table();
    table = (s2s_option_table){options, 0, full->struct_size, full->defaults};
    for (size_t i = 0; i < sizeof used / sizeof *used; i++) {
        const s2s_option *option = s2s_option_find(full, used[i]);
        if (option)
            options[table.n_options++] = *option;
    }
    return &table;
}

typedef struct scoring {
    const score_options *own;
    bool json;
    s2s_model *model;
    s2s_worker *worker;
    cli_lines lines;
    cli_output output;
    cli_line line[CLI_CHUNK_LINES];
    s2s_input input[CLI_CHUNK_LINES];
    const char *target[CLI_CHUNK_LINES];
} scoring;

static s2s_status make_pairs(scoring *s, int n, s2s_error *err)
{
    for (int i = 0; i < n; i++) {
        s->target[i] = cli_line_cut(&s->line[i]);
        if (!s->target[i])
            return cli_fail(err, S2S_BAD_DATA, "%s:%lld: expected source<TAB>target, found no TAB",
                            s->lines.name, (long long)s->lines.n_read - n + i + 1);
        s->input[i] = (s2s_input){.text = s->line[i].text, .n = s->line[i].n};
    }
    return S2S_OK;
}

static s2s_status write_score(scoring *s, const s2s_hypothesis *hyp, int64_t id, s2s_error *err)
{
    double log_prob = s->own->normalise ? hyp->log_prob / (hyp->n_tokens + 1) : hyp->log_prob;
    if (!s->json) {
        fprintf(s->output.file, "%.6f\n", log_prob);
        return S2S_OK;
    }
    json_t *line = json_pack("{sI}", "id", (json_int_t)id), *rest = cli_hypothesis_json(hyp);
    json_object_update(line, rest);
    json_object_set_new(line, "score", cli_json_real(log_prob));
    json_decref(rest);
    return cli_output_json(&s->output, line, err);
}

static s2s_status score_chunk(scoring *s, int n, s2s_error *err)
{
    const s2s_result *result;
    s2s_status status = make_pairs(s, n, err);
    if (!status)
        status = s2s_score(s->worker, s->input, s->target, n, &result, err);
    int64_t first = s->lines.n_read - n;
    for (int i = 0; i < n && !status; i++)
        status = write_score(s, s2s_result_hyp(result, i, 0), first + i, err);
    return status ? status : cli_output_flush(&s->output, err);
}

static s2s_status score_all(scoring *s, s2s_error *err)
{
    int max = s->lines.is_terminal ? 1 : CLI_CHUNK_LINES;
    for (;;) {
        int n;
        s2s_status status = cli_lines_read(&s->lines, s->line, max, &n, err);
        if (!status && n > 0)
            status = score_chunk(s, n, err);
        if (status || n == 0)
            return status;
    }
}

static s2s_status run(const cli_options *options, s2s_error *err)
{
    scoring *s = calloc(1, sizeof *s);
    if (!s)
        return cli_out_of_memory(err);
    s->own = cli_options_of(options, 0);
    s->json = cli_options_common(options)->json;
    s2s_status status = cli_require(s->own->model, "no model: give one with --model (-m)", err);
    if (!status)
        status = s2s_model_open(&s->model, s->own->model, err);
    if (!status)
        status = s2s_worker_new(&s->worker, s->model, cli_options_of(options, 1), err);
    if (!status)
        status = cli_lines_open(&s->lines, s->own->pairs, err);
    if (!status)
        status = cli_output_open(&s->output, s->own->output, err);
    if (!status)
        status = score_all(s, err);
    status = cli_output_close(&s->output, status, err);
    cli_lines_close(&s->lines);
    s2s_worker_free(s->worker);
    s2s_model_close(s->model);
    free(s);
    return status;
}

const cli_command cli_score = {
    .name = "score",
    .summary = "tell the log-probability of given pairs",
    .usage = "-m PATH [options] [PAIRS]",
    .examples = "  s2s score -m run pairs.tsv\n"
                "  paste source.txt target.txt | s2s score -m run --normalise\n",
    .positional = "pairs",
    .tables = {own_table, worker_table},
    .run = run,
};
