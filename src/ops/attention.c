/* Scores, softmax over the sentence, and context:
 *
 *   e_s = score(q, key_s)     a = softmax(e)     context = sum_s a_s value_s
 *
 *   da_s += dcontext . value_s     de = a * (da - a . da)      dvalue_s += a_s dcontext
 *
 * Rows go through in blocks of one sentence, so that each of its keys and values is fetched once for all of a
 * block.  Forward splits rows over the team.  Rows of one sentence meet in its keys and values, so backward
 * splits sentences: every sum runs in row order.  Gradients of values, and of keys that scores are products
 * with, are formed over all rows at the end. */
#include <string.h>

#include "ops/ops.h"

enum { BLOCK_ROWS = 8, TILE_POSITIONS = 8 };

struct attend {
    s2s_graph *graph;
    s2s_memory memory;
    s2s_look look;
    int key_width, value_width, S; /* columns of keys, values and weights that belong to one head */
    const int *rows, *first_row;   /* sentence b: rows[first_row[b]] .. rows[first_row[b + 1] - 1], ascending */
    int n_sentences;
    s2s_real *dv; /* [n_sentences, K]: each sentence's share of the gradient of v */
    s2s_real *da; /* [members, BLOCK_ROWS, S] scratch: gradients of weights */
};

/* Rows that look at one sentence. */
struct block {
    const int *rows; /* [n_rows] */
    int n_rows;
    int from, n;  /* positions: rows of the memory */
    s2s_real *da; /* [BLOCK_ROWS, S] backward: gradients of weights */
};

/* What is done in one head with row rows[i] of the block and n positions from the s-th. */
typedef void tile_fn(const struct attend *a, const struct block *block, int head, int i, int s, int n);

static void each_tile(const struct attend *a, const struct block *block, int head, tile_fn *fn)
{
    for (int s = 0; s < block->n; s += TILE_POSITIONS)
        for (int i = 0; i < block->n_rows; i++)
            fn(a, block, head, i, s, block->n - s < TILE_POSITIONS ? block->n - s : TILE_POSITIONS);
}

/* The next block of rows[begin, end). */
static struct block block_at(const struct attend *a, int begin, int end)
{
    int b = a->look.sentence[a->rows[begin]];
    const int *offset = a->memory.offset + b;
    struct block block = {.rows = a->rows + begin, .from = offset[0], .n = offset[1] - offset[0]};
    if (end > a->first_row[b + 1])
        end = a->first_row[b + 1];
    block.n_rows = end - begin < BLOCK_ROWS ? end - begin : BLOCK_ROWS;
    if (a->look.kind == S2S_SCORE_GIVEN && block.n > a->look.q.cols)
        block.n = a->look.q.cols;
    return block;
}

/* The `width` columns of a row that belong to a head, and their gradient. */
static s2s_real *part(const s2s_tensor *x, int row, int head, int width)
{
    return s2s_row(x, row) + head * width;
}

static s2s_real *grad_part(const s2s_tensor *x, int row, int head, int width)
{
    return s2s_grad_row(x, row) + head * width;
}

/* ---- forward ---- */

static void score_tile(const struct attend *a, const struct block *block, int head, int i, int s, int n)
{
    const s2s_kernels *kernels = a->graph->kernels;
    const s2s_tensor *keys = &a->memory.keys;
    const s2s_real *q = part(&a->look.q, block->rows[i], head, a->key_width);
    s2s_real *e = part(&a->look.weights, block->rows[i], head, a->S) + s;
    switch (a->look.kind) {
    case S2S_SCORE_GIVEN:
        memcpy(e, q + s, (size_t)n * sizeof *e);
        break;
    case S2S_SCORE_DOT:
        kernels->row_dots(e, part(keys, block->from + s, head, a->key_width), keys->ld, q, n, a->key_width);
        for (int j = 0; j < n; j++)
            e[j] *= a->look.scale;
        break;
    case S2S_SCORE_ADDITIVE:
        for (int j = 0; j < n; j++)
            e[j] = kernels->additive(q, s2s_row(keys, block->from + s + j), a->look.v->t.data, keys->cols);
    }
}

static void context_tile(const struct attend *a, const struct block *block, int head, int i, int s, int n)
{
    const s2s_tensor *values = &a->memory.values;
    a->graph->kernels->add_rows(part(&a->look.context, block->rows[i], head, a->value_width),
                                part(&a->look.weights, block->rows[i], head, a->S) + s,
                                part(values, block->from + s, head, a->value_width), values->ld, NULL, n,
                                a->value_width);
}

static void forward_block(const struct attend *a, const struct block *block)
{
    for (int i = 0; i < block->n_rows; i++) {
        memset(s2s_row(&a->look.weights, block->rows[i]), 0, (size_t)a->look.weights.cols * sizeof(s2s_real));
        memset(s2s_row(&a->look.context, block->rows[i]), 0, (size_t)a->look.context.cols * sizeof(s2s_real));
    }
    for (int head = 0; head < a->look.heads; head++) {
        each_tile(a, block, head, score_tile);
        for (int i = 0; i < block->n_rows; i++)
            a->graph->kernels->softmax(part(&a->look.weights, block->rows[i], head, a->S), block->n);
        each_tile(a, block, head, context_tile);
    }
}

static void forward_member(void *arg, int member)
{
    const struct attend *a = arg;
    int begin, end;
    s2s_team_share(a->look.context.rows, member, s2s_team_size(a->graph->team), &begin, &end);
    while (begin < end) {
        struct block block = block_at(a, begin, end);
        forward_block(a, &block);
        begin += block.n_rows;
    }
}

/* ---- backward ---- */

static void weights_back_tile(const struct attend *a, const struct block *block, int head, int i, int s, int n)
{
    const s2s_tensor *values = &a->memory.values;
    s2s_real *da = block->da + (ptrdiff_t)i * a->S + s;
    a->graph->kernels->row_dots(da, part(values, block->from + s, head, a->value_width), values->ld,
                                grad_part(&a->look.context, block->rows[i], head, a->value_width), n,
                                a->value_width);
}

/* Into the query and, where scores are no products, into all else they come from. */
static void scores_back_tile(const struct attend *a, const struct block *block, int head, int i, int s, int n)
{
    const s2s_kernels *kernels = a->graph->kernels;
    const s2s_tensor *keys = &a->memory.keys;
    const int r = block->rows[i], at = block->from + s;
    const s2s_real *de = part(&a->look.scores_grad, r, head, a->S) + s;
    s2s_real *dq = grad_part(&a->look.q, r, head, a->key_width);
    switch (a->look.kind) {
    case S2S_SCORE_GIVEN:
        kernels->add(dq + s, de, n);
        break;
    case S2S_SCORE_DOT:
        kernels->add_rows(dq, de, part(keys, at, head, a->key_width), keys->ld, NULL, n, a->key_width);
        break;
    case S2S_SCORE_ADDITIVE:
        for (int j = 0; j < n; j++)
            kernels->additive_back(
                dq, s2s_grad_row(keys, at + j), a->dv + (ptrdiff_t)a->look.sentence[r] * keys->cols, de[j],
                s2s_row(&a->look.q, r), s2s_row(keys, at + j), a->look.v->t.data, keys->cols);
    }
}

/* From the gradients of a row's weights to those of its scores, of q . k where scores are that, scaled. */
static void softmax_back(const struct attend *a, const struct block *block, int head, int i)
{
    const s2s_kernels *kernels = a->graph->kernels;
    s2s_real *de = part(&a->look.scores_grad, block->rows[i], head, a->S),
             *da = block->da + (ptrdiff_t)i * a->S;
    if (a->look.weights.grad)
        kernels->add(da, grad_part(&a->look.weights, block->rows[i], head, a->S), block->n);
    memset(de, 0, (size_t)block->n * sizeof *de);
    kernels->softmax_back(de, part(&a->look.weights, block->rows[i], head, a->S), da, block->n);
    for (int s = 0; s < block->n && a->look.kind == S2S_SCORE_DOT; s++)
        de[s] *= a->look.scale;
}

/* Into the value of the s-th position, and into its key if scores are products. */
static void position_back(const struct attend *a, const struct block *block, int head, int s)
{
    const s2s_kernels *kernels = a->graph->kernels;
    const s2s_tensor *values = &a->memory.values, *keys = &a->memory.keys;
    s2s_real w[BLOCK_ROWS], de[BLOCK_ROWS];
    for (int i = 0; i < block->n_rows; i++) {
        w[i] = part(&a->look.weights, block->rows[i], head, a->S)[s];
        de[i] = part(&a->look.scores_grad, block->rows[i], head, a->S)[s];
    }
    kernels->add_rows(grad_part(values, block->from + s, head, a->value_width), w,
                      grad_part(&a->look.context, 0, head, a->value_width), a->look.context.ld, block->rows,
                      block->n_rows, a->value_width);
    if (a->look.kind == S2S_SCORE_DOT)
        kernels->add_rows(grad_part(keys, block->from + s, head, a->key_width), de,
                          part(&a->look.q, 0, head, a->key_width), a->look.q.ld, block->rows, block->n_rows,
                          a->key_width);
}

static void backward_block(const struct attend *a, const struct block *block)
{
    for (int head = 0; head < a->look.heads; head++) {
        each_tile(a, block, head, weights_back_tile);
        for (int i = 0; i < block->n_rows; i++)
            softmax_back(a, block, head, i);
        each_tile(a, block, head, scores_back_tile);
    }
}

static void memory_back_block(const struct attend *a, const struct block *block)
{
    for (int head = 0; head < a->look.heads; head++)
        for (int s = 0; s < block->n; s++)
            position_back(a, block, head, s);
}

/* All blocks of the sentences that a member owns. */
static void each_block(const struct attend *a, int member,
                       void (*fn)(const struct attend *a, const struct block *block))
{
    for (int b = member; b < a->n_sentences; b += s2s_team_size(a->graph->team))
        for (int row = a->first_row[b]; row < a->first_row[b + 1];) {
            struct block block = block_at(a, row, a->first_row[b + 1]);
            block.da = a->da + (ptrdiff_t)member * BLOCK_ROWS * a->S;
            fn(a, &block);
            row += block.n_rows;
        }
}

static void backward_member(void *arg, int member)
{
    each_block(arg, member, backward_block);
}

static void memory_back_member(void *arg, int member)
{
    each_block(arg, member, memory_back_block);
}

/* ---- both ---- */

/* Lists the rows of each sentence by counting, in scratch memory. */
static bool list_rows(s2s_graph *graph, struct attend *a)
{
    int R = a->look.context.rows, B = 0;
    for (int r = 0; r < R; r++)
        if (a->look.sentence[r] >= B)
            B = a->look.sentence[r] + 1;
    int *first = s2s_arena_alloc_zero(graph->scratch, ((size_t)B + 2) * sizeof *first);
    int *rows = s2s_ints_new(graph->scratch, (size_t)R);
    if (!first || !rows)
        return false;
    for (int r = 0; r < R; r++)
        first[a->look.sentence[r] + 2]++;
    for (int b = 2; b <= B + 1; b++)
        first[b] += first[b - 1];
    for (int r = 0; r < R; r++)
        rows[first[a->look.sentence[r] + 1]++] = r;
    a->rows = rows;
    a->first_row = first;
    a->n_sentences = B;
    return true;
}

static void back(s2s_graph *graph, void *saved)
{
    struct attend *a = saved;
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    s2s_param *v = a->look.v;
    size_t K = v ? (size_t)v->t.cols : 0, members = (size_t)s2s_team_size(graph->team);
    bool listed = list_rows(graph, a);
    a->da = s2s_arena_alloc(graph->scratch, s2s_size_mul(members * BLOCK_ROWS * sizeof *a->da, (size_t)a->S));
    a->dv = s2s_arena_alloc_zero(graph->scratch, (size_t)a->n_sentences * K * sizeof *a->dv);
    if (listed && a->da && a->dv) {
        s2s_graph_run(graph, S2S_WORK_ATTENTION, 0, backward_member, a);
        for (int b = 0; v && b < a->n_sentences; b++)
            graph->kernels->add(v->t.grad, a->dv + (size_t)b * K, (int)K);
    } else {
        s2s_graph_fail(graph, S2S_EXHAUSTED, "computing attention gradients");
    }
    s2s_arena_release(graph->scratch, mark);
}

static void memory_back(s2s_graph *graph, void *saved)
{
    struct attend *a = saved;
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    if (list_rows(graph, a))
        s2s_graph_run(graph, S2S_WORK_ATTENTION, 0, memory_back_member, a);
    else
        s2s_graph_fail(graph, S2S_EXHAUSTED, "computing attention gradients");
    s2s_arena_release(graph->scratch, mark);
}

static struct attend attend_new(s2s_graph *graph, const s2s_memory *memory, const s2s_look *look)
{
    return (struct attend){.graph = graph,
                           .memory = *memory,
                           .look = *look,
                           .key_width = memory->keys.cols / look->heads,
                           .value_width = memory->values.cols / look->heads,
                           .S = look->weights.cols / look->heads};
}

void s2s_attend_memory(s2s_graph *graph, const s2s_memory *memory, const s2s_look *look)
{
    struct attend a = attend_new(graph, memory, look);
    s2s_graph_record(graph, memory_back, &a, sizeof a);
}

void s2s_attend(s2s_graph *graph, const s2s_memory *memory, const s2s_look *look)
{
    if (graph->status != S2S_OK)
        return;
    struct attend a = attend_new(graph, memory, look);
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    if (list_rows(graph, &a))
        s2s_graph_run(graph, S2S_WORK_ATTENTION, 0, forward_member, &a);
    else
        s2s_graph_fail(graph, S2S_EXHAUSTED, "computing attention");
    s2s_arena_release(graph->scratch, mark);
    s2s_graph_record(graph, back, &a, sizeof a);
}
