#include "train/validate.h"

#include <math.h>
#include <stdlib.h>

#include "base/fail.h"
#include "train/decoded.h"

struct s2s_validator {
    const s2s_train_options *options;
    const s2s_dataset *dataset;
    s2s_learner *learner;
    s2s_decoded *decoded; /* NULL where all metrics are teacher-forced ones */
};

s2s_status s2s_validator_new(s2s_validator **validator, const s2s_train_options *options,
                             const s2s_valid_metrics *metrics, const s2s_dataset *dataset, s2s_learner *learner,
                             s2s_error *err)
{
    bool decodes = false;
    for (int i = 0; i < metrics->n; i++)
        decodes |= s2s_metric_is_decoded(metrics->items[i]);

    *validator = calloc(1, sizeof **validator);
    if (!*validator)
        return s2s_fail_memory(err, "preparing validation");
    **validator = (s2s_validator){options, dataset, learner, NULL};
    if (!decodes)
        return S2S_OK;
    s2s_status status = s2s_decoded_new(&(*validator)->decoded, options, metrics, dataset, learner, err);
    if (status != S2S_OK) {
        free(*validator);
        *validator = NULL;
    }
    return status;
}

void s2s_validator_free(s2s_validator *validator)
{
    if (!validator)
        return;
    s2s_decoded_free(validator->decoded);
    free(validator);
}

size_t s2s_validator_bytes(const s2s_validator *validator)
{
    return validator->decoded ? s2s_decoded_bytes(validator->decoded) : 0;
}

/* Sums over all target tokens of the validation pairs, teacher-forced. */
static s2s_status sum_losses(s2s_validator *validator, s2s_loss *loss, int64_t *n_tokens, s2s_error *err)
{
    s2s_learner *learner = validator->learner;
    s2s_reader *reader = validator->dataset->valid_reader;
    S2S_TRY(s2s_reader_seek(reader, (s2s_reader_position){0, 0}, err));
    bool end = false;
    while (!end) {
        s2s_batch batch;
        S2S_TRY(s2s_reader_next(reader, &batch, &end, err));
        s2s_graph_begin(&learner->graph, false, false, 0);
        learner->arch->forward(learner->network, &learner->graph, &batch.source, &batch.target,
                               &(s2s_objective){0}, 0, loss, NULL);
        S2S_TRY(s2s_graph_status(&learner->graph, err));
        *n_tokens += batch.target.shape.n_tokens;
    }
    return S2S_OK;
}

s2s_status s2s_validate(s2s_validator *validator, double metrics[S2S_N_VALID_METRICS], s2s_error *err)
{
    s2s_loss loss = {0};
    int64_t n_tokens = 0;
    for (int i = 0; i < S2S_N_VALID_METRICS; i++)
        metrics[i] = NAN;
    S2S_TRY(sum_losses(validator, &loss, &n_tokens, err));
    metrics[S2S_VALID_LOSS] = loss.nll / (double)n_tokens;
    metrics[S2S_VALID_PERPLEXITY] = exp(metrics[S2S_VALID_LOSS]);
    metrics[S2S_VALID_TOKEN_ACCURACY] = 100.0 * (double)loss.correct / (double)n_tokens;
    if (!validator->decoded)
        return S2S_OK;
    return s2s_decoded_measure(validator->decoded, metrics, err);
}
