/* How a predicted or scored line is written. */
#ifndef CLI_HYPOTHESIS_H
#define CLI_HYPOTHESIS_H

#include "output.h"
#include "s2s/s2s.h"

typedef struct cli_style {
    bool json;
    bool show_source;           /* the input before its output */
    bool alignment;             /* Pharaoh pairs source-target behind the text */
    bool token_scores;          /* log-probabilities of the tokens behind the text */
    bool attention_map, colour; /* a drawing below the line */
    bool constrained;           /* JSON says whether the constraints were met */
    int n_best;                 /* more than 1: every hypothesis, in Moses' format */
} cli_style;

/* Writes all that belongs to input i of the result.  id counts lines from 0. */
s2s_status cli_hypothesis_write(cli_output *output, const cli_style *style, const s2s_result *result, int i,
                                int64_t id, const char *source, s2s_error *err) S2S_MUST_USE;

/* Adds text, score, log_prob, tokens, token_scores and alignment to an object, as cli_json_set does. */
void cli_hypothesis_add(json_t **object, const s2s_hypothesis *hyp);

#endif
