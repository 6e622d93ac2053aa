/* The networks of a search as one: each encodes, steps and reorders for itself; their distributions are mixed,
 * and so is their attention.  With one network, everything is what it says. */
#include <math.h>

#include "base/fail.h"
#include "search/searcher.h"

s2s_status s2s_ensemble_status(const s2s_searcher *searcher, s2s_error *err)
{
    for (int k = 0; k < searcher->n_models; k++)
        S2S_TRY(s2s_graph_status(searcher->participants[k].model.graph, err));
    return S2S_OK;
}

void s2s_ensemble_encode(s2s_searcher *searcher, const s2s_source_batch *source)
{
    for (int k = 0; k < searcher->n_models; k++) {
        s2s_participant *p = &searcher->participants[k];
        s2s_graph_begin(p->model.graph, false, false, 0);
        p->model.arch->encode(p->model.network, p->model.graph, source, &p->encoded);
        p->state = p->encoded.last;
        /* What a step leaves in the graph is copied or forgotten, so memory does not grow with the outputs. */
        p->after_encode = s2s_arena_save(p->model.graph->step);
    }
}

bool s2s_ensemble_start(s2s_searcher *searcher, size_t max_rows)
{
    for (int k = 0; k < searcher->n_models; k++) {
        s2s_participant *p = &searcher->participants[k];
        for (int i = 0; i < p->state.n; i++) {
            size_t n_reals = s2s_size_mul(max_rows, (size_t)p->state.items[i].cols);
            p->rows_memory[i] = s2s_arena_alloc(searcher->arena, s2s_size_mul(n_reals, sizeof(s2s_real)));
            if (!p->rows_memory[i])
                return false;
        }
    }
    return true;
}

/* The mean of the attention of those that have any, by weight; weights [n_models]. */
static s2s_tensor mix_attention(s2s_searcher *searcher, const s2s_tensor *weights)
{
    const s2s_kernels *kernels = searcher->graph->kernels;
    double sum = 0;
    for (int k = 0; k < searcher->n_models && s2s_search_needs_attention(searcher); k++)
        if (weights[k].cols > 0)
            sum += exp(searcher->log_weights[k]);
    if (sum == 0)
        return (s2s_tensor){0};
    s2s_tensor mean = s2s_tensor_zero(searcher->graph, searcher->layer->n_rows, searcher->max_source);
    for (int k = 0; k < searcher->n_models && mean.data; k++)
        for (int row = 0; row < weights[k].rows; row++)
            kernels->axpy(s2s_row(&mean, row), (s2s_real)(exp(searcher->log_weights[k]) / sum),
                          s2s_row(&weights[k], row), weights[k].cols);
    return mean;
}

s2s_tensor s2s_ensemble_step(s2s_searcher *searcher)
{
    const s2s_layer *layer = searcher->layer;
    s2s_tensor weights[S2S_MAX_MODELS] = {0};
    for (int k = 0; k < searcher->n_models; k++) {
        s2s_participant *p = &searcher->participants[k];
        p->model.arch->step(p->model.network, p->model.graph, &p->encoded, &p->state, layer->token,
                            layer->sentence, layer->n_rows, &p->output, &weights[k]);
    }
    return searcher->n_models == 1 ? weights[0] : mix_attention(searcher, weights);
}

static void reorder(s2s_participant *p, const s2s_layer *next)
{
    for (int i = 0; i < p->state.n; i++) {
        s2s_tensor *from = &p->state.items[i];
        s2s_tensor to = {
            .data = p->rows_memory[i],
            .rows = next->n_rows,
            .cols = from->cols,
            .ld = from->cols,
        };
        s2s_gather(p->model.graph, &to, from, next->parent);
        *from = to;
    }
}

void s2s_ensemble_reorder(s2s_searcher *searcher, const s2s_layer *next)
{
    for (int k = 0; k < searcher->n_models; k++) {
        s2s_participant *p = &searcher->participants[k];
        if (next->n_rows > 0)
            reorder(p, next);
        s2s_arena_release(p->model.graph->step, p->after_encode);
    }
}

/* ---- what they say ---- */

static void log_probs_of(const s2s_searcher *searcher, const s2s_participant *p, s2s_tensor *y)
{
    const s2s_output *output = &p->output;
    if (p->parts)
        s2s_output_parts_log_probs(p->model.graph, y, &output->x, p->parts, searcher->layer->sentence);
    else
        s2s_output_log_probs(p->model.graph, y, &output->x, output->w, output->b);
}

/* The log-probabilities of all, log_probs [n_models]; a failure is in the first graph's status too. */
static s2s_mixture mixture_of(const s2s_searcher *searcher, s2s_tensor *log_probs)
{
    for (int k = 0; k < searcher->n_models; k++) {
        s2s_graph *graph = searcher->participants[k].model.graph;
        log_probs[k] = s2s_tensor_new(graph, searcher->layer->n_rows, searcher->vocab);
        if (graph->status == S2S_OK)
            log_probs_of(searcher, &searcher->participants[k], &log_probs[k]);
        if (graph->status != S2S_OK)
            s2s_graph_fail(searcher->graph, graph->status, graph->failed);
    }
    return (s2s_mixture){log_probs, searcher->log_weights, searcher->n_models};
}

void s2s_ensemble_log_probs(s2s_searcher *searcher, s2s_tensor *y)
{
    if (searcher->n_models == 1) {
        log_probs_of(searcher, searcher->participants, y);
        return;
    }
    s2s_tensor log_probs[S2S_MAX_MODELS];
    s2s_mixture mixture = mixture_of(searcher, log_probs);
    s2s_mixture_log_probs(searcher->graph, y, &mixture);
}

void s2s_ensemble_top(s2s_searcher *searcher, const s2s_top *top)
{
    const s2s_participant *only = searcher->participants;
    const s2s_output *output = &only->output;
    if (searcher->n_models > 1) {
        s2s_tensor log_probs[S2S_MAX_MODELS];
        s2s_mixture mixture = mixture_of(searcher, log_probs);
        s2s_mixture_top(searcher->graph, top, &mixture);
    } else if (only->parts) {
        s2s_output_parts_top(searcher->graph, top, &output->x, only->parts, searcher->layer->sentence);
    } else {
        s2s_output_top(searcher->graph, top, &output->x, output->w, output->b);
    }
}
