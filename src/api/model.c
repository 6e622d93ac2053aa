/* Opening a model. */
#include "api/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "io/text_json.h"

/* The file must hold as many elements as its configuration asks for; known before anything is allocated. */
static s2s_status check_size(const s2s_model *model, const char *path, s2s_error *err)
{
    size_t stored = 0, declared = 0;
    for (int i = 0; i < s2s_safetensors_n(model->file.file); i++) {
        const s2s_stored_tensor *tensor = s2s_safetensors_at(model->file.file, i);
        if (!s2s_model_file_is_subwords(tensor))
            stored += tensor->bytes / sizeof(float);
    }
    for (int i = 0; i < model->params.n; i++)
        declared += (size_t)model->params.items[i]->t.rows * (size_t)model->params.items[i]->t.cols;
    if (stored == declared)
        return S2S_OK;
    return s2s_fail(err, S2S_BAD_MODEL, "%s: expected %zu parameters by its configuration, found %zu", path,
                    declared, stored);
}

static s2s_status declare(s2s_model *model, const char *path, s2s_error *err)
{
    s2s_error why = {0};
    s2s_status status =
        model->arch->declare(&model->network, &model->options.network, s2s_vocab_size(model->file.source_vocab),
                             s2s_vocab_size(model->file.target_vocab), &model->params, &why);
    if (status == S2S_BAD_CONFIG)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: %s", path, why.msg);
    if (status != S2S_OK)
        return s2s_fail(err, status, "%s", why.msg);
    return S2S_OK;
}

/* Packs the weights now, because packing later would change what threads share. */
static s2s_status pack(s2s_model *model, s2s_error *err)
{
    s2s_team *team;
    s2s_graph graph;
    S2S_TRY(s2s_team_new(&team, 1, err));
    s2s_status status = s2s_graph_open(&graph, &model->params, team, model->kernels, err);
    if (status == S2S_OK) {
        s2s_graph_begin(&graph, false, false, 0);
        s2s_graph_prepare(&graph);
        model->arch->prepare(model->network, &graph);
        status = s2s_graph_status(&graph, err);
        s2s_graph_close(&graph);
    }
    s2s_team_free(team);
    return status;
}

/* A side has a subword model of the kind that its configuration names, or none where it names none. */
static s2s_status make_tokeniser(s2s_tokeniser *tokeniser, int tokens, const s2s_subwords *subwords,
                                 const s2s_text_pipeline *text, const char *side, const char *path,
                                 s2s_error *err)
{
    s2s_tokeniser_kind kind = (s2s_tokeniser_kind)tokens;
    const char *expected = s2s_tokeniser_has_subwords(kind) ? s2s_tokeniser_name(kind) : "no",
               *found = subwords ? s2s_subwords_kind(subwords) : "no";
    if (strcmp(expected, found) != 0)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected %s subwords of the %s by its configuration, found %s",
                        path, expected, side, found);
    *tokeniser = (s2s_tokeniser){kind, subwords, text};
    return S2S_OK;
}

static s2s_status pair_texts(s2s_model *model, const char *path, s2s_error *err)
{
    s2s_error why;
    if (s2s_text_pair(model->source_text, model->target_text, model->output_text, &why) == S2S_OK)
        return S2S_OK;
    return s2s_fail(err, S2S_BAD_MODEL, "%s: %s", path, why.msg);
}

static s2s_status load(s2s_model *model, const char *path, s2s_error *err)
{
    S2S_TRY(s2s_model_file_open(&model->file, path, err));
    S2S_TRY(s2s_config_from_json(model->file.config_json, s2s_train_options_table(), &model->options,
                                 model->strings, path, err));
    S2S_TRY(s2s_text_from_json(&model->source_text, model->options.src_text, "src-text",
                               model->file.source_text_json, path, err));
    S2S_TRY(s2s_text_from_json(&model->target_text, model->options.tgt_text, "tgt-text",
                               model->file.target_text_json, path, err));
    S2S_TRY(s2s_text_from_json(&model->output_text, model->options.output_text, "output-text",
                               model->file.output_text_json, path, err));
    S2S_TRY(pair_texts(model, path, err));
    S2S_TRY(make_tokeniser(&model->source_tokeniser, model->options.src_tokens, model->file.source_subwords,
                           model->source_text, "source", path, err));
    S2S_TRY(make_tokeniser(&model->target_tokeniser, model->options.tgt_tokens, model->file.target_subwords,
                           model->target_text, "target", path, err));
    S2S_TRY(declare(model, path, err));
    S2S_TRY(check_size(model, path, err));
    S2S_TRY(s2s_params_allocate(&model->params, false, err));
    S2S_TRY(s2s_model_file_load(&model->file, &model->params, path, err));
    return pack(model, err);
}

static s2s_status check_arguments(s2s_model **model, const char *path, s2s_precision precision, s2s_error *err)
{
    if (!model)
        return s2s_fail(err, S2S_MISUSE, "s2s_model_open: expected a place for the model, found NULL");
    *model = NULL;
    if (!path || !*path)
        return s2s_fail(err, S2S_MISUSE, "s2s_model_open: expected a model file or run folder, found nothing");
    if ((int)precision < 0 || precision >= S2S_N_PRECISIONS)
        return s2s_fail(err, S2S_MISUSE, "s2s_model_open: expected a precision, found %d", (int)precision);
    return S2S_OK;
}

s2s_status s2s_model_open_as(s2s_model **model, const char *path, s2s_precision precision, s2s_error *err)
{
    int resolved = (int)precision;
    S2S_TRY(check_arguments(model, path, precision, err));
    S2S_TRY(s2s_precision_resolve(&resolved, err));
    char *file = s2s_model_file_path(path);
    s2s_model *new = calloc(1, sizeof *new);
    if (!new || !file) {
        free(file);
        free(new);
        return s2s_fail_memory(err, "opening a model");
    }
    new->arch = &s2s_arch_rnn;
    new->kernels = s2s_kernels_of(resolved);
    s2s_params_begin(&new->params);
    new->strings = s2s_arena_new(1 << 12);
    new->path = new->strings ? s2s_arena_strndup(new->strings, path, strlen(path)) : NULL;
    s2s_status status = new->path ? load(new, file, err) : s2s_fail_memory(err, "opening a model");
    free(file);
    if (status != S2S_OK) {
        s2s_model_close(new);
        return status;
    }
    *model = new;
    return S2S_OK;
}

s2s_status s2s_model_open(s2s_model **model, const char *path, s2s_error *err)
{
    return s2s_model_open_as(model, path, S2S_PRECISION_F32, err);
}

void s2s_model_close(s2s_model *model)
{
    if (!model)
        return;
    if (model->network)
        model->arch->free(model->network);
    s2s_params_end(&model->params);
    s2s_text_close(model->source_text);
    s2s_text_close(model->target_text);
    s2s_text_close(model->output_text);
    s2s_arena_free(model->strings);
    s2s_model_file_close(&model->file);
    free(model);
}

void s2s_model_describe(const s2s_model *model, s2s_model_info *info)
{
    *info = (s2s_model_info){
        .format_version = model->file.format_version,
        .n_parameters = (int64_t)model->params.n_parameters,
        .src_vocab = s2s_vocab_size(model->file.source_vocab),
        .tgt_vocab = s2s_vocab_size(model->file.target_vocab),
        .config_json = model->file.config_json,
        .history_json = model->file.history_json,
        .n_tensors = model->params.n,
    };
}

s2s_tensor_info s2s_model_tensor(const s2s_model *model, int i)
{
    const s2s_param *param = model->params.items[i];
    return (s2s_tensor_info){.name = param->name, .rows = param->t.rows, .cols = param->t.cols};
}

const char *s2s_model_piece(const s2s_model *model, bool target, int i)
{
    const s2s_vocab *vocab = target ? model->file.target_vocab : model->file.source_vocab;
    return i >= 0 && i < s2s_vocab_size(vocab) ? s2s_vocab_piece(vocab, i).data : NULL;
}
