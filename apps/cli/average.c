/* s2s average: one model whose parameters are the means of those of others. */
#include <stddef.h>

#include "command.h"
#include "message.h"
#include "names.h"
#include "output.h"

typedef struct own_fields {
    const char *model; /* names, a line each */
    const char *output;
} own_fields;

/* name, letter, type, offset, min, max, choices, unit, group, help */
static const s2s_option own_options[] = {
    {"model", 'm', S2S_OPTION_TEXT, offsetof(own_fields, model), 0, 0, NULL, "PATH", "files",
     "model file or run folder; may be repeated"},
    {"output", 'o', S2S_OPTION_TEXT, offsetof(own_fields, output), 0, 0, NULL, "FILE", "files",
     "write the model here"},
};
static const own_fields own_defaults;

static const s2s_option_table *own_table(void)
{
    static const s2s_option_table table = {own_options, sizeof own_options / sizeof *own_options,
                                           sizeof(own_fields), &own_defaults};
    return &table;
}

static s2s_status report(const cli_names *models, const char *file, const cli_common *common, s2s_error *err)
{
    if (!common->json && !common->quiet)
        cli_message("%s: the mean of %d model%s", file, models->n, models->n == 1 ? "" : "s");
    if (!common->json)
        return S2S_OK;
    json_t *object = json_object(), *list = json_array();
    for (int i = 0; i < models->n; i++)
        cli_json_append(&list, cli_json_text(models->items[i]));
    cli_json_set(&object, "model", cli_json_text(file));
    cli_json_set(&object, "averaged", list);
    return cli_print_json(object, err);
}

static s2s_status run(const cli_options *options, s2s_error *err)
{
    const own_fields *own = cli_options_of(options, 0);
    cli_names models = {0};
    s2s_status status =
        cli_require(own->model, "no models: give them as s2s average run/best/*.s2s -o mean.s2s", err);
    if (!status)
        status = cli_require(own->output, "no file for the model: give one with --output (-o)", err);
    if (!status)
        status = cli_names_split(&models, own->model, err);
    if (!status)
        status = s2s_average(own->output, models.items, models.n, err);
    if (!status)
        status = report(&models, own->output, cli_options_common(options), err);
    cli_names_free(&models);
    return status;
}

const cli_command cli_average = {
    .name = "average",
    .summary = "make one model of several: the mean of their parameters",
    .usage = "MODEL... -o FILE",
    .examples = "  s2s train pairs.tsv -o run --keep-best 5 && s2s average run/best/*.s2s -o mean.s2s\n"
                "  s2s train pairs.tsv -o run --keep-last 5 && s2s average run/last/*.s2s -o mean.s2s\n"
                "  s2s average run tuned -o run/mean.s2s && s2s evaluate -m run/mean.s2s test.tsv\n",
    .positional = "model",
    .repeatable = {"model"},
    .output =
        "  FILE, a model like the others, of the first one's configuration.  All models must have the same\n"
        "  network, text steps, tokens and vocabularies, and should come from one run, or from runs that\n"
        "  began with one model (train --pretrained-model).  Standard output stays empty; with --json\n"
        "  it has one object:\n"
        "      model (the file), averaged (a list of the models)\n",
    .tables = {own_table},
    .run = run,
};
