/* s2s score: how likely given targets are under a model. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "hypothesis.h"
#include "lines.h"
#include "message.h"
#include "session.h"

typedef struct score_options {
    const char *pairs, *output;
    bool normalise;
} score_options;

#define OPTION(NAME, LETTER, TYPE, FIELD, UNIT, HELP)                                                        \
    {                                                                                                        \
        .name = NAME, .letter = LETTER, .type = S2S_OPTION_##TYPE, .offset = offsetof(score_options, FIELD), \
        .unit = UNIT, .group = "input and output", .help = HELP                                              \
    }
static const s2s_option own_options[] = {
    OPTION("pairs", 'i', TEXT, pairs, "FILE",
           "lines \"source<TAB>target\"; of several targets the first is scored; may be gzip, zstd or a "
           "pipe, - or none is standard input"),
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

/* Nothing is searched for, so only what concerns models, batches and threads is offered. */
static bool is_not_of_search(const s2s_option *option)
{
    return strcmp(option->group, "run") == 0 || strcmp(option->group, "model") == 0;
}

static const s2s_option_table *worker_table(void)
{
    static cli_table_part part;
    return cli_table_part_of(&part, s2s_predict_options_table(), is_not_of_search);
}

typedef struct scoring {
    const score_options *own;
    bool json;
    cli_session session;
    cli_lines lines;
    cli_line line[CLI_CHUNK_LINES];
    s2s_input input[CLI_CHUNK_LINES];
    const char *target[CLI_CHUNK_LINES];
} scoring;

/* Of several targets the first, as evaluate --perplexity does. */
static s2s_status make_pairs(scoring *s, int n, s2s_error *err)
{
    for (int i = 0; i < n; i++) {
        char *target = cli_line_cut(&s->line[i]);
        if (!target)
            return cli_fail(err, S2S_BAD_DATA, "%s:%lld: expected source<TAB>target, found no TAB",
                            s->lines.name, (long long)s->lines.n_read - n + i + 1);
        target[strcspn(target, "\t")] = '\0';
        s->target[i] = target;
        s->input[i] = (s2s_input){.text = s->line[i].text, .n = s->line[i].n};
    }
    return S2S_OK;
}

static s2s_status write_score(scoring *s, const s2s_hypothesis *hyp, int64_t id, s2s_error *err)
{
    double log_prob = s->own->normalise ? hyp->log_prob / (hyp->n_tokens + 1) : hyp->log_prob;
    if (!s->json) {
        fprintf(s->session.output.file, "%.6f\n", log_prob);
        return S2S_OK;
    }
    json_t *line = json_pack("{sI}", "id", (json_int_t)id);
    cli_hypothesis_add(&line, hyp);
    cli_json_set(&line, "score", cli_json_real(log_prob));
    return cli_output_json(&s->session.output, line, err);
}

static s2s_status score_chunk(scoring *s, int n, s2s_error *err)
{
    const s2s_result *result;
    s2s_status status = make_pairs(s, n, err);
    if (!status)
        status = cli_lines_locate(&s->lines, n,
                                  s2s_score(s->session.worker, s->input, s->target, n, &result, err), err);
    int64_t first = s->lines.n_read - n;
    for (int i = 0; i < n && !status; i++)
        status = write_score(s, s2s_result_hyp(result, i, 0), first + i, err);
    return status ? status : cli_output_flush(&s->session.output, err);
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
    s->own = cli_options_of(options, 1);
    s->json = cli_options_common(options)->json;
    s2s_status status = cli_session_open(&s->session, cli_options_of(options, 0), cli_options_of(options, 2),
                                         s->own->output, err);
    if (!status)
        status = cli_lines_open(&s->lines, s->own->pairs, err);
    if (!status)
        status = score_all(s, err);
    status = cli_session_close(&s->session, status, err);
    cli_lines_close(&s->lines);
    free(s);
    return status;
}

const cli_command cli_score = {
    .name = "score",
    .summary = "print the log-probabilities of given pairs",
    .usage = "-m PATH [options] [PAIRS]",
    .examples = "  s2s score -m run pairs.tsv\n"
                "  paste source.txt target.txt | s2s score -m run --normalise\n",
    .positional = "pairs",
    .repeatable = {"model"},
    .output = "  One line per pair, its log-probability: a natural logarithm, end of sequence included.\n"
              "  With --json, one object per pair:\n"
              "      id (from 0), text (the target), score (the number above), log_prob, tokens,\n"
              "      token_scores (one more than tokens: the end of sequence), alignment (null)\n",
    .tables = {cli_model_table, own_table, worker_table},
    .run = run,
};
