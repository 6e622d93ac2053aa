#include "ops/graph.h"

#include <string.h>

#include "base/fail.h"

s2s_status s2s_graph_open(s2s_graph *graph, s2s_params *params, s2s_team *team, const s2s_kernels *kernels,
                          s2s_error *err)
{
    memset(graph, 0, sizeof *graph);
    graph->params = params;
    graph->team = team;
    graph->kernels = kernels;
    graph->step = s2s_arena_new(1 << 16);
    graph->scratch = s2s_arena_new(1 << 16);
    if (!graph->step || !graph->scratch) {
        s2s_graph_close(graph);
        return s2s_fail_memory(err, "starting a network");
    }
    return S2S_OK;
}

void s2s_graph_close(s2s_graph *graph)
{
    s2s_arena_free(graph->step);
    s2s_arena_free(graph->scratch);
    memset(graph, 0, sizeof *graph);
}

void s2s_graph_begin(s2s_graph *graph, bool recording, bool training, uint64_t key)
{
    s2s_arena_reset(graph->step);
    s2s_arena_reset(graph->scratch);
    graph->recording = recording;
    graph->training = training;
    graph->key = key;
    graph->n_draws = 0;
    graph->status = S2S_OK;
    graph->failed = NULL;
    graph->notes = NULL;
    graph->n_notes = graph->cap_notes = 0;
}

void s2s_graph_fail(s2s_graph *graph, s2s_status status, const char *what)
{
    if (graph->status == S2S_OK) {
        graph->status = status;
        graph->failed = what;
    }
}

s2s_status s2s_graph_status(const s2s_graph *graph, s2s_error *err)
{
    if (graph->status == S2S_EXHAUSTED)
        return s2s_fail_memory(err, graph->failed);
    if (graph->status != S2S_OK)
        return s2s_fail(err, graph->status, "%s", graph->failed);
    return S2S_OK;
}

void *s2s_graph_save(s2s_graph *graph, size_t bytes)
{
    if (graph->status != S2S_OK)
        return NULL;
    void *saved = s2s_arena_alloc(graph->step, bytes);
    if (!saved)
        s2s_graph_fail(graph, S2S_EXHAUSTED, "running a network");
    return saved;
}

/* Room on the tape for one more note. */
static bool make_room(s2s_graph *graph)
{
    if (graph->n_notes < graph->cap_notes)
        return true;
    int cap = graph->cap_notes ? 2 * graph->cap_notes : 256;
    s2s_note *notes = s2s_graph_save(graph, (size_t)cap * sizeof *notes);
    if (!notes)
        return false;
    if (graph->n_notes)
        memcpy(notes, graph->notes, (size_t)graph->n_notes * sizeof *notes);
    graph->notes = notes;
    graph->cap_notes = cap;
    return true;
}

void s2s_graph_record(s2s_graph *graph, s2s_back_fn *back, const void *value, size_t bytes)
{
    void *saved = graph->recording ? s2s_graph_save(graph, bytes) : NULL;
    if (!saved || !make_room(graph))
        return;
    memcpy(saved, value, bytes);
    graph->notes[graph->n_notes++] = (s2s_note){back, saved};
}

void s2s_graph_backward(s2s_graph *graph)
{
    for (int i = graph->n_notes - 1; i >= 0 && graph->status == S2S_OK; i--)
        graph->notes[i].back(graph, graph->notes[i].saved);
    graph->n_notes = 0;
}

enum { TEAM_ELEMENTS = 1 << 14 }; /* from which on it pays to wake the team for clearing */

struct clear {
    s2s_graph *graph;
    s2s_real *data;
    size_t n;
};

static void clear_member(void *arg, int member)
{
    const struct clear *clear = arg;
    size_t size = (size_t)s2s_team_size(clear->graph->team);
    size_t begin = clear->n * (size_t)member / size, end = clear->n * ((size_t)member + 1) / size;
    memset(clear->data + begin, 0, (end - begin) * sizeof *clear->data);
}

/* Memory of a number of elements in the step arena; NULL and a status when out of memory. */
typedef s2s_real *new_fn(s2s_graph *graph, size_t n);

static s2s_real *new_reals(s2s_graph *graph, size_t n)
{
    return s2s_graph_save(graph, s2s_size_mul(n, sizeof(s2s_real)));
}

/* Large pieces are cleared by the whole team. */
static s2s_real *new_zeros(s2s_graph *graph, size_t n)
{
    s2s_real *data = new_reals(graph, n);
    if (!data)
        return NULL;
    if (n < TEAM_ELEMENTS)
        memset(data, 0, n * sizeof *data);
    else
        s2s_graph_run(graph, S2S_WORK_ZERO, 0, clear_member, &(struct clear){graph, data, n});
    return data;
}

/* grad: NULL for none. */
static s2s_tensor new_tensor(s2s_graph *graph, int rows, int cols, new_fn *data, new_fn *grad)
{
    s2s_tensor x = {.rows = rows, .cols = cols, .ld = s2s_spread_ld(cols)};
    size_t n = s2s_size_mul((size_t)rows, (size_t)x.ld);
    x.data = data(graph, n);
    if (grad && graph->recording)
        x.grad = grad(graph, n);
    return graph->status == S2S_OK ? x : (s2s_tensor){0};
}

s2s_tensor s2s_tensor_new(s2s_graph *graph, int rows, int cols)
{
    return new_tensor(graph, rows, cols, new_reals, new_zeros);
}

s2s_tensor s2s_tensor_zero(s2s_graph *graph, int rows, int cols)
{
    return new_tensor(graph, rows, cols, new_zeros, new_zeros);
}

s2s_tensor s2s_tensor_written(s2s_graph *graph, int rows, int cols)
{
    return new_tensor(graph, rows, cols, new_reals, new_reals);
}

s2s_tensor s2s_tensor_constant(s2s_graph *graph, int rows, int cols)
{
    return new_tensor(graph, rows, cols, new_reals, NULL);
}

s2s_tensor s2s_tensor_reused(s2s_graph *graph, int rows, int cols)
{
    s2s_tensor x = s2s_tensor_constant(graph, rows, cols);
    x.grad = graph->recording ? x.data : NULL;
    return x;
}

/* ---- packed weights ---- */

struct pack {
    s2s_graph *graph;
    const s2s_param *w;
    s2s_packed *packed;
    int K, N; /* of one block */
    s2s_packing packing;
};

static void pack_member(void *arg, int member)
{
    const struct pack *pack = arg;
    const s2s_kernels *kernels = pack->graph->kernels;
    int n_panels = (pack->N + kernels->panel - 1) / kernels->panel, begin, end;
    int rows = pack->w->t.rows / pack->w->blocks;
    ptrdiff_t ld = pack->w->t.ld;
    bool forward = pack->packing == S2S_PACK_FORWARD;
    s2s_team_share(n_panels, member, s2s_team_size(pack->graph->team), &begin, &end);
    for (int block = 0; block < pack->w->blocks; block++)
        kernels->pack(pack->packed->data + (size_t)block * pack->packed->block_size,
                      s2s_row(&pack->w->t, block * rows), forward ? 1 : ld, forward ? ld : 1, pack->K, pack->N,
                      begin, end);
}

const s2s_packed *s2s_graph_packed(s2s_graph *graph, s2s_param *w, s2s_packing packing)
{
    s2s_packed *packed = &w->packed[packing];
    if (graph->status != S2S_OK)
        return NULL;
    if (packed->kernels == graph->kernels && packed->version == graph->params->version)
        return packed;
    int rows = w->t.rows / w->blocks;
    struct pack pack = {graph, w, packed, w->t.cols, rows, packing};
    if (packing == S2S_PACK_BACKWARD) {
        pack.K = rows;
        pack.N = w->t.cols;
    }
    if (packed->kernels != graph->kernels) {
        packed->block_size = graph->kernels->packed_size(pack.K, pack.N);
        packed->data = s2s_arena_alloc(
            graph->params->arena,
            s2s_size_mul(s2s_size_mul(packed->block_size, (size_t)w->blocks), sizeof *packed->data));
        if (!packed->data) {
            packed->kernels = NULL;
            s2s_graph_fail(graph, S2S_EXHAUSTED, "packing weights");
            return NULL;
        }
        packed->kernels = graph->kernels;
    }
    s2s_graph_run(graph, S2S_WORK_PACK, 0, pack_member, &pack);
    packed->version = graph->params->version;
    return packed;
}

void s2s_graph_prepare(s2s_graph *graph)
{
    for (int i = 0; i < graph->params->n; i++)
        if (graph->params->items[i]->blocks)
            s2s_graph_packed(graph, graph->params->items[i], S2S_PACK_FORWARD);
}
