/* The inside of a worker, shared by prediction and scoring. */
#ifndef S2S_API_WORKER_H
#define S2S_API_WORKER_H

#include "api/model.h"
#include "search/search.h"

/* All options in their ranges, and none against another: else S2S_MISUSE. */
s2s_status s2s_predict_options_check(const s2s_predict_options *options, s2s_error *err) S2S_MUST_USE;

typedef struct s2s_result_item {
    const s2s_hypothesis *hyps;
    int n_hyps;
} s2s_result_item;

struct s2s_result {
    s2s_result_item *items; /* [n] */
    int n;
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
    uint64_t hash; /* of the source's text */
} s2s_job;

struct s2s_worker {
    const s2s_model *model;
    s2s_predict_options options;
    s2s_team *team;
    s2s_graph graph;
    s2s_searcher *searcher;
    s2s_arena *arena;   /* jobs and results of the present call */
    s2s_arena *scratch; /* of one batch */
    s2s_pieces pieces;
    s2s_result result;
    s2s_job *jobs; /* [n_jobs] inputs that are not blank, longest source first */
    int n_jobs;
};

/* ---- worker.c ---- */

/* Forgets the last call and makes room for the results of n inputs. */
s2s_status s2s_worker_begin(s2s_worker *worker, const s2s_input *inputs, int n, s2s_error *err) S2S_MUST_USE;

/* ---- job.c ---- */

/* Makes jobs of the inputs with their targets (NULL: with their prefixes), sorted by length. */
s2s_status s2s_jobs_make(s2s_worker *worker, const s2s_input *inputs, const s2s_span *targets, int n,
                         s2s_error *err) S2S_MUST_USE;
/* How many jobs from `first` on make the next batch: at least one, at most max_size, within the options'
 * limits. */
int s2s_jobs_batch(const s2s_worker *worker, int first, int max_size);
/* The text of pieces, joined as the model's targets are; in the worker's arena, NULL when out of memory. */
const char *s2s_job_text(s2s_worker *worker, const char *const *pieces, int n);

/* ---- score.c ---- */

/* s2s_score with targets that need no terminator; arguments are checked, the worker has begun. */
s2s_status s2s_worker_score(s2s_worker *worker, const s2s_input *inputs, const s2s_span *targets, int n,
                            s2s_error *err) S2S_MUST_USE;

#endif
