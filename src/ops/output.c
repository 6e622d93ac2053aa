/* Output layer of decoding: log-probabilities, or only the most likely tokens of each row.
 *
 * The latter never stores the logits of all rows and tokens: a block of them is summed and searched while it is
 * in cache.  Both form sums of exponentials in strips of columns and then over the strips in order, so that a
 * log-probability does not depend on who computes which columns, nor on which of the two is asked. */
#include <math.h>

#include "ops/ops.h"
#include "ops/product.h"

enum {
    STRIP = 512, /* columns summed at once; a whole number of panels */
    BLOCK_ROWS =
        84, /* for which a panel of weights is fetched once: whole tiles of 14 rows, and of 6 (AMX takes 32) */
    BLOCK_ELEMENTS = 2 * BLOCK_ROWS * STRIP, /* logits that stay in cache until they are done with */
    WIDE = 32 /* longer lists of the top are kept once per row, not by every member */
};

struct output {
    s2s_graph *graph;
    const s2s_tensor *x;
    s2s_param *w, *b;
    const s2s_packed *packed;
    s2s_real *log_sums; /* [N, n_strips] */
    int V, n_strips;
    s2s_tensor y;       /* log-probabilities */
    const s2s_top *top; /* or this, with what follows */
    s2s_real *blocks;   /* [members, block_size] */
    size_t block_size;
    bool by_columns;      /* members split the strips: rows are few, or strips many enough to come out even */
    int n_lists;          /* of a row: one of each member that has columns of it */
    s2s_candidate *found; /* [N, n_lists, n]: logits of the best in a member's columns */
    int *n_found;         /* [N, n_lists] */
};

static int strip_cols(const struct output *o, int strip)
{
    int left = o->V - strip * STRIP;
    return left < STRIP ? left : STRIP;
}

/* From products to logits, and their log-sum. */
static void finish_strip(const struct output *o, int row, int strip, s2s_real *z)
{
    const s2s_kernels *kernels = o->graph->kernels;
    int n = strip_cols(o, strip);
    if (o->b)
        kernels->add(z, o->b->t.data + strip * STRIP, n);
    o->log_sums[(ptrdiff_t)row * o->n_strips + strip] = kernels->log_sum_exp(z, n);
}

/* Over all strips; NaN if there is one among them, or if there is nothing to sum. */
static s2s_real log_sum_of(const struct output *o, int row)
{
    const s2s_real *parts = o->log_sums + (ptrdiff_t)row * o->n_strips;
    double most = -INFINITY, sum = 0;
    for (int i = 0; i < o->n_strips; i++)
        most = fmax(most, (double)parts[i]);
    for (int i = 0; i < o->n_strips; i++)
        sum += exp((double)parts[i] - most);
    return (s2s_real)(most + log(sum));
}

static bool begin(struct output *o, s2s_graph *graph, const s2s_tensor *x, s2s_param *w, s2s_param *b)
{
    *o = (struct output){.graph = graph, .x = x, .w = w, .b = b, .V = w->t.rows};
    o->packed = s2s_graph_packed(graph, w, S2S_PACK_FORWARD);
    o->n_strips = (o->V + STRIP - 1) / STRIP;
    size_t n = s2s_size_mul((size_t)x->rows, (size_t)o->n_strips);
    o->log_sums = s2s_arena_alloc(graph->scratch, s2s_size_mul(n, sizeof *o->log_sums));
    return o->log_sums != NULL;
}

/* Runs fn if everything was to be had. */
static void run(struct output *o, bool complete, s2s_team_fn *fn)
{
    if (!complete)
        s2s_graph_fail(o->graph, S2S_EXHAUSTED, "computing log-probabilities");
    if (o->graph->status == S2S_OK)
        s2s_graph_run(o->graph, S2S_WORK_OUTPUT, s2s_product_flops(o->x->rows, o->V, o->x->cols), fn, o);
}

/* ---- all log-probabilities ---- */

static void log_probs_member(void *arg, int member)
{
    const struct output *o = arg;
    int first, end;
    s2s_product_member(o->graph, member, o->y.data, o->y.ld, o->x->data, o->x->ld, o->packed, 0, o->x->rows,
                       o->V, o->x->cols, false);
    s2s_team_barrier(o->graph->team, member);
    s2s_team_share(o->x->rows, member, s2s_team_size(o->graph->team), &first, &end);
    for (int row = first; row < end; row++) {
        s2s_real *z = s2s_row(&o->y, row);
        for (int strip = 0; strip < o->n_strips; strip++)
            finish_strip(o, row, strip, z + strip * STRIP);
        s2s_real log_sum = log_sum_of(o, row);
        for (int j = 0; j < o->V; j++)
            z[j] -= log_sum;
    }
}

void s2s_output_log_probs(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x, s2s_param *w, s2s_param *b)
{
    struct output o;
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    bool complete = begin(&o, graph, x, w, b);
    o.y = *y;
    run(&o, complete, log_probs_member);
    s2s_arena_release(graph->scratch, mark);
}

/* ---- the most likely tokens ---- */

/* Puts the candidate where it belongs among the n best so far; of equal ones, the first to come is better. */
static void insert(s2s_candidate *best, int *count, int n, s2s_candidate candidate)
{
    if (*count == n && !(candidate.log_prob > best[n - 1].log_prob))
        return;
    int place = *count < n ? (*count)++ : n - 1;
    for (; place > 0 && best[place - 1].log_prob < candidate.log_prob; place--)
        best[place] = best[place - 1];
    best[place] = candidate;
}

/* Adds the best of z [n_cols], tokens from `first` on, to the n best so far. */
static void scan(const s2s_kernels *kernels, const s2s_real *z, int first, int n_cols, s2s_candidate *best,
                 int *count, int n)
{
    for (int j = 0; j < n_cols; j++) {
        s2s_real least = *count == n ? best[n - 1].log_prob : -(s2s_real)INFINITY;
        j += kernels->first_above(z + j, least, n_cols - j);
        if (j < n_cols)
            insert(best, count, n, (s2s_candidate){(float)z[j], first + j});
    }
}

/* One row of a strip: everything that is needed of its products. */
static void take(const struct output *o, int member, int row, int strip, s2s_real *z)
{
    const s2s_top *top = o->top;
    int first = strip * STRIP, n_cols = strip_cols(o, strip);
    s2s_candidate *asked = &top->asked[row];
    ptrdiff_t list = (ptrdiff_t)row * o->n_lists + (o->by_columns ? member : 0);
    finish_strip(o, row, strip, z);
    if (asked->token >= first && asked->token < first + n_cols)
        asked->log_prob = (float)z[asked->token - first];
    if (top->ban)
        top->ban(top->ban_arg, row, z, first, n_cols);
    scan(o->graph->kernels, z, first, n_cols, o->found + list * top->n, &o->n_found[list], top->n);
}

/* Rows [row, row + n_rows) and strips [strip, end). */
static void take_block(const struct output *o, int member, int row, int n_rows, int strip, int end)
{
    const s2s_kernels *kernels = o->graph->kernels;
    int first = strip * STRIP, cols = end * STRIP < o->V ? (end - strip) * STRIP : o->V - first;
    s2s_real *block = o->blocks + (size_t)(member + 1) * o->block_size - BLOCK_ELEMENTS;
    /* The product wants to know where column 0 would be: before the block, in memory that it does not touch. */
    kernels->gemm(block - first, cols, s2s_row(o->x, row), o->x->ld, o->packed->data, n_rows, o->V, o->x->cols,
                  first / kernels->panel, (first + cols + kernels->panel - 1) / kernels->panel, 0);
    for (int r = 0; r < n_rows; r++)
        for (int s = strip; s < end; s++)
            take(o, member, row + r, s, block + (ptrdiff_t)r * cols + (s - strip) * STRIP);
}

/* Merges what the members found; their columns ascend.  Logits become log-probabilities. */
static void finish_row(const struct output *o, int row)
{
    const s2s_top *top = o->top;
    const s2s_real log_sum = log_sum_of(o, row);
    int *count = &top->n_tokens[row];
    s2s_candidate *best = top->tokens + (ptrdiff_t)row * top->n;
    *count = 0;
    for (ptrdiff_t list = (ptrdiff_t)row * o->n_lists; list < (ptrdiff_t)(row + 1) * o->n_lists; list++)
        for (int i = 0; i < o->n_found[list]; i++)
            insert(best, count, top->n, o->found[list * top->n + i]);
    for (int i = 0; i < *count; i++)
        best[i].log_prob = (float)((s2s_real)best[i].log_prob - log_sum);
    top->asked[row].log_prob = (float)((s2s_real)top->asked[row].log_prob - log_sum);
}

static void top_member(void *arg, int member)
{
    const struct output *o = arg;
    int N = o->x->rows, size = s2s_team_size(o->graph->team);
    int row = 0, end_row = N, first_strip = 0, end_strip = o->n_strips;
    if (o->by_columns)
        s2s_team_share(o->n_strips, member, size, &first_strip, &end_strip);
    else
        s2s_team_share(N, member, size, &row, &end_row);
    for (int n_rows; row < end_row; row += n_rows) {
        n_rows = end_row - row < BLOCK_ROWS ? end_row - row : BLOCK_ROWS;
        int n_strips = BLOCK_ELEMENTS / STRIP / n_rows;
        for (int strip = first_strip; strip < end_strip; strip += n_strips)
            take_block(o, member, row, n_rows, strip,
                       strip + n_strips < end_strip ? strip + n_strips : end_strip);
    }
    s2s_team_barrier(o->graph->team, member);
    s2s_team_share(N, member, size, &row, &end_row);
    for (; row < end_row; row++)
        finish_row(o, row);
}

void s2s_output_top(s2s_graph *graph, const s2s_top *top, const s2s_tensor *x, s2s_param *w, s2s_param *b)
{
    struct output o;
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    bool complete = begin(&o, graph, x, w, b);
    int size = s2s_team_size(graph->team);
    o.top = top;
    o.by_columns = x->rows < 4 * size || (o.n_strips >= 4 * size && top->n < WIDE);
    o.n_lists = o.by_columns ? size : 1;
    size_t n_lists = s2s_size_mul((size_t)x->rows, (size_t)o.n_lists);
    o.block_size = (size_t)o.n_strips * STRIP + BLOCK_ELEMENTS;
    o.blocks = s2s_arena_alloc(graph->scratch,
                               s2s_size_mul(s2s_size_mul((size_t)size, o.block_size), sizeof *o.blocks));
    o.found =
        s2s_arena_alloc(graph->scratch, s2s_size_mul(s2s_size_mul(n_lists, (size_t)top->n), sizeof *o.found));
    o.n_found = s2s_arena_alloc_zero(graph->scratch, s2s_size_mul(n_lists, sizeof *o.n_found));
    run(&o, complete && o.blocks && o.found && o.n_found, top_member);
    s2s_arena_release(graph->scratch, mark);
}
