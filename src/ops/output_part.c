/* Parts of an output layer, made once and used in many steps. */
#include <string.h>

#include "ops/ops.h"

struct making {
    s2s_graph *graph;
    s2s_output_part *parts;
    int n_parts;
    const s2s_param *w, *b;
    s2s_real *rows; /* [members][row_elements] the weights of a part side by side, as packing wants them */
    size_t row_elements;
};

static void make_part(const struct making *m, s2s_output_part *part, s2s_real *rows)
{
    const s2s_kernels *kernels = m->graph->kernels;
    int H = m->w->t.cols, n_panels = (part->n + kernels->panel - 1) / kernels->panel;
    for (int i = 0; i < part->n; i++) {
        memcpy(rows + (ptrdiff_t)i * H, s2s_row(&m->w->t, part->tokens[i]), (size_t)H * sizeof *rows);
        if (m->b)
            part->b[i] = m->b->t.data[part->tokens[i]];
    }
    kernels->pack(part->w, rows, 1, H, H, part->n, 0, n_panels);
}

static void make_member(void *arg, int member)
{
    const struct making *m = arg;
    int i, end;
    s2s_team_share(m->n_parts, member, s2s_team_size(m->graph->team), &i, &end);
    for (; i < end; i++)
        make_part(m, &m->parts[i], m->rows + (size_t)member * m->row_elements);
}

/* Takes the memory of all parts. */
static bool take_parts(struct making *m, s2s_arena *arena)
{
    int longest = 0;
    for (int i = 0; i < m->n_parts; i++) {
        s2s_output_part *part = &m->parts[i];
        size_t size = m->graph->kernels->packed_size(m->w->t.cols, part->n);
        part->w = s2s_arena_alloc(arena, s2s_size_mul(size, sizeof *part->w));
        part->b = m->b ? s2s_arena_alloc(arena, (size_t)part->n * sizeof *part->b) : NULL;
        if (!part->w || (m->b && !part->b))
            return false;
        longest = part->n > longest ? part->n : longest;
    }
    m->row_elements = s2s_size_mul((size_t)longest, (size_t)m->w->t.cols);
    size_t n_rows = s2s_size_mul((size_t)s2s_team_size(m->graph->team), m->row_elements);
    m->rows = s2s_arena_alloc(m->graph->scratch, s2s_size_mul(n_rows, sizeof *m->rows));
    return m->rows != NULL;
}

void s2s_output_parts_make(s2s_graph *graph, s2s_output_part *parts, int n_parts, const s2s_param *w,
                           const s2s_param *b, s2s_arena *arena)
{
    struct making m = {.graph = graph, .parts = parts, .n_parts = n_parts, .w = w, .b = b};
    s2s_arena_mark mark = s2s_arena_save(graph->scratch);
    if (!take_parts(&m, arena))
        s2s_graph_fail(graph, S2S_EXHAUSTED, "packing parts of an output layer");
    if (graph->status == S2S_OK)
        s2s_graph_run(graph, S2S_WORK_OUTPUT, 0, make_member, &m);
    s2s_arena_release(graph->scratch, mark);
}
