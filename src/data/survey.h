/* Everything that is odd about training and validation data, counted, with the first examples of each kind. */
#ifndef S2S_DATA_SURVEY_H
#define S2S_DATA_SURVEY_H

#include "base/arena.h"
#include "data/reader.h"
#include "s2s/doctor.h"

typedef struct s2s_tally {
    int64_t count, of;
    s2s_example *examples; /* [max_examples] */
    int n_examples;
} s2s_tally;

typedef struct s2s_survey {
    s2s_arena *arena; /* of the examples */
    int max_examples;
    bool out_of_memory; /* examples were lost */
    int64_t n_lines;
    s2s_tally tallies[S2S_N_FINDINGS];
} s2s_survey;

/* A part of the data. */
typedef struct s2s_survey_part {
    const s2s_corpus *corpus;
    s2s_part part;
    bool is_training;
} s2s_survey_part;

/* How its pairs are read. */
typedef struct s2s_survey_text {
    const s2s_tokeniser *source_tokeniser, *target_tokeniser;
    const s2s_vocab *source_vocab, *target_vocab;
    s2s_length_limits limits; /* of training; validation knows no ratio */
} s2s_survey_text;

s2s_status s2s_survey_open(s2s_survey *survey, int max_examples, s2s_error *err) S2S_MUST_USE;
void s2s_survey_close(s2s_survey *survey); /* a zeroed one is allowed */

/* Counts one of a kind; a place without a name: in no line, fmt NULL: no detail. */
void s2s_survey_add(s2s_survey *survey, s2s_finding_kind kind, s2s_place place, const char *fmt, ...)
    S2S_PRINTF(4, 5);

/* A watch of lines, s2s_line_watch with the survey as arg: flaws, CRs, control characters. */
void s2s_survey_line(void *survey, const s2s_line_report *report);

/* Duplicates of the training part, what the validation part shares with it (NULL: it is of the same file), and
 * copies in both. */
s2s_status s2s_survey_duplicates(s2s_survey *survey, const s2s_survey_part *training,
                                 const s2s_survey_part *validation, s2s_error *err) S2S_MUST_USE;

/* Lengths, unknown tokens (of validation) and pairs that are left out; figures: of source and target. */
s2s_status s2s_survey_tokens(s2s_survey *survey, const s2s_survey_part *part, const s2s_survey_text *text,
                             s2s_side_figures figures[2], s2s_error *err) S2S_MUST_USE;

#endif
