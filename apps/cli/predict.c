/* s2s predict: lines in, lines out. */
#include <stdlib.h>

#include <string.h>

#include "command.h"
#include "constraints.h"
#include "hypothesis.h"
#include "lines.h"
#include "message.h"
#include "session.h"
#include "terminal.h"

typedef struct predict_options {
    const char *input, *output;
    const char *prefix, *constraints, *attention_svg;
    bool prefix_tsv, line_buffered;
    bool show_source, alignment, token_scores, attention_map;
} predict_options;

#define OPTION(NAME, LETTER, TYPE, FIELD, UNIT, GROUP, HELP)                                                   \
    {                                                                                                          \
        .name = NAME, .letter = LETTER, .type = S2S_OPTION_##TYPE, .offset = offsetof(predict_options, FIELD), \
        .unit = UNIT, .group = GROUP, .help = HELP                                                             \
    }
static const s2s_option own_options[] = {
    OPTION("input", 'i', TEXT, input, "FILE", "input and output",
           "read lines from here; may be gzip, zstd or a pipe, - or none is standard input"),
    OPTION("output", 'o', TEXT, output, "FILE", "input and output",
           "write lines here, all or nothing; - or none: standard output"),
    OPTION("line-buffered", 0, BOOL, line_buffered, NULL, "input and output",
           "answer every line at once instead of in batches"),
    OPTION("prefix", 0, TEXT, prefix, "TEXT", "input and output", "every output begins with this text"),
    OPTION("prefix-tsv", 0, BOOL, prefix_tsv, NULL, "input and output",
           "what follows a TAB in an input line is the beginning of its output"),
    OPTION("constraints", 0, TEXT, constraints, "FILE", "input and output",
           "phrases that the outputs must contain: line N has those of input line N, with TABs between them; "
           "an empty line has none"),
    OPTION("show-source", 0, BOOL, show_source, NULL, "what is written",
           "write source<TAB>output, with n-best lists source<TAB>score<TAB>output"),
    OPTION("alignment", 0, BOOL, alignment, NULL, "what is written",
           "add the source token that each output token attends to most: pairs source-output, counted from 0"),
    OPTION("token-scores", 0, BOOL, token_scores, NULL, "what is written",
           "add the log-probability of every token, end of sequence included"),
    OPTION("attention-map", 0, BOOL, attention_map, NULL, "what is written",
           "draw the attention below each output"),
    OPTION("attention-svg", 0, TEXT, attention_svg, "FILE", "what is written",
           "draw the attention of the first line that has one, as a picture"),
};
static const predict_options own_defaults;

static const s2s_option_table *own_table(void)
{
    static const s2s_option_table table = {own_options, sizeof own_options / sizeof *own_options,
                                           sizeof(predict_options), &own_defaults};
    return &table;
}

/* Everything that one run holds. */
typedef struct predicting {
    const predict_options *own;
    cli_style style;
    cli_session session;
    cli_lines lines;
    cli_line line[CLI_CHUNK_LINES];
    s2s_input input[CLI_CHUNK_LINES];
    cli_constraints constraints;
    const s2s_constraint *constraint; /* of these inputs; NULL: none */
    bool drawn;                       /* the picture */
} predicting;

static void make_inputs(predicting *p, int n)
{
    for (int i = 0; i < n; i++) {
        cli_line *line = &p->line[i];
        const char *prefix = p->own->prefix_tsv ? cli_line_cut(line) : NULL;
        p->input[i] = (s2s_input){
            .text = line->text,
            .n = line->n,
            .prefix = prefix ? prefix : p->own->prefix,
        };
    }
}

static s2s_status draw_picture(predicting *p, const s2s_result *result, int n, s2s_error *err)
{
    for (int i = 0; i < n && !p->drawn && p->own->attention_svg; i++) {
        const s2s_hypothesis *hyp = s2s_result_hyp(result, i, 0);
        if (hyp->n_source == 0)
            continue;
        p->drawn = true;
        return s2s_draw_svg(hyp, p->line[i].text, p->own->attention_svg, err);
    }
    return S2S_OK;
}

static void warn_of_splits(const predicting *p, const s2s_result *result, int n)
{
    int64_t first = p->lines.n_read - n + 1;
    for (int i = 0; i < n; i++)
        if (s2s_result_n_parts(result, i) > 1)
            cli_message("warning: %s:%lld: longer than %d source tokens (--max-source), predicted in %d parts",
                        p->lines.name, (long long)first + i, s2s_worker_max_source(p->session.worker),
                        s2s_result_n_parts(result, i));
}

static s2s_status predict_chunk(predicting *p, int n, s2s_error *err)
{
    const s2s_result *result;
    make_inputs(p, n);
    s2s_status status = s2s_predict_constrained(p->session.worker, p->input, p->constraint, n, &result, err);
    if (status) {
        cli_constraints_locate(&p->constraints, n, err);
        return cli_lines_locate(&p->lines, n, status, err);
    }
    cli_constraints_warn(&p->constraints, result, n);
    warn_of_splits(p, result, n);
    int64_t first = p->lines.n_read - n;
    for (int i = 0; i < n && !status; i++)
        status =
            cli_hypothesis_write(&p->session.output, &p->style, result, i, first + i, p->line[i].text, err);
    if (!status)
        status = draw_picture(p, result, n, err);
    return status ? status : cli_output_flush(&p->session.output, err);
}

/* The next inputs and their constraints; *n is 0 at the end only. */
static s2s_status read_chunk(predicting *p, int *n, s2s_error *err)
{
    bool one_by_one = p->own->line_buffered || p->lines.is_terminal;
    int max = one_by_one ? 1 : CLI_CHUNK_LINES;
    s2s_status status = p->own->constraints ? cli_constraints_ahead(&p->constraints, &max, err) : S2S_OK;
    if (!status)
        status = cli_lines_read(&p->lines, p->line, max, n, err);
    if (!status && p->own->constraints)
        status = cli_constraints_take(&p->constraints, &p->lines, *n, !one_by_one, &p->constraint, err);
    return status;
}

static s2s_status predict_all(predicting *p, s2s_error *err)
{
    for (;;) {
        int n;
        s2s_status status = read_chunk(p, &n, err);
        if (!status && n > 0)
            status = predict_chunk(p, n, err);
        if (status || n == 0)
            return status;
    }
}

static bool is_standard_input(const char *path)
{
    return !path || strcmp(path, "-") == 0;
}

static s2s_status check_standard_input(const predict_options *own, const s2s_predict_options *search,
                                       s2s_error *err)
{
    int n = is_standard_input(own->input);
    n += own->constraints && is_standard_input(own->constraints);
    n += search->lexicon && is_standard_input(search->lexicon);
    n += search->shortlist && is_standard_input(search->shortlist);
    n += search->unknown_dictionary && is_standard_input(search->unknown_dictionary);
    if (n <= 1)
        return S2S_OK;
    return cli_fail(err, S2S_MISUSE, "standard input: expected to read one file from it, found %d", n);
}

static s2s_status open_lines(predicting *p, s2s_error *err)
{
    s2s_status status = cli_lines_open(&p->lines, p->own->input, err);
    if (!status && p->own->constraints)
        status = cli_constraints_open(&p->constraints, p->own->constraints, err);
    return status;
}

static s2s_status run(const cli_options *options, s2s_error *err)
{
    const predict_options *own = cli_options_of(options, 1);
    s2s_predict_options search = *(const s2s_predict_options *)cli_options_of(options, 2);
    predicting *p = calloc(1, sizeof *p);
    if (!p)
        return cli_out_of_memory(err);
    p->own = own;
    p->style = (cli_style){
        .json = cli_options_common(options)->json,
        .show_source = own->show_source,
        .alignment = own->alignment,
        .token_scores = own->token_scores,
        .attention_map = own->attention_map,
        .n_best = search.n_best,
        .constrained = own->constraints != NULL,
    };
    search.attention = p->style.json || own->alignment || own->attention_map || own->attention_svg;
    s2s_status status = check_standard_input(own, &search, err);
    if (!status)
        status = cli_session_open(&p->session, cli_options_of(options, 0), &search, own->output, err);
    if (!status)
        status = cli_session_profile(&p->session, cli_options_of(options, 3), err);
    if (!status)
        status = open_lines(p, err);
    if (!status) {
        p->style.colour = cli_terminal_has_colour(p->session.output.file);
        status = predict_all(p, err);
    }
    status = cli_session_close(&p->session, status, err);
    cli_lines_close(&p->lines);
    cli_constraints_close(&p->constraints);
    free(p);
    return status;
}

const cli_command cli_predict = {
    .name = "predict",
    .summary = "turn lines into lines with a model",
    .usage = "-m PATH [options] [FILE]",
    .examples = "  s2s predict -m run words.txt -o phonemes.txt\n"
                "  echo hello | s2s predict -m run -b 5 -n 5 --show-source\n"
                "  s2s predict -m run1 -m run2 --weights 2,1 words.txt\n",
    .positional = "input",
    .repeatable = {"model"},
    .output =
        "  One line of output per input line.  With --n-best N > 1, N lines per input line:\n"
        "      ID ||| OUTPUT ||| LogProb= LOG-PROBABILITY ||| SCORE\n"
        "  ID counts input lines from 0; LOG-PROBABILITY is a natural logarithm and includes the end\n"
        "  of sequence; SCORE, by which the lines are sorted, includes the length and coverage penalties.\n"
        "  --alignment and then --token-scores add \" ||| 0-0 1-1\" and \" ||| -0.1 -0.2\" to a line.\n"
        "  With --json, one object per input line:\n"
        "      id, source (with --show-source), constrained (with --constraints: false where\n"
        "      the output is the one without them), text, score, log_prob, tokens,\n"
        "      token_scores (one more than tokens: the end of sequence),\n"
        "      alignment (pairs [source, output] from 0; null without attention),\n"
        "      nbest (with --n-best: a list of objects with the keys from text to alignment)\n",
    .tables = {cli_model_table, own_table, s2s_predict_options_table, cli_profile_table},
    .run = run,
};
