/* One step of a pipeline: what every kind of step offers. */
#ifndef S2S_TEXT_STEP_H
#define S2S_TEXT_STEP_H

#include "base/fail.h"
#include "text/pipeline.h"

typedef struct s2s_text_step s2s_text_step;

typedef void s2s_text_fn(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out);

typedef struct s2s_text_kind {
    const char *name;
    const char *argument; /* what messages call it; NULL: there is none */
    const char *implied;  /* argument where none is given; NULL: it must be given */

    /* Checks the argument and readies the step; `stored` says that step->data is what a model held.  NULL:
     * nothing to do.  Messages begin with step->where. */
    s2s_status (*open)(s2s_text_step *step, bool stored, s2s_error *err);
    void (*close)(s2s_text_step *step); /* of an open that failed as well; NULL: nothing to do */

    /* A line of training data, as the steps before leave it; then the end of it.  NULL: does not learn. */
    s2s_status (*learn)(s2s_text_step *step, s2s_text_buffer *buffer, s2s_span line, s2s_error *err);
    s2s_status (*learned)(s2s_text_step *step, s2s_error *err);

    /* Append to out; the scratch and codes of the buffer are theirs.  Out of memory, they set out->failed. */
    s2s_text_fn *apply;
    s2s_text_fn *invert; /* NULL: text stays as it is */
} s2s_text_kind;

struct s2s_text_step {
    const s2s_text_kind *kind;
    const char *where;    /* "--src-text stem:en" */
    const char *argument; /* or NULL */
    s2s_str data;         /* what a model holds of it */
    void *own;            /* of the kind */
};

extern const s2s_text_kind s2s_step_protect, s2s_step_nfc, s2s_step_nfkc, s2s_step_spaces, s2s_step_lower,
    s2s_step_punctuation, s2s_step_moses, s2s_step_moses_escape, s2s_step_truecase, s2s_step_stopwords,
    s2s_step_stem;

/* Of a step `protect`. */
typedef struct s2s_protector {
    unsigned kinds; /* a bit each */
    bool follows;   /* takes what the source line left in the buffer, rather than leaving something there */
} s2s_protector;

/* What the steps named after Moses know of a language. */
typedef enum s2s_apostrophe { S2S_APOSTROPHE_APART, S2S_APOSTROPHE_RIGHT, S2S_APOSTROPHE_LEFT } s2s_apostrophe;
typedef enum s2s_quoted { S2S_QUOTED_AS_IS, S2S_QUOTED_INSIDE, S2S_QUOTED_OUTSIDE } s2s_quoted;

typedef struct s2s_moses_language {
    const char *name;
    s2s_apostrophe apostrophe; /* apart, with what follows (it 's), or with what goes before (l' homme) */
    s2s_quoted quoted;         /* where a comma beside a quotation mark goes */
    char digit_mark;           /* for a no-break space between digits */
    bool spaced_marks;         /* a blank before ? ! : ; %, as in French */
    bool ordinals;             /* written as digits and a full stop */
    const char *abbreviations; /* words that keep their full stop, between white space */
    const char *before_digits; /* those that keep it before a digit only; NULL: none */
} s2s_moses_language;

/* open of these steps: step->own becomes the language's row. */
s2s_status s2s_moses_open(s2s_text_step *step, bool stored, s2s_error *err);

/* The detokeniser of the moses steps. */
void s2s_moses_join(const s2s_moses_language *language, s2s_span text, s2s_str *out);

void s2s_stemmers_free(struct s2s_stemmer *stemmers); /* of a buffer; NULL is allowed */

/* The words of a built-in list, lower case, between white space; NULL: not known. */
const char *s2s_stopwords_find(const char *language);
extern const char s2s_stopwords_languages_text[];

#endif
