/* s2s shortlist: which target tokens a source token is likely to become. */
#include <math.h>
#include <time.h>

#include "command.h"
#include "message.h"
#include "output.h"
#include "terminal.h"

enum {
    BAR_SECONDS = 1,   /* between two redrawings */
    LINE_SECONDS = 10, /* between two plain lines */
};

typedef struct own_fields {
    const char *model, *output;
} own_fields;

/* name, letter, type, offset, min, max, choices, unit, group, help */
static const s2s_option own_options[] = {
    {"model", 'm', S2S_OPTION_TEXT, offsetof(own_fields, model), 0, 0, NULL, "PATH", "files",
     "model file or run folder, whose tokens these are"},
    {"output", 'o', S2S_OPTION_TEXT, offsetof(own_fields, output), 0, 0, NULL, "FILE", "files",
     "write the translations here"},
};
static const own_fields own_defaults;

static const s2s_option_table *own_table(void)
{
    static const s2s_option_table table = {own_options, sizeof own_options / sizeof *own_options,
                                           sizeof(own_fields), &own_defaults};
    return &table;
}

/* What is told of the estimation. */
typedef struct telling {
    bool quiet, live;
    bool shown;  /* a line on the terminal that the next one overwrites */
    time_t told; /* when */
    int n_iterations;
    double per_token[S2S_MAX_ITERATIONS]; /* log-likelihood, nats */
    s2s_shortlist_progress last;
} telling;

static void clear(telling *t)
{
    if (t->shown)
        fputs("\r\033[K", stderr);
    t->shown = false;
}

static void show_progress(telling *t, const s2s_shortlist_progress *progress)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (t->told == 0)
        t->told = now.tv_sec;
    if (t->quiet || now.tv_sec - t->told < (t->live ? BAR_SECONDS : LINE_SECONDS))
        return;
    t->told = now.tv_sec;
    clear(t);
    fprintf(stderr, "iteration %d  %3.0f %%%s", progress->iteration, floor(100 * progress->fraction),
            t->live ? "" : "\n");
    fflush(stderr);
    t->shown = t->live;
}

static void on_progress(void *arg, const s2s_shortlist_progress *progress)
{
    telling *t = arg;
    if (progress->fraction < 1) {
        show_progress(t, progress);
        return;
    }
    double per_token = progress->log_likelihood / (double)progress->n_tokens;
    t->per_token[t->n_iterations++] = per_token;
    t->last = *progress;
    clear(t);
    if (!t->quiet)
        fprintf(stderr, "iteration %d  log-likelihood %.6g nats, %.4f per token\n", progress->iteration,
                progress->log_likelihood, per_token);
}

static s2s_status write_json(const telling *t, const char *file, int64_t n_lines, s2s_error *err)
{
    json_t *list = json_array();
    for (int i = 0; i < t->n_iterations; i++)
        cli_json_append(&list, cli_json_real(t->per_token[i]));
    json_t *object = json_pack("{sI sI sI sI sI}", "pairs", (json_int_t)t->last.n_pairs, "tokens",
                               (json_int_t)t->last.n_tokens, "skipped", (json_int_t)t->last.n_skipped,
                               "dropped", (json_int_t)t->last.n_dropped, "translations", (json_int_t)n_lines);
    cli_json_set(&object, "shortlist", cli_json_text(file));
    cli_json_set(&object, "log_likelihood", list);
    return cli_print_json(object, err);
}

static s2s_status report(const telling *t, const char *file, int64_t n_lines, const cli_common *common,
                         s2s_error *err)
{
    if (common->json)
        return write_json(t, file, n_lines, err);
    if (!common->quiet)
        cli_message("%s: %lld translations from %lld pairs, %lld left out", file, (long long)n_lines,
                    (long long)t->last.n_pairs, (long long)t->last.n_skipped);
    if (t->last.n_dropped > 0)
        cli_message("warning: %lld unlikely translations were dropped; --max-translations holds more",
                    (long long)t->last.n_dropped);
    return S2S_OK;
}

static s2s_status estimate(const s2s_model *model, const cli_options *options, const char *output,
                           s2s_error *err)
{
    const cli_common *common = cli_options_common(options);
    telling t = {.quiet = common->quiet || common->json, .live = cli_terminal_is_live(stderr)};
    int64_t n_lines;
    s2s_status status =
        s2s_shortlist_estimate(model, cli_options_of(options, 1), output, &n_lines, on_progress, &t, err);
    clear(&t);
    return status ? status : report(&t, output, n_lines, common, err);
}

static s2s_status run(const cli_options *options, s2s_error *err)
{
    const own_fields *own = cli_options_of(options, 0);
    const s2s_shortlist_options *data = cli_options_of(options, 1);
    s2s_model *model = NULL;
    s2s_status status = cli_require(own->model, "no model: give one with --model (-m)", err);
    if (!status && !data->src && !data->tgt)
        status = cli_require(data->pairs, "no pairs: give a file of them, s2s shortlist -m run pairs.tsv", err);
    if (!status)
        status = cli_require(own->output, "no file for the translations: give one with --output (-o)", err);
    if (!status)
        status = s2s_model_open(&model, own->model, err);
    if (!status)
        status = estimate(model, options, own->output, err);
    s2s_model_close(model);
    return status;
}

const cli_command cli_shortlist = {
    .name = "shortlist",
    .summary = "find which tokens a source is likely to become, for faster prediction",
    .usage = "-m PATH PAIRS -o FILE",
    .examples = "  s2s shortlist -m run train.tsv -o run/shortlist\n"
                "  s2s predict -m run --shortlist run/shortlist lines.txt\n",
    .positional = "pairs",
    .output = "  FILE, one translation a line, the best of each source token first, which --shortlist of\n"
              "  predict and evaluate reads:\n"
              "      TARGET SOURCE PROBABILITY\n"
              "  TARGET and SOURCE are tokens of the model; NULL is the source of what comes from no token.\n"
              "  Standard output stays empty; with --json it has one object:\n"
              "      shortlist (the file), translations (its lines), pairs (used), tokens (of their targets),\n"
              "      skipped (pairs too long or with a side without tokens), dropped (unlikely translations,\n"
              "      for lack of room), log_likelihood (per target token, nats; one number per iteration)\n",
    .tables = {own_table, s2s_shortlist_options_table},
    .run = run,
};
