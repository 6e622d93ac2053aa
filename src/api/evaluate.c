/* Evaluation: a model's outputs for a corpus against its references, piece by piece so that memory stays small.
 */
#include <string.h>

#include "api/worker.h"
#include "base/fail.h"
#include "data/corpus.h"
#include "data/text_file.h"
#include "eval/metric_sums.h"
#include "eval/tally.h"

enum { PIECE_LINES = 4096 }; /* lines predicted at once */

typedef struct evaluator {
    s2s_worker *worker;
    const s2s_evaluate_options *options;
    s2s_corpus *corpus;
    s2s_tally *tally;
    s2s_metric_sums *metrics;
    int most_targets; /* of a line */
    s2s_arena *piece; /* inputs of one piece */
    s2s_arena *line;  /* one line's pieces and texts */
    s2s_pieces pieces;
    s2s_str alignment;
    int64_t n_split_inputs;
    s2s_evaluated_line_fn *report;
    void *report_arg;
} evaluator;

/* One line as the tally wants it. */
typedef struct compared {
    const s2s_span *hyp;
    int n_hyp;
    const char *text; /* of the output */
    const s2s_span **refs;
    int *n_refs;
    s2s_span *ref_texts; /* [n_references], then for the metrics the first again, up to most_targets */
    int n_references;
} compared;

static const char *copy_text(s2s_arena *arena, s2s_span text)
{
    return s2s_arena_strndup(arena, text.data, text.len);
}

/* The pieces of a text, copied to the line's arena. */
static s2s_status split(evaluator *e, s2s_span text, const s2s_span **pieces, int *n, s2s_error *err)
{
    S2S_TRY(s2s_tokenise(&e->worker->model->target_tokeniser, text.data, text.len, &e->pieces, err));
    *n = e->pieces.n;
    size_t bytes = 0;
    for (int i = 0; i < *n; i++)
        bytes += e->pieces.items[i].len;
    s2s_span *copies = s2s_arena_alloc(e->line, (size_t)*n * sizeof *copies);
    char *copy = s2s_arena_alloc(e->line, bytes);
    if (!copies || !copy)
        return s2s_fail_memory(err, "evaluating");
    for (int i = 0; i < *n; i++) {
        s2s_span piece = e->pieces.items[i];
        memcpy(copy, piece.data, piece.len);
        copies[i] = (s2s_span){copy, piece.len};
        copy += piece.len;
    }
    *pieces = copies;
    return S2S_OK;
}

/* The pieces of an output.  Subwords are those of its text: a text that was put together from others than the
 * reference is cut into is as good. */
static s2s_status split_output(evaluator *e, const s2s_hypothesis *hyp, compared *c, s2s_error *err)
{
    if (e->worker->model->target_tokeniser.subwords)
        return split(e, (s2s_span){hyp->text, strlen(hyp->text)}, &c->hyp, &c->n_hyp, err);
    c->hyp = s2s_spans_new(e->line, hyp->tokens, hyp->n_tokens);
    if (!c->hyp)
        return s2s_fail_memory(err, "evaluating");
    c->n_hyp = hyp->n_tokens;
    return S2S_OK;
}

static s2s_status compare_with(evaluator *e, compared *c, size_t index, const s2s_hypothesis *hyp,
                               s2s_error *err)
{
    size_t n = (size_t)s2s_corpus_n_targets(e->corpus, index);
    c->refs = s2s_arena_alloc(e->line, n * sizeof *c->refs);
    c->n_refs = s2s_arena_alloc(e->line, n * sizeof *c->n_refs);
    c->ref_texts = s2s_arena_alloc(e->line, (size_t)e->most_targets * sizeof *c->ref_texts);
    if (!c->refs || !c->n_refs || !c->ref_texts)
        return s2s_fail_memory(err, "evaluating");
    S2S_TRY(s2s_text_remember(e->worker->model->source_text, &e->pieces.buffer,
                              s2s_corpus_source(e->corpus, index), err));
    S2S_TRY(split_output(e, hyp, c, err));
    c->n_references = (int)n;
    for (int k = 0; k < c->n_references; k++) {
        c->ref_texts[k] = s2s_corpus_target(e->corpus, index, k);
        S2S_TRY(split(e, c->ref_texts[k], &c->refs[k], &c->n_refs[k], err));
    }
    for (int k = c->n_references; k < e->most_targets; k++)
        c->ref_texts[k] = c->ref_texts[0];
    return S2S_OK;
}

static s2s_status report_line(evaluator *e, const compared *c, size_t index, int nearest,
                              const s2s_alignment *alignment, s2s_error *err)
{
    s2s_str_clear(&e->alignment);
    s2s_edit_print(alignment, c->refs[nearest], c->hyp, &e->alignment);
    s2s_evaluated_line line = {
        .index = (int64_t)index,
        .source = copy_text(e->line, s2s_corpus_source(e->corpus, index)),
        .output = c->text,
        .reference = copy_text(e->line, c->ref_texts[nearest]),
        .alignment = s2s_str_text(&e->alignment),
        .correct = alignment->edits == 0,
        .edits = alignment->edits,
    };
    if (!line.source || !line.reference || e->alignment.failed)
        return s2s_fail_memory(err, "evaluating");
    e->report(e->report_arg, &line);
    return S2S_OK;
}

static s2s_status evaluate_line(evaluator *e, size_t index, const s2s_hypothesis *hyp, s2s_error *err)
{
    compared c = {0};
    int nearest;
    const s2s_alignment *alignment;
    s2s_arena_reset(e->line);
    S2S_TRY(compare_with(e, &c, index, hyp, err));
    c.text = s2s_worker_output_text(e->worker, hyp->text);
    if (!c.text)
        return s2s_fail_memory(err, "evaluating");
    s2s_span text = {c.text, strlen(c.text)};
    S2S_TRY(s2s_tally_add(e->tally, c.hyp, c.n_hyp, text, c.refs, c.n_refs, c.ref_texts, c.n_references,
                          &nearest, &alignment, err));
    if (!s2s_metric_sums_add(e->metrics, text, c.ref_texts))
        return s2s_fail_memory(err, "evaluating");
    return e->report ? report_line(e, &c, index, nearest, alignment, err) : S2S_OK;
}

static s2s_status score_references(evaluator *e, const s2s_input *inputs, size_t first, int n, s2s_error *err)
{
    s2s_span *targets = s2s_arena_alloc(e->piece, (size_t)n * sizeof *targets);
    if (!targets)
        return s2s_fail_memory(err, "evaluating");
    for (int i = 0; i < n; i++)
        targets[i] = s2s_corpus_target(e->corpus, first + (size_t)i, 0);
    S2S_TRY(s2s_worker_begin(e->worker, inputs, n, err));
    S2S_TRY(s2s_worker_score(e->worker, inputs, targets, n, err));
    for (int i = 0; i < n; i++) {
        const s2s_hypothesis *hyp = s2s_result_hyp(&e->worker->result, i, 0);
        s2s_tally_add_log_prob(e->tally, hyp->log_prob, hyp->n_tokens + 1);
    }
    return S2S_OK;
}

/* Lines [first, first + n). */
static s2s_status evaluate_piece(evaluator *e, size_t first, int n, s2s_error *err)
{
    const s2s_result *result = &e->worker->result;
    s2s_arena_reset(e->piece);
    s2s_input *inputs = s2s_arena_alloc(e->piece, (size_t)n * sizeof *inputs);
    if (!inputs)
        return s2s_fail_memory(err, "evaluating");
    for (int i = 0; i < n; i++) {
        s2s_span source = s2s_corpus_source(e->corpus, first + (size_t)i);
        inputs[i] = (s2s_input){.text = source.data, .n = source.len};
    }
    S2S_TRY(s2s_worker_predict(e->worker, inputs, NULL, n, err));
    for (int i = 0; i < n; i++) {
        e->n_split_inputs += s2s_result_n_parts(result, i) > 1;
        S2S_TRY(evaluate_line(e, first + (size_t)i, s2s_result_hyp(result, i, 0), err));
    }
    return e->options->perplexity ? score_references(e, inputs, first, n, err) : S2S_OK;
}

/* Forwards a failure; what was input N of a piece is a line of the file. */
static s2s_status locate(const char *pairs_path, size_t first, s2s_status status, const s2s_error *why,
                         s2s_error *err)
{
    if (why->input == 0)
        return s2s_fail(err, status, "%s", why->msg);
    return s2s_fail(err, status, "%s:%zu%s", s2s_text_file_name(pairs_path), first + (size_t)why->input,
                    why->msg + why->name_bytes);
}

static s2s_status open_parts(evaluator *e, const char *pairs_path, s2s_error *err)
{
    s2s_metric_list list = {.n = 0};
    if (e->options->metrics)
        S2S_TRY(s2s_metric_list_read(&list, e->options->metrics, err));
    S2S_TRY(s2s_corpus_open(&e->corpus, &(s2s_corpus_options){.pairs = pairs_path}, err));
    for (size_t i = 0; i < s2s_corpus_size(e->corpus); i++) {
        int n = s2s_corpus_n_targets(e->corpus, i);
        e->most_targets = n > e->most_targets ? n : e->most_targets;
    }
    e->tally = s2s_tally_new();
    e->metrics = s2s_metric_sums_new(&list, e->most_targets);
    e->piece = s2s_arena_new(1 << 16);
    e->line = s2s_arena_new(1 << 12);
    return e->tally && e->metrics && e->piece && e->line ? S2S_OK : s2s_fail_memory(err, "evaluating");
}

static s2s_status evaluate_corpus(evaluator *e, const char *pairs_path, s2s_error *err)
{
    size_t size = s2s_corpus_size(e->corpus);
    for (size_t first = 0; first < size; first += PIECE_LINES) {
        size_t left = size - first;
        int n = left < PIECE_LINES ? (int)left : PIECE_LINES;
        s2s_error why = {0};
        s2s_status status = evaluate_piece(e, first, n, &why);
        if (status != S2S_OK)
            return locate(pairs_path, first, status, &why, err);
    }
    return S2S_OK;
}

static void conclude(const evaluator *e, s2s_evaluation *evaluation)
{
    double scores[S2S_N_METRICS];
    s2s_tally_result(e->tally, evaluation);
    evaluation->n_split_inputs = e->n_split_inputs;
    s2s_metric_sums_scores(e->metrics, scores);
    evaluation->bleu = scores[S2S_METRIC_BLEU];
    evaluation->chrf = scores[S2S_METRIC_CHRF];
    evaluation->chrf_words = scores[S2S_METRIC_CHRF_WORDS];
    evaluation->ter = scores[S2S_METRIC_TER];
}

s2s_status s2s_evaluate(s2s_worker *worker, const char *pairs_path, const s2s_evaluate_options *options,
                        s2s_evaluation *evaluation, s2s_evaluated_line_fn *line, void *arg, s2s_error *err)
{
    if (!worker || !pairs_path || !options || !evaluation)
        return s2s_fail(err, S2S_MISUSE,
                        "s2s_evaluate: expected a worker, a file, options and room for figures, found NULL");
    evaluator e = {.worker = worker, .options = options, .report = line, .report_arg = arg};
    s2s_status status = open_parts(&e, pairs_path, err);
    if (status == S2S_OK)
        status = evaluate_corpus(&e, pairs_path, err);
    if (status == S2S_OK)
        conclude(&e, evaluation);
    s2s_corpus_close(e.corpus);
    s2s_tally_free(e.tally);
    s2s_metric_sums_free(e.metrics);
    s2s_arena_free(e.piece);
    s2s_arena_free(e.line);
    s2s_pieces_free(&e.pieces);
    s2s_str_free(&e.alignment);
    return status;
}
