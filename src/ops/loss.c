/* Output layer, softmax and cross-entropy in one:
 *
 *   z = x W^T + b      p = softmax(z)      q = (1 - eps) onehot(target) + eps / V
 *   objective = -sum_j q_j log p_j         dz = p - q         dx = dz W      dW = dz^T x      db = sum dz
 *
 * R-Drop adds, for twin rows with probabilities p and r,
 *
 *   alpha / 2 (KL(p || r) + KL(r || p))    dz of p += alpha / 2 (p * (log p - log r - KL(p || r)) + p - r)
 *
 * Rows go through in blocks, so that the logits of all rows are never stored.  The gradient of z is at hand as
 * soon as z is, so backward happens in the same sweep. */
#include <string.h>

#include "ops/ops.h"
#include "ops/product.h"

enum { MAX_BLOCK_ROWS = 384 };

struct sweep {
    s2s_graph *graph;
    const s2s_tensor *x;
    s2s_param *w, *b;
    const s2s_packed *forward, *backward;
    const int *targets;
    s2s_objective how;
    s2s_real *row_nll;
    s2s_tensor logits;       /* [rows of a block, V], gradients in the end */
    s2s_real *log_probs;     /* [team, 2, V] of a member's twins */
    double *nll, *objective; /* [rows of a block] */
    char *correct;           /* likewise */
    int first, n;            /* the block */
};

/* Of the logits of the block, or of the gradient of x. */
static double logits_flops(const struct sweep *s)
{
    return s2s_product_flops(s->n, s->w->t.rows, s->x->cols);
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

/* Whether z[target] is the largest, the first of equal ones; mostly it is not, and the first piece shows it. */
static bool is_first_largest(const s2s_kernels *kernels, const s2s_real *z, int n, int target)
{
    enum { PIECE = 256 };
    int places[PIECE];
    for (int first = 0; first < n; first += PIECE) {
        int n_places = kernels->at_least(places, z + first, z[target], n - first < PIECE ? n - first : PIECE);
        for (int i = 0; i < n_places; i++) {
            int other = first + places[i];
            if (other < target || z[other] > z[target])
                return false;
        }
    }
    return z[target] == z[target]; /* nothing is as large as NaN */
}

/* Loss of row r of the block; its logits become probabilities. */
static void cross_entropy_row(struct sweep *s, int r)
{
    const int V = s->w->t.rows, target = s->targets[s->first + r];
    const s2s_real smoothing = s->how.smoothing;
    s2s_real *z = s2s_row(&s->logits, r);
    double at_target = (double)z[target], sum = smoothing > 0 ? sum_of(z, V) : 0;
    s->correct[r] = is_first_largest(s->graph->kernels, z, V, target);
    double log_sum = (double)s->graph->kernels->softmax(z, V);
    s->nll[r] = s->objective[r] = log_sum - at_target;
    if (smoothing > 0)
        s->objective[r] = (1 - (double)smoothing) * s->nll[r] + (double)smoothing * (log_sum - sum / V);
    if (s->row_nll)
        s->row_nll[s->first + r] = (s2s_real)s->nll[r];
}

/* Probabilities become the gradient of the logits. */
static void gradient_row(struct sweep *s, int r)
{
    const int V = s->w->t.rows, target = s->targets[s->first + r];
    const s2s_real smoothing = s->how.smoothing;
    s2s_real *z = s2s_row(&s->logits, r);
    z[target] -= 1 - smoothing;
    s->graph->kernels->shift_scale(z, -smoothing / (s2s_real)V, s->how.grad_scale, V);
}

/* Rows r and r + 1 with R-Drop: as cross_entropy_row, but to the probabilities comes what their divergence adds
 * to the gradient. */
static void twin_rows(struct sweep *s, int r, int member)
{
    const s2s_kernels *kernels = s->graph->kernels;
    const int V = s->w->t.rows;
    const s2s_real half = s->how.r_drop / 2;
    s2s_real *p = s2s_row(&s->logits, r), *q = s2s_row(&s->logits, r + 1);
    s2s_real *log_p = s->log_probs + (ptrdiff_t)member * 2 * V, *log_q = log_p + V;
    memcpy(log_p, p, (size_t)V * sizeof *log_p);
    memcpy(log_q, q, (size_t)V * sizeof *log_q);
    kernels->log_softmax(log_p, V);
    kernels->log_softmax(log_q, V);
    cross_entropy_row(s, r);
    cross_entropy_row(s, r + 1);
    const s2s_real kl_pq = kernels->dot(p, log_p, V) - kernels->dot(p, log_q, V);
    const s2s_real kl_qp = kernels->dot(q, log_q, V) - kernels->dot(q, log_p, V);
    s->objective[r] += (double)(half * kl_pq);
    s->objective[r + 1] += (double)(half * kl_qp);
    for (int j = 0; j < V; j++) {
        const s2s_real pj = p[j], qj = q[j], ratio = log_p[j] - log_q[j];
        p[j] = pj + half * (pj * (ratio - kl_pq) + pj - qj);
        q[j] = qj + half * (qj * (-ratio - kl_qp) + qj - pj);
    }
}

/* Row r, or twins from row r on, all at once: they stay in cache. */
static void loss_of_rows(struct sweep *s, int r, int together, int member)
{
    if (together == 2)
        twin_rows(s, r, member);
    else
        cross_entropy_row(s, r);
    for (int i = r; i < r + together && s->graph->recording; i++)
        gradient_row(s, i);
}

static void loss_member(void *arg, int member)
{
    struct sweep *s = arg;
    int V = s->w->t.rows, begin, end;
    const int together = s->how.r_drop > 0 ? 2 : 1;
    s2s_product_member(s->graph, member, s->logits.data, s->logits.ld, s2s_row(s->x, s->first), s->x->ld,
                       s->forward, 0, s->n, V, s->x->cols, false, s->b ? s->b->t.data : NULL);
    s2s_team_barrier(s->graph->team, member);
    s2s_team_share(s->n / together, member, s2s_team_size(s->graph->team), &begin, &end);
    for (int r = begin; r < end; r++)
        loss_of_rows(s, r * together, together, member);
}

/* The gradient of x from that of the logits.  One of 8-bit integers would leave nothing of probabilities below
 * 1/254 of the largest, which are most of them and weigh much together: noise makes it right in the mean. */
static void input_gradient_member(void *arg, int member)
{
    struct sweep *s = arg;
    int V = s->w->t.rows, begin, end;
    if (s->graph->kernels->is_coarse) {
        s2s_team_share(s->n, member, s2s_team_size(s->graph->team), &begin, &end);
        for (int r = begin; r < end; r++)
            s->graph->kernels->dither(s2s_row(&s->logits, r), V);
        s2s_team_barrier(s->graph->team, member);
    }
    s2s_product_member(s->graph, member, s2s_grad_row(s->x, s->first), s->x->ld, s->logits.data, s->logits.ld,
                       s->backward, 0, s->n, s->x->cols, V, true, NULL);
}

static void loss_block(struct sweep *s, s2s_loss *loss)
{
    int V = s->w->t.rows;
    s2s_graph_run(s->graph, S2S_WORK_OUTPUT, logits_flops(s), loss_member, s);
    for (int r = 0; r < s->n; r++) {
        loss->nll += s->nll[r];
        loss->objective += s->objective[r];
        loss->correct += s->correct[r];
    }
    if (!s->graph->recording)
        return;
    s2s_weight_grad(s->graph, s->w->t.grad, s->w->t.ld, s->b ? s->b->t.grad : NULL, s->logits.data,
                    s->logits.ld, V, s2s_row(s->x, s->first), s->x->ld, s->x->cols, s->n);
    s2s_graph_run(s->graph, S2S_WORK_OUTPUT, logits_flops(s), input_gradient_member, s);
}

/* Blocks are of about one size, and twins of R-Drop, 2i and 2i + 1, in one block. */
static int block_rows(int n_rows)
{
    int n_blocks = (n_rows + MAX_BLOCK_ROWS - 1) / MAX_BLOCK_ROWS;
    int rows = n_blocks > 0 ? (n_rows + n_blocks - 1) / n_blocks : 0;
    return rows + rows % 2;
}

void s2s_output_loss(s2s_graph *graph, s2s_loss *loss, const s2s_tensor *x, s2s_param *w, s2s_param *b,
                     const int *targets, const s2s_objective *objective, s2s_real *row_nll)
{
    struct sweep s = {.graph = graph,
                      .x = x,
                      .w = w,
                      .b = b,
                      .forward = s2s_graph_packed(graph, w, S2S_PACK_FORWARD),
                      .targets = targets,
                      .how = *objective,
                      .row_nll = row_nll};
    if (graph->recording)
        s.backward = s2s_graph_packed(graph, w, S2S_PACK_BACKWARD);
    if (graph->status != S2S_OK)
        return;
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    int rows = block_rows(x->rows);
    s.logits = (s2s_tensor){.rows = rows, .cols = w->t.rows, .ld = s2s_spread_ld(w->t.rows)};
    s.logits.data = s2s_arena_alloc(graph->scratch, (size_t)rows * (size_t)s.logits.ld * sizeof *s.logits.data);
    s.nll = s2s_arena_alloc(graph->scratch, (size_t)rows * sizeof *s.nll);
    s.objective = s2s_arena_alloc(graph->scratch, (size_t)rows * sizeof *s.objective);
    s.correct = s2s_arena_alloc(graph->scratch, (size_t)rows);
    size_t twins = objective->r_drop > 0 ? 2 * (size_t)s2s_team_size(graph->team) : 0;
    s.log_probs = s2s_arena_alloc(graph->scratch, twins * (size_t)w->t.rows * sizeof *s.log_probs);
    if (s.logits.data && s.nll && s.objective && s.correct && s.log_probs)
        for (s.first = 0; s.first < x->rows && graph->status == S2S_OK; s.first += rows) {
            s.n = x->rows - s.first < rows ? x->rows - s.first : rows;
            loss_block(&s, loss);
        }
    else
        s2s_graph_fail(graph, S2S_EXHAUSTED, "computing the loss");
    s2s_arena_release(graph->scratch, mark);
}
