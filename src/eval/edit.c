#include "eval/edit.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"

/* One number orders the alignments: edits * unit - matches, with unit above any number of matches.  Since the
 * lengths are given, edits and matches together also fix how many substitutions, insertions and deletions there
 * are. */
typedef int64_t cost;

static cost cost_unit(int n_ref, int n_hyp)
{
    return (cost)n_ref + n_hyp + 1;
}

/* row[h]: cost of aligning the first h elements of hyp with a beginning of the reference, which grows by the
 * element ref here.  ops, if not NULL, receives the last operation of every cell; the diagonal wins ties, then
 * DELETE. */
static void next_row(cost *row, int ref, const int *hyp, int n_hyp, cost unit, unsigned char *ops)
{
    cost diagonal = row[0];
    row[0] += unit;
    if (ops)
        ops[0] = S2S_EDIT_DELETE;
    for (int h = 0; h < n_hyp; h++) {
        bool same = ref == hyp[h];
        cost best = diagonal + (same ? -1 : unit);
        unsigned char op = same ? S2S_EDIT_MATCH : S2S_EDIT_SUBSTITUTE;
        diagonal = row[h + 1];
        if (diagonal + unit < best) {
            best = diagonal + unit;
            op = S2S_EDIT_DELETE;
        }
        if (row[h] + unit < best) {
            best = row[h] + unit;
            op = S2S_EDIT_INSERT;
        }
        row[h + 1] = best;
        if (ops)
            ops[h + 1] = op;
    }
}

/* Costs of the empty reference; NULL when out of memory. */
static cost *first_row(int n_hyp, cost unit, s2s_arena *arena)
{
    cost *row = s2s_arena_alloc(arena, s2s_size_mul((size_t)n_hyp + 1, sizeof *row));
    for (int h = 0; row && h <= n_hyp; h++)
        row[h] = h * unit;
    return row;
}

/* Walks the table of last operations from its end; ops[n_ops - 1] is the last one. */
static void trace(s2s_alignment *alignment, const unsigned char *table, int n_ref, int n_hyp)
{
    size_t width = (size_t)n_hyp + 1;
    int r = n_ref, h = n_hyp, n = 0;
    while (r > 0 || h > 0) {
        s2s_edit_op op = r > 0 ? (s2s_edit_op)table[(size_t)(r - 1) * width + (size_t)h] : S2S_EDIT_INSERT;
        alignment->ops[n++] = op;
        alignment->edits += op != S2S_EDIT_MATCH;
        r -= op != S2S_EDIT_INSERT;
        h -= op != S2S_EDIT_DELETE;
    }
    for (int i = 0; i < n / 2; i++) {
        s2s_edit_op op = alignment->ops[i];
        alignment->ops[i] = alignment->ops[n - 1 - i];
        alignment->ops[n - 1 - i] = op;
    }
    alignment->n_ops = n;
}

bool s2s_edit_align(s2s_alignment *alignment, const int *ref, int n_ref, const int *hyp, int n_hyp,
                    s2s_arena *arena)
{
    cost unit = cost_unit(n_ref, n_hyp);
    size_t width = (size_t)n_hyp + 1;
    *alignment = (s2s_alignment){0};
    alignment->ops = s2s_arena_alloc(arena, ((size_t)n_ref + (size_t)n_hyp) * sizeof *alignment->ops);
    s2s_arena_mark mark = s2s_arena_save(arena);
    cost *row = first_row(n_hyp, unit, arena);
    unsigned char *table = s2s_arena_alloc(arena, s2s_size_mul((size_t)n_ref, width));
    bool ok = alignment->ops && row && table;
    if (ok) {
        for (int r = 0; r < n_ref; r++)
            next_row(row, ref[r], hyp, n_hyp, unit, table + (size_t)r * width);
        trace(alignment, table, n_ref, n_hyp);
    }
    s2s_arena_release(arena, mark);
    return ok;
}

/* Length of the common beginning (step 1) or end (step -1, from the last elements) of a and b. */
static int common(const int *a, const int *b, int n, int step)
{
    int k = 0;
    while (k < n && a[k * step] == b[k * step])
        k++;
    return k;
}

bool s2s_edit_count(s2s_edit_counts *counts, const int *ref, int n_ref, const int *hyp, int n_hyp,
                    s2s_arena *arena)
{
    *counts = (s2s_edit_counts){.reference_tokens = n_ref};
    int n = n_ref < n_hyp ? n_ref : n_hyp;
    int prefix = common(ref, hyp, n, 1);
    int suffix = n > prefix ? common(ref + n_ref - 1, hyp + n_hyp - 1, n - prefix, -1) : 0;
    ref += prefix;
    hyp += prefix;
    n_ref -= prefix + suffix;
    n_hyp -= prefix + suffix;

    bool swapped = n_hyp > n_ref; /* the row of costs lies along the shorter one */
    const int *rows = swapped ? hyp : ref, *cols = swapped ? ref : hyp;
    int n_rows = swapped ? n_hyp : n_ref, n_cols = swapped ? n_ref : n_hyp;
    cost unit = cost_unit(n_ref, n_hyp);
    s2s_arena_mark mark = s2s_arena_save(arena);
    cost *row = first_row(n_cols, unit, arena);
    if (row) {
        for (int r = 0; r < n_rows; r++)
            next_row(row, rows[r], cols, n_cols, unit, NULL);
        int64_t edits = (row[n_cols] + unit - 1) / unit, matches = edits * unit - row[n_cols];
        counts->insertions = edits - (n_ref - matches);
        counts->deletions = edits - (n_hyp - matches);
        counts->substitutions = edits - counts->insertions - counts->deletions;
    }
    s2s_arena_release(arena, mark);
    return row != NULL;
}

int s2s_edit_distance(const int *ref, int n_ref, const int *hyp, int n_hyp, s2s_arena *arena)
{
    s2s_edit_counts counts;
    if (!s2s_edit_count(&counts, ref, n_ref, hyp, n_hyp, arena))
        return -1;
    return (int)(counts.substitutions + counts.insertions + counts.deletions);
}

static int span_width(s2s_span span)
{
    const char *p = span.data, *end = span.data + span.len;
    int width = 0;
    while (p < end) {
        int n = s2s_utf8_length(p, end);
        width += n ? s2s_utf8_width(p, end) : 1;
        p += n ? n : 1;
    }
    return width;
}

static void add_padded(s2s_str *text, s2s_span span, int width)
{
    s2s_str_add(text, span.data, span.len);
    for (int i = span_width(span); i < width; i++)
        s2s_str_add_char(text, ' ');
}

typedef enum line { LINE_REF, LINE_HYP, LINE_OP, N_LINES } line;

static void add_line(line which, const s2s_alignment *alignment, const s2s_span *ref, const s2s_span *hyp,
                     s2s_str *text)
{
    static const char *const heads[N_LINES] = {"REF: ", "HYP: ", "OP:  "};
    static const char *const letters[] = {" ", "S", "I", "D"};
    const s2s_span gap = {"*", 1};
    s2s_str_add_text(text, heads[which]);
    for (int i = 0; i < alignment->n_ops; i++) {
        s2s_edit_op op = alignment->ops[i];
        s2s_span cells[N_LINES];
        cells[LINE_REF] = op == S2S_EDIT_INSERT ? gap : *ref++;
        cells[LINE_HYP] = op == S2S_EDIT_DELETE ? gap : *hyp++;
        cells[LINE_OP] = (s2s_span){letters[op], 1};
        int width_ref = span_width(cells[LINE_REF]), width_hyp = span_width(cells[LINE_HYP]);
        int width = width_ref > width_hyp ? width_ref : width_hyp;
        if (i > 0)
            s2s_str_add_char(text, ' ');
        add_padded(text, cells[which], width > 1 ? width : 1);
    }
}

void s2s_edit_print(const s2s_alignment *alignment, const s2s_span *ref, const s2s_span *hyp, s2s_str *text)
{
    for (line which = LINE_REF; which < N_LINES; which++) {
        if (which != LINE_REF)
            s2s_str_add_char(text, '\n');
        add_line(which, alignment, ref, hyp, text);
    }
}
