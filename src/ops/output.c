/* Output layer of decoding: log-probabilities, or only the most likely tokens of each row.
 *
 * The latter never stores the logits of all rows and tokens: a block of them is summed and searched while it is
 * in cache.  Both form sums of exponentials in strips of columns and then over the strips in order, so that a
 * log-probability does not depend on who computes which columns, nor on which of the two is asked.
 *
 * Parts of a layer are layers of fewer columns.  Each is the work of one member, who goes over it as over the
 * whole, so that a part of all tokens gives the same bits. */
#include <math.h>
#include <string.h>

#include "ops/candidates.h"
#include "ops/ops.h"
#include "ops/product.h"

enum {
    STRIP = 1024, /* columns summed at once; a whole number of panels */
    BLOCK_ROWS =
        84, /* for which a panel of weights is fetched once: whole tiles of 14 rows, and of 6 (AMX takes 32) */
    BLOCK_ELEMENTS = BLOCK_ROWS * (STRIP + S2S_SPREAD), /* logits that stay in cache until they are done with */
    WIDE = 32 /* longer lists of the top are kept once per row, not by every member */
};

/* The sum of exp(logit - largest) in a strip. */
struct strip_sum {
    double sum;
    s2s_real largest;
};

struct output {
    s2s_graph *graph;
    const s2s_tensor *x;
    const s2s_packed *packed;     /* of the whole layer, else */
    const s2s_output_part *parts; /* its parts, */
    const int *part;              /* [N] of a row */
    s2s_output_part layer;        /* what is worked on: n columns */
    int n_strips, max_strips;     /* of it, and of any part */
    struct strip_sum *sums;       /* [N, max_strips] */
    s2s_tensor y;                 /* log-probabilities */
    const s2s_top *top;           /* or this, with what follows */
    s2s_real *blocks;             /* [members, block_size] */
    size_t block_size;
    bool by_columns;      /* members split the strips, not the rows */
    int n_lists;          /* of a row: one of each member that has columns of it */
    s2s_candidate *found; /* [N, n_lists, n]: logits of the best in a member's columns */
    int *n_found;         /* [N, n_lists] */
};

static int strip_cols(const struct output *o, int strip)
{
    int left = o->layer.n - strip * STRIP;
    return left < STRIP ? left : STRIP;
}

/* Returns the largest logit. */
static s2s_real sum_strip(const struct output *o, int row, int strip, const s2s_real *z)
{
    struct strip_sum *s = &o->sums[(ptrdiff_t)row * o->max_strips + strip];
    s->sum = o->graph->kernels->sum_exp(&s->largest, z, strip_cols(o, strip));
    return s->largest;
}

/* Over all strips; NaN if there is one among them, -infinity if there is nothing to sum. */
static s2s_real log_sum_of(const struct output *o, int row)
{
    const struct strip_sum *parts = o->sums + (ptrdiff_t)row * o->max_strips;
    double most = -INFINITY, sum = 0;
    for (int i = 0; i < o->n_strips; i++)
        if (parts[i].sum > 0)
            most = fmax(most, (double)parts[i].largest);
    for (int i = 0; i < o->n_strips; i++)
        if (parts[i].sum != 0)
            sum += parts[i].sum * exp((double)parts[i].largest - most);
    return (s2s_real)(most + log(sum));
}

static int strips_of(int n_tokens)
{
    return (n_tokens + STRIP - 1) / STRIP;
}

static bool take_sums(struct output *o)
{
    size_t n = s2s_size_mul((size_t)o->x->rows, (size_t)o->max_strips);
    o->sums = s2s_arena_alloc(o->graph->scratch, s2s_size_mul(n, sizeof *o->sums));
    return o->sums != NULL;
}

static bool begin(struct output *o, s2s_graph *graph, const s2s_tensor *x, s2s_param *w, s2s_param *b)
{
    *o = (struct output){.graph = graph, .x = x, .packed = s2s_graph_packed(graph, w, S2S_PACK_FORWARD)};
    o->layer = (s2s_output_part){.n = w->t.rows, .w = o->packed ? o->packed->data : NULL};
    if (b)
        o->layer.b = b->t.data;
    o->n_strips = o->max_strips = strips_of(o->layer.n);
    return take_sums(o);
}

static bool begin_parts(struct output *o, s2s_graph *graph, const s2s_tensor *x, const s2s_output_part *parts,
                        const int *part)
{
    *o = (struct output){.graph = graph, .x = x, .parts = parts, .part = part};
    for (int row = 0; row < x->rows; row++) {
        int n_strips = strips_of(parts[part[row]].n);
        o->max_strips = n_strips > o->max_strips ? n_strips : o->max_strips;
    }
    return take_sums(o);
}

/* Of all rows. */
static double n_logits(const struct output *o)
{
    double n = 0;
    for (int row = 0; row < o->x->rows; row++)
        n += o->parts ? o->parts[o->part[row]].n : o->layer.n;
    return n;
}

/* Runs fn if everything was to be had. */
static void run(struct output *o, bool complete, s2s_team_fn *fn)
{
    if (!complete)
        s2s_graph_fail(o->graph, S2S_EXHAUSTED, "computing log-probabilities");
    if (o->graph->status == S2S_OK)
        s2s_graph_run(o->graph, S2S_WORK_OUTPUT, 2 * n_logits(o) * o->x->cols, fn, o);
}

/* Work on a part, whose rows are [row, end). */
typedef void part_fn(const struct output *o, int member, int row, int end);

/* Calls fn for the parts of a member: those that begin in its share of the rows. */
static void for_each_part(const struct output *all, int member, part_fn *fn)
{
    int N = all->x->rows, begin, end_begin;
    s2s_team_share(N, member, s2s_team_size(all->graph->team), &begin, &end_begin);
    while (begin > 0 && begin < end_begin && all->part[begin] == all->part[begin - 1])
        begin++;
    for (int end; begin < end_begin; begin = end) {
        struct output o = *all;
        for (end = begin + 1; end < N && all->part[end] == all->part[begin];)
            end++;
        o.layer = all->parts[all->part[begin]];
        o.n_strips = strips_of(o.layer.n);
        fn(&o, member, begin, end);
    }
}

/* ---- all log-probabilities ---- */

/* From logits to log-probabilities. */
static void finish_logits(const struct output *o, int row)
{
    s2s_real *z = s2s_row(&o->y, row);
    for (int strip = 0; strip < o->n_strips; strip++)
        sum_strip(o, row, strip, z + strip * STRIP);
    s2s_real log_sum = log_sum_of(o, row);
    for (int j = 0; j < o->layer.n; j++)
        z[j] -= log_sum;
}

static void log_probs_member(void *arg, int member)
{
    const struct output *o = arg;
    int first, end;
    s2s_product_member(o->graph, member, o->y.data, o->y.ld, o->x->data, o->x->ld, o->packed, 0, o->x->rows,
                       o->layer.n, o->x->cols, false, o->layer.b);
    s2s_team_barrier(o->graph->team, member);
    s2s_team_share(o->x->rows, member, s2s_team_size(o->graph->team), &first, &end);
    for (int row = first; row < end; row++)
        finish_logits(o, row);
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

/* Moves z [n] to the columns of their tokens; tokens ascend, so none moves to where another still is. */
static void spread(s2s_real *z, int n_cols, const int *tokens, int n)
{
    for (int j = n_cols - 1, i = n - 1; j >= 0; j--)
        z[j] = i >= 0 && tokens[i] == j ? z[i--] : -(s2s_real)INFINITY;
}

static void part_log_probs(const struct output *o, int member, int row, int end)
{
    const s2s_kernels *kernels = o->graph->kernels;
    (void)member;
    kernels->gemm(s2s_row(&o->y, row), o->y.ld, s2s_row(o->x, row), o->x->ld, o->layer.w, end - row, o->layer.n,
                  o->x->cols, 0, (o->layer.n + kernels->panel - 1) / kernels->panel, 0, o->layer.b);
    for (; row < end; row++) {
        finish_logits(o, row);
        spread(s2s_row(&o->y, row), o->y.cols, o->layer.tokens, o->layer.n);
    }
}

static void parts_log_probs_member(void *arg, int member)
{
    for_each_part(arg, member, part_log_probs);
}

void s2s_output_parts_log_probs(s2s_graph *graph, s2s_tensor *y, const s2s_tensor *x,
                                const s2s_output_part *parts, const int *part)
{
    struct output o;
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    bool complete = begin_parts(&o, graph, x, parts, part);
    o.y = *y;
    run(&o, complete, parts_log_probs_member);
    s2s_arena_release(graph->scratch, mark);
}

/* ---- the most likely tokens ---- */

/* One row of a strip: everything that is needed of its products. */
static void take(const struct output *o, int member, int row, int strip, s2s_real *z)
{
    const s2s_top *top = o->top;
    int first = strip * STRIP, n_cols = strip_cols(o, strip);
    s2s_candidate *asked = top->asked + (ptrdiff_t)row * top->n_asked;
    ptrdiff_t list = (ptrdiff_t)row * o->n_lists + (o->by_columns ? member : 0);
    const s2s_logits logits = {z, n_cols, first, o->layer.tokens ? o->layer.tokens + first : NULL};
    s2s_real largest = sum_strip(o, row, strip, z);
    for (int i = 0; i < top->n_asked; i++) {
        const s2s_real *logit = s2s_logit_of(&logits, asked[i].token);
        if (logit)
            asked[i].log_prob = (float)*logit;
    }
    if (top->ban)
        top->ban(top->ban_arg, row, &logits);
    s2s_candidate *best = o->found + list * top->n;
    if (top->allowed)
        s2s_candidates_pick(z, first, n_cols, &top->allowed[row], best, &o->n_found[list], top->n);
    else if (o->n_found[list] < top->n || largest > (s2s_real)best[top->n - 1].log_prob)
        s2s_candidates_scan(o->graph->kernels, z, first, n_cols, best, &o->n_found[list], top->n);
}

/* Rows [row, row + n_rows) and strips [strip, end). */
static void take_block(const struct output *o, int member, int row, int n_rows, int strip, int end)
{
    const s2s_kernels *kernels = o->graph->kernels;
    int V = o->layer.n, first = strip * STRIP, cols = end * STRIP < V ? (end - strip) * STRIP : V - first;
    const int ld = s2s_spread_ld(cols);
    s2s_real *block = o->blocks + (size_t)(member + 1) * o->block_size - BLOCK_ELEMENTS;
    /* The product wants to know where column 0 would be: before the block, in memory that it does not touch. */
    kernels->gemm(block - first, ld, s2s_row(o->x, row), o->x->ld, o->layer.w, n_rows, V, o->x->cols,
                  first / kernels->panel, (first + cols + kernels->panel - 1) / kernels->panel, 0, o->layer.b);
    for (int r = 0; r < n_rows; r++)
        for (int s = strip; s < end; s++)
            take(o, member, row + r, s, block + (ptrdiff_t)r * ld + (s - strip) * STRIP);
}

/* Merges what the members found; their columns ascend.  Columns become tokens, logits log-probabilities. */
static void finish_row(const struct output *o, int row)
{
    const s2s_top *top = o->top;
    const s2s_real log_sum = log_sum_of(o, row);
    int *count = &top->n_tokens[row];
    s2s_candidate *best = top->tokens + (ptrdiff_t)row * top->n;
    *count = 0;
    for (ptrdiff_t list = (ptrdiff_t)row * o->n_lists; list < (ptrdiff_t)(row + 1) * o->n_lists; list++)
        for (int i = 0; i < o->n_found[list]; i++)
            s2s_candidates_insert(best, count, top->n, o->found[list * top->n + i]);
    for (int i = 0; i < *count; i++) {
        best[i].token = o->layer.tokens ? o->layer.tokens[best[i].token] : best[i].token;
        best[i].log_prob = (float)((s2s_real)best[i].log_prob - log_sum);
    }
    s2s_candidate *asked = top->asked + (ptrdiff_t)row * top->n_asked;
    for (int i = 0; i < top->n_asked; i++)
        asked[i].log_prob = (float)((s2s_real)asked[i].log_prob - log_sum);
}

/* Rows [row, end_row) and strips [first_strip, end_strip), block by block. */
static void take_blocks(const struct output *o, int member, int row, int end_row, int first_strip,
                        int end_strip)
{
    for (int n_rows; row < end_row; row += n_rows) {
        n_rows = end_row - row < BLOCK_ROWS ? end_row - row : BLOCK_ROWS;
        int n_strips = BLOCK_ROWS / n_rows;
        for (int strip = first_strip; strip < end_strip; strip += n_strips)
            take_block(o, member, row, n_rows, strip,
                       strip + n_strips < end_strip ? strip + n_strips : end_strip);
    }
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
    take_blocks(o, member, row, end_row, first_strip, end_strip);
    s2s_team_barrier(o->graph->team, member);
    s2s_team_share(N, member, size, &row, &end_row);
    for (; row < end_row; row++)
        finish_row(o, row);
}

static void part_top(const struct output *o, int member, int row, int end)
{
    take_blocks(o, member, row, end, 0, o->n_strips);
    for (; row < end; row++)
        finish_row(o, row);
}

static void parts_top_member(void *arg, int member)
{
    for_each_part(arg, member, part_top);
}

/* Memory for lists of the best, and for blocks of logits. */
static bool begin_top(struct output *o, const s2s_top *top)
{
    s2s_arena *scratch = o->graph->scratch;
    size_t size = (size_t)s2s_team_size(o->graph->team);
    o->top = top;
    o->n_lists = o->by_columns ? (int)size : 1;
    size_t n_lists = s2s_size_mul((size_t)o->x->rows, (size_t)o->n_lists);
    o->block_size = (size_t)o->max_strips * STRIP + BLOCK_ELEMENTS;
    o->blocks = s2s_arena_alloc(scratch, s2s_size_mul(s2s_size_mul(size, o->block_size), sizeof *o->blocks));
    o->found = s2s_arena_alloc(scratch, s2s_size_mul(s2s_size_mul(n_lists, (size_t)top->n), sizeof *o->found));
    o->n_found = s2s_arena_alloc_zero(scratch, s2s_size_mul(n_lists, sizeof *o->n_found));
    return o->blocks && o->found && o->n_found;
}

void s2s_output_top(s2s_graph *graph, const s2s_top *top, const s2s_tensor *x, s2s_param *w, s2s_param *b)
{
    struct output o;
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    bool complete = begin(&o, graph, x, w, b);
    int size = s2s_team_size(graph->team);
    o.by_columns =
        x->rows < 4 * size || (!s2s_rows_are_many(graph, x->rows) && o.n_strips >= 4 * size && top->n < WIDE);
    complete = begin_top(&o, top) && complete;
    run(&o, complete, top_member);
    s2s_arena_release(graph->scratch, mark);
}

void s2s_output_parts_top(s2s_graph *graph, const s2s_top *top, const s2s_tensor *x,
                          const s2s_output_part *parts, const int *part)
{
    struct output o;
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    bool complete = begin_parts(&o, graph, x, parts, part);
    complete = begin_top(&o, top) && complete;
    run(&o, complete, parts_top_member);
    s2s_arena_release(graph->scratch, mark);
}
