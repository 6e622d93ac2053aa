#include "train/optimiser.h"

#include <math.h>
#include <stdlib.h>

#include "base/fail.h"
#include "train/block.h"

/* One update, as every member sees it. */
typedef struct update_job {
    s2s_optimiser_kind kind;
    s2s_team *team;
    const s2s_kernels *kernels;
    s2s_params *params;
    s2s_real *moments[2];
    s2s_real learn_rate, grad_scale, decay;
    s2s_real momentum, epsilon;
    s2s_real keep, take; /* of the old and the new squared gradient: adagrad, rmsprop */
    bool nesterov;
    s2s_adam_step adam;
} update_job;

static int moments_needed(const s2s_train_options *options)
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
    int n = moments_needed(options);
    for (int i = 0; i < n; i++) {
        optimiser->moments[i] = s2s_block_new(params);
        if (!optimiser->moments[i]) {
            s2s_optimiser_close(optimiser);
            return s2s_fail_memory(err, "allocating the optimiser's moments");
        }
    }
    return S2S_OK;
}

void s2s_optimiser_close(s2s_optimiser *optimiser)
{
    for (int i = 0; i < 2; i++)
        free(optimiser->moments[i]);
    *optimiser = (s2s_optimiser){0};
}

double s2s_gradient_norm(const s2s_params *params, s2s_team *team, const s2s_kernels *kernels)
{
    return s2s_block_norm(params->grad, params->n_elements, team, kernels);
}

/* v = momentum v + g; w -= rate v, or Nesterov's look ahead: rate (g + momentum v). */
static void sgd(const update_job *job, size_t begin, size_t end)
{
    s2s_real *w = job->params->data, *v = job->moments[0];
    for (size_t i = begin; i < end; i++) {
        s2s_real g = job->params->grad[i] * job->grad_scale + job->decay * w[i];
        if (v) {
            v[i] = job->momentum * v[i] + g;
            g = job->nesterov ? g + job->momentum * v[i] : v[i];
        }
        w[i] -= job->learn_rate * g;
    }
}

/* a = a + g^2, or the running mean of RMSProp; w -= rate g / (sqrt(a) + epsilon). */
static void adagrad_or_rmsprop(const update_job *job, size_t begin, size_t end)
{
    s2s_real *w = job->params->data, *a = job->moments[0];
    for (size_t i = begin; i < end; i++) {
        s2s_real g = job->params->grad[i] * job->grad_scale + job->decay * w[i];
        a[i] = job->keep * a[i] + job->take * g * g;
        w[i] -= job->learn_rate * g / ((s2s_real)sqrt((double)a[i]) + job->epsilon);
    }
}

static void update_member(void *arg, int member)
{
    const update_job *job = arg;
    s2s_params *params = job->params;
    size_t begin, end;
    s2s_block_share(params->n_elements, member, s2s_team_size(job->team), &begin, &end);
    switch (job->kind) {
    case S2S_OPTIMISER_SGD:
        sgd(job, begin, end);
        break;
    case S2S_OPTIMISER_ADAGRAD:
    case S2S_OPTIMISER_RMSPROP:
        adagrad_or_rmsprop(job, begin, end);
        break;
    default:
        job->kernels->adam(params->data + begin, job->moments[0] + begin, job->moments[1] + begin,
                           params->grad + begin, &job->adam, end - begin);
    }
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
