/* The inside of a worker, shared by prediction and scoring. */
#ifndef S2S_API_WORKER_H
#define S2S_API_WORKER_H

#include "api/model.h"
#include "data/dictionary.h"
#include "s2s/shortlist.h"
#include "search/search.h"

typedef struct s2s_result_item {
    s2s_hypothesis *hyps;
    int n_hyps;
    int n_parts; /* that the input was split into; less than 2: none */
} s2s_result_item;

struct s2s_result {
    s2s_result_item *items; /* [n] */
    int n;
    s2s_constraint_state *constraints; /* [n], NULL: all are met */
};

/* One line of text as tokens. */
typedef struct s2s_line {
    s2s_tokens tokens;
    const char *const *pieces; /* [tokens.n] terminated */
} s2s_line;

/* An input on its way: a source, and a prefix (prediction) or a target (scoring). */
typedef struct s2s_job {
    int index; /* of the input, from 0 */
    s2s_line source, target;
    s2s_protected protected; /* of the source, for texts of the job */
    uint64_t hash;           /* of the source's text */
    s2s_result_item *result; /* where its hypotheses go */
} s2s_job;

typedef struct s2s_split s2s_split; /* an input that is too long, private to split.c */

struct s2s_worker {
    const s2s_model *model;                  /* the first; texts are the same to all */
    const s2s_model *models[S2S_MAX_MODELS]; /* [n_models], several are an ensemble */
    s2s_graph graphs[S2S_MAX_MODELS];        /* of their parameters */
    double weights[S2S_MAX_MODELS];          /* of their probabilities; they sum to 1 */
    int n_models;
    s2s_predict_options options; /* attention is on where unknown tokens are replaced, too */
    bool gives_attention;        /* hypotheses have theirs */
    int max_source;              /* tokens of an input that is not split */
    s2s_dictionary *dictionary;  /* of unknown words, or NULL */
    s2s_team *team;
    s2s_searcher *searcher;
    s2s_arena *arena;   /* jobs and results of the present call */
    s2s_arena *scratch; /* of one batch */
    s2s_pieces pieces;
    s2s_result result;
    s2s_job *jobs; /* [n_jobs] inputs, or parts of them, that are not blank, longest source first */
    int n_jobs, jobs_cap;
    s2s_split *splits;    /* of the present call, a list */
    s2s_lexicon *lexicon; /* NULL: none */
    s2s_lexicon_info lexicon_info;
    s2s_shortlist *shortlist; /* NULL: none */
    s2s_shortlist_info shortlist_info;
    const s2s_phrases **phrases; /* [n inputs] those to be looked for; NULL: none */
    s2s_job *missed;             /* [n_missed] whose phrases were not found */
    int n_missed;
};

/* ---- worker.c ---- */

/* Forgets the last call and makes room for the results of n inputs. */
s2s_status s2s_worker_begin(s2s_worker *worker, const s2s_input *inputs, int n, s2s_error *err) S2S_MUST_USE;

/* ---- job.c ---- */

/* Makes jobs of the inputs with their targets (NULL: with their prefixes), sorted by length.  Inputs without a
 * target that are too long are split. */
s2s_status s2s_jobs_make(s2s_worker *worker, const s2s_input *inputs, const s2s_span *targets, int n,
                         s2s_error *err) S2S_MUST_USE;
/* Adds the job of an input with its target or prefix, whose outcome goes to result; of a blank one it is there
 * at once.  index: of the whole input. */
s2s_status s2s_jobs_add(s2s_worker *worker, const s2s_input *input, const s2s_span *target, int index,
                        s2s_result_item *result, s2s_error *err) S2S_MUST_USE;
/* How many jobs from `first` on make the next batch: at least one, at most max_size, within the options'
 * limits. */
int s2s_jobs_batch(const s2s_worker *worker, int first, int max_size);
/* Spans of n terminated pieces; NULL when out of memory. */
s2s_span *s2s_spans_new(s2s_arena *arena, const char *const *pieces, int n);
/* The text of a job's target pieces, joined as the model's targets are; in the worker's arena, NULL when out of
 * memory. */
const char *s2s_job_text(s2s_worker *worker, const s2s_job *job, const char *const *pieces, int n);

/* Tokens of a text on a side; index and name are for messages: "input 3, phrase 1: ...". */
s2s_status s2s_job_line(s2s_worker *worker, s2s_line *line, bool target, s2s_span text, int index,
                        const char *name, s2s_error *err) S2S_MUST_USE;

/* ---- lexicon.c ---- */

/* Makes the lexicon of the file that the options name. */
s2s_status s2s_worker_read_lexicon(s2s_worker *worker, s2s_error *err) S2S_MUST_USE;
/* S2S_BAD_DATA where no string of the lexicon begins with the prefix. */
s2s_status s2s_job_check_prefix(const s2s_worker *worker, const s2s_job *job, s2s_error *err) S2S_MUST_USE;

/* ---- shortlist.c ---- */

/* Makes the shortlist of the file that the options name. */
s2s_status s2s_worker_read_shortlist(s2s_worker *worker, s2s_error *err) S2S_MUST_USE;
void s2s_worker_free_shortlist(s2s_worker *worker);
/* How many of the n jobs from `first` on make a batch whose parts of the output layer are not too large. */
int s2s_shortlist_batch(const s2s_worker *worker, int first, int n);

/* ---- constraint.c ---- */

/* Takes in the constraints [n] of all inputs; NULL: there are none. */
s2s_status s2s_jobs_constrain(s2s_worker *worker, const s2s_input *inputs, const s2s_constraint *constraints,
                              int n, s2s_error *err) S2S_MUST_USE;
/* The phrases that the search has to find for an input, or NULL. */
const s2s_phrases *s2s_input_phrases(const s2s_worker *worker, int index);
/* Notes whether a search of the job found outputs, which contain its phrases. */
void s2s_job_searched(s2s_worker *worker, const s2s_job *job, bool found);
/* The jobs are now those for which it did not, without their phrases. */
void s2s_jobs_take_missed(s2s_worker *worker);

/* ---- split.c ---- */

/* Adds jobs for the parts of an input that has more than max_source tokens. */
s2s_status s2s_split_input(s2s_worker *worker, const s2s_input *input, int index, s2s_error *err) S2S_MUST_USE;
/* Makes one result of those of the parts, for every input that was split. */
s2s_status s2s_splits_join(s2s_worker *worker, s2s_error *err) S2S_MUST_USE;

/* ---- unknown.c ---- */

/* Reads the dictionary.  S2S_MISUSE where the options ask for replacing and the model does not support it. */
s2s_status s2s_unknown_open(s2s_worker *worker, s2s_error *err) S2S_MUST_USE;
/* What an unknown token becomes that attends to the source with these weights; in the worker's arena, NULL when
 * out of memory. */
const char *s2s_unknown_token(s2s_worker *worker, const s2s_line *source, const float *weights);

/* ---- predict.c ---- */

/* s2s_predict_constrained, but texts have not been through the steps of output text; arguments are checked. */
s2s_status s2s_worker_predict(s2s_worker *worker, const s2s_input *inputs, const s2s_constraint *constraints,
                              int n, s2s_error *err) S2S_MUST_USE;
/* What these steps make of a text: the text itself where there are none, else in the worker's arena; NULL when
 * out of memory. */
const char *s2s_worker_output_text(s2s_worker *worker, const char *text);

/* ---- score.c ---- */

/* s2s_score with targets that need no terminator; arguments are checked, the worker has begun. */
s2s_status s2s_worker_score(s2s_worker *worker, const s2s_input *inputs, const s2s_span *targets, int n,
                            s2s_error *err) S2S_MUST_USE;

#endif
