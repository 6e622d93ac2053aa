#include "train/optimiser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "train/block.h"

static const s2s_real zeros[S2S_STRIP]; /* the gradient of strips that no batch touched */

/* One update, as every member sees it. */
typedef struct update_job {
    s2s_optimiser_kind kind;
    s2s_team *team;
    const s2s_kernels *kernels;
    s2s_params *params;
    s2s_real *moments[2], *average;
    s2s_real learn_rate, grad_scale, decay;
    s2s_real approach; /* share of its distance to the parameters that the average goes */
    s2s_real momentum, epsilon;
    s2s_real keep, take; /* of the old and the new squared gradient: adagrad, rmsprop */
    bool nesterov;
    s2s_adam_step adam;
} update_job;

int s2s_optimiser_n_moments(const s2s_train_options *options)
{
    switch (options->optimizer) {
    case S2S_OPTIMISER_SGD:
        return options->momentum > 0 ? 1 : 0;
    case S2S_OPTIMISER_ADAGRAD:
    case S2S_OPTIMISER_RMSPROP:
        return 1;
    default:
        return 2;
    }
}

s2s_status s2s_optimiser_open(s2s_optimiser *optimiser, const s2s_train_options *options,
                              const s2s_params *params, s2s_error *err)
{
    *optimiser = (s2s_optimiser){.kind = (s2s_optimiser_kind)options->optimizer};
    int n = s2s_optimiser_n_moments(options);
    bool complete = true;
    for (int i = 0; i < n; i++) {
        optimiser->moments[i] = s2s_block_new(params);
        complete = complete && optimiser->moments[i];
    }
    if (options->ema > 0) {
        optimiser->average = s2s_block_new(params);
        complete = complete && optimiser->average;
    }
    if (complete)
        return S2S_OK;
    s2s_optimiser_close(optimiser);
    return s2s_fail_memory(err, "allocating the optimiser's moments");
}

void s2s_optimiser_close(s2s_optimiser *optimiser)
{
    for (int i = 0; i < 2; i++)
        free(optimiser->moments[i]);
    free(optimiser->average);
    *optimiser = (s2s_optimiser){0};
}

void s2s_optimiser_begin(s2s_optimiser *optimiser, const s2s_params *params)
{
    if (optimiser->average)
        memcpy(optimiser->average, params->data, params->n_elements * sizeof(s2s_real));
}

double s2s_gradient_norm(const s2s_params *params, s2s_team *team, const s2s_kernels *kernels)
{
    return s2s_block_norm(params->grad, params->n_trained, params->strips, team, kernels);
}

/* v = momentum v + g; w -= rate v, or Nesterov's look ahead: rate (g + momentum v). */
static void sgd(const update_job *job, size_t at, const s2s_real *grad, size_t n)
{
    s2s_real *w = job->params->data + at, *v = job->moments[0] ? job->moments[0] + at : NULL;
    for (size_t i = 0; i < n; i++) {
        s2s_real g = grad[i] * job->grad_scale + job->decay * w[i];
        if (v) {
            v[i] = job->momentum * v[i] + g;
            g = job->nesterov ? g + job->momentum * v[i] : v[i];
        }
        w[i] -= job->learn_rate * g;
    }
}

/* a = a + g^2, or the running mean of RMSProp; w -= rate g / (sqrt(a) + epsilon). */
static void adagrad_or_rmsprop(const update_job *job, size_t at, const s2s_real *grad, size_t n)
{
    s2s_real *w = job->params->data + at, *a = job->moments[0] + at;
    for (size_t i = 0; i < n; i++) {
        s2s_real g = grad[i] * job->grad_scale + job->decay * w[i];
        a[i] = job->keep * a[i] + job->take * g * g;
        w[i] -= job->learn_rate * g / ((s2s_real)sqrt((double)a[i]) + job->epsilon);
    }
}

/* All of an update for n elements with gradient g. */
static void update(const update_job *job, size_t at, const s2s_real *g, size_t n)
{
    s2s_real *w = job->params->data + at;
    switch (job->kind) {
    case S2S_OPTIMISER_SGD:
        sgd(job, at, g, n);
        break;
    case S2S_OPTIMISER_ADAGRAD:
    case S2S_OPTIMISER_RMSPROP:
        adagrad_or_rmsprop(job, at, g, n);
        break;
    default:
        job->kernels->adam(w, job->moments[0] + at, job->moments[1] + at, g, &job->adam, n);
    }
    if (job->average)
        job->kernels->approach(job->average + at, w, job->approach, n);
}

/* One strip of n elements, the frozen ones at its end left as they are, while they are in cache. */
static void update_strip(const update_job *job, size_t at, size_t n)
{
    s2s_real *grad = job->params->grad + at;
    unsigned char *strip = &job->params->strips[at / S2S_STRIP];
    size_t left = at < job->params->n_trained ? job->params->n_trained - at : 0;
    if (left > 0)
        update(job, at, *strip == S2S_STRIP_ZERO ? zeros : grad, left < n ? left : n);
    if (*strip != S2S_STRIP_ZERO)
        memset(grad, 0, n * sizeof *grad);
    if (*strip == S2S_STRIP_TOUCHED)
        *strip = S2S_STRIP_ZERO;
}

static void update_member(void *arg, int member)
{
    const update_job *job = arg;
    size_t begin, end;
    s2s_block_share(job->params->n_elements, member, s2s_team_size(job->team), &begin, &end);
    for (size_t at = begin; at < end; at += S2S_STRIP)
        update_strip(job, at, end - at < S2S_STRIP ? end - at : S2S_STRIP);
}

/* Decay of the average: a short memory at first, so that the start is forgotten soon. */
static double average_decay(const s2s_train_options *options, int64_t update)
{
    return fmin(options->ema, (1 + (double)update) / (10 + (double)update));
}

static s2s_adam_step adam_step(const s2s_train_options *options, int64_t update, double learn_rate,
                               double grad_scale)
{
    double correct1 = 1 - pow(options->beta1, (double)update);
    double correct2 = sqrt(1 - pow(options->beta2, (double)update));
    bool decoupled = options->optimizer == S2S_OPTIMISER_ADAMW;
    return (s2s_adam_step){
        .learn_rate = (s2s_real)(learn_rate * correct2 / correct1),
        .beta1 = (s2s_real)options->beta1,
        .beta2 = (s2s_real)options->beta2,
        .epsilon = (s2s_real)(options->epsilon * correct2),
        .grad_scale = (s2s_real)grad_scale,
        .decay = (s2s_real)(decoupled ? 0 : options->weight_decay),
        .shrink = (s2s_real)(decoupled ? 1 - learn_rate * options->weight_decay : 1),
    };
}

void s2s_optimiser_update(s2s_optimiser *optimiser, const s2s_train_options *options, s2s_params *params,
                          double learn_rate, double grad_scale, s2s_team *team, const s2s_kernels *kernels)
{
    bool rmsprop = optimiser->kind == S2S_OPTIMISER_RMSPROP;
    optimiser->updates++;
    update_job job = {
        .kind = optimiser->kind,
        .team = team,
        .kernels = kernels,
        .params = params,
        .moments = {optimiser->moments[0], optimiser->moments[1]},
        .average = optimiser->average,
        .approach = (s2s_real)(1 - average_decay(options, optimiser->updates)),
        .learn_rate = (s2s_real)learn_rate,
        .grad_scale = (s2s_real)grad_scale,
        .decay = (s2s_real)options->weight_decay,
        .momentum = (s2s_real)options->momentum,
        .epsilon = (s2s_real)options->epsilon,
        .keep = rmsprop ? (s2s_real)options->beta2 : 1,
        .take = rmsprop ? (s2s_real)(1 - options->beta2) : 1,
        .nesterov = options->nesterov,
        .adam = adam_step(options, optimiser->updates, learn_rate, grad_scale),
    };
    s2s_team_run(team, update_member, &job);
    s2s_params_changed(params);
}
