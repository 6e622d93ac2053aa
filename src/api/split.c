/* Inputs that are too long: cut at the ends of sentences, predicted in parts, put together again. */
#include <string.h>

#include "api/worker.h"
#include "base/fail.h"
#include "text/letter.h"
#include "text/sentence.h"

typedef struct part part;
struct part {
    part *next;
    s2s_cut cut; /* before it */
    s2s_result_item result;
};

struct s2s_split {
    s2s_split *next;
    int index; /* of the input */
    int n_parts;
    part *parts;
};

static const char splitting[] = "splitting a long input";

/* ---- before the search ---- */

/* The beginning of the character in [begin, p] that the byte at p belongs to. */
static const char *character_at(const char *begin, const char *p)
{
    while (p > begin && ((unsigned char)*p & 0xc0) == 0x80)
        p--;
    return p;
}

static s2s_status check_fits(s2s_worker *worker, const char *begin, const char *end, bool *fits, s2s_error *err)
{
    S2S_TRY(s2s_tokenise(&worker->model->source_tokeniser, begin, (size_t)(end - begin), &worker->pieces, err));
    *fits = worker->pieces.n <= worker->max_source;
    return S2S_OK;
}

/* The farthest place up to which [begin, end) has no more tokens than fit, at least one character on.  Looks at
 * little more text than that, as the rest of a line may be a thousand times as long. */
static s2s_status find_reach(s2s_worker *worker, const char *begin, const char *end, const char **reach,
                             s2s_error *err)
{
    const char *near = begin, *far = NULL; /* up to near it fits, up to far it does not */
    bool fits;
    for (ptrdiff_t step = worker->max_source; !far; step *= 2) {
        const char *to = step < end - begin ? character_at(begin, begin + step) : end;
        S2S_TRY(check_fits(worker, begin, to, &fits, err));
        *(fits ? &near : &far) = to;
        if (near == end)
            break;
    }
    while (far && s2s_skip_letter(near, end) < far) {
        const char *middle = character_at(near, near + (far - near) / 2);
        middle = middle > near ? middle : s2s_skip_letter(near, end);
        S2S_TRY(check_fits(worker, begin, middle, &fits, err));
        *(fits ? &near : &far) = middle;
    }
    *reach = near > begin ? near : s2s_skip_letter(begin, end);
    return S2S_OK;
}

/* Where the part that begins at `begin` ends, and what is there. */
static s2s_status find_cut(s2s_worker *worker, const char *begin, const char *end, const char **stop,
                           s2s_cut *cut, s2s_error *err)
{
    const char *reach;
    S2S_TRY(find_reach(worker, begin, end, &reach, err));
    *stop = reach;
    bool fits = reach == end;
    while (!fits) {
        *stop = s2s_sentence_cut(begin, reach, end, cut);
        S2S_TRY(check_fits(worker, begin, *stop, &fits, err)); /* less text may have more subwords */
        fits = fits || *stop == s2s_skip_letter(begin, end);
        reach = character_at(begin, *stop - 1);
    }
    return S2S_OK;
}

s2s_status s2s_split_input(s2s_worker *worker, const s2s_input *input, int index, s2s_error *err)
{
    const char *end = input->text + input->n, *stop;
    s2s_split *split = s2s_arena_alloc_zero(worker->arena, sizeof *split);
    if (!split)
        return s2s_fail_memory(err, splitting);
    *split = (s2s_split){.next = worker->splits, .index = index};
    worker->splits = split;
    part **place = &split->parts;
    s2s_cut cut = S2S_CUT_SENTENCE;
    for (const char *p = s2s_skip_space(input->text, end); p < end; p = s2s_skip_space(stop, end)) {
        part *new = s2s_arena_alloc_zero(worker->arena, sizeof *new);
        if (!new)
            return s2s_fail_memory(err, splitting);
        new->cut = cut;
        S2S_TRY(find_cut(worker, p, end, &stop, &cut, err));
        s2s_input piece = {p, (size_t)(stop - p), split->n_parts == 0 ? input->prefix : NULL};
        S2S_TRY(s2s_jobs_add(worker, &piece, NULL, index, &new->result, err));
        if (new->result.hyps)
            continue; /* text steps left nothing of it, which adds nothing */
        *place = new;
        place = &new->next;
        split->n_parts++;
    }
    return S2S_OK;
}

/* ---- after it ---- */

/* Whether a space belongs between two texts that are not empty. */
static bool is_spaced(const s2s_worker *worker, const char *left, const char *left_end, const char *right,
                      s2s_cut cut)
{
    s2s_tokeniser_kind kind = worker->model->target_tokeniser.kind;
    if (kind == S2S_TOKENISE_SPACE || kind == S2S_TOKENISE_WORD)
        return true;
    if (cut == S2S_CUT_ANYWHERE)
        return false;
    int32_t last = s2s_letter_at(character_at(left, left_end - 1), left_end).code;
    return !s2s_is_unspaced(last) && !s2s_is_unspaced(s2s_letter_at(right, right + strlen(right)).code);
}

static const char *join_texts(s2s_worker *worker, const s2s_split *split)
{
    size_t bytes = 1;
    for (const part *p = split->parts; p; p = p->next)
        bytes += strlen(p->result.hyps->text) + 1;
    char *text = s2s_arena_alloc(worker->arena, bytes), *at = text;
    for (const part *p = split->parts; p && text; p = p->next) {
        const char *more = p->result.hyps->text;
        size_t n = strlen(more);
        if (at > text && n > 0 && is_spaced(worker, text, at, more, p->cut))
            *at++ = ' ';
        memcpy(at, more, n);
        at += n;
    }
    if (text)
        *at = '\0';
    return text;
}

/* Tokens in a row; scores too, those of all ends in one. */
static bool join_tokens(s2s_worker *worker, const s2s_split *split, s2s_hypothesis *joined)
{
    for (const part *p = split->parts; p; p = p->next) {
        joined->n_tokens += p->result.hyps->n_tokens;
        joined->n_source += p->result.hyps->n_source;
        joined->score += p->result.hyps->score;
        joined->log_prob += p->result.hyps->log_prob;
    }
    size_t n = (size_t)joined->n_tokens, n_source = (size_t)joined->n_source;
    const char **tokens = s2s_arena_alloc(worker->arena, n * sizeof *tokens);
    const char **sources = s2s_arena_alloc(worker->arena, n_source * sizeof *sources);
    float *scores = s2s_arena_alloc_zero(worker->arena, (n + 1) * sizeof *scores), *end = scores + n;
    joined->tokens = tokens;
    joined->source_tokens = sources;
    joined->token_scores = scores;
    if (!tokens || !sources || !scores)
        return false;
    for (const part *p = split->parts; p; p = p->next) {
        const s2s_hypothesis *hyp = p->result.hyps;
        for (int t = 0; t < hyp->n_tokens; t++) {
            *tokens++ = hyp->tokens[t];
            *scores++ = hyp->token_scores[t];
        }
        for (int s = 0; s < hyp->n_source; s++)
            *sources++ = hyp->source_tokens[s];
        *end += hyp->token_scores[hyp->n_tokens];
    }
    return true;
}

/* The tokens of a part attend to its source; the end is that of the last part. */
static bool join_attention(s2s_worker *worker, const s2s_split *split, s2s_hypothesis *joined)
{
    size_t n_source = (size_t)joined->n_source;
    size_t n_weights = s2s_size_mul((size_t)joined->n_tokens + 1, n_source);
    float *row = s2s_arena_alloc_zero(worker->arena, s2s_size_mul(n_weights, sizeof *row));
    joined->attention = row;
    for (const part *p = split->parts; p && row; p = p->next) {
        const s2s_hypothesis *hyp = p->result.hyps;
        size_t n = (size_t)hyp->n_source;
        for (int t = 0; t < hyp->n_tokens + !p->next; t++, row += n_source)
            memcpy(row, hyp->attention + (size_t)t * n, n * sizeof *row);
        row += n;
    }
    return joined->attention != NULL;
}

s2s_status s2s_splits_join(s2s_worker *worker, s2s_error *err)
{
    for (const s2s_split *split = worker->splits; split; split = split->next) {
        s2s_hypothesis *joined = s2s_arena_alloc_zero(worker->arena, sizeof *joined);
        if (!joined || !join_tokens(worker, split, joined))
            return s2s_fail_memory(err, splitting);
        if (split->parts && split->parts->result.hyps->attention && !join_attention(worker, split, joined))
            return s2s_fail_memory(err, splitting);
        joined->text = join_texts(worker, split);
        if (!joined->text)
            return s2s_fail_memory(err, splitting);
        worker->result.items[split->index] =
            (s2s_result_item){.hyps = joined, .n_hyps = 1, .n_parts = split->n_parts};
    }
    return S2S_OK;
}
