/* Options from YAML files: one flat mapping whose keys are the long options of the command, those that
 * may be repeated with lists of values. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "command_line.h"

/* Reads all files that --config named; the last one wins.  S2S_BAD_CONFIG with file and line. */
s2s_status cli_config_read(cli_options *options, s2s_error *err) S2S_MUST_USE;

#endif
