/* The inside of a search, shared by its files.
 *
 * Hypotheses are rows.  Layer t holds the rows that step t fed to the decoder: row r read the token that its
 * parent, a row of layer t - 1, chose.  A finished output is a row of a layer plus the score of its end;
 * walking the parents gives its tokens. */
#ifndef S2S_SEARCH_SEARCHER_H
#define S2S_SEARCH_SEARCHER_H

#include "base/rng.h"
#include "base/token.h"
#include "search/search.h"

typedef struct s2s_layer s2s_layer;
struct s2s_layer {
    const s2s_layer *prev;         /* NULL for the first, which reads the beginning of sequence */
    int step;                      /* tokens of its hypotheses so far */
    int n_rows;                    /* grouped by sentence; of one the best first, but with phrases by bank,
                                      the furthest bank first, and when sampling in the order of draws */
    int *parent;                   /* row of prev */
    int *token;                    /* read by the decoder in this step */
    int *sentence;                 /* in source order */
    int *draw;                     /* which of its sentence's samples */
    float *token_score;            /* log-probability of token */
    double *log_prob;              /* sum of token scores so far */
    int *node;                     /* of the lexicon; NULL without */
    s2s_phrase_progress *progress; /* with the phrases; NULL where no sentence has any */
    s2s_real *weights;             /* [n_rows][max_source] attention of this step; NULL where it is not kept */
};

typedef struct s2s_finished {
    const s2s_layer *layer;
    int row;
    int order; /* among equal scores the lower comes first */
    float end_score;
    double log_prob, score;
} s2s_finished;

/* A continuation of a row in the bank that it leads to. */
typedef struct s2s_bank_entry {
    int row;
    s2s_candidate candidate;
    double log_prob; /* of the continued hypothesis */
} s2s_bank_entry;

typedef struct s2s_sentence {
    int source_len, max_len;
    int width; /* hypotheses at a time */
    s2s_tokens prefix;
    const s2s_phrases *phrases; /* NULL: none */
    s2s_finished *kept;         /* [n_best] the best so far, best first */
    int n_kept;
    int n_arrived;
} s2s_sentence;

/* A network in the running search. */
typedef struct s2s_participant {
    s2s_search_model model;
    s2s_encoded encoded;
    s2s_decoder_state state;              /* what the rows carry */
    s2s_real *rows_memory[S2S_MAX_STATE]; /* [rows, columns] each: the state between two steps */
    s2s_output output;                    /* of this step */
    s2s_output_part *parts;               /* [B] what a shortlist leaves of it; NULL without */
    s2s_arena_mark after_encode;          /* of the graph's step arena */
} s2s_participant;

struct s2s_searcher {
    s2s_participant *participants; /* [n_models] */
    double *log_weights;           /* [n_models] of their probabilities, which sum to 1 */
    int n_models;
    s2s_graph *graph; /* of the first: what concerns all of them runs in it */
    int vocab;        /* V */
    s2s_arena *arena; /* everything of one search */

    /* of the running search */
    const s2s_predict_options *options;
    const s2s_lexicon *lexicon; /* NULL: none */
    int max_source;             /* tokens of the longest source */
    s2s_sentence *sentences;    /* [B] */
    s2s_rng *rngs;              /* [B][n_best], sampling only */
    int width;                  /* of the widest sentence */
    int most_phrase_tokens;     /* of a sentence */
    s2s_layer *layer;           /* rows of this step */
    s2s_candidate
        *candidates;   /* [n_rows][n_choices] continuations of each row, best first or in order of draws */
    int *n_candidates; /* [n_rows] */
    int n_choices;
    s2s_candidate *asked; /* [n_rows][1 + most_phrase_tokens] what a row says that has no choice, and then what
                             goes on with its phrases (token -1 where there are fewer) */
    s2s_tokens *allowed;  /* [n_rows] with a lexicon only */
    s2s_bank_entry *entries; /* [most_phrase_tokens + 2][width] of the banks, with phrases only */
    s2s_tensor log_probs;    /* [n_rows, V] of this step, sampling only */
    s2s_candidate *pools;    /* [members][V], sampling only */
    int *heads;              /* [width] of the merge */
};

static inline bool s2s_search_needs_attention(const s2s_searcher *searcher)
{
    return searcher->options->attention || searcher->options->coverage_penalty > 0;
}

/* ---- filter.c: what a row may say next ---- */

/* The one token that the row must say now: of its prefix, or the end at the length limit; -1 if it is free. */
int s2s_filter_forced(const s2s_searcher *searcher, int row);
/* That token, or else what a row says whom the rules leave nothing: the end, with a lexicon the first of its
 * tokens. */
int s2s_filter_only(const s2s_searcher *searcher, int row);
/* Whether the output of the row contains all its phrases; the end of one that does not is its death. */
bool s2s_filter_may_end(const s2s_searcher *searcher, int row);
/* The only tokens that a free row may say, ascending; ids NULL: all. */
s2s_tokens s2s_filter_allowed(const s2s_searcher *searcher, int row);
/* What a free row may not say, an s2s_ban_fn whose arg is the searcher: unknown unless it is replaced,
 * beginning of sequence, an end that is too early or lacks phrases, repeated n-grams. */
void s2s_filter_ban(const void *searcher, int row, const s2s_logits *logits);
/* Whether no rule keeps a free row from saying the token. */
bool s2s_filter_allows(const s2s_searcher *searcher, int row, int token);

/* ---- ensemble.c: the networks as one ---- */

/* The first failure of all. */
s2s_status s2s_ensemble_status(const s2s_searcher *searcher, s2s_error *err) S2S_MUST_USE;
void s2s_ensemble_encode(s2s_searcher *searcher, const s2s_source_batch *source);
/* Takes memory for what at most max_rows rows carry. */
bool s2s_ensemble_start(s2s_searcher *searcher, size_t max_rows);
/* Feeds the rows of the layer; returns their attention [n_rows, max_source], 0 x 0 where there is none or, of
 * several networks, where it is not needed. */
s2s_tensor s2s_ensemble_step(s2s_searcher *searcher);
/* What the step says, all log-probabilities [n_rows, V] or the most likely tokens. */
void s2s_ensemble_log_probs(s2s_searcher *searcher, s2s_tensor *y);
void s2s_ensemble_top(s2s_searcher *searcher, const s2s_top *top);
/* Gives each row of the next layer the state of its parent: out of what the step left in the graphs, which then
 * forget it. */
void s2s_ensemble_reorder(s2s_searcher *searcher, const s2s_layer *next);

/* ---- shortlist.c: output layers of few tokens ---- */

/* Lists the tokens of every sentence; shortlist NULL: there are no parts. */
bool s2s_shortlist_start(s2s_searcher *searcher, const s2s_source_batch *source,
                         const s2s_shortlist *shortlist);
/* Makes their parts of the output layers, if any, once a step has told these; failures are in the graphs'
 * status. */
void s2s_shortlist_pack(s2s_searcher *searcher, int n_sentences);

/* ---- select.c: beam search ---- */

/* Fills the candidates of all rows; failures are in the graphs' status. */
void s2s_select_rows(s2s_searcher *searcher);
/* From candidates to the rows of the next layer and finished hypotheses. */
void s2s_select_next(s2s_searcher *searcher, s2s_layer *next);

/* ---- banks.c: beam search with phrases ---- */

/* The tokens that a row asks for besides its best: [most_phrase_tokens]. */
void s2s_banks_ask(const s2s_searcher *searcher, int row, s2s_candidate *asked);
/* Rows [begin, end) are those of a sentence with phrases: from their candidates to rows of the next layer. */
void s2s_banks_next(s2s_searcher *searcher, s2s_layer *next, int begin, int end);

/* ---- sample.c: drawing ---- */

/* Fills the candidates of all rows; failures are in the graphs' status. */
void s2s_sample_rows(s2s_searcher *searcher);
void s2s_sample_next(s2s_searcher *searcher, s2s_layer *next);

/* ---- rank.c: scores and finished hypotheses ---- */

/* Keeps the hypothesis of this row, ended now, if it is among the n_best of its sentence. */
void s2s_rank_finish(s2s_searcher *searcher, int row, float end_score, int order);
/* Whether a hypothesis of this log-probability can still get among the best of its sentence. */
bool s2s_rank_hopeful(const s2s_searcher *searcher, const s2s_sentence *sentence, double log_prob);
/* Adds a row to the next layer: that row of the present one goes on with the candidate. */
void s2s_layer_push(const s2s_searcher *searcher, s2s_layer *next, int row, const s2s_candidate *candidate,
                    int draw);

#endif
