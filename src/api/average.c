/* The mean of models. */
#include "s2s/average.h"

#include <stdlib.h>
#include <string.h>

#include "api/alike.h"
#include "base/fail.h"
#include "io/json.h"

static const char averaging[] = "averaging models";

typedef struct mean {
    s2s_model *first; /* its parameters become the mean */
    double *sums;     /* laid out as its parameters */
    int n;
    json_t *history;
} mean;

/* Of a model that is a mean itself those that it is made of, so that means of means do not nest. */
static s2s_status add_history(mean *m, const s2s_model *model, const char *path, s2s_error *err)
{
    static const char key[] = "averaged";
    s2s_json_error why = {0};
    s2s_str nested = {0};
    s2s_str_printf(&nested, "{\"%s\":[%s]}", key, model->file.history_json);
    json_t *one = nested.failed ? NULL : s2s_json_load(nested.data, nested.len, &why);
    json_t *all = json_object_get(m->history, key), *list = json_object_get(one, key);
    json_t *its_own = json_object_get(json_array_get(list, 0), key);
    s2s_status status = S2S_OK;
    if (!one && why.fault == S2S_JSON_SYNTAX) /* it was sound by itself, two levels further up */
        status = s2s_fail(err, S2S_BAD_MODEL, "%s: expected a history of at most 62 levels, found more", path);
    else if (json_array_extend(all, json_is_array(its_own) ? its_own : list) != 0)
        status = s2s_fail_memory(err, averaging);
    json_decref(one);
    s2s_str_free(&nested);
    return status;
}

static s2s_status add_alike(mean *m, const s2s_model *model, const char *path, s2s_error *err)
{
    S2S_TRY(s2s_models_check_alike(m->first, model, S2S_ALIKE_WHOLLY, err));
    for (size_t i = 0; i < model->params.n_elements; i++)
        m->sums[i] += (double)model->params.data[i];
    m->n++;
    return add_history(m, model, path, err);
}

/* The first model stays open. */
static s2s_status add(mean *m, const char *path, s2s_error *err)
{
    s2s_model *model;
    S2S_TRY(s2s_model_open(&model, path, err));
    if (!m->first) {
        m->first = model;
        m->sums = calloc(model->params.n_elements, sizeof *m->sums);
        if (!m->sums)
            return s2s_fail_memory(err, averaging);
    }
    s2s_status status = add_alike(m, model, path, err);
    if (model != m->first)
        s2s_model_close(model);
    return status;
}

static s2s_status write(const mean *m, const char *output, s2s_error *err)
{
    const s2s_model *first = m->first;
    for (size_t i = 0; i < first->params.n_elements; i++)
        first->params.data[i] = (s2s_real)(m->sums[i] / m->n);
    char *config = s2s_config_to_json(s2s_train_options_table(), &first->options);
    char *history = s2s_json_dump(m->history, JSON_REAL_PRECISION(9));
    s2s_status status;
    if (config && history)
        status = s2s_model_file_write(output,
                                      &(s2s_model_contents){.params = &first->params,
                                                            .data = first->params.data,
                                                            .config_json = config,
                                                            .history_json = history,
                                                            .source_vocab = first->file.source_vocab,
                                                            .target_vocab = first->file.target_vocab,
                                                            .source_subwords = first->file.source_subwords,
                                                            .target_subwords = first->file.target_subwords,
                                                            .source_text = first->source_text,
                                                            .target_text = first->target_text,
                                                            .output_text = first->output_text},
                                      err);
    else
        status = s2s_fail_memory(err, averaging);
    free(config);
    free(history);
    return status;
}

static s2s_status average(mean *m, const char *output, const char *const *models, int n_models, s2s_error *err)
{
    m->history = json_pack("{s:[]}", "averaged");
    if (!m->history)
        return s2s_fail_memory(err, averaging);
    for (int i = 0; i < n_models; i++)
        S2S_TRY(add(m, models[i], err));
    return write(m, output, err);
}

s2s_status s2s_average(const char *output, const char *const *models, int n_models, s2s_error *err)
{
    if (!output || !*output)
        return s2s_fail(err, S2S_MISUSE, "s2s_average: expected a file to write to, found nothing");
    if (!models || n_models < 1)
        return s2s_fail(err, S2S_MISUSE, "s2s_average: expected a model at least, found none");
    mean m = {0};
    s2s_status status = average(&m, output, models, n_models, err);
    json_decref(m.history);
    free(m.sums);
    s2s_model_close(m.first);
    return status;
}
