/* The loop of a search: encode once, then step by step over the rows that are still alive. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "search/searcher.h"

#define FIRST_CHUNK_BYTES (1 << 16)

/* Models and what of them lasts. */
static bool take_part(s2s_searcher *searcher, const s2s_search_model *models, int n_models)
{
    searcher->participants = calloc((size_t)n_models, sizeof *searcher->participants);
    searcher->log_weights = calloc((size_t)n_models, sizeof *searcher->log_weights);
    searcher->arena = s2s_arena_new(FIRST_CHUNK_BYTES);
    if (!searcher->participants || !searcher->log_weights || !searcher->arena)
        return false;
    for (int k = 0; k < n_models; k++) {
        searcher->participants[k].model = models[k];
        searcher->log_weights[k] = log(models[k].weight);
    }
    searcher->n_models = n_models;
    searcher->graph = models[0].graph;
    return true;
}

s2s_status s2s_searcher_new(s2s_searcher **searcher, const s2s_search_model *models, int n_models,
                            int target_vocab, s2s_error *err)
{
    *searcher = calloc(1, sizeof **searcher);
    if (!*searcher || !take_part(*searcher, models, n_models)) {
        s2s_searcher_free(*searcher);
        *searcher = NULL;
        return s2s_fail_memory(err, "making a searcher");
    }
    (*searcher)->vocab = target_vocab;
    return S2S_OK;
}

void s2s_searcher_free(s2s_searcher *searcher)
{
    if (!searcher)
        return;
    s2s_arena_free(searcher->arena);
    free(searcher->participants);
    free(searcher->log_weights);
    free(searcher);
}

/* n x size bytes of the search's arena. */
static void *take(s2s_searcher *searcher, size_t n, size_t size)
{
    return s2s_arena_alloc(searcher->arena, s2s_size_mul(n, size));
}

/* An empty layer with room for n_rows. */
static s2s_layer *layer_new(s2s_searcher *searcher, const s2s_layer *prev, size_t n_rows)
{
    s2s_layer *layer = s2s_arena_alloc_zero(searcher->arena, sizeof *layer);
    if (!layer)
        return NULL;
    layer->prev = prev;
    layer->step = prev ? prev->step + 1 : 0;
    layer->parent = take(searcher, n_rows, sizeof(int));
    layer->token = take(searcher, n_rows, sizeof(int));
    layer->sentence = take(searcher, n_rows, sizeof(int));
    layer->draw = take(searcher, n_rows, sizeof(int));
    layer->token_score = take(searcher, n_rows, sizeof(float));
    layer->log_prob = take(searcher, n_rows, sizeof(double));
    bool complete = layer->parent && layer->token && layer->sentence && layer->draw && layer->token_score &&
                    layer->log_prob;
    if (complete && searcher->lexicon)
        complete = (layer->node = take(searcher, n_rows, sizeof(int))) != NULL;
    if (complete && searcher->most_phrase_tokens > 0)
        complete = (layer->progress = take(searcher, n_rows, sizeof(s2s_phrase_progress))) != NULL;
    return complete ? layer : NULL;
}

/* One row per sentence, which reads the beginning of sequence. */
static bool start_layer(s2s_searcher *searcher, int n_sentences)
{
    s2s_layer *layer = layer_new(searcher, NULL, (size_t)n_sentences);
    if (!layer)
        return false;
    for (int b = 0; b < n_sentences; b++) {
        layer->parent[b] = 0;
        layer->token[b] = S2S_TOKEN_BOS;
        layer->sentence[b] = b;
        layer->draw[b] = 0;
        layer->token_score[b] = 0;
        layer->log_prob[b] = 0;
        if (layer->node)
            layer->node[b] = S2S_LEXICON_ROOT;
        if (layer->progress)
            layer->progress[b] = (s2s_phrase_progress){0};
    }
    layer->n_rows = n_sentences;
    searcher->layer = layer;
    return true;
}

static int longest_output(const s2s_searcher *searcher, int source_len, int prefix_len)
{
    const s2s_predict_options *options = searcher->options;
    double len =
        options->max_length > 0 ? options->max_length : ceil(options->max_length_factor * source_len) + 10;
    int max_len = (int)fmin(len, INT_MAX / 2);
    if (searcher->lexicon)
        max_len = s2s_lexicon_longest(searcher->lexicon);
    return max_len < prefix_len ? prefix_len : max_len;
}

int s2s_search_width(const s2s_predict_options *options, const s2s_phrases *phrases)
{
    int n_banks = phrases ? s2s_phrases_n_tokens(phrases) + 1 : 0;
    int width = options->sample ? options->n_best : options->beam_size;
    return width < n_banks ? n_banks : width;
}

static bool start_sentences(s2s_searcher *searcher, const s2s_source_batch *source,
                            const s2s_search_given *given)
{
    int n = source->shape.n_seqs;
    size_t n_best = (size_t)searcher->options->n_best;
    searcher->sentences = take(searcher, (size_t)n, sizeof(s2s_sentence));
    s2s_finished *kept = take(searcher, s2s_size_mul((size_t)n, n_best), sizeof *kept);
    if (!searcher->sentences || !kept)
        return false;
    for (int b = 0; b < n; b++) {
        s2s_sentence *sentence = &searcher->sentences[b];
        *sentence = (s2s_sentence){.source_len = source->shape.len[b], .kept = kept + (size_t)b * n_best};
        if (given->prefix)
            sentence->prefix = given->prefix[b];
        if (given->phrases)
            sentence->phrases = given->phrases[b];
        sentence->max_len = longest_output(searcher, sentence->source_len, sentence->prefix.n);
        sentence->width = s2s_search_width(searcher->options, sentence->phrases);
        if (sentence->width > searcher->width)
            searcher->width = sentence->width;
        int n_tokens = sentence->phrases ? s2s_phrases_n_tokens(sentence->phrases) : 0;
        if (n_tokens > searcher->most_phrase_tokens)
            searcher->most_phrase_tokens = n_tokens;
    }
    return true;
}

static bool start_sampling(s2s_searcher *searcher, int n_sentences, const uint64_t *seeds)
{
    size_t n_draws = (size_t)searcher->width;
    size_t n_members = (size_t)s2s_team_size(searcher->graph->team);
    searcher->rngs = take(searcher, s2s_size_mul((size_t)n_sentences, n_draws), sizeof(s2s_rng));
    searcher->pools = take(searcher, s2s_size_mul(n_members, (size_t)searcher->vocab), sizeof(s2s_candidate));
    if (!searcher->rngs || !searcher->pools)
        return false;
    for (size_t b = 0; b < (size_t)n_sentences; b++)
        for (size_t draw = 0; draw < n_draws; draw++)
            s2s_rng_seed(&searcher->rngs[b * n_draws + draw], s2s_hash64(seeds[b], draw));
    return true;
}

/* What rows say and hear, of at most max_rows in a step. */
static bool start_rows(s2s_searcher *searcher, size_t max_rows)
{
    size_t n_candidates = max_rows; /* sampling: a draw each */
    size_t width = (size_t)searcher->width, n_phrase_tokens = (size_t)searcher->most_phrase_tokens;
    searcher->n_choices = searcher->width;
    if (!searcher->options->sample) {
        searcher->n_choices = searcher->width == 1 ? 1 : searcher->width + 1;
        if (searcher->n_choices > searcher->vocab)
            searcher->n_choices = searcher->vocab;
        n_candidates = s2s_size_mul(max_rows, (size_t)searcher->n_choices);
    }
    searcher->candidates = take(searcher, n_candidates, sizeof(s2s_candidate));
    searcher->n_candidates = take(searcher, max_rows, sizeof(int));
    searcher->asked = take(searcher, s2s_size_mul(max_rows, 1 + n_phrase_tokens), sizeof(s2s_candidate));
    searcher->heads = take(searcher, width, sizeof(int));
    bool complete = searcher->candidates && searcher->n_candidates && searcher->asked && searcher->heads;
    searcher->allowed = NULL;
    if (complete && searcher->lexicon)
        complete = (searcher->allowed = take(searcher, max_rows, sizeof(s2s_tokens))) != NULL;
    searcher->entries = NULL;
    if (complete && n_phrase_tokens > 0) {
        searcher->entries = take(searcher, (n_phrase_tokens + 2) * width, sizeof *searcher->entries);
        complete = searcher->entries != NULL;
    }
    return complete && s2s_ensemble_start(searcher, max_rows);
}

/* Hypotheses at a time of all sentences that the layer has rows of. */
static size_t n_rows_after(const s2s_searcher *searcher, const s2s_layer *layer)
{
    size_t n = 0;
    for (int row = 0; row < layer->n_rows; row++)
        if (row == 0 || layer->sentence[row] != layer->sentence[row - 1])
            n += (size_t)searcher->sentences[layer->sentence[row]].width;
    return n;
}

static bool start(s2s_searcher *searcher, const s2s_source_batch *source, const s2s_search_given *given)
{
    int n = source->shape.n_seqs;
    searcher->lexicon = given->lexicon;
    searcher->max_source = source->shape.max_len;
    searcher->width = searcher->most_phrase_tokens = 0;
    if (!start_sentences(searcher, source, given) || !start_layer(searcher, n))
        return false;
    bool listed = given->shortlist && !given->lexicon;
    if (!s2s_shortlist_start(searcher, source, listed ? given->shortlist : NULL))
        return false;
    if (searcher->options->sample && !start_sampling(searcher, n, given->seeds))
        return false;
    return start_rows(searcher, n_rows_after(searcher, searcher->layer));
}

/* Copies the attention of this step, which the graph forgets, where something will read it: of a long source
 * with a wide beam it is gigabytes. */
static bool keep_weights(s2s_searcher *searcher, const s2s_tensor *weights)
{
    if (weights->cols == 0 || !s2s_search_needs_attention(searcher))
        return true;
    size_t cols = (size_t)searcher->max_source;
    s2s_layer *layer = searcher->layer;
    layer->weights = take(searcher, s2s_size_mul((size_t)layer->n_rows, cols), sizeof(s2s_real));
    if (!layer->weights)
        return false;
    for (int row = 0; row < layer->n_rows; row++)
        memcpy(layer->weights + (size_t)row * cols, s2s_row(weights, row), cols * sizeof(s2s_real));
    return true;
}

/* Fills the candidates of all rows. */
static s2s_status choose(s2s_searcher *searcher, s2s_error *err)
{
    if (!searcher->layer->prev)
        s2s_shortlist_pack(searcher, searcher->layer->n_rows);
    if (searcher->options->sample)
        s2s_sample_rows(searcher);
    else
        s2s_select_rows(searcher);
    S2S_TRY(s2s_ensemble_status(searcher, err));
    for (int row = 0; row < searcher->layer->n_rows; row++)
        if (!isfinite(searcher->candidates[(size_t)row * searcher->n_choices].log_prob))
            return s2s_fail(err, S2S_BAD_MODEL,
                            "expected finite log-probabilities from the network, found none");
    return S2S_OK;
}

/* Feeds the rows of the present layer and makes the next one. */
static s2s_status advance(s2s_searcher *searcher, s2s_error *err)
{
    s2s_layer *layer = searcher->layer;
    s2s_profile *profile = searcher->graph->profile;
    s2s_profile_phase(profile, S2S_PHASE_DECODE);
    s2s_tensor weights = s2s_ensemble_step(searcher);
    S2S_TRY(s2s_ensemble_status(searcher, err));
    s2s_profile_phase(profile, S2S_PHASE_CHOOSE);
    s2s_layer *next = layer_new(searcher, layer, n_rows_after(searcher, layer));
    if (!next || !keep_weights(searcher, &weights))
        return s2s_fail_memory(err, "searching");
    S2S_TRY(choose(searcher, err));
    if (searcher->options->sample) {
        s2s_sample_next(searcher, next);
        searcher->n_choices = 1; /* the draws have parted */
    } else {
        s2s_select_next(searcher, next);
    }
    s2s_profile_phase(profile, S2S_PHASE_REORDER);
    s2s_ensemble_reorder(searcher, next);
    searcher->layer = next;
    return s2s_ensemble_status(searcher, err);
}

/* Walks from the end to the beginning. */
static bool collect_hyp(s2s_searcher *searcher, const s2s_finished *finished, s2s_search_hyp *hyp)
{
    int n = finished->layer->step, row = finished->row, source_len = 0;
    if (finished->layer->weights && searcher->options->attention)
        source_len = searcher->sentences[finished->layer->sentence[row]].source_len;
    int *tokens = take(searcher, (size_t)n, sizeof(int));
    float *scores = take(searcher, (size_t)n + 1, sizeof(float));
    float *attention = take(searcher, s2s_size_mul((size_t)n + 1, (size_t)source_len), sizeof(float));
    if (!tokens || !scores || !attention)
        return false;
    scores[n] = finished->end_score;
    for (const s2s_layer *layer = finished->layer; layer; row = layer->parent[row], layer = layer->prev) {
        if (layer->prev) {
            tokens[layer->step - 1] = layer->token[row];
            scores[layer->step - 1] = layer->token_score[row];
        }
        for (int s = 0; s < source_len; s++)
            attention[(size_t)layer->step * source_len + s] =
                (float)layer->weights[(size_t)row * searcher->max_source + s];
    }
    *hyp = (s2s_search_hyp){.tokens = tokens,
                            .token_scores = scores,
                            .attention = source_len > 0 ? attention : NULL,
                            .n = n,
                            .log_prob = finished->log_prob,
                            .score = finished->score};
    return true;
}

static s2s_status collect(s2s_searcher *searcher, int n_sentences, s2s_search_result *result, s2s_error *err)
{
    for (int b = 0; b < n_sentences; b++) {
        const s2s_sentence *sentence = &searcher->sentences[b];
        s2s_search_hyp *hyps = take(searcher, (size_t)sentence->n_kept, sizeof *hyps);
        if (!hyps)
            return s2s_fail_memory(err, "collecting outputs");
        for (int h = 0; h < sentence->n_kept; h++)
            if (!collect_hyp(searcher, &sentence->kept[h], &hyps[h]))
                return s2s_fail_memory(err, "collecting outputs");
        result[b] = (s2s_search_result){.hyps = hyps, .n_hyps = sentence->n_kept};
    }
    return S2S_OK;
}

s2s_status s2s_search(s2s_searcher *searcher, const s2s_source_batch *source, const s2s_search_given *given,
                      const s2s_predict_options *options, s2s_search_result *result, s2s_error *err)
{
    s2s_profile *profile = searcher->graph->profile;
    s2s_arena_reset(searcher->arena);
    searcher->options = options;
    s2s_profile_phase(profile, S2S_PHASE_ENCODE);
    s2s_ensemble_encode(searcher, source);
    S2S_TRY(s2s_ensemble_status(searcher, err));
    if (!start(searcher, source, given))
        return s2s_fail_memory(err, "starting a search");
    while (searcher->layer->n_rows > 0)
        S2S_TRY(advance(searcher, err));
    s2s_profile_phase(profile, S2S_PHASE_REST);
    return collect(searcher, source->shape.n_seqs, result, err);
}
