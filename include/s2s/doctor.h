/* Training data looked at before training: what would make it fail, what it would leave out, what good data has
 * little of, and figures. */
#ifndef S2S_DOCTOR_H
#define S2S_DOCTOR_H

#include <stdint.h>

#include "s2s/train.h"

/* What is looked for.  X(NAME, name) */
#define S2S_FINDING_LIST(X)                                                                         \
    X(LONG_LINE, "long-line")                                                                       \
    X(NUL, "nul")                                                                                   \
    X(NOT_UTF8, "not-utf8")                                                                         \
    X(NO_TAB, "no-tab")                                                                             \
    X(MANY_TARGETS, "many-targets")                                                                 \
    X(EMPTY_SIDE, "empty-side")                                                                     \
    X(MISALIGNED, "misaligned")         /* parallel files of unequal length */                      \
    X(NO_VOCABULARY, "no-vocabulary")   /* subwords that cannot be trained, text steps that fail */ \
    X(NO_PAIRS, "no-pairs")             /* nothing left to train on or to validate with */          \
    X(CR, "cr")                         /* before line ends */                                      \
    X(SEPARATOR, "separator")           /* U+2028 and others that end lines for some programs */    \
    X(CONTROL, "control")               /* other control characters */                              \
    X(NO_TOKENS, "no-tokens")           /* sides of which text steps or subwords leave nothing */   \
    X(TOO_LONG, "too-long")             /* over --max-length */                                     \
    X(SHARED_PAIR, "shared-pair")       /* of the validation data, in the training data too */      \
    X(SHARED_SOURCE, "shared-source")   /* the same of sources, whatever their targets */           \
    X(NOT_HELD_OUT, "not-held-out")     /* too few pairs: validation uses those of training */      \
    X(UNEVEN, "uneven")                 /* one side with many times the tokens of the other */      \
    X(DUPLICATE, "duplicate")           /* training pairs that an earlier line has */               \
    X(AMBIGUOUS, "ambiguous")           /* training sources with other targets on other lines */    \
    X(COPY, "copy")                     /* targets equal to their source */                         \
    X(UNKNOWN_SOURCE, "unknown-source") /* tokens of validation sources outside the vocabulary */   \
    X(UNKNOWN_TARGET, "unknown-target") /* the same of targets, which a model can never output */

#define S2S_X(NAME, name) S2S_FINDING_##NAME,
typedef enum s2s_finding_kind { S2S_FINDING_LIST(S2S_X) S2S_N_FINDINGS } s2s_finding_kind;
#undef S2S_X

typedef enum s2s_severity {
    S2S_SEVERITY_ERROR,   /* training would refuse the data */
    S2S_SEVERITY_WARNING, /* it would change the data, or mislead */
    S2S_SEVERITY_NOTE,
} s2s_severity;

/* A place where something was found. */
typedef struct s2s_example {
    const char *file;   /* NULL: of no line */
    int64_t line;       /* from 1; of parallel files that of the sources, but for errors */
    const char *detail; /* UTF-8, one line; NULL: nothing to add */
} s2s_example;

typedef struct s2s_finding {
    s2s_finding_kind kind;
    s2s_severity severity;
    const char *name;   /* of the kind */
    const char *unit;   /* of count: "lines", "pairs", ... */
    const char *what;   /* what goes for them: "without a TAB" */
    const char *advice; /* what to do about it */
    int64_t count, of;
    const s2s_example *examples; /* the first ones; of unknown tokens the most frequent ones */
    int n_examples;
} s2s_finding;

/* One side of a part of the data.  A source counts once, whatever the number of its targets. */
typedef struct s2s_side_figures {
    const char *part, *side; /* "training" or "validation", "source" or "target" */
    int64_t n_sequences, n_tokens;
    int n_distinct;    /* different tokens */
    int64_t n_unknown; /* of n_tokens, outside the vocabulary that training would make */
    int shortest, median, percentile_95, longest; /* tokens of a sequence */
} s2s_side_figures;

enum { S2S_MAX_EXAMPLES = 1000 };

typedef struct s2s_diagnosis {
    const s2s_finding *findings; /* those that occur, errors first */
    int n_findings, n_errors;
    s2s_side_figures sides[4];
    int n_sides; /* 4, or 0 without a vocabulary */
} s2s_diagnosis;

/* Reads the data that options name as training would, and looks at all of it, also where training would stop.
 * Of the options, those of the data count.  n_examples: 0 .. S2S_MAX_EXAMPLES, of each finding.  Fails where a
 * file cannot be read at all (S2S_BAD_DATA) and where the options contradict themselves; faults of the data are
 * findings.  Memory: 16 bytes a training pair, twice that while they are sorted, 8 a line, and the different
 * tokens. */
S2S_API s2s_status s2s_doctor_examine(s2s_diagnosis **diagnosis, const s2s_train_options *options,
                                      int n_examples, s2s_error *err) S2S_MUST_USE;
S2S_API void s2s_diagnosis_free(s2s_diagnosis *diagnosis); /* NULL is allowed */

#endif
