/* --profile: where the time of training steps or of decoded batches went, on standard error. */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include "s2s/s2s.h"

typedef struct cli_profile_options {
    bool profile;
} cli_profile_options;

const s2s_option_table *cli_profile_table(void);

/* NULL unless the options ask for one. */
s2s_status cli_profile_new(s2s_profile **profile, const cli_profile_options *options,
                           s2s_error *err) S2S_MUST_USE;
/* steps: what there are several of, "training steps".  NULL prints nothing. */
void cli_profile_print(const s2s_profile *profile, const char *steps);

#endif
