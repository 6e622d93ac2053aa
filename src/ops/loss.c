/* Output layer, softmax and cross-entropy in one:
 *
 *   z = x W^T + b      p = softmax(z)      q = (1 - eps) onehot(target) + eps / V
 *   objective = -sum_j q_j log p_j         dz = p - q         dx = dz W      dW = dz^T x      db = sum dz
 *
 * R-Drop adds, for twin rows with probabilities p and r,
 *
 *   alpha / 2 (KL(p || r) + KL(r || p))    dz of p += alpha / 2 (p o (log p - log r - KL(p || r)) + p - r)
 *
 * Rows go through in blocks, so that the logits of all rows are never stored.  The gradient of z is at hand as
 * soon as z is, so backward happens in the same sweep. */
#include <string.h>

#include "ops/ops.h"
#include "ops/product.h"

enum { BLOCK_ROWS = 256 };

struct output {
    s2s_graph *graph;
    const s2s_tensor *x;
    s2s_param *w, *b;
    const s2s_packed *forward, *backward;
    const int *targets;
    s2s_objective how;
    s2s_real *row_nll;
    s2s_real *logits;        /* [BLOCK_ROWS, V], gradients in the end */
    s2s_real *log_probs;     /* [team, 2, V] of a member's twins */
    double *nll, *objective; /* [BLOCK_ROWS] */
    char *correct;           /* [BLOCK_ROWS] */
    int *best;               /* [n] most likely tokens */
    int first, n;            /* the block */
};

static void logits_member(struct output *o, int member)
{
    int V = o->w->t.rows, begin, end;
    s2s_product_member(o->graph, member, o->logits, V, s2s_row(o->x, o->first), o->x->ld, o->forward, 0, o->n,
                       V, o->x->cols, false);
    s2s_team_barrier(o->graph->team, member);
    s2s_team_share(o->n, member, s2s_team_size(o->graph->team), &begin, &end);
    for (int r = begin; r < end && o->b; r++)
        o->graph->kernels->add(o->logits + (ptrdiff_t)r * V, o->b->t.data, V);
}

/* Of the logits of the block; the gradient of x takes as many. */
static double logits_flops(const struct output *o)
{
    return s2s_product_flops(o->n, o->w->t.rows, o->x->cols);
}

/* Whether `at` is the first of the largest elements. */
static bool is_best(const s2s_real *z, int n, int at)
{
    const s2s_real largest = z[at];
    for (int j = 0; j < at; j++)
        if (!(z[j] < largest))
            return false;
    for (int j = at; j < n; j++)
        if (!(z[j] <= largest))
            return false;
    return true;
}

/* Four sums side by side: a single one would wait for each of its additions. */
static double sum_of(const s2s_real *z, int n)
{
    enum { SUMS = 4 };
    double sum[SUMS] = {0};
    int j = 0;
    for (; j + SUMS <= n; j += SUMS)
        for (int i = 0; i < SUMS; i++)
            sum[i] += (double)z[j + i];
    for (; j < n; j++)
        sum[0] += (double)z[j];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Loss of row r of the block; its logits become probabilities. */
static void cross_entropy_row(struct output *o, int r)
{
    const int V = o->w->t.rows, target = o->targets[o->first + r];
    const s2s_real smoothing = o->how.smoothing;
    s2s_real *z = o->logits + (ptrdiff_t)r * V;
    double at_target = (double)z[target], sum = smoothing > 0 ? sum_of(z, V) : 0;
    o->correct[r] = is_best(z, V, target);
    double log_sum = (double)o->graph->kernels->softmax(z, V);
    o->nll[r] = o->objective[r] = log_sum - at_target;
    if (smoothing > 0)
        o->objective[r] = (1 - (double)smoothing) * o->nll[r] + (double)smoothing * (log_sum - sum / V);
    if (o->row_nll)
        o->row_nll[o->first + r] = (s2s_real)o->nll[r];
}

/* Probabilities become the gradient of the logits. */
static void gradient_row(struct output *o, int r)
{
    const int V = o->w->t.rows, target = o->targets[o->first + r];
    const s2s_real smoothing = o->how.smoothing, even = smoothing / (s2s_real)V, scale = o->how.grad_scale;
    s2s_real *z = o->logits + (ptrdiff_t)r * V;
    z[target] -= 1 - smoothing;
    for (int j = 0; j < V; j++)
        z[j] = (z[j] - even) * scale;
}

/* Rows r and r + 1 with R-Drop: as cross_entropy_row, but to the probabilities comes what their divergence adds
 * to the gradient. */
static void twin_rows(struct output *o, int r, int member)
{
    const s2s_kernels *kernels = o->graph->kernels;
    const int V = o->w->t.rows;
    const s2s_real half = o->how.r_drop / 2;
    s2s_real *p = o->logits + (ptrdiff_t)r * V, *q = p + V;
    s2s_real *log_p = o->log_probs + (ptrdiff_t)member * 2 * V, *log_q = log_p + V;
    memcpy(log_p, p, 2 * (size_t)V * sizeof *log_p);
    kernels->log_softmax(log_p, V);
    kernels->log_softmax(log_q, V);
    cross_entropy_row(o, r);
    cross_entropy_row(o, r + 1);
    const s2s_real kl_pq = kernels->dot(p, log_p, V) - kernels->dot(p, log_q, V);
    const s2s_real kl_qp = kernels->dot(q, log_q, V) - kernels->dot(q, log_p, V);
    o->objective[r] += (double)(half * kl_pq);
    o->objective[r + 1] += (double)(half * kl_qp);
    for (int j = 0; j < V; j++) {
        const s2s_real pj = p[j], qj = q[j], ratio = log_p[j] - log_q[j];
        p[j] = pj + half * (pj * (ratio - kl_pq) + pj - qj);
        q[j] = qj + half * (qj * (-ratio - kl_qp) + qj - pj);
    }
}

static void loss_member(void *arg, int member)
{
    struct output *o = arg;
    int V = o->w->t.rows, begin, end;
    const int together = o->how.r_drop > 0 ? 2 : 1;
    logits_member(o, member);
    if (together == 2) /* so far, twins may be rows of two members */
        s2s_team_barrier(o->graph->team, member);
    s2s_team_share(o->n / together, member, s2s_team_size(o->graph->team), &begin, &end);
    for (int r = begin * together; r < end * together; r += together)
        if (together == 2)
            twin_rows(o, r, member);
        else
            cross_entropy_row(o, r);
    if (!o->graph->recording)
        return;
    for (int r = begin * together; r < end * together; r++)
        gradient_row(o, r);
    s2s_team_barrier(o->graph->team, member);
    s2s_product_member(o->graph, member, s2s_grad_row(o->x, o->first), o->x->ld, o->logits, V, o->backward, 0,
                       o->n, o->x->cols, V, true);
}

static void loss_block(struct output *o, s2s_loss *loss)
{
    int V = o->w->t.rows, n_products = o->graph->recording ? 2 : 1;
    s2s_graph_run(o->graph, S2S_WORK_OUTPUT, n_products * logits_flops(o), loss_member, o);
    for (int r = 0; r < o->n; r++) {
        loss->nll += o->nll[r];
        loss->objective += o->objective[r];
        loss->correct += o->correct[r];
    }
    if (!o->graph->recording)
        return;
    s2s_weight_grad(o->graph, o->w->t.grad, o->w->t.ld, o->logits, V, V, s2s_row(o->x, o->first), o->x->ld,
                    o->x->cols, o->n);
    if (o->b)
        s2s_bias_grad(o->graph, o->b->t.grad, o->logits, V, V, o->n);
}

void s2s_output_loss(s2s_graph *graph, s2s_loss *loss, const s2s_tensor *x, s2s_param *w, s2s_param *b,
                     const int *targets, const s2s_objective *objective, s2s_real *row_nll)
{
    struct output o = {.graph = graph,
                       .x = x,
                       .w = w,
                       .b = b,
                       .forward = s2s_graph_packed(graph, w, S2S_PACK_FORWARD),
                       .targets = targets,
                       .how = *objective,
                       .row_nll = row_nll};
    if (graph->recording)
        o.backward = s2s_graph_packed(graph, w, S2S_PACK_BACKWARD);
    if (graph->status != S2S_OK)
        return;
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    int rows = x->rows < BLOCK_ROWS ? x->rows : BLOCK_ROWS;
    o.logits = s2s_arena_alloc(graph->scratch, (size_t)rows * (size_t)w->t.rows * sizeof *o.logits);
    o.nll = s2s_arena_alloc(graph->scratch, (size_t)rows * sizeof *o.nll);
    o.objective = s2s_arena_alloc(graph->scratch, (size_t)rows * sizeof *o.objective);
    o.correct = s2s_arena_alloc(graph->scratch, (size_t)rows);
    size_t twins = objective->r_drop > 0 ? 2 * (size_t)s2s_team_size(graph->team) : 0;
    o.log_probs = s2s_arena_alloc(graph->scratch, twins * (size_t)w->t.rows * sizeof *o.log_probs);
    if (o.logits && o.nll && o.objective && o.correct && o.log_probs)
        for (o.first = 0; o.first < x->rows && graph->status == S2S_OK; o.first += rows) {
            o.n = x->rows - o.first < rows ? x->rows - o.first : rows;
            loss_block(&o, loss);
        }
    else
        s2s_graph_fail(graph, S2S_EXHAUSTED, "computing the loss");
    s2s_arena_release(graph->scratch, mark);
}

static void best_member(void *arg, int member)
{
    struct output *o = arg;
    int V = o->w->t.rows, begin, end;
    logits_member(o, member);
    s2s_team_share(o->n, member, s2s_team_size(o->graph->team), &begin, &end);
    for (int r = begin; r < end; r++) {
        const s2s_real *z = o->logits + (ptrdiff_t)r * V;
        int best = 0;
        for (int j = 1; j < V; j++)
            best = z[j] > z[best] ? j : best;
        o->best[r] = best;
    }
}

void s2s_output_best(s2s_graph *graph, int *best, const s2s_tensor *x, s2s_param *w, s2s_param *b)
{
    struct output o = {.graph = graph, .x = x, .w = w, .b = b, .best = best, .n = x->rows};
    o.forward = s2s_graph_packed(graph, w, S2S_PACK_FORWARD);
    if (graph->status != S2S_OK)
        return;
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    size_t n = s2s_size_mul((size_t)o.n, (size_t)w->t.rows);
    o.logits = s2s_arena_alloc(graph->scratch, s2s_size_mul(n, sizeof *o.logits));
    if (o.logits)
        s2s_graph_run(graph, S2S_WORK_OUTPUT, logits_flops(&o), best_member, &o);
    else
        s2s_graph_fail(graph, S2S_EXHAUSTED, "choosing tokens");
    s2s_arena_release(graph->scratch, mark);
}
