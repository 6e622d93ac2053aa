/* Workers and their results. */
#include "api/worker.h"

#include <stdlib.h>

#include "api/alike.h"
#include "base/fail.h"
#include "base/weight_list.h"
#include "train/options.h"

static s2s_status open_parts(s2s_worker *worker, s2s_error *err)
{
    worker->arena = s2s_arena_new(1 << 16);
    worker->scratch = s2s_arena_new(1 << 16);
    if (!worker->arena || !worker->scratch)
        return s2s_fail_memory(err, "making a worker");
    if (worker->options.lexicon)
        S2S_TRY(s2s_worker_read_lexicon(worker, err));
    if (worker->options.shortlist)
        S2S_TRY(s2s_worker_read_shortlist(worker, err));
    S2S_TRY(s2s_team_new(&worker->team, worker->options.threads, err));
    s2s_search_model models[S2S_MAX_MODELS];
    for (int k = 0; k < worker->n_models; k++) {
        const s2s_model *model = worker->models[k];
        /* A graph that does not record only reads parameters that are packed already. */
        S2S_TRY(s2s_graph_open(&worker->graphs[k], (s2s_params *)&model->params, worker->team, model->kernels,
                               err));
        models[k] = (s2s_search_model){model->arch, model->network, &worker->graphs[k], worker->weights[k]};
    }
    return s2s_searcher_new(&worker->searcher, models, worker->n_models,
                            s2s_vocab_size(worker->model->file.target_vocab), err);
}

/* As long as wanted, 0: as in training; never longer than location attention knows. */
static int longest_source(const s2s_model *model, int wanted)
{
    const s2s_network_options *network = &model->options.network;
    if (wanted == 0)
        return s2s_train_longest_source(&model->options);
    bool bounded = network->attention == S2S_ATTENTION_LOCATION && wanted > network->max_source;
    return bounded ? network->max_source : wanted;
}

/* ---- several models ---- */

static s2s_status set_weights(s2s_worker *worker, s2s_error *err)
{
    double sum = 0;
    int n = worker->n_models;
    for (int k = 0; k < n; k++)
        worker->weights[k] = 1;
    if (worker->options.weights)
        S2S_TRY(s2s_weight_list_read(worker->weights, n, worker->options.weights, "--weights", "model", err));
    for (int k = 0; k < n; k++)
        sum += worker->weights[k];
    for (int k = 0; k < n; k++)
        worker->weights[k] /= sum;
    return S2S_OK;
}

static s2s_status set_models(s2s_worker *worker, const s2s_model *const *models, int n, s2s_error *err)
{
    worker->model = models[0];
    worker->max_source = longest_source(models[0], worker->options.max_source);
    for (int k = 0; k < n; k++) {
        int longest = longest_source(models[k], worker->options.max_source);
        if (k > 0)
            S2S_TRY(s2s_models_check_alike(models[0], models[k], S2S_ALIKE_IN_TEXT, err));
        worker->models[k] = models[k];
        worker->max_source = longest < worker->max_source ? longest : worker->max_source;
    }
    worker->n_models = n;
    return set_weights(worker, err);
}

static s2s_status check_arguments(s2s_worker **worker, const s2s_model *const *models, int n,
                                  const s2s_predict_options *options, s2s_error *err)
{
    if (!worker)
        return s2s_fail(err, S2S_MISUSE, "s2s_worker_new: expected a place for the worker, found NULL");
    *worker = NULL;
    if (n < 1 || n > S2S_MAX_MODELS)
        return s2s_fail(err, S2S_MISUSE, "expected 1 to %d models, found %d", S2S_MAX_MODELS, n);
    bool complete = models && options;
    for (int k = 0; complete && k < n; k++)
        complete = models[k] != NULL;
    if (!complete)
        return s2s_fail(err, S2S_MISUSE, "s2s_worker_new: expected a model and options, found NULL");
    return s2s_predict_options_check(options, err);
}

s2s_status s2s_worker_new_ensemble(s2s_worker **worker, const s2s_model *const *models, int n_models,
                                   const s2s_predict_options *options, s2s_error *err)
{
    S2S_TRY(check_arguments(worker, models, n_models, options, err));
    s2s_worker *new = calloc(1, sizeof *new);
    if (!new)
        return s2s_fail_memory(err, "making a worker");
    new->options = *options;
    new->options.attention |= options->replace_unknown;
    new->gives_attention = options->attention;
    s2s_status status = set_models(new, models, n_models, err);
    if (status == S2S_OK)
        status = s2s_unknown_open(new, err);
    if (status == S2S_OK)
        status = open_parts(new, err);
    if (status != S2S_OK) {
        s2s_worker_free(new);
        return status;
    }
    *worker = new;
    return S2S_OK;
}

s2s_status s2s_worker_new(s2s_worker **worker, const s2s_model *model, const s2s_predict_options *options,
                          s2s_error *err)
{
    return s2s_worker_new_ensemble(worker, &model, 1, options, err);
}

void s2s_worker_free(s2s_worker *worker)
{
    if (!worker)
        return;
    s2s_searcher_free(worker->searcher);
    for (int k = 0; k < worker->n_models; k++)
        s2s_graph_close(&worker->graphs[k]);
    s2s_team_free(worker->team);
    s2s_pieces_free(&worker->pieces);
    s2s_lexicon_free(worker->lexicon);
    s2s_worker_free_shortlist(worker);
    s2s_dictionary_close(worker->dictionary);
    s2s_arena_free(worker->arena);
    s2s_arena_free(worker->scratch);
    free(worker);
}

s2s_status s2s_worker_begin(s2s_worker *worker, const s2s_input *inputs, int n, s2s_error *err)
{
    if (n < 0 || (n > 0 && !inputs))
        return s2s_fail(err, S2S_MISUSE, "expected inputs, found %s",
                        n < 0 ? "a negative number of them" : "NULL");
    for (int i = 0; i < n; i++)
        if (!inputs[i].text)
            return s2s_fail_input(err, S2S_MISUSE, i, ": expected a text, found NULL");
    s2s_arena_reset(worker->arena);
    worker->result.n = 0;
    worker->result.items =
        s2s_arena_alloc_zero(worker->arena, s2s_size_mul((size_t)n, sizeof(s2s_result_item)));
    if (!worker->result.items)
        return s2s_fail_memory(err, "making room for results");
    worker->result.n = n;
    worker->result.constraints = NULL;
    worker->phrases = NULL;
    worker->n_missed = 0;
    return S2S_OK;
}

int s2s_worker_max_source(const s2s_worker *worker)
{
    return worker->max_source;
}

int s2s_result_n_inputs(const s2s_result *result)
{
    return result->n;
}

int s2s_result_n_hyps(const s2s_result *result, int i)
{
    return i >= 0 && i < result->n ? result->items[i].n_hyps : 0;
}

int s2s_result_n_parts(const s2s_result *result, int i)
{
    return i >= 0 && i < result->n && result->items[i].n_parts > 1 ? result->items[i].n_parts : 1;
}

const s2s_hypothesis *s2s_result_hyp(const s2s_result *result, int i, int h)
{
    return h >= 0 && h < s2s_result_n_hyps(result, i) ? &result->items[i].hyps[h] : NULL;
}
