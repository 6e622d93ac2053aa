/* s2s inspect: what is in a model. */
#include <stdlib.h>

#include "command.h"
#include "message.h"
#include "session.h"

enum { VOCAB_NONE, VOCAB_SOURCE, VOCAB_TARGET };

typedef struct inspect_options {
    const char *model;
    int vocab;
    bool history;
} inspect_options;

#define OPTION(NAME, LETTER, TYPE, FIELD, UNIT, CHOICES, HELP)                                                 \
    {                                                                                                          \
        .name = NAME, .letter = LETTER, .type = S2S_OPTION_##TYPE, .offset = offsetof(inspect_options, FIELD), \
        .choices = CHOICES, .unit = UNIT, .group = "model and report", .help = HELP                            \
    }
static const s2s_option own_options[] = {
    OPTION("model", 'm', TEXT, model, "PATH", NULL, "model file or run folder"),
    OPTION("vocab", 0, CHOICE, vocab, NULL, "none|source|target",
           "print the pieces of one side instead, one per line, in the order of their numbers"),
    OPTION("history", 0, BOOL, history, NULL, NULL, "print how the model was trained instead"),
};
static const inspect_options own_defaults;

static const s2s_option_table *own_table(void)
{
    static const s2s_option_table table = {own_options, sizeof own_options / sizeof *own_options,
                                           sizeof(inspect_options), &own_defaults};
    return &table;
}

static json_t *pieces_json(const s2s_model *model, bool target)
{
    json_t *list = json_array();
    const char *piece;
    for (int i = 0; (piece = s2s_model_piece(model, target, i)); i++)
        cli_json_append(&list, cli_json_text(piece));
    return list;
}

static s2s_status write_vocab(cli_output *output, const s2s_model *model, bool target, bool json,
                              s2s_error *err)
{
    const char *piece;
    if (json)
        return cli_output_json(output, pieces_json(model, target), err);
    for (int i = 0; (piece = s2s_model_piece(model, target, i)); i++)
        fprintf(output->file, "%s\n", piece);
    return S2S_OK;
}

/* What an open model holds was read before: NULL when out of memory. */
static json_t *stored_json(const char *text)
{
    return json_loads(text, JSON_DECODE_ANY, NULL);
}

/* "  name: value" per member. */
static s2s_status write_members(FILE *file, const char *text, s2s_error *err)
{
    json_t *object = stored_json(text), *value;
    const char *name;
    if (!object)
        return cli_out_of_memory(err);
    json_object_foreach(object, name, value)
    {
        if (json_is_string(value)) {
            fprintf(file, "  %s: %s\n", name, json_string_value(value));
            continue;
        }
        fprintf(file, "  %s: ", name);
        if (json_dumpf(value, file, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(8)) != 0 &&
            !ferror(file)) {
            json_decref(object);
            return cli_out_of_memory(err);
        }
        fputc('\n', file);
    }
    json_decref(object);
    return S2S_OK;
}

static json_t *summary_json(const s2s_model *model, const s2s_model_info *info)
{
    json_t *tensors = json_array();
    for (int i = 0; i < info->n_tensors; i++) {
        s2s_tensor_info tensor = s2s_model_tensor(model, i);
        cli_json_append(&tensors,
                        json_pack("{ss si si}", "name", tensor.name, "rows", tensor.rows, "cols", tensor.cols));
    }
    return json_pack("{si sI si si so so so}", "format_version", info->format_version, "parameters",
                     (json_int_t)info->n_parameters, "src_vocab", info->src_vocab, "tgt_vocab", info->tgt_vocab,
                     "config", stored_json(info->config_json), "history", stored_json(info->history_json),
                     "tensors", tensors);
}

static s2s_status write_summary(FILE *file, const s2s_model *model, const s2s_model_info *info, s2s_error *err)
{
    fprintf(file, "format version    %d\n", info->format_version);
    fprintf(file, "parameters        %lld\n", (long long)info->n_parameters);
    fprintf(file, "source pieces     %d\n", info->src_vocab);
    fprintf(file, "target pieces     %d\n", info->tgt_vocab);
    fputs("\nconfiguration\n", file);
    s2s_status status = write_members(file, info->config_json, err);
    if (status)
        return status;
    fputs("\nhistory\n", file);
    status = write_members(file, info->history_json, err);
    fputs("\ntensors\n", file);
    for (int i = 0; i < info->n_tensors; i++) {
        s2s_tensor_info tensor = s2s_model_tensor(model, i);
        fprintf(file, "  %-28s %8d x %d\n", tensor.name, tensor.rows, tensor.cols);
    }
    return status;
}

static s2s_status inspect(const inspect_options *own, const s2s_model *model, cli_output *output, bool json,
                          s2s_error *err)
{
    s2s_model_info info;
    s2s_model_describe(model, &info);
    if (own->vocab != VOCAB_NONE)
        return write_vocab(output, model, own->vocab == VOCAB_TARGET, json, err);
    if (own->history && json)
        return cli_output_json(output, stored_json(info.history_json), err);
    if (own->history)
        return write_members(output->file, info.history_json, err);
    if (json)
        return cli_output_json(output, summary_json(model, &info), err);
    return write_summary(output->file, model, &info, err);
}

static s2s_status run(const cli_options *options, s2s_error *err)
{
    const inspect_options *own = cli_options_of(options, 0);
    cli_session session = {0};
    s2s_status status =
        cli_session_open(&session, &(cli_model_options){own->model, S2S_PRECISION_F32}, NULL, NULL, err);
    if (!status)
        status = inspect(own, session.models[0], &session.output, cli_options_common(options)->json, err);
    return cli_session_close(&session, status, err);
}

const cli_command cli_inspect = {
    .name = "inspect",
    .summary = "show what is in a model",
    .usage = "PATH [options]",
    .examples = "  s2s inspect run\n"
                "  s2s inspect run/model.s2s --vocab target\n",
    .positional = "model",
    .output = "  Sizes, configuration, history and tensors, a line each.  With --json, one object:\n"
              "      format_version, parameters, src_vocab, tgt_vocab, config, history,\n"
              "      tensors (a list of name, rows, cols)\n"
              "  or with --history the history alone, with --vocab a list of pieces.\n",
    .tables = {own_table},
    .run = run,
};
