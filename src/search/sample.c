/* Sampling: independent draws from the distribution after temperature, top-k (Fan et al. 2018,
 * arXiv:1805.04833) and top-p (Holtzman et al. 2020, arXiv:1904.09751).
 *
 * Every draw has a stream of random numbers of its own, so it does not depend on what else is in the batch. */
#include <math.h>

#include "search/searcher.h"

static bool less_likely(const s2s_candidate *a, const s2s_candidate *b)
{
    return a->log_prob < b->log_prob || (a->log_prob == b->log_prob && a->token > b->token);
}

/* Restores the heap (most likely at the root) below item i. */
static void sift_down(s2s_candidate *heap, int n, int i)
{
    s2s_candidate item = heap[i];
    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && less_likely(&heap[child], &heap[child + 1]))
            child++;
        if (!less_likely(&item, &heap[child]))
            break;
        heap[i] = heap[child];
    }
    heap[i] = item;
}

/* Moves the most likely of heap [0, n) to heap[n - 1]. */
static void pop(s2s_candidate *heap, int n)
{
    s2s_candidate top = heap[0];
    heap[0] = heap[n - 1];
    sift_down(heap, n - 1, 0);
    heap[n - 1] = top;
}

/* What may be drawn: tokens [first, n) of the pool, which weigh `mass`. */
typedef struct choice {
    s2s_candidate *pool;
    int first, n;
    double most, temperature; /* weight of x: exp((x - most) / temperature) */
    double mass;
} choice;

static double weight(const choice *c, int i)
{
    return exp((c->pool[i].log_prob - c->most) / c->temperature);
}

/* Leaves the most likely tokens that are at least `p` of the mass, at most k of them. */
static void restrict_choice(choice *c, int k, double p)
{
    for (int i = c->n / 2 - 1; i >= 0; i--)
        sift_down(c->pool, c->n, i);
    c->first = c->n;
    if (k > 0 && k < c->n) {
        c->mass = 0;
        for (int taken = 0; taken < k; taken++) {
            pop(c->pool, c->first--);
            c->mass += weight(c, c->first);
        }
    } else {
        k = c->n;
    }
    double enough = p * c->mass, mass = 0;
    int first = c->n;
    do {
        if (first == c->first)
            pop(c->pool, c->first--);
        mass += weight(c, --first);
    } while (mass < enough && c->n - first < k);
    c->first = first;
    c->mass = mass;
}

static choice choice_make(const s2s_searcher *searcher, int row, const s2s_real *log_probs, s2s_candidate *pool)
{
    const s2s_predict_options *options = searcher->options;
    const s2s_tokens allowed = s2s_filter_allowed(searcher, row);
    choice c = {.pool = pool, .most = -INFINITY, .temperature = options->temperature};
    for (int i = 0; i < (allowed.ids ? allowed.n : searcher->vocab); i++) {
        int token = allowed.ids ? allowed.ids[i] : i;
        if (!(log_probs[token] > -INFINITY))
            continue;
        pool[c.n++] = (s2s_candidate){(float)log_probs[token], token};
        c.most = fmax(c.most, (double)log_probs[token]);
    }
    for (int i = 0; i < c.n; i++)
        c.mass += weight(&c, i);
    if (c.n > 0 && (options->top_k > 0 || options->top_p < 1))
        restrict_choice(&c, options->top_k, options->top_p);
    return c;
}

static s2s_candidate draw_one(const choice *c, s2s_rng *rng)
{
    double left = s2s_rng_uniform(rng) * c->mass;
    for (int i = c->n - 1; i > c->first; i--) {
        left -= weight(c, i);
        if (left < 0)
            return c->pool[i];
    }
    return c->pool[c->first];
}

static void sample_row(s2s_searcher *searcher, int row, s2s_candidate *pool)
{
    const s2s_layer *layer = searcher->layer;
    s2s_real *log_probs = s2s_row(&searcher->log_probs, row);
    s2s_candidate *out = searcher->candidates + (size_t)row * searcher->n_choices;
    int n_draws = layer->prev ? 1 : searcher->width; /* all draws of a sentence share their first row */
    int token = s2s_filter_only(searcher, row);
    s2s_candidate only = {(float)log_probs[token], token};
    choice c = {0};
    if (s2s_filter_forced(searcher, row) < 0) {
        s2s_filter_ban(searcher, row, &(s2s_logits){.z = log_probs, .n = searcher->vocab});
        c = choice_make(searcher, row, log_probs, pool);
    }
    for (int i = 0; i < n_draws; i++) {
        s2s_rng *rng = &searcher->rngs[(size_t)layer->sentence[row] * searcher->width + layer->draw[row] + i];
        out[i] = c.n > 0 ? draw_one(&c, rng) : only;
    }
    searcher->n_candidates[row] = n_draws;
}

static void sample_member(void *arg, int member)
{
    s2s_searcher *searcher = arg;
    int row, end;
    s2s_team_share(searcher->layer->n_rows, member, s2s_team_size(searcher->graph->team), &row, &end);
    for (; row < end; row++)
        sample_row(searcher, row, searcher->pools + (size_t)member * (size_t)searcher->vocab);
}

void s2s_sample_rows(s2s_searcher *searcher)
{
    s2s_graph *graph = searcher->graph;
    searcher->log_probs = s2s_tensor_new(graph, searcher->layer->n_rows, searcher->vocab);
    if (graph->status != S2S_OK)
        return;
    s2s_ensemble_log_probs(searcher, &searcher->log_probs);
    if (graph->status == S2S_OK)
        s2s_team_run(graph->team, sample_member, searcher);
}

void s2s_sample_next(s2s_searcher *searcher, s2s_layer *next)
{
    const s2s_layer *layer = searcher->layer;
    for (int row = 0; row < layer->n_rows; row++) {
        for (int i = 0; i < searcher->n_candidates[row]; i++) {
            const s2s_candidate *candidate = &searcher->candidates[(size_t)row * searcher->n_choices + i];
            if (candidate->token == S2S_TOKEN_EOS)
                s2s_rank_finish(searcher, row, candidate->log_prob, layer->draw[row] + i);
            else
                s2s_layer_push(searcher, next, row, candidate, layer->draw[row] + i);
        }
    }
}
