#include "session.h"

#include "command_line.h"

s2s_status cli_session_open(cli_session *session, const char *model, const s2s_predict_options *options,
                            const char *output, s2s_error *err)
{
    *session = (cli_session){0};
    s2s_status status = cli_require(model, "no model: give one with --model (-m)", err);
    if (!status)
        status = s2s_model_open(&session->model, model, err);
    if (!status && options)
        status = s2s_worker_new(&session->worker, session->model, options, err);
    if (!status)
        status = cli_output_open(&session->output, output, err);
    return status;
}

s2s_status cli_session_close(cli_session *session, s2s_status status, s2s_error *err)
{
    status = cli_output_close(&session->output, status, err);
    s2s_worker_free(session->worker);
    s2s_model_close(session->model);
    *session = (cli_session){0};
    return status;
}
