#include "base/fail.h"
#include "eval/picture_parts.h"

#define N_LEVELS 10
#define ROW_LABEL 24 /* columns at most */
#define COL_LABEL 16 /* of a label written downwards: columns, hence lines, at most */
#define CELL 2       /* columns */

/* What is drawn, and room for one label at a time. */
typedef struct terminal {
    const s2s_hypothesis *hyp;
    bool colour;
    s2s_str text, label;
} terminal;

static void add_spaces(terminal *t, int n)
{
    for (int i = 0; i < n; i++)
        s2s_str_add_char(&t->text, ' ');
}

static void add_cell(terminal *t, double w)
{
    static const int greys_and_blues[N_LEVELS] = {255, 189, 153, 111, 75, 69, 32, 26, 19, 17};
    static const char shades[] = " .:-=+*#%@";
    int level = (int)(w * N_LEVELS);
    level = level < N_LEVELS ? level : N_LEVELS - 1;
    if (t->colour)
        s2s_str_printf(&t->text, "\033[48;5;%dm  ", greys_and_blues[level]);
    else
        s2s_str_printf(&t->text, "%c%c", shades[level], shades[level]);
}

static void end_cells(terminal *t)
{
    if (t->colour)
        s2s_str_add_text(&t->text, "\033[0m");
}

static int count_glyphs(const s2s_str *label)
{
    const char *p = s2s_str_text(label), *end = p + label->len;
    s2s_span glyph;
    int n = 0;
    for (; p < end; n++)
        s2s_label_next(&p, end, &glyph);
    return n;
}

/* The glyph that stands `line` lines above the last one of t->label, or a gap. */
static void add_upright(terminal *t, int line)
{
    const char *p = s2s_str_text(&t->label), *end = p + t->label.len;
    int wanted = count_glyphs(&t->label) - 1 - line, width = 0;
    s2s_span glyph = {"", 0};
    for (int i = 0; i <= wanted; i++)
        width = s2s_label_next(&p, end, &glyph);
    s2s_str_add(&t->text, glyph.data, glyph.len);
    add_spaces(t, CELL - width);
}

/* Source tokens stand in one line if all fit their cells, else they are written downwards. */
static void add_source_labels(terminal *t, int left)
{
    const s2s_hypothesis *hyp = t->hyp;
    bool upright = s2s_label_widest_source(hyp, &t->label, COL_LABEL) > CELL;
    int n_lines = 1;
    for (int i = 0; upright && i < hyp->n_source; i++) {
        s2s_label_set(&t->label, hyp->source_tokens[i], COL_LABEL);
        int n = count_glyphs(&t->label);
        n_lines = n > n_lines ? n : n_lines;
    }
    for (int line = n_lines - 1; line >= 0; line--) {
        add_spaces(t, left);
        for (int i = 0; i < hyp->n_source; i++) {
            int width = s2s_label_set(&t->label, hyp->source_tokens[i], COL_LABEL);
            if (upright) {
                add_upright(t, line);
                continue;
            }
            s2s_str_add(&t->text, s2s_str_text(&t->label), t->label.len);
            add_spaces(t, CELL - width);
        }
        s2s_str_add_char(&t->text, '\n');
    }
}

static void add_rows(terminal *t, int widest)
{
    for (int r = 0; r < s2s_picture_rows(t->hyp); r++) {
        add_spaces(t, widest - s2s_label_set(&t->label, s2s_picture_row_token(t->hyp, r), ROW_LABEL));
        s2s_str_add(&t->text, s2s_str_text(&t->label), t->label.len);
        s2s_str_add_char(&t->text, ' ');
        for (int c = 0; c < t->hyp->n_source; c++)
            add_cell(t, s2s_picture_weight(t->hyp, r, c));
        end_cells(t);
        s2s_str_add_char(&t->text, '\n');
    }
}

static void add_legend(terminal *t, int left)
{
    add_spaces(t, left);
    s2s_str_add_text(&t->text, "0 ");
    for (int level = 0; level < N_LEVELS; level++)
        add_cell(t, (level + 0.5) / N_LEVELS);
    end_cells(t);
    s2s_str_add_text(&t->text, " 1\n");
}

s2s_status s2s_draw_terminal(const s2s_hypothesis *hyp, bool colour, s2s_text_fn *out, void *arg,
                             s2s_error *err)
{
    S2S_TRY(s2s_picture_check(hyp, err));
    terminal t = {.hyp = hyp, .colour = colour};
    int widest = s2s_label_widest_row(hyp, &t.label, ROW_LABEL);
    add_source_labels(&t, widest + 1);
    add_rows(&t, widest);
    s2s_str_add_char(&t.text, '\n');
    add_legend(&t, widest - 1);
    s2s_status status = S2S_OK;
    if (t.text.failed || t.label.failed)
        status = s2s_fail_memory(err, "drawing attention");
    else
        out(arg, t.text.data, t.text.len);
    s2s_str_free(&t.text);
    s2s_str_free(&t.label);
    return status;
}
