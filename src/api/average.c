/* The mean of models. */
#include "s2s/average.h"

#include <stdlib.h>
#include <string.h>

#include "api/model.h"
#include "base/fail.h"
#include "io/json.h"

enum { VALUE_SIZE = 96 }; /* bytes of a printed value in a message; longer ones are cut */

static const char averaging[] = "averaging models";

typedef struct mean {
    s2s_model *first; /* its parameters become the mean */
    const char *first_path;
    double *sums; /* laid out as its parameters */
    int n;
    json_t *history;
} mean;

/* ---- what models must have in common ---- */

/* Whether a trained model computes what it does because of the option. */
static bool matters(const s2s_option *option)
{
    static const char *const names[] = {"src-text", "tgt-text", "output-text", "src-tokens", "tgt-tokens"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(option->name, names[i]) == 0)
            return true;
    return strcmp(option->group, "network") == 0 && strncmp(option->name, "dropout", strlen("dropout")) != 0;
}

static s2s_status check_options(const mean *m, const s2s_model *model, const char *path, s2s_error *err)
{
    const s2s_option_table *table = s2s_train_options_table();
    for (int i = 0; i < table->n_options; i++) {
        const s2s_option *option = &table->options[i];
        char expected[VALUE_SIZE], found[VALUE_SIZE];
        if (!matters(option) || s2s_option_same(option, &m->first->options, &model->options))
            continue;
        s2s_option_print(option, &m->first->options, expected, sizeof expected);
        s2s_option_print(option, &model->options, found, sizeof found);
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected --%s %s as %s has, found %s", path, option->name,
                        *expected ? expected : "none", m->first_path, *found ? found : "none");
    }
    return S2S_OK;
}

static s2s_status check_vocab(const mean *m, const s2s_vocab *expected, const s2s_vocab *found,
                              const char *side, const char *path, s2s_error *err)
{
    int n = s2s_vocab_size(expected);
    if (n != s2s_vocab_size(found))
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected a %s vocabulary of %d pieces as %s has, found %d",
                        path, side, n, m->first_path, s2s_vocab_size(found));
    for (int i = 0; i < n; i++) {
        const char *piece = s2s_vocab_piece(expected, i).data, *other = s2s_vocab_piece(found, i).data;
        if (strcmp(piece, other) != 0)
            return s2s_fail(err, S2S_BAD_MODEL,
                            "%s: %s vocabulary: expected piece %d to be \"%.64s\" as in %s, found \"%.64s\"",
                            path, side, i, piece, m->first_path, other);
    }
    return S2S_OK;
}

/* Options name the steps; what they hold may differ all the same. */
static s2s_status check_text(const mean *m, const s2s_text_pipeline *expected, const s2s_text_pipeline *found,
                             const char *which, const char *path, s2s_error *err)
{
    if (s2s_text_hash(expected) == s2s_text_hash(found))
        return S2S_OK;
    return s2s_fail(err, S2S_BAD_MODEL, "%s: expected the words of the %s text steps of %s, found others", path,
                    which, m->first_path);
}

static s2s_status check_tokeniser(const mean *m, const s2s_tokeniser *expected, const s2s_tokeniser *found,
                                  const char *side, const char *path, s2s_error *err)
{
    if (expected->subwords && s2s_subwords_hash(expected->subwords) != s2s_subwords_hash(found->subwords))
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected the %s subword model of %s, found another one", path,
                        side, m->first_path);
    return check_text(m, expected->text, found->text, side, path, err);
}

static s2s_status check_alike(const mean *m, const s2s_model *model, const char *path, s2s_error *err)
{
    const s2s_model *first = m->first;
    S2S_TRY(check_options(m, model, path, err));
    S2S_TRY(check_vocab(m, first->file.source_vocab, model->file.source_vocab, "source", path, err));
    S2S_TRY(check_vocab(m, first->file.target_vocab, model->file.target_vocab, "target", path, err));
    S2S_TRY(check_tokeniser(m, &first->source_tokeniser, &model->source_tokeniser, "source", path, err));
    S2S_TRY(check_tokeniser(m, &first->target_tokeniser, &model->target_tokeniser, "target", path, err));
    return check_text(m, first->output_text, model->output_text, "output", path, err);
}

/* ---- the mean ---- */

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
    S2S_TRY(check_alike(m, model, path, err));
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
        m->first_path = path;
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
