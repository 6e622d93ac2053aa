#include "io/model_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "io/json.h"
#include "io/text_json.h"

_Static_assert(sizeof(s2s_real) == 4, "parameters are stored as F32");

#define FORMAT_NAME "s2s"

static const char source_subwords[] = "src.subwords", target_subwords[] = "tgt.subwords",
                  joint_subwords[] = "joint.subwords";

static const char source_text_key[] = "source_text", target_text_key[] = "target_text",
                  output_text_key[] = "output_text";

static s2s_status get_text(const s2s_safetensors *file, const char *key, const char **text, const char *path,
                           s2s_error *err)
{
    *text = s2s_safetensors_text(file, key);
    if (*text)
        return S2S_OK;
    (void)s2s_fail(err, S2S_BAD_MODEL, "%s: expected a model of s2s, found no \"%s\" in its metadata", path,
                   key);
    return S2S_BAD_MODEL;
}

static s2s_status read_version(s2s_model_file *model, const char *path, s2s_error *err)
{
    const char *format, *version, *checksum;
    S2S_TRY(get_text(model->file, "format", &format, path, err));
    if (strcmp(format, FORMAT_NAME) != 0)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected format \"" FORMAT_NAME "\", found \"%s\"", path,
                        format);
    S2S_TRY(get_text(model->file, "format_version", &version, path, err));
    char *end;
    long number = strtol(version, &end, 10);
    if (version[0] < '0' || version[0] > '9' || *end != '\0' || number < 1)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected a format version from 1 on, found \"%s\"", path,
                        version);
    if (number > S2S_FORMAT_VERSION)
        return s2s_fail(err, S2S_BAD_MODEL,
                        "%s: format version %s is newer than version %d, the last one known here", path,
                        version, S2S_FORMAT_VERSION);
    model->format_version = (int)number;
    return get_text(model->file, "checksum", &checksum, path, err);
}

/* JSON text of the given type, the caller's to json_decref. */
static s2s_status parse_json(json_t **json, const char *text, json_type type, const char *path, const char *key,
                             s2s_error *err)
{
    s2s_json_error why;
    *json = s2s_json_load(text, strlen(text), &why);
    if (*json && json_typeof(*json) == type)
        return S2S_OK;
    if (why.fault == S2S_JSON_MEMORY)
        return s2s_fail_memory(err, "reading a model");
    json_decref(*json);
    *json = NULL;
    return s2s_fail(err, S2S_BAD_MODEL, "%s: expected \"%s\" to be a JSON %s", path, key,
                    type == JSON_ARRAY ? "array" : "object");
}

static s2s_status make_vocab(s2s_vocab **vocab, const json_t *list, const char *path, const char *key,
                             s2s_error *err)
{
    size_t n = json_array_size(list);
    s2s_span *pieces = calloc(n + 1, sizeof *pieces);
    if (!pieces)
        return s2s_fail_memory(err, "reading a vocabulary");
    s2s_status status = S2S_OK;
    for (size_t i = 0; i < n && status == S2S_OK; i++) {
        const json_t *piece = json_array_get(list, i);
        if (json_is_string(piece))
            pieces[i] = (s2s_span){json_string_value(piece), json_string_length(piece)};
        else
            status =
                s2s_fail(err, S2S_BAD_MODEL, "%s: expected piece %zu of \"%s\" to be a text", path, i, key);
    }
    if (status == S2S_OK) {
        s2s_error why;
        status = s2s_vocab_from_pieces(vocab, pieces, (int)n, &why);
        if (status != S2S_OK)
            s2s_fail(err, status, "%s: \"%s\": %s", path, key, why.msg);
    }
    free(pieces);
    return status;
}

static s2s_status read_vocab(s2s_vocab **vocab, const s2s_safetensors *file, const char *key, const char *path,
                             s2s_error *err)
{
    const char *text;
    json_t *list;
    S2S_TRY(get_text(file, key, &text, path, err));
    S2S_TRY(parse_json(&list, text, JSON_ARRAY, path, key, err));
    s2s_status status = make_vocab(vocab, list, path, key, err);
    json_decref(list);
    return status;
}

/* *subwords stays NULL where the file has none of that name. */
static s2s_status read_subwords(s2s_subwords **subwords, const s2s_safetensors *file, const char *name,
                                const char *path, s2s_error *err)
{
    const s2s_stored_tensor *tensor = s2s_safetensors_find(file, name);
    s2s_error why;
    if (!tensor)
        return S2S_OK;
    if (strcmp(tensor->dtype, "U8") != 0)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: tensor \"%s\": expected U8, found %s", path, name,
                        tensor->dtype);
    s2s_status status = s2s_subwords_open(subwords, (s2s_span){tensor->data, tensor->bytes}, &why);
    return status == S2S_OK ? S2S_OK : s2s_fail(err, status, "%s: tensor \"%s\": %s", path, name, why.msg);
}

static s2s_status read_all_subwords(s2s_model_file *model, const char *path, s2s_error *err)
{
    S2S_TRY(read_subwords(&model->source_subwords, model->file, joint_subwords, path, err));
    model->target_subwords = model->source_subwords;
    if (model->source_subwords && (s2s_safetensors_find(model->file, source_subwords) ||
                                   s2s_safetensors_find(model->file, target_subwords)))
        return s2s_fail(err, S2S_BAD_MODEL,
                        "%s: expected a subword model of both sides or one of each, found both", path);
    if (model->source_subwords)
        return S2S_OK;
    S2S_TRY(read_subwords(&model->source_subwords, model->file, source_subwords, path, err));
    return read_subwords(&model->target_subwords, model->file, target_subwords, path, err);
}

static s2s_status read_object(const char **text, const s2s_safetensors *file, const char *key, const char *path,
                              s2s_error *err)
{
    json_t *object;
    S2S_TRY(get_text(file, key, text, path, err));
    S2S_TRY(parse_json(&object, *text, JSON_OBJECT, path, key, err));
    json_decref(object);
    return S2S_OK;
}

static s2s_status read_model(s2s_model_file *model, const char *path, s2s_error *err)
{
    S2S_TRY(s2s_safetensors_open(&model->file, path, err));
    S2S_TRY(read_version(model, path, err));
    S2S_TRY(read_object(&model->config_json, model->file, "config", path, err));
    S2S_TRY(read_object(&model->history_json, model->file, "history", path, err));
    S2S_TRY(read_vocab(&model->source_vocab, model->file, "source_vocab", path, err));
    S2S_TRY(read_vocab(&model->target_vocab, model->file, "target_vocab", path, err));
    model->source_text_json = s2s_safetensors_text(model->file, source_text_key);
    model->target_text_json = s2s_safetensors_text(model->file, target_text_key);
    model->output_text_json = s2s_safetensors_text(model->file, output_text_key);
    return read_all_subwords(model, path, err);
}

char *s2s_model_file_path(const char *path)
{
    return s2s_is_folder(path) ? s2s_path_join(path, "model.s2s") : strdup(path);
}

s2s_status s2s_model_file_open(s2s_model_file *model, const char *path, s2s_error *err)
{
    *model = (s2s_model_file){0};
    s2s_status status = read_model(model, path, err);
    if (status != S2S_OK)
        s2s_model_file_close(model);
    return status;
}

void s2s_model_file_close(s2s_model_file *model)
{
    s2s_vocab_free(model->source_vocab);
    s2s_vocab_free(model->target_vocab);
    if (model->target_subwords != model->source_subwords)
        s2s_subwords_free(model->target_subwords);
    s2s_subwords_free(model->source_subwords);
    s2s_safetensors_close(model->file);
    *model = (s2s_model_file){0};
}

static s2s_status set_option(const s2s_option_table *table, void *values, const char *name, const json_t *value,
                             s2s_arena *strings, const char *path, s2s_error *err)
{
    const s2s_option *option = s2s_option_find(table, name);
    if (!option) {
        const char *near = s2s_option_nearest(table, name);
        return s2s_fail(err, S2S_BAD_MODEL, "%s: unknown option \"%s\" in its configuration%s%s%s", path, name,
                        near ? "; the nearest is \"" : "", near ? near : "", near ? "\"" : "");
    }
    if (!json_is_string(value))
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected option \"%s\" of its configuration to be a text",
                        path, name);
    const char *text = s2s_arena_strdup(strings, json_string_value(value));
    if (!text)
        return s2s_fail_memory(err, "reading a configuration");
    s2s_error why;
    if (s2s_option_set(option, values, text, &why) != S2S_OK)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: configuration: %s", path, why.msg);
    return S2S_OK;
}

s2s_status s2s_config_from_json(const char *json, const s2s_option_table *table, void *values,
                                s2s_arena *strings, const char *path, s2s_error *err)
{
    json_t *config, *value;
    S2S_TRY(parse_json(&config, json, JSON_OBJECT, path, "config", err));
    memcpy(values, table->defaults, table->struct_size);
    s2s_status status = S2S_OK;
    const char *name;
    json_object_foreach(config, name, value)
    {
        status = set_option(table, values, name, value, strings, path, err);
        if (status != S2S_OK)
            break;
    }
    json_decref(config);
    return status;
}

/* A value as JSON; NULL when out of memory. */
static json_t *option_to_json(const s2s_option *option, const void *values)
{
    char none[1];
    size_t n = s2s_option_print(option, values, none, sizeof none);
    char *text = malloc(n + 1);
    if (!text)
        return NULL;
    s2s_option_print(option, values, text, n + 1);
    json_t *json = json_string(text);
    free(text);
    return json;
}

char *s2s_config_to_json(const s2s_option_table *table, const void *values)
{
    json_t *config = json_object();
    char *text = NULL;
    for (int i = 0; i < table->n_options; i++)
        if (json_object_set_new(config, table->options[i].name, option_to_json(&table->options[i], values)) !=
            0)
            goto done;
    text = s2s_json_dump(config, 0);
done:
    json_decref(config);
    return text;
}

s2s_status s2s_model_file_check_values(const s2s_stored_tensor *tensor, const char *path, s2s_error *err)
{
    if (strcmp(tensor->dtype, "F32") != 0)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: tensor \"%s\": expected F32, found %s", path, tensor->name,
                        tensor->dtype);
    const char *bytes = tensor->data;
    for (size_t i = 0; i < tensor->bytes / sizeof(float); i++) {
        float value; /* the map is aligned to nothing */
        memcpy(&value, bytes + i * sizeof value, sizeof value);
        if (!isfinite(value))
            return s2s_fail(err, S2S_BAD_MODEL, "%s: tensor \"%s\": value %zu is not finite", path,
                            tensor->name, i);
    }
    return S2S_OK;
}

/* Copies a stored tensor into the parameter of its name. */
static s2s_status load_tensor(const s2s_stored_tensor *tensor, s2s_params *params, const char *path,
                              s2s_error *err)
{
    s2s_param *param = s2s_params_find(params, tensor->name);
    if (!param)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: tensor \"%s\" is not a part of its network", path,
                        tensor->name);
    int rows = param->t.rows, cols = param->t.cols;
    S2S_TRY(s2s_model_file_check_values(tensor, path, err));
    if (tensor->rank != 2 || tensor->dims[0] != rows || tensor->dims[1] != cols)
        return s2s_fail(err, S2S_BAD_MODEL,
                        "%s: tensor \"%s\": expected shape [%d, %d], found %lld x %lld of rank %d", path,
                        tensor->name, rows, cols, (long long)tensor->dims[0], (long long)tensor->dims[1],
                        tensor->rank);
    memcpy(param->t.data, tensor->data, tensor->bytes);
    return S2S_OK;
}

bool s2s_model_file_is_subwords(const s2s_stored_tensor *tensor)
{
    return strcmp(tensor->name, source_subwords) == 0 || strcmp(tensor->name, target_subwords) == 0 ||
           strcmp(tensor->name, joint_subwords) == 0;
}

s2s_status s2s_model_file_load(const s2s_model_file *model, s2s_params *params, const char *path,
                               s2s_error *err)
{
    s2s_params_changed(params);
    for (int i = 0; i < s2s_safetensors_n(model->file); i++) {
        const s2s_stored_tensor *tensor = s2s_safetensors_at(model->file, i);
        if (!s2s_model_file_is_subwords(tensor))
            S2S_TRY(load_tensor(tensor, params, path, err));
    }
    for (int i = 0; i < params->n; i++)
        if (!s2s_safetensors_find(model->file, params->items[i]->name))
            return s2s_fail(err, S2S_BAD_MODEL, "%s: tensor \"%s\" is missing", path, params->items[i]->name);
    return S2S_OK;
}

/* A JSON array of all pieces, to free(); NULL when out of memory. */
static char *vocab_to_json(const s2s_vocab *vocab)
{
    json_t *list = json_array();
    char *text = NULL;
    for (int i = 0; i < s2s_vocab_size(vocab); i++) {
        s2s_span piece = s2s_vocab_piece(vocab, i);
        if (json_array_append_new(list, json_stringn(piece.data, piece.len)) != 0)
            goto done;
    }
    text = s2s_json_dump(list, 0);
done:
    json_decref(list);
    return text;
}

static s2s_stored_tensor param_tensor(const s2s_model_contents *contents, int i)
{
    const s2s_param *param = contents->params->items[i];
    const s2s_tensor *t = &param->t;
    return (s2s_stored_tensor){.name = param->name,
                               .dtype = "F32",
                               .rank = 2,
                               .dims = {t->rows, t->cols},
                               .data = contents->data + (t->data - contents->params->data),
                               .bytes = (size_t)t->rows * (size_t)t->cols * sizeof(s2s_real)};
}

static s2s_stored_tensor subwords_tensor(const char *name, const s2s_subwords *subwords)
{
    s2s_span model = s2s_subwords_model(subwords);
    return (s2s_stored_tensor){.name = name,
                               .dtype = "U8",
                               .rank = 1,
                               .dims = {(int64_t)model.len},
                               .data = model.data,
                               .bytes = model.len};
}

/* All tensors of the file, to free(): the parameters, and behind them, so that these stay aligned, the subword
 * models.  NULL when out of memory. */
static s2s_stored_tensor *list_tensors(const s2s_model_contents *contents, int *n)
{
    const s2s_subwords *source = contents->source_subwords, *target = contents->target_subwords;
    s2s_stored_tensor *tensors = calloc((size_t)contents->params->n + 2, sizeof *tensors);
    if (!tensors)
        return NULL;
    for (*n = 0; *n < contents->params->n; (*n)++)
        tensors[*n] = param_tensor(contents, *n);
    if (source)
        tensors[(*n)++] = subwords_tensor(source == target ? joint_subwords : source_subwords, source);
    if (target && target != source)
        tensors[(*n)++] = subwords_tensor(target_subwords, target);
    return tensors;
}

/* Adds what the text steps of a side hold, if it has any; *json is to be freed.  False when out of memory. */
static bool add_steps(s2s_stored_text *texts, int *n, const char *key, const s2s_text_pipeline *steps,
                      char **json)
{
    if (!steps || s2s_text_n_steps(steps) == 0)
        return true;
    *json = s2s_text_to_json(steps);
    texts[(*n)++] = (s2s_stored_text){key, *json};
    return *json != NULL;
}

s2s_status s2s_model_file_write(const char *path, const s2s_model_contents *contents, s2s_error *err)
{
    enum { N_ALWAYS = 6, N_WITH_STEPS = 9 }; /* texts */
    s2s_status status;
    char version[16];
    snprintf(version, sizeof version, "%d", S2S_FORMAT_VERSION);
    int n_tensors = 0, n_texts = N_ALWAYS;
    char *source = vocab_to_json(contents->source_vocab), *target = vocab_to_json(contents->target_vocab);
    char *source_steps = NULL, *target_steps = NULL, *output_steps = NULL;
    s2s_stored_tensor *tensors = list_tensors(contents, &n_tensors);
    s2s_stored_text texts[N_WITH_STEPS] = {
        {"format", FORMAT_NAME},           {"format_version", version},
        {"config", contents->config_json}, {"history", contents->history_json},
        {"source_vocab", source},          {"target_vocab", target},
    };
    if (source && target && tensors &&
        add_steps(texts, &n_texts, source_text_key, contents->source_text, &source_steps) &&
        add_steps(texts, &n_texts, target_text_key, contents->target_text, &target_steps) &&
        add_steps(texts, &n_texts, output_text_key, contents->output_text, &output_steps))
        status = s2s_safetensors_write(path, texts, n_texts, tensors, n_tensors, err);
    else
        status = s2s_fail_memory(err, "writing a model");
    free(source_steps);
    free(target_steps);
    free(output_steps);
    free(source);
    free(target);
    free(tensors);
    return status;
}
