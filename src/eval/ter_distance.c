#include "eval/ter_distance.h"

#include <math.h>
#include <stdint.h>

enum {
    BEAM = 25,         /* half the width of the band, at least */
    FAR_OFF = 1 << 29, /* cost outside the band */
};

/* OP_OUTPUT: a word of the output alone; OP_REFERENCE: one of the reference alone. */
typedef enum op { OP_NONE, OP_MATCH, OP_SUBSTITUTE, OP_OUTPUT, OP_REFERENCE } op;

/* The band of a row: around where the diagonal is after so many words of the output. */
static s2s_ter_row band(int row, int n_output, int n_reference)
{
    double ratio = (double)n_reference / n_output;
    int beam = BEAM < ratio / 2 ? (int)ceil(ratio / 2 + BEAM) : BEAM;
    int diagonal = (int)floor(row * ratio);
    int first = diagonal > beam ? diagonal - beam : 0;
    int end = row < n_output && diagonal + beam < n_reference + 1 ? diagonal + beam : n_reference + 1;
    return (s2s_ter_row){.first = first, .end = end};
}

static bool make_cells(s2s_ter_cells *cells, size_t n, s2s_arena *arena)
{
    cells->costs = s2s_arena_alloc(arena, s2s_size_mul(n, sizeof *cells->costs));
    cells->ops = s2s_arena_alloc(arena, n);
    return cells->costs && cells->ops;
}

bool s2s_ter_table_make(s2s_ter_table *table, int n_output, const s2s_symbols *reference, s2s_arena *arena)
{
    int n = reference->n;
    *table = (s2s_ter_table){.reference = reference->data, .n_reference = n, .n_output = n_output};
    table->rows = s2s_arena_alloc(arena, s2s_size_mul((size_t)n_output + 1, sizeof *table->rows));
    if (!table->rows)
        return false;
    table->rows[0] = (s2s_ter_row){0, n + 1, 0};
    for (int i = 1; i <= n_output; i++)
        table->rows[i] = band(i, n_output, n);
    /* a row has room for what the next one reads of it: one cell before its own band, and all up to the end of
     * the next band */
    size_t n_cells = 0;
    for (int i = 0; i <= n_output; i++) {
        s2s_ter_row *row = &table->rows[i];
        row->at = n_cells + 1 - (size_t)row->first;
        n_cells += (size_t)(row[i < n_output].end - row->first) + 1;
    }
    if (!make_cells(&table->cells, n_cells, arena) || !make_cells(&table->tried, n_cells, arena))
        return false;
    int row_0_end = table->rows[n_output > 0].end;
    for (int j = 0; j < row_0_end; j++)
        table->cells.costs[table->rows[0].at + (size_t)j] = j;
    return true;
}

/* Fills row i, whose word of the output this is, from the row above.  A match or substitution wins ties, then
 * the word of the output. */
static void fill_row(const s2s_ter_table *table, const int *above_costs, s2s_ter_cells *cells, int i, int word)
{
    const s2s_ter_row *row = &table->rows[i];
    const int *above = above_costs + table->rows[i - 1].at;
    int *costs = cells->costs + row->at;
    unsigned char *ops = cells->ops + row->at;
    int j = row->first;
    if (j == 0) {
        costs[0] = above[0] + 1;
        ops[0] = OP_OUTPUT;
        j = 1;
    } else {
        costs[j - 1] = FAR_OFF;
    }
    for (; j < row->end; j++) {
        bool same = word == table->reference[j - 1];
        int best = FAR_OFF, beside = above[j - 1] + !same;
        op which = OP_NONE;
        if (beside < best) {
            best = beside;
            which = same ? OP_MATCH : OP_SUBSTITUTE;
        }
        if (above[j] + 1 < best) {
            best = above[j] + 1;
            which = OP_OUTPUT;
        }
        if (costs[j - 1] + 1 < best) {
            best = costs[j - 1] + 1;
            which = OP_REFERENCE;
        }
        costs[j] = best;
        ops[j] = (unsigned char)which;
    }
    for (int next_end = row[i < table->n_output].end; j < next_end; j++)
        costs[j] = FAR_OFF;
}

static int last_cost(const s2s_ter_table *table, const s2s_ter_cells *cells)
{
    return cells->costs[table->rows[table->n_output].at + (size_t)table->n_reference];
}

int s2s_ter_distance(s2s_ter_table *table, const int *output, int first_changed)
{
    if (table->n_output == 0)
        return table->n_reference;
    for (int i = first_changed; i < table->n_output; i++)
        fill_row(table, table->cells.costs, &table->cells, i + 1, output[i]);
    return last_cost(table, &table->cells);
}

int s2s_ter_distance_tried(s2s_ter_table *table, const int *output, int first_changed)
{
    const int *above = table->cells.costs;
    for (int i = first_changed; i < table->n_output; i++) {
        fill_row(table, above, &table->tried, i + 1, output[i]);
        above = table->tried.costs;
    }
    return last_cost(table, &table->tried);
}

void s2s_ter_align(const s2s_ter_table *table, s2s_ter_alignment *alignment)
{
    int i = table->n_output, j = table->n_reference;
    while (i > 0 || j > 0) {
        op which = i > 0 ? (op)table->cells.ops[table->rows[i].at + (size_t)j] : OP_REFERENCE;
        bool of_output = which != OP_REFERENCE, of_reference = which != OP_OUTPUT;
        if (of_reference) {
            alignment->output_at[j - 1] = i - 1;
            alignment->reference_off[j - 1] = which != OP_MATCH;
        }
        if (of_output)
            alignment->output_off[i - 1] = which != OP_MATCH;
        i -= of_output;
        j -= of_reference;
    }
}
