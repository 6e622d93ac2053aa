/* s2s train: pairs of lines in, a run folder out. */
#include <math.h>
#include <string.h>

#include "command.h"
#include "message.h"
#include "output.h"
#include "profile.h"
#include "progress.h"
#include "signals.h"

typedef struct training {
    const s2s_train_options *options;
    bool json, quiet;
    cli_output output; /* of events as JSON */
    cli_progress progress;
    double best; /* validation result of this run, NaN: none yet */
    s2s_valid_metric metric;
    char reason[64];
    double seconds;
    s2s_trainer *trainer;
    s2s_profile *profile; /* NULL: none is wanted */
    s2s_status status;    /* of the first event that could not be written */
    s2s_error err;
} training;

static void on_log(void *arg, s2s_log_level level, const char *line)
{
    training *t = arg;
    if (level == S2S_LOG_INFO && t->quiet)
        return;
    cli_progress_end(&t->progress);
    cli_message("%s%s", level == S2S_LOG_WARNING ? "warning: " : "", line);
}

/* A reader that is gone, or a full disk, ends the training as a signal would: everything is saved. */
static void write_event(training *t, const s2s_train_event *event)
{
    if (t->status)
        return;
    fprintf(t->output.file, "%s\n", event->json);
    t->status = cli_output_flush(&t->output, &t->err);
    if (t->status)
        s2s_trainer_stop(t->trainer);
}

static void on_event(void *arg, const s2s_train_event *event)
{
    training *t = arg;
    cli_progress_event(&t->progress, event);
    if (t->json)
        write_event(t, event);
    t->metric = event->metric;
    if (event->kind == S2S_TRAIN_VALID && event->best)
        t->best = event->valid[t->metric];
    t->seconds = event->seconds;
    if (event->kind == S2S_TRAIN_END)
        snprintf(t->reason, sizeof t->reason, "%s", event->reason);
}

static void on_signal(void *trainer)
{
    s2s_trainer_stop(trainer);
}

/* "run/model.s2s: best loss 0.1234; epoch limit after 2:31"; without the loss where no validation found a
 * better one. */
static void show_end(const training *t)
{
    char best[64] = "", value[32], seconds[32];
    if (t->quiet || !*t->reason)
        return;
    cli_seconds_print(t->seconds, seconds, sizeof seconds);
    if (!isnan(t->best)) {
        cli_metric_print(t->metric, t->best, value, sizeof value);
        snprintf(best, sizeof best, "best %s %s; ", s2s_valid_metric_name(t->metric), value);
    }
    fprintf(stderr, "%s/model.s2s: %s%s after %s\n", t->options->output, best, t->reason, seconds);
}

static s2s_status train(training *t, s2s_error *err)
{
    s2s_status status = s2s_trainer_open(&t->trainer, t->options, on_log, t, err);
    if (status)
        return status;
    s2s_trainer_measure(t->trainer, t->profile);
    cli_signals_stop_with(on_signal, t->trainer);
    status = s2s_trainer_run(t->trainer, on_event, t, err);
    cli_signals_stop_with(NULL, NULL);
    cli_progress_end(&t->progress);
    s2s_trainer_close(t->trainer);
    if (!status || status == S2S_STOPPED)
        show_end(t);
    if (*t->reason)
        cli_profile_print(t->profile, "training steps");
    if (!t->status)
        return status;
    *err = t->err;
    return t->status;
}

static s2s_status check_data(const s2s_train_options *options, s2s_error *err)
{
    if (options->train || options->src || options->tgt)
        return S2S_OK;
    return cli_fail(err, S2S_MISUSE,
                    "no training data: give a file of pairs (s2s train pairs.tsv -o run) or --src and --tgt");
}

static s2s_status run(const cli_options *options, s2s_error *err)
{
    const cli_common *common = cli_options_common(options);
    training t = {
        .options = cli_options_of(options, 0),
        .json = common->json,
        .quiet = common->quiet,
        .best = NAN,
    };
    s2s_status status = check_data(t.options, err);
    if (!status)
        status = cli_require(t.options->output, "no run folder: give one with --output (-o)", err);
    if (!status)
        status = cli_output_open(&t.output, NULL, err);
    if (status)
        return status;
    cli_warn_of_threads(t.options->threads);
    cli_progress_start(&t.progress, t.quiet);
    status = cli_profile_new(&t.profile, cli_options_of(options, 1), err);
    if (!status)
        status = train(&t, err);
    s2s_profile_free(t.profile);
    return cli_output_close(&t.output, status, err);
}

const cli_command cli_train = {
    .name = "train",
    .summary = "learn a model from pairs of lines",
    .usage = "[PAIRS...] -o FOLDER [options]",
    .examples = "  s2s train pairs.tsv -o run --src-tokens char --tgt-tokens space\n"
                "  s2s train -c run/config.yaml -o second --learn-rate 5e-4 --after 30e\n"
                "  s2s train own.tsv more.tsv.zst -o run --corpus-weights 5,1\n"
                "  s2s train new.tsv -o tuned --pretrained-model run --freeze src.embedding,tgt.embedding\n",
    .positional = "train",
    .repeatable = {"train", "src", "tgt"},
    .output =
        "  FOLDER holds model.s2s (the best so far), with --keep-best the best ones as best/UPDATE.s2s,\n"
        "  with --keep-last the last ones as last/UPDATE.s2s, last.ckpt, config.yaml and metrics.jsonl.\n"
        "  metrics.jsonl and, with --json, standard output have one object per event:\n"
        "      event (start, plan, progress, valid, profile or end), update, epoch (from 1),\n"
        "      tokens (of targets), seconds, and\n"
        "      of start: parameters, pairs, valid_pairs, skipped, src_vocab, tgt_vocab, resumed\n"
        "      of plan, with --memory, in bytes: budget, total, parameters, gradients, moments,\n"
        "      average, packed (copies of weights), data, batches, validation, other; and\n"
        "      batch_tokens, accumulate\n"
        "      of progress: fraction (of --after; null where it has no end), loss, learn_rate,\n"
        "      gradient_norm, tokens_per_second, waited (seconds without a batch to work on)\n"
        "      of valid: loss, perplexity, and in % token-accuracy, sequence-accuracy, error-rate, bleu,\n"
        "      chrf, ter (null where not measured), metric (name of the one that decides), best, kept\n"
        "      of profile (with --profile): steps, ms (of a step), and rows, each with phase, work,\n"
        "      calls, ms (of a step), share (%) and gflops (null where there are no products)\n"
        "      of end: reason\n",
    .tables = {s2s_train_options_table, cli_profile_table},
    .run = run,
};
