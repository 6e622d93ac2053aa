/* Cells and recurrent layers: cell.c, cell_step.c, rnn.c. */
#include "ops/recurrent_cases.h"

void declare_cell(op_run *run)
{
    run->cell = (s2s_cell){.kind = (s2s_cell_kind)run->op->kind,
                           .input = run->size.in,
                           .hidden = run->size.out,
                           .layer_norm = run->op->layer_norm};
    run->second = run->cell;
    s2s_cell_declare(&run->cell, &run->params, "cell");
}

void forward_cell(op_run *run)
{
    enum { STEPS = 3 };
    s2s_graph *graph = &run->graph;
    const s2s_cell *cell = &run->cell;
    int R = run->size.rows, H = run->size.out;
    bool memory = s2s_cell_has_memory(cell->kind);
    s2s_tensor h = op_input(run, R, H), c = {0}, mask = {0};
    if (memory)
        c = op_input(run, R, H);
    if (run->op->full)
        mask = s2s_dropout_mask(graph, R, H, (s2s_real)0.25);
    s2s_cell_state all = s2s_cell_state_new(graph, cell, STEPS * R);
    s2s_cell_weights(graph, cell, &all);
    for (int t = 0; t < STEPS; t++) {
        s2s_cell_state step = s2s_cell_state_rows(&all, t * R, R);
        s2s_tensor x = op_input(run, R, run->size.in);
        s2s_linear(graph, &step.gates, &x, cell->w_ih, cell->b);
        s2s_cell_step(graph, cell, &step, &h, memory ? &c : NULL, run->op->full ? &mask : NULL);
        h = step.h;
        c = step.c;
        op_output(run, &h);
        if (memory)
            op_output(run, &c);
    }
}

enum { MAX_LEN = 5 };

/* Of B: the last 20 have all lengths, those before them the greatest. */
static int length_of(int sequence, int B)
{
    int number = B > 20 ? sequence - (B - 20) : sequence;
    return number <= 0 ? MAX_LEN : number < 4 ? 4 : number < 6 ? 2 : 1;
}

/* index [B x MAX_LEN], sequence after sequence: the row of each token, -1 beyond the end; and the way back. */
static const s2s_ragged *ragged(op_run *run, int *row_of, int *place_of)
{
    int B = run->size.rows, *len = op_ints(run, B);
    for (int b = 0; b < B; b++)
        len[b] = length_of(b, B);
    s2s_ragged *shape = s2s_arena_alloc(run->graph.step, sizeof *shape);
    if (!shape || !s2s_ragged_make(shape, len, B, run->graph.step)) {
        s2s_graph_fail(&run->graph, S2S_EXHAUSTED, "making a ragged shape");
        return NULL;
    }
    for (int i = 0; i < B * MAX_LEN; i++) {
        int b = i / MAX_LEN, t = i % MAX_LEN;
        row_of[i] = t < len[b] ? s2s_ragged_row(shape, b, t) : -1;
        if (t < len[b])
            place_of[row_of[i]] = i;
    }
    return shape;
}

static void output_by_sequence(op_run *run, const s2s_tensor *x, const int *row_of)
{
    s2s_tensor y = s2s_tensor_new(&run->graph, run->size.rows * MAX_LEN, x->cols);
    s2s_gather(&run->graph, &y, x, row_of);
    op_output(run, &y);
}

/* Inputs and outputs are kept sequence after sequence, so that a row means the same whatever the batch. */
struct layer {
    const s2s_ragged *shape;
    int *row_of, *place_of;
    s2s_tensor x;
};

static bool layer_begin(op_run *run, struct layer *layer)
{
    int n = run->size.rows * MAX_LEN;
    *layer = (struct layer){.row_of = op_ints(run, n), .place_of = op_ints(run, n)};
    layer->shape = ragged(run, layer->row_of, layer->place_of);
    if (!layer->shape)
        return false;
    s2s_tensor by_sequence = op_input(run, n, run->size.in);
    layer->x = s2s_tensor_new(&run->graph, layer->shape->n_tokens, run->size.in);
    s2s_gather(&run->graph, &layer->x, &by_sequence, layer->place_of);
    return true;
}

static s2s_rnn_pass pass_of(op_run *run, const struct layer *layer, const s2s_cell *cell, bool reverse)
{
    s2s_graph *graph = &run->graph;
    int B = run->size.rows, H = run->size.out;
    s2s_rnn_pass pass = {.cell = cell, .reverse = reverse};
    if (run->op->full) {
        pass.h0 = op_input(run, B, H);
        pass.mask = s2s_dropout_mask(graph, B, H, (s2s_real)0.25);
    }
    if (run->op->full && s2s_cell_has_memory(cell->kind))
        pass.c0 = op_input(run, B, H);
    pass.state = s2s_cell_state_new(graph, cell, layer->shape->n_tokens);
    s2s_linear(graph, &pass.state.gates, &layer->x, cell->w_ih, cell->b);
    return pass;
}

static void output_pass(op_run *run, const struct layer *layer, const s2s_rnn_pass *pass)
{
    output_by_sequence(run, &pass->state.h, layer->row_of);
    if (s2s_cell_has_memory(pass->cell->kind))
        output_by_sequence(run, &pass->state.c, layer->row_of);
}

void forward_rnn(op_run *run)
{
    struct layer layer;
    if (!layer_begin(run, &layer))
        return;
    s2s_rnn_pass pass = pass_of(run, &layer, &run->cell, run->op->other);
    s2s_rnn(&run->graph, layer.shape, &pass, 1);
    output_pass(run, &layer, &pass);
}

void declare_two_cells(op_run *run)
{
    declare_cell(run);
    s2s_cell_declare(&run->second, &run->params, "second");
}

void forward_two_passes(op_run *run)
{
    struct layer layer;
    if (!layer_begin(run, &layer))
        return;
    s2s_rnn_pass passes[] = {pass_of(run, &layer, &run->cell, false), pass_of(run, &layer, &run->second, true)};
    int n_at_once = run->op->other ? 1 : 2;
    for (int i = 0; i < 2; i += n_at_once)
        s2s_rnn(&run->graph, layer.shape, passes + i, n_at_once);
    output_pass(run, &layer, &passes[0]);
    output_pass(run, &layer, &passes[1]);
}
