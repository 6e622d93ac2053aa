#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/log.h"
#include "train/best.h"
#include "train/checkpoint.h"
#include "train/event.h"
#include "train/freeze.h"
#include "train/kept.h"
#include "train/memory.h"
#include "train/options.h"
#include "train/pretrained.h"
#include "train/run.h"
#include "train/validate.h"

/* What was seen since the last event. */
typedef struct window {
    double nll, began_s;
    double waited_s; /* for batches, before it began */
    int64_t tokens;
} window;

struct s2s_trainer {
    s2s_arena *texts; /* of the options */
    s2s_train_options options;
    s2s_logger logger;
    s2s_dataset dataset;
    s2s_learner learner;
    s2s_validator *validator;
    s2s_run run;
    s2s_memory_plan memory;    /* where there is a budget */
    s2s_pretrained pretrained; /* until the run begins */
    s2s_progress progress;
    bool resumed;
    atomic_int stop;

    s2s_train_event_fn *event; /* of the present s2s_trainer_run, with its argument */
    void *event_arg;
    double began_s; /* the clock at which progress.seconds would have been 0 */
    window window;
    s2s_update last; /* the latest update */
};

/* ---- opening ---- */

/* Before any data is read: the folder is ours, and what runs in it runs with these options. */
static s2s_status open_run(s2s_trainer *trainer, s2s_error *err)
{
    s2s_train_options *options = &trainer->options;
    S2S_TRY(s2s_run_open(&trainer->run, options, err));
    trainer->resumed = !options->overwrite && s2s_is_file(trainer->run.checkpoint);
    if (trainer->resumed)
        S2S_TRY(s2s_checkpoint_check(trainer->run.checkpoint, options, err));
    return s2s_train_options_resolve(options, err);
}

static void log_frozen(const s2s_trainer *trainer)
{
    const s2s_params *params = &trainer->learner.params;
    int n_frozen = s2s_n_frozen(params);
    if (n_frozen > 0)
        s2s_log(&trainer->logger, S2S_LOG_INFO, "--freeze: %d of %d tensors are not trained", n_frozen,
                params->n);
}

/* The first parameters, from the seed and from a model. */
static s2s_status begin_parameters(s2s_trainer *trainer, s2s_error *err)
{
    s2s_learner *learner = &trainer->learner;
    const s2s_dataset *dataset = &trainer->dataset;
    s2s_learner_begin(learner, &trainer->options);
    if (!trainer->options.pretrained_model)
        return S2S_OK;
    S2S_TRY(s2s_pretrained_copy(&trainer->pretrained, &learner->params, dataset->source_vocab,
                                dataset->target_vocab, &trainer->logger, err));
    s2s_pretrained_close(&trainer->pretrained);
    s2s_optimiser_begin(&learner->optimiser, &learner->params);
    return S2S_OK;
}

/* Goes on from the checkpoint, or begins with one, so that from now on the run can be killed at any time. */
static s2s_status begin(s2s_trainer *trainer, s2s_error *err)
{
    const s2s_train_options *options = &trainer->options;
    s2s_run *run = &trainer->run;
    s2s_dataset *dataset = &trainer->dataset;
    s2s_learner *learner = &trainer->learner;
    s2s_progress *progress = &trainer->progress;
    progress->value = NAN;
    if (trainer->resumed) {
        S2S_TRY(s2s_checkpoint_read(run->checkpoint, dataset, learner, progress, err));
    } else {
        S2S_TRY(begin_parameters(trainer, err));
        S2S_TRY(s2s_checkpoint_write(run->checkpoint, options, dataset, learner, progress, err));
    }
    progress->n_pairs = (int64_t)s2s_reader_n_admitted(dataset->train_reader, progress->epoch);
    return s2s_run_start(run, options, progress, err);
}

static s2s_status open_parts(s2s_trainer *trainer, const s2s_train_options *options, s2s_error *err)
{
    trainer->texts = s2s_arena_new(4096);
    if (!trainer->texts)
        return s2s_fail_memory(err, "opening a trainer");
    S2S_TRY(s2s_train_options_copy(&trainer->options, options, trainer->texts, err));
    S2S_TRY(s2s_train_options_check(&trainer->options, err));
    S2S_TRY(s2s_valid_metrics_read(&trainer->progress.metrics, trainer->options.valid_metric, err));
    S2S_TRY(open_run(trainer, err));
    if (trainer->options.pretrained_model && !trainer->resumed)
        S2S_TRY(s2s_pretrained_open(&trainer->pretrained, trainer->options.pretrained_model, err));
    S2S_TRY(s2s_dataset_open(&trainer->dataset, &trainer->options, &trainer->logger, err));
    const s2s_dataset *dataset = &trainer->dataset;
    S2S_TRY(s2s_learner_open(&trainer->learner, &trainer->options, s2s_vocab_size(dataset->source_vocab),
                             s2s_vocab_size(dataset->target_vocab), err));
    log_frozen(trainer);
    S2S_TRY(s2s_validator_new(&trainer->validator, &trainer->options, &trainer->progress.metrics, dataset,
                              &trainer->learner, err));
    if (trainer->options.memory > 0)
        S2S_TRY(s2s_memory_fit(&trainer->memory, &trainer->options, trainer->resumed, dataset,
                               &trainer->learner, trainer->validator, err));
    return begin(trainer, err);
}

s2s_status s2s_trainer_open(s2s_trainer **trainer, const s2s_train_options *options, s2s_log_fn *log,
                            void *log_arg, s2s_error *err)
{
    if (trainer)
        *trainer = NULL;
    if (!trainer || !options)
        return s2s_fail(err, S2S_MISUSE,
                        "s2s_trainer_open: expected a place for the trainer and options, found NULL");
    *trainer = calloc(1, sizeof **trainer);
    if (!*trainer)
        return s2s_fail_memory(err, "opening a trainer");
    (*trainer)->logger = (s2s_logger){log, log_arg};
    s2s_status status = open_parts(*trainer, options, err);
    if (status != S2S_OK) {
        s2s_trainer_close(*trainer);
        *trainer = NULL;
    }
    return status;
}

void s2s_trainer_close(s2s_trainer *trainer)
{
    if (!trainer)
        return;
    s2s_pretrained_close(&trainer->pretrained);
    s2s_run_close(&trainer->run);
    s2s_validator_free(trainer->validator);
    s2s_learner_close(&trainer->learner);
    s2s_dataset_close(&trainer->dataset);
    s2s_arena_free(trainer->texts);
    free(trainer);
}

void s2s_trainer_measure(s2s_trainer *trainer, s2s_profile *profile)
{
    trainer->learner.graph.profile = profile;
}

void s2s_trainer_stop(s2s_trainer *trainer)
{
    atomic_store(&trainer->stop, 1);
}

/* ---- events ---- */

static s2s_train_event new_event(const s2s_trainer *trainer, s2s_train_event_kind kind)
{
    const s2s_progress *progress = &trainer->progress;
    s2s_train_event event = {
        .kind = kind,
        .update = progress->update,
        .epoch = progress->epoch + (progress->epoch_pairs > 0 || progress->update == 0),
        .target_tokens = progress->target_tokens,
        .seconds = progress->seconds,
        .fraction = s2s_progress_fraction(progress, trainer->options.after),
        .loss = NAN,
        .learn_rate = trainer->last.learn_rate,
        .gradient_norm = trainer->last.gradient_norm,
        .tokens_per_second = NAN,
        .waited = NAN,
        .metric = progress->metrics.items[0],
    };
    for (int i = 0; i < S2S_N_VALID_METRICS; i++)
        event.valid[i] = NAN;
    return event;
}

/* To metrics.jsonl and to the caller. */
static s2s_status send(s2s_trainer *trainer, s2s_train_event *event, s2s_error *err)
{
    char *json = s2s_event_to_json(event);
    if (!json)
        return s2s_fail_memory(err, "writing metrics.jsonl");
    event->json = json;
    s2s_status status = s2s_run_log(&trainer->run, json, &trainer->progress.metrics_bytes, err);
    if (status == S2S_OK && trainer->event)
        trainer->event(trainer->event_arg, event);
    free(json);
    return status;
}

static s2s_status send_start(s2s_trainer *trainer, s2s_error *err)
{
    s2s_train_event event = new_event(trainer, S2S_TRAIN_START);
    event.n_parameters = (int64_t)trainer->learner.params.n_parameters;
    event.n_pairs = (int64_t)s2s_reader_n_pairs(trainer->dataset.train_reader);
    event.n_valid_pairs = (int64_t)s2s_reader_n_pairs(trainer->dataset.valid_reader);
    event.n_skipped = (int64_t)s2s_reader_n_skipped(trainer->dataset.train_reader);
    event.src_vocab = s2s_vocab_size(trainer->dataset.source_vocab);
    event.tgt_vocab = s2s_vocab_size(trainer->dataset.target_vocab);
    event.resumed = trainer->resumed;
    return send(trainer, &event, err);
}

static s2s_status send_plan(s2s_trainer *trainer, s2s_error *err)
{
    s2s_train_event event = new_event(trainer, S2S_TRAIN_PLAN);
    event.memory = trainer->memory;
    return send(trainer, &event, err);
}

/* Loss and speed of the window, which begins anew. */
static void close_window(s2s_trainer *trainer, s2s_train_event *event)
{
    double now = s2s_clock_s(), waited_s = s2s_read_ahead_waited_s(trainer->dataset.train_batches);
    event->waited = waited_s - trainer->window.waited_s;
    if (trainer->window.tokens > 0) {
        event->loss = trainer->window.nll / (double)trainer->window.tokens;
        event->tokens_per_second = (double)trainer->window.tokens / fmax(now - trainer->window.began_s, 1e-9);
    }
    trainer->window = (window){.began_s = now, .waited_s = waited_s};
}

static s2s_status send_progress(s2s_trainer *trainer, s2s_error *err)
{
    s2s_train_event event = new_event(trainer, S2S_TRAIN_PROGRESS);
    close_window(trainer, &event);
    return send(trainer, &event, err);
}

/* Where the time of the steps went, if that was measured. */
static s2s_status send_profile(s2s_trainer *trainer, s2s_error *err)
{
    s2s_profile_summary summary;
    if (!trainer->learner.graph.profile)
        return S2S_OK;
    s2s_profile_summarise(trainer->learner.graph.profile, &summary);
    s2s_train_event event = new_event(trainer, S2S_TRAIN_PROFILE);
    event.profile = &summary;
    return send(trainer, &event, err);
}

/* ---- the run ---- */

static s2s_status save(s2s_trainer *trainer, s2s_error *err)
{
    S2S_TRY(s2s_learner_check(&trainer->learner, &trainer->progress, err));
    s2s_progress saved = trainer->progress;
    saved.saved_update = saved.update;
    S2S_TRY(s2s_checkpoint_write(trainer->run.checkpoint, &trainer->options, &trainer->dataset,
                                 &trainer->learner, &saved, err));
    trainer->progress.saved_update = saved.saved_update;
    return S2S_OK;
}

/* The measured metrics that the run is judged by. */
static s2s_status check_finite(const s2s_trainer *trainer, const double *valid, s2s_error *err)
{
    const s2s_progress *progress = &trainer->progress;
    for (int i = 0; i < progress->metrics.n; i++) {
        s2s_valid_metric metric = progress->metrics.items[i];
        if (isfinite(valid[S2S_VALID_LOSS]) &&
            isfinite(valid[metric])) /* a loss of 710 is, its perplexity not */
            continue;
        return s2s_fail(err, S2S_DIVERGED,
                        "update %lld: the validation %s is not finite (loss %g); the last good checkpoint is "
                        "at update %lld",
                        (long long)progress->update, s2s_valid_metric_name(metric), valid[S2S_VALID_LOSS],
                        (long long)progress->saved_update);
    }
    return S2S_OK;
}

/* Writes the models that are to hold the measured parameters. */
static s2s_status write_models(s2s_trainer *trainer, const s2s_train_event *event, s2s_error *err)
{
    const s2s_train_options *options = &trainer->options;
    const s2s_dataset *dataset = &trainer->dataset;
    const s2s_progress *progress = &trainer->progress;
    for (int keep = 0; keep < S2S_N_KEEPS; keep++)
        if (s2s_kept_list_has(&progress->kept[keep], progress->update))
            S2S_TRY(
                s2s_kept_write(trainer->run.kept[keep], options, dataset, &trainer->learner, progress, err));
    if (event->best)
        S2S_TRY(s2s_best_write(trainer->run.model, options, dataset, &trainer->learner, progress, err));
    return S2S_OK;
}

/* Measures the parameters that are to be saved, keeps them if they are the best so far, then saves the run. */
static s2s_status validate(s2s_trainer *trainer, s2s_error *err)
{
    s2s_progress *progress = &trainer->progress;
    S2S_TRY(s2s_learner_check(&trainer->learner, progress, err));
    s2s_train_event event = new_event(trainer, S2S_TRAIN_VALID);
    close_window(trainer, &event);
    s2s_learner_swap(&trainer->learner);
    s2s_status status = s2s_validate(trainer->validator, event.valid, err);
    s2s_learner_swap(&trainer->learner);
    S2S_TRY(status);
    S2S_TRY(check_finite(trainer, event.valid, err));
    progress->seconds = s2s_clock_s() - trainer->began_s;
    event.seconds = progress->seconds;
    event.best = s2s_progress_validated(progress, &trainer->options, event.valid);
    event.kept = s2s_kept_list_has(&progress->kept[S2S_KEEP_BEST], progress->update);
    S2S_TRY(write_models(trainer, &event, err));
    S2S_TRY(send(trainer, &event, err));
    trainer->window.began_s = s2s_clock_s(); /* the speed of training leaves validation out */
    S2S_TRY(save(trainer, err));
    for (int keep = 0; keep < S2S_N_KEEPS; keep++)
        S2S_TRY(s2s_kept_prune(trainer->run.kept[keep], &progress->kept[keep], err));
    return S2S_OK;
}

/* One update and what falls due after it. */
static s2s_status advance(s2s_trainer *trainer, s2s_error *err)
{
    const s2s_train_options *options = &trainer->options;
    s2s_progress *progress = &trainer->progress, before = trainer->progress;
    s2s_profile_begin(trainer->learner.graph.profile);
    s2s_status status = s2s_learner_update(&trainer->learner, options, trainer->dataset.train_batches, progress,
                                           &trainer->last, err);
    s2s_profile_end(trainer->learner.graph.profile);
    S2S_TRY(status);
    trainer->window.nll += trainer->last.nll;
    trainer->window.tokens += trainer->last.tokens;
    progress->seconds = s2s_clock_s() - trainer->began_s;
    if (options->disp_every > 0 && progress->update % options->disp_every == 0)
        S2S_TRY(send_progress(trainer, err));
    if (s2s_progress_passed(&before, progress, options->valid_every))
        return validate(trainer, err);
    if (s2s_progress_passed(&before, progress, options->save_every))
        return save(trainer, err);
    return S2S_OK;
}

/* Saves the run as it stands, then tells why it ends; a run that goes on later cuts that line off again.  A run
 * that was stopped before any validation has a model all the same, which the first validation replaces. */
static s2s_status finish(s2s_trainer *trainer, const char *reason, s2s_error *err)
{
    const s2s_progress *progress = &trainer->progress;
    if (progress->saved_update != progress->update)
        S2S_TRY(save(trainer, err));
    if (progress->best_update == 0)
        S2S_TRY(s2s_best_write(trainer->run.model, &trainer->options, &trainer->dataset, &trainer->learner,
                               progress, err));
    S2S_TRY(send_profile(trainer, err));
    s2s_train_event event = new_event(trainer, S2S_TRAIN_END);
    event.reason = reason;
    return send(trainer, &event, err);
}

static s2s_status train(s2s_trainer *trainer, s2s_error *err)
{
    s2s_progress *progress = &trainer->progress;
    trainer->began_s = s2s_clock_s() - progress->seconds;
    trainer->window =
        (window){.began_s = s2s_clock_s(), .waited_s = s2s_read_ahead_waited_s(trainer->dataset.train_batches)};
    S2S_TRY(send_start(trainer, err));
    if (trainer->options.memory > 0)
        S2S_TRY(send_plan(trainer, err));
    const char *reason = s2s_progress_end(progress, &trainer->options);
    while (!reason) {
        S2S_TRY(advance(trainer, err));
        if (atomic_load(&trainer->stop)) {
            S2S_TRY(finish(trainer, "stopped", err));
            return s2s_fail(err, S2S_STOPPED, "stopped at update %lld, everything saved",
                            (long long)progress->update);
        }
        reason = s2s_progress_end(progress, &trainer->options);
    }
    if (progress->valid_update != progress->update)
        S2S_TRY(validate(trainer, err));
    return finish(trainer, reason, err);
}

s2s_status s2s_trainer_run(s2s_trainer *trainer, s2s_train_event_fn *event, void *arg, s2s_error *err)
{
    if (!trainer)
        return s2s_fail(err, S2S_MISUSE, "s2s_trainer_run: expected a trainer, found NULL");
    trainer->event = event;
    trainer->event_arg = arg;
    s2s_status status = train(trainer, err);
    atomic_store(&trainer->stop, 0);
    return status;
}
