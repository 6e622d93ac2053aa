/* --profile: where the time of training steps or of decoded batches went. */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include <stdio.h>

#include "output.h"
#include "s2s/s2s.h"

typedef struct cli_profile_options {
    bool profile;
} cli_profile_options;

const s2s_option_table *cli_profile_table(void);

/* NULL unless the options ask for one. */
s2s_status cli_profile_new(s2s_profile **profile, const cli_profile_options *options,
                           s2s_error *err) S2S_MUST_USE;
/* steps: what there are several of, "training steps". */
void cli_profile_write(FILE *file, const s2s_profile_summary *summary, const char *steps);
/* On standard error.  NULL prints nothing. */
void cli_profile_print(const s2s_profile *profile, const char *steps);
json_t *cli_profile_json(const s2s_profile_summary *summary);

#endif
