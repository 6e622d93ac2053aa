#include <limits.h>
#include <string.h>

#include "base/fail.h"
#include "base/file.h"
#include "eval/picture_parts.h"

/* Lengths in pixels, but for LABEL: columns of a label at most. */
#define LABEL 24
#define CELL 28
#define MARGIN 20
#define COLUMN 8 /* generous width of a column of 13 px text */
#define LINE 22
#define LEGEND_STEP 7
#define N_LEGEND_STEPS 20

#define INK "#1a1a1a"
#define FAINT_INK "#555555" /* 7 : 1 on white */

typedef struct svg {
    const s2s_hypothesis *hyp;
    s2s_writer *writer;
    s2s_str label;     /* room for one at a time */
    bool slanted;      /* source labels at 45 degrees, for they are wider than their cells */
    int left, top;     /* where the cells begin */
    int right, bottom; /* where they end */
} svg;

static void write_escaped(s2s_writer *writer, const char *text)
{
    const char *end = text + strlen(text);
    while (text < end) {
        s2s_span c = s2s_visible_next(&text, end);
        if (c.data[0] == '&')
            s2s_writer_add(writer, "&amp;", 5);
        else if (c.data[0] == '<')
            s2s_writer_add(writer, "&lt;", 4);
        else if (c.data[0] == '>')
            s2s_writer_add(writer, "&gt;", 4);
        else
            s2s_writer_add(writer, c.data, c.len);
    }
}

static void write_label(svg *s, const char *token, int limit)
{
    s2s_label_set(&s->label, token, limit);
    write_escaped(s->writer, s2s_str_text(&s->label));
}

/* A colour between nearly white (0) and dark blue (1), through the nine of ColorBrewer's "Blues": 0xrrggbb. */
static unsigned shade(double w)
{
    static const unsigned char stops[][3] = {{247, 251, 255}, {222, 235, 247}, {198, 219, 239},
                                             {158, 202, 225}, {107, 174, 214}, {66, 146, 198},
                                             {33, 113, 181},  {8, 81, 156},    {8, 48, 107}};
    const int last = sizeof stops / sizeof *stops - 1;
    int i = (int)(w * last);
    i = i < last ? i : last - 1;
    unsigned rgb = 0;
    for (int k = 0; k < 3; k++)
        rgb = rgb << 8 | (unsigned)(stops[i][k] + (stops[i + 1][k] - stops[i][k]) * (w * last - i) + 0.5);
    return rgb;
}

/* Integers throughout: printing reals depends on the locale. */
static void write_cell(svg *s, int row, int col)
{
    double w = s2s_picture_weight(s->hyp, row, col);
    int x = s->left + col * CELL, y = s->top + row * CELL, cents = (int)(w * 100 + 0.5);
    s2s_writer_printf(s->writer, "<g><title>");
    write_label(s, s->hyp->source_tokens[col], INT_MAX);
    s2s_writer_printf(s->writer, " -&gt; ");
    write_label(s, s2s_picture_row_token(s->hyp, row), INT_MAX);
    s2s_writer_printf(s->writer, ": %d.%02d</title>", cents / 100, cents % 100);
    s2s_writer_printf(s->writer, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\" fill=\"#%06x\"/>",
                      x + 1, y + 1, CELL - 2, CELL - 2, shade(w));
    if (cents >= 5) /* in %, at least 4.5 : 1 on its cell */
        s2s_writer_printf(
            s->writer, "<text x=\"%d\" y=\"%d\" font-size=\"10\" text-anchor=\"middle\" fill=\"%s\">%d</text>",
            x + CELL / 2, y + CELL / 2 + 4, w > 0.7 ? "#ffffff" : "#000000", cents);
    s2s_writer_printf(s->writer, "</g>\n");
}

static void write_axes(svg *s)
{
    const s2s_hypothesis *hyp = s->hyp;
    for (int c = 0; c < hyp->n_source; c++) {
        int x = s->left + c * CELL + CELL / 2, y = s->top - 7;
        if (s->slanted)
            s2s_writer_printf(s->writer, "<text transform=\"translate(%d %d) rotate(-45)\">", x + 2, y + 2);
        else
            s2s_writer_printf(s->writer, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", x, y);
        write_label(s, hyp->source_tokens[c], LABEL);
        s2s_writer_printf(s->writer, "</text>\n");
    }
    for (int r = 0; r < s2s_picture_rows(hyp); r++) {
        s2s_writer_printf(s->writer, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", s->left - 6,
                          s->top + r * CELL + CELL / 2 + 5);
        write_label(s, s2s_picture_row_token(hyp, r), LABEL);
        s2s_writer_printf(s->writer, "</text>\n");
    }
    s2s_writer_printf(s->writer, "<g fill=\"" FAINT_INK "\"><text x=\"%d\" y=\"%d\">source</text>\n", s->left,
                      MARGIN + 2 * LINE - 8);
    s2s_writer_printf(
        s->writer, "<text transform=\"translate(%d %d) rotate(-90)\" text-anchor=\"end\">output</text></g>\n",
        MARGIN + 8, s->top);
}

static void write_legend(svg *s)
{
    int x = s->left + 12, y = s->bottom + 14;
    s2s_writer_printf(s->writer,
                      "<g font-size=\"11\" fill=\"" FAINT_INK "\"><text x=\"%d\" y=\"%d\">0</text>\n",
                      s->left + 1, y + 10);
    for (int i = 0; i < N_LEGEND_STEPS; i++)
        s2s_writer_printf(s->writer, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\" fill=\"#%06x\"/>\n",
                          x + i * LEGEND_STEP, y, LEGEND_STEP, shade(i / (N_LEGEND_STEPS - 1.0)));
    s2s_writer_printf(s->writer, "<text x=\"%d\" y=\"%d\">1</text></g>\n", x + N_LEGEND_STEPS * LEGEND_STEP + 5,
                      y + 10);
}

static void lay_out(svg *s)
{
    int source = s2s_label_widest_source(s->hyp, &s->label, LABEL);
    int output = s2s_label_widest_row(s->hyp, &s->label, LABEL);
    s->slanted = source > CELL / COLUMN;
    int rise = s->slanted ? source * COLUMN * 5 / 7 + 6 : 16; /* sin 45 degrees is about 5 / 7 */
    s->left = MARGIN + LINE + output * COLUMN + 8;
    s->top = MARGIN + 2 * LINE + rise;
    s->right = s->left + s->hyp->n_source * CELL;
    s->bottom = s->top + s2s_picture_rows(s->hyp) * CELL;
}

static void write_document(svg *s, const char *title)
{
    int title_end = MARGIN + (COLUMN + 2) * s2s_label_set(&s->label, title, INT_MAX);
    lay_out(s);
    int width = s->right + (s->slanted ? s->top - MARGIN - 2 * LINE : 0);
    int legend_end = s->left + N_LEGEND_STEPS * LEGEND_STEP + 30;
    width = width > legend_end ? width : legend_end;
    width = (width > title_end ? width : title_end) + MARGIN;
    int height = s->bottom + 30 + MARGIN;
    s2s_writer_printf(
        s->writer,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
        " role=\"img\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\" font-size=\"13\" fill=\"" INK
        "\">\n<title>",
        width, height, width, height);
    write_escaped(s->writer, title);
    s2s_writer_printf(s->writer,
                      "</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
                      "<text x=\"%d\" y=\"%d\" font-size=\"16\" font-weight=\"600\">",
                      MARGIN, MARGIN + 12);
    write_escaped(s->writer, title);
    s2s_writer_printf(s->writer, "</text>\n");
    write_axes(s);
    for (int r = 0; r < s2s_picture_rows(s->hyp); r++)
        for (int c = 0; c < s->hyp->n_source; c++)
            write_cell(s, r, c);
    write_legend(s);
    s2s_writer_printf(s->writer, "</svg>\n");
}

s2s_status s2s_draw_svg(const s2s_hypothesis *hyp, const char *title, const char *path, s2s_error *err)
{
    S2S_TRY(s2s_picture_check(hyp, err));
    svg s = {.hyp = hyp};
    S2S_TRY(s2s_writer_open(&s.writer, path, err));
    write_document(&s, title);
    s2s_status status;
    if (s.label.failed) {
        s2s_writer_discard(s.writer);
        status = s2s_fail_memory(err, "drawing attention");
    } else {
        status = s2s_writer_commit(s.writer, err);
    }
    s2s_str_free(&s.label);
    return status;
}
