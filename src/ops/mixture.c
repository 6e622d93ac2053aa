/* Mixtures of distributions: the probability of a token is the weighted mean of those that several models give
 * it.
 *
 * The few tokens that are reported have exact logarithms; where any may be said, all are compared by the mean
 * itself, in floats. */
#include <math.h>
#include <string.h>

#include "ops/candidates.h"

double s2s_log_add(double a, double b)
{
    double more = a < b ? b : a, less = a < b ? a : b;
    return less == -INFINITY ? more : more + log1p(exp(less - more));
}

struct mixing {
    s2s_graph *graph;
    const s2s_mixture *mixture;
    int n_rows, V;
    s2s_tensor *y;      /* log-probabilities */
    const s2s_top *top; /* or this, with what follows */
    s2s_real *means;    /* [members][2][V] a row of the mean, and of one model */
};

static struct mixing mixing_of(s2s_graph *graph, const s2s_mixture *mixture)
{
    const s2s_tensor *first = &mixture->log_probs[0];
    return (struct mixing){.graph = graph, .mixture = mixture, .n_rows = first->rows, .V = first->cols};
}

static void run(struct mixing *m, s2s_team_fn *fn)
{
    if (m->graph->status == S2S_OK)
        s2s_graph_run(m->graph, S2S_WORK_OUTPUT, 0, fn, m);
}

static double log_prob_of(const struct mixing *m, int row, int token)
{
    const s2s_mixture *mixture = m->mixture;
    double sum = -INFINITY;
    for (int k = 0; k < mixture->n; k++)
        sum = s2s_log_add(sum, mixture->log_weights[k] + (double)s2s_row(&mixture->log_probs[k], row)[token]);
    return sum;
}

/* ---- all log-probabilities ---- */

static void log_probs_member(void *arg, int member)
{
    const struct mixing *m = arg;
    int row, end;
    s2s_team_share(m->n_rows, member, s2s_team_size(m->graph->team), &row, &end);
    for (; row < end; row++)
        for (int token = 0; token < m->V; token++)
            s2s_row(m->y, row)[token] = (s2s_real)log_prob_of(m, row, token);
}

void s2s_mixture_log_probs(s2s_graph *graph, s2s_tensor *y, const s2s_mixture *mixture)
{
    struct mixing m = mixing_of(graph, mixture);
    m.y = y;
    run(&m, log_probs_member);
}

/* ---- the most likely tokens ---- */

/* The mean of a row; -infinity where it is 0 or not a number.  p: room for a row. */
static void mean_of(const struct mixing *m, int row, s2s_real *mean, s2s_real *p)
{
    const s2s_kernels *kernels = m->graph->kernels;
    const s2s_mixture *mixture = m->mixture;
    memset(mean, 0, (size_t)m->V * sizeof *mean);
    for (int k = 0; k < mixture->n; k++) {
        memcpy(p, s2s_row(&mixture->log_probs[k], row), (size_t)m->V * sizeof *p);
        kernels->softmax(p, m->V); /* what sums to 1 already: its exponentials */
        kernels->axpy(mean, (s2s_real)exp(mixture->log_weights[k]), p, m->V);
    }
    for (int token = 0; token < m->V; token++)
        mean[token] = mean[token] > 0 ? mean[token] : -(s2s_real)INFINITY;
}

/* The logarithms of those tokens alone, -infinity for the others. */
static void logs_of(const struct mixing *m, int row, s2s_real *logs, s2s_tokens tokens)
{
    for (int token = 0; token < m->V; token++)
        logs[token] = -(s2s_real)INFINITY;
    for (int i = 0; i < tokens.n; i++)
        logs[tokens.ids[i]] = (s2s_real)log_prob_of(m, row, tokens.ids[i]);
}

static void top_of_row(const struct mixing *m, int row, s2s_real *mean, s2s_real *p)
{
    const s2s_top *top = m->top;
    s2s_candidate *best = top->tokens + (ptrdiff_t)row * top->n;
    s2s_candidate *asked = top->asked + (ptrdiff_t)row * top->n_asked;
    int *count = &top->n_tokens[row];
    *count = 0;
    for (int i = 0; i < top->n_asked; i++)
        if (asked[i].token >= 0)
            asked[i].log_prob = (float)log_prob_of(m, row, asked[i].token);
    if (top->allowed)
        logs_of(m, row, mean, top->allowed[row]);
    else
        mean_of(m, row, mean, p);
    if (top->ban)
        top->ban(top->ban_arg, row, &(s2s_logits){.z = mean, .n = m->V});
    if (top->allowed)
        s2s_candidates_pick(mean, 0, m->V, &top->allowed[row], best, count, top->n);
    else
        s2s_candidates_scan(m->graph->kernels, mean, 0, m->V, best, count, top->n);
    for (int i = 0; i < *count; i++)
        best[i].log_prob = (float)log_prob_of(m, row, best[i].token);
}

static void top_member(void *arg, int member)
{
    const struct mixing *m = arg;
    s2s_real *mean = m->means + 2 * (size_t)member * (size_t)m->V;
    int row, end;
    s2s_team_share(m->n_rows, member, s2s_team_size(m->graph->team), &row, &end);
    for (; row < end; row++)
        top_of_row(m, row, mean, mean + m->V);
}

void s2s_mixture_top(s2s_graph *graph, const s2s_top *top, const s2s_mixture *mixture)
{
    struct mixing m = mixing_of(graph, mixture);
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    size_t n_reals = s2s_size_mul(2 * (size_t)s2s_team_size(graph->team), (size_t)m.V);
    m.top = top;
    m.means = s2s_arena_alloc(graph->scratch, s2s_size_mul(n_reals, sizeof *m.means));
    if (!m.means)
        s2s_graph_fail(graph, S2S_EXHAUSTED, "mixing probabilities");
    run(&m, top_member);
    s2s_arena_release(graph->scratch, mark);
}
