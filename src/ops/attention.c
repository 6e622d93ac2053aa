/* Scores, softmax over the sentence, and context:
 *
 *   e_s = score(q, key_s)     a = softmax(e)     context = sum_s a_s value_s
 *
 *   da_s += dcontext . value_s     de = a * (da - a . da)      dvalue_s += a_s dcontext
 *
 * Forward splits rows over the team.  Rows of one sentence meet in its keys and values, so backward splits
 * sentences: every sum runs in row order. */
#include <string.h>

#include "ops/ops.h"

struct attend {
    s2s_graph *graph;
    s2s_tensor context, weights, q;
    s2s_memory memory;
    const int *sentence; /* [R] */
    s2s_score_kind kind;
    int heads;
    s2s_real scale;
    s2s_param *v;
    const int *rows, *first_row; /* sentence b: rows[first_row[b]] .. rows[first_row[b + 1] - 1], ascending */
    int n_sentences;
    s2s_real *dv; /* [n_sentences, K]: each sentence's share of the gradient of v */
    s2s_real *de; /* [members, 2 x columns of weights] scratch: gradients of scores and of weights */
};

static s2s_real *weights_of(const struct attend *a, int r, int head)
{
    return s2s_row(&a->weights, r) + head * (a->weights.cols / a->heads);
}

/* Positions that row r looks at: its sentence, or as much of it as it has scores for. */
static int n_positions(const struct attend *a, int r)
{
    const int *offset = a->memory.offset + a->sentence[r];
    int n = offset[1] - offset[0];
    return a->kind == S2S_SCORE_GIVEN && n > a->q.cols ? a->q.cols : n;
}

/* Scores of row r in one head for the n positions from row `from` of the memory. */
static void score(const struct attend *a, int r, int head, int from, int n, s2s_real *e)
{
    const s2s_kernels *kernels = a->graph->kernels;
    int width = a->memory.keys.cols / a->heads;
    const s2s_real *q = s2s_row(&a->q, r) + head * width;
    if (a->kind == S2S_SCORE_GIVEN) {
        memcpy(e, s2s_row(&a->q, r), (size_t)n * sizeof *e);
        return;
    }
    for (int s = 0; s < n; s++) {
        const s2s_real *k = s2s_row(&a->memory.keys, from + s) + head * width;
        if (a->kind == S2S_SCORE_DOT)
            e[s] = a->scale * kernels->dot(q, k, width);
        else
            e[s] = kernels->additive(q, k, a->v->t.data, width);
    }
}

static void forward_row(const struct attend *a, int r)
{
    const s2s_kernels *kernels = a->graph->kernels;
    int from = a->memory.offset[a->sentence[r]], n = n_positions(a, r);
    int width = a->memory.values.cols / a->heads;
    memset(s2s_row(&a->weights, r), 0, (size_t)a->weights.cols * sizeof(s2s_real));
    memset(s2s_row(&a->context, r), 0, (size_t)a->context.cols * sizeof(s2s_real));
    for (int head = 0; head < a->heads; head++) {
        s2s_real *w = weights_of(a, r, head), *context = s2s_row(&a->context, r) + head * width;
        score(a, r, head, from, n, w);
        kernels->softmax(w, n);
        for (int s = 0; s < n; s++)
            kernels->axpy(context, w[s], s2s_row(&a->memory.values, from + s) + head * width, width);
    }
}

static void forward_member(void *arg, int member)
{
    const struct attend *a = arg;
    int begin, end;
    s2s_team_share(a->context.rows, member, s2s_team_size(a->graph->team), &begin, &end);
    for (int r = begin; r < end; r++)
        forward_row(a, r);
}

/* ---- backward ---- */

/* Gradient of one score: into query, key and v. */
static void score_back(const struct attend *a, int r, int head, int key_row, s2s_real de)
{
    const s2s_kernels *kernels = a->graph->kernels;
    int width = a->memory.keys.cols / a->heads;
    const s2s_real *q = s2s_row(&a->q, r) + head * width, *k = s2s_row(&a->memory.keys, key_row) + head * width;
    s2s_real *dq = s2s_grad_row(&a->q, r) + head * width;
    s2s_real *dk = s2s_grad_row(&a->memory.keys, key_row) + head * width;
    if (a->kind == S2S_SCORE_DOT) {
        kernels->axpy(dq, a->scale * de, k, width);
        kernels->axpy(dk, a->scale * de, q, width);
    } else {
        s2s_real *dv = a->dv + (ptrdiff_t)a->sentence[r] * width;
        kernels->additive_back(dq, dk, dv, de, q, k, a->v->t.data, width);
    }
}

static void backward_head(const struct attend *a, int r, int head, s2s_real *de)
{
    const s2s_kernels *kernels = a->graph->kernels;
    int from = a->memory.offset[a->sentence[r]], n = n_positions(a, r);
    int width = a->memory.values.cols / a->heads;
    const s2s_real *w = weights_of(a, r, head), *dcontext = s2s_grad_row(&a->context, r) + head * width;
    s2s_real *da = de + a->weights.cols;
    for (int s = 0; s < n; s++) {
        da[s] = kernels->dot(dcontext, s2s_row(&a->memory.values, from + s) + head * width, width);
        kernels->axpy(s2s_grad_row(&a->memory.values, from + s) + head * width, w[s], dcontext, width);
    }
    if (a->weights.grad)
        kernels->add(da, s2s_grad_row(&a->weights, r) + head * (a->weights.cols / a->heads), n);
    memset(de, 0, (size_t)n * sizeof *de);
    kernels->softmax_back(de, w, da, n);
    if (a->kind == S2S_SCORE_GIVEN)
        kernels->add(s2s_grad_row(&a->q, r), de, n);
    else
        for (int s = 0; s < n; s++)
            score_back(a, r, head, from + s, de[s]);
}

static void backward_member(void *arg, int member)
{
    const struct attend *a = arg;
    int size = s2s_team_size(a->graph->team);
    s2s_real *de = a->de + (ptrdiff_t)member * 2 * a->weights.cols;
    for (int b = member; b < a->n_sentences; b += size)
        for (int i = a->first_row[b]; i < a->first_row[b + 1]; i++)
            for (int head = 0; head < a->heads; head++)
                backward_head(a, a->rows[i], head, de);
}

/* Lists the rows of each sentence by counting, in scratch memory. */
static bool list_rows(s2s_graph *graph, struct attend *a)
{
    int R = a->context.rows, B = 0;
    for (int r = 0; r < R; r++)
        if (a->sentence[r] >= B)
            B = a->sentence[r] + 1;
    int *first = s2s_arena_alloc_zero(graph->scratch, ((size_t)B + 2) * sizeof *first);
    int *rows = s2s_ints_new(graph->scratch, (size_t)R);
    if (!first || !rows)
        return false;
    for (int r = 0; r < R; r++)
        first[a->sentence[r] + 2]++;
    for (int b = 2; b <= B + 1; b++)
        first[b] += first[b - 1];
    for (int r = 0; r < R; r++)
        rows[first[a->sentence[r] + 1]++] = r;
    a->rows = rows;
    a->first_row = first;
    a->n_sentences = B;
    return true;
}

static void back(s2s_graph *graph, void *saved)
{
    struct attend *a = saved;
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    size_t members = (size_t)s2s_team_size(graph->team), K = a->v ? (size_t)a->v->t.cols : 0;
    bool listed = list_rows(graph, a);
    a->de = s2s_arena_alloc(graph->scratch, members * 2 * (size_t)a->weights.cols * sizeof *a->de);
    a->dv = s2s_arena_alloc_zero(graph->scratch, (size_t)a->n_sentences * K * sizeof *a->dv);
    if (listed && a->de && a->dv) {
        s2s_graph_run(graph, S2S_WORK_ATTENTION, 0, backward_member, a);
        for (int b = 0; a->v && b < a->n_sentences; b++)
            graph->kernels->add(a->v->t.grad, a->dv + (size_t)b * K, (int)K);
    } else {
        s2s_graph_fail(graph, S2S_EXHAUSTED, "computing attention gradients");
    }
    s2s_arena_release(graph->scratch, mark);
}

void s2s_attend(s2s_graph *graph, s2s_tensor *context, s2s_tensor *weights, const s2s_memory *memory,
                const s2s_tensor *q, const int *sentence, s2s_score_kind kind, int heads, s2s_real scale,
                s2s_param *v)
{
    if (graph->status != S2S_OK)
        return;
    struct attend a = {.graph = graph,
                       .context = *context,
                       .weights = *weights,
                       .q = *q,
                       .memory = *memory,
                       .sentence = sentence,
                       .kind = kind,
                       .heads = heads,
                       .scale = scale,
                       .v = v};
    s2s_graph_run(graph, S2S_WORK_ATTENTION, 0, forward_member, &a);
    s2s_graph_record(graph, back, &a, sizeof a);
}
