/* What a command that uses a model holds from its beginning to its end. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "output.h"
#include "s2s/s2s.h"

typedef struct cli_session {
    s2s_model *model;
    s2s_worker *worker;
    cli_output output;
} cli_session;

/* Opens the model (NULL: S2S_MISUSE), a worker with these options (NULL: none) and the output; what was opened
 * before a failure is closed by cli_session_close. */
s2s_status cli_session_open(cli_session *session, const char *model, const s2s_predict_options *options,
                            const char *output, s2s_error *err) S2S_MUST_USE;
/* Closes all, the output as cli_output_close does with this status; returns status, or what failed now. */
s2s_status cli_session_close(cli_session *session, s2s_status status, s2s_error *err) S2S_MUST_USE;

#endif
