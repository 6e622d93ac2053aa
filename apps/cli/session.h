/* What a command that uses a model holds from its beginning to its end. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "output.h"
#include "profile.h"
#include "s2s/s2s.h"

/* How a command opens the model that it works with. */
typedef struct cli_model_options {
    const char *models; /* names, a line each */
    int precision;      /* s2s_precision */
} cli_model_options;

const s2s_option_table *cli_model_table(void);

typedef struct cli_session {
    s2s_model **models; /* [n_models] */
    int n_models;
    s2s_worker *worker;
    s2s_profile *profile; /* NULL: none is wanted */
    cli_output output;
} cli_session;

/* Opens the models (none: S2S_MISUSE), a worker of them with these options (NULL: none) and the output; what
 * was opened before a failure is closed by cli_session_close. */
s2s_status cli_session_open(cli_session *session, const cli_model_options *model,
                            const s2s_predict_options *options, const char *output,
                            s2s_error *err) S2S_MUST_USE;
/* Where the options ask for it, measures what the worker decodes from now on; a session that ends well prints
 * it. */
s2s_status cli_session_profile(cli_session *session, const cli_profile_options *options,
                               s2s_error *err) S2S_MUST_USE;
/* Closes all, the output as cli_output_close does with this status; returns status, or what failed now. */
s2s_status cli_session_close(cli_session *session, s2s_status status, s2s_error *err) S2S_MUST_USE;

#endif
