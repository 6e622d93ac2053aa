#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "message.h"
#include "names.h"

#define S2S_X(NAME, name) "|" name
static const char precisions[] = S2S_PRECISION_LIST(S2S_X);
#undef S2S_X

static const s2s_option model_options[] = {
    {"model", 'm', S2S_OPTION_TEXT, offsetof(cli_model_options, models), 0, 0, NULL, "PATH", "model",
     "model file or run folder; may be repeated: several models of the same tokens are an ensemble, which "
     "takes "
     "the mean of their probabilities"},
    {"precision", 0, S2S_OPTION_CHOICE, offsetof(cli_model_options, precision), 0, 0, precisions + 1, NULL,
     "model",
     "number format of the factors in matrix products: 32-bit floats, bfloat16 on a processor with AVX-512 "
     "BF16, or 8-bit integers, which are usually the fastest; outputs and scores are exact with floats only; "
     "auto takes the faster of f32 and bf16"},
};
static const cli_model_options model_defaults = {.precision = S2S_PRECISION_F32};

const s2s_option_table *cli_model_table(void)
{
    static const s2s_option_table table = {model_options, sizeof model_options / sizeof *model_options,
                                           sizeof(cli_model_options), &model_defaults};
    return &table;
}

static const char *file_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static void warn_of_lexicon(const s2s_worker *worker, const char *file)
{
    s2s_lexicon_info info;
    s2s_worker_lexicon(worker, &info);
    if (info.n_unusable > 0)
        cli_message("warning: %s:%lld: this string %s; %lld of %lld strings cannot be outputs", file_name(file),
                    (long long)info.first_unusable, info.why, (long long)info.n_unusable,
                    (long long)info.n_strings);
}

static void warn_of_shortlist(const s2s_worker *worker, const char *file)
{
    s2s_shortlist_info info;
    s2s_worker_shortlist(worker, &info);
    if (info.n_unknown > 0)
        cli_message("warning: %s: %lld line%s with tokens that the model does not know left out",
                    file_name(file), (long long)info.n_unknown, info.n_unknown == 1 ? "" : "s");
}

static s2s_status open_models(cli_session *session, const cli_model_options *model, s2s_error *err)
{
    cli_names names = {0};
    s2s_status status = cli_names_split(&names, model->models, err);
    if (!status && !(session->models = calloc((size_t)names.n, sizeof(s2s_model *))))
        status = cli_out_of_memory(err);
    for (int i = 0; i < names.n && !status; i++) {
        s2s_precision precision = (s2s_precision)model->precision;
        status = s2s_model_open_as(&session->models[i], names.items[i], precision, err);
        session->n_models += !status;
    }
    cli_names_free(&names);
    return status;
}

s2s_status cli_session_open(cli_session *session, const cli_model_options *model,
                            const s2s_predict_options *options, const char *output, s2s_error *err)
{
    *session = (cli_session){0};
    s2s_status status = cli_require(model->models, "no model: give one with --model (-m)", err);
    if (!status)
        status = open_models(session, model, err);
    if (!status && options) {
        cli_warn_of_threads(options->threads);
        status = s2s_worker_new_ensemble(&session->worker, (const s2s_model *const *)session->models,
                                         session->n_models, options, err);
        if (!status)
            warn_of_shortlist(session->worker, options->shortlist);
        if (!status)
            warn_of_lexicon(session->worker, options->lexicon);
    }
    if (!status)
        status = cli_output_open(&session->output, output, err);
    return status;
}

s2s_status cli_session_profile(cli_session *session, const cli_profile_options *options, s2s_error *err)
{
    s2s_status status = cli_profile_new(&session->profile, options, err);
    if (!status)
        s2s_worker_measure(session->worker, session->profile);
    return status;
}

s2s_status cli_session_close(cli_session *session, s2s_status status, s2s_error *err)
{
    status = cli_output_close(&session->output, status, err);
    if (!status)
        cli_profile_print(session->profile, "decoded batches");
    s2s_worker_free(session->worker);
    s2s_profile_free(session->profile);
    for (int i = 0; i < session->n_models; i++)
        s2s_model_close(session->models[i]);
    free(session->models);
    *session = (cli_session){0};
    return status;
}
