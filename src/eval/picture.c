#include "s2s/picture.h"

#include <string.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/str.h"

#define END_LABEL "</s>"
#define N_LEVELS 10

/* What is drawn, and room for one label at a time. */
typedef struct picture {
    const s2s_hypothesis *hyp;
    int n_rows; /* output tokens and the end */
    s2s_str label;
} picture;

static s2s_status check(const s2s_hypothesis *hyp, s2s_error *err)
{
    if (!hyp->attention || hyp->n_source < 1)
        return s2s_fail(err, S2S_MISUSE, "expected a hypothesis with attention, found none");
    return S2S_OK;
}

/* 0..1, whatever is stored. */
static double weight(const picture *pic, int row, int col)
{
    double w = (double)pic->hyp->attention[(size_t)row * (size_t)pic->hyp->n_source + (size_t)col];
    if (!(w > 0))
        return 0;
    return w < 1 ? w : 1;
}

static const char *row_token(const picture *pic, int row)
{
    return row < pic->hyp->n_tokens ? pic->hyp->tokens[row] : END_LABEL;
}

/* Takes one character from *p: itself, or a visible one in place of a space, a control character (a terminal would
 * obey it) or what XML does not allow. */
static s2s_span next_char(const char **p, const char *end)
{
    static const s2s_span space = {"\u2423", 3}, unknown = {"\ufffd", 3};
    int n = s2s_utf8_length(*p, end);
    s2s_span c = {*p, (size_t)n};
    const unsigned char *u = (const unsigned char *)*p;
    *p += n > 0 ? n : 1;
    if (n == 1 && u[0] == ' ')
        return space;
    bool control = n == 0 || u[0] < 0x20 || u[0] == 0x7f || (u[0] == 0xc2 && u[1] < 0xa0);
    bool noncharacter = n == 3 && u[0] == 0xef && u[1] == 0xbf && u[2] >= 0xbe;
    return control || noncharacter ? unknown : c;
}

/* Takes a character and the marks that combine with it; returns its columns. */
static int next_glyph(const char **p, const char *end, s2s_span *glyph)
{
    const char *begin = *p;
    int width = s2s_utf8_width(begin, end);
    do
        *p += s2s_utf8_length(*p, end);
    while (*p < end && s2s_utf8_width(*p, end) == 0);
    *glyph = (s2s_span){begin, (size_t)(*p - begin)};
    return width;
}

static int label_width(const s2s_str *label)
{
    const char *p = s2s_str_text(label), *end = p + label->len;
    int width = 0;
    while (p < end) {
        s2s_span glyph;
        width += next_glyph(&p, end, &glyph);
    }
    return width;
}

/* Puts the visible form of the token into pic->label, at most limit columns; returns its columns. */
static int set_label(picture *pic, const char *token, int limit)
{
    s2s_str *label = &pic->label;
    s2s_str_clear(label);
    for (const char *p = token, *end = token + strlen(token); p < end;) {
        s2s_span c = next_char(&p, end);
        s2s_str_add(label, c.data, c.len);
    }
    int width = label_width(label);
    if (width <= limit || label->failed)
        return width;
    const char *p = label->data, *end = p + label->len, *cut = p;
    for (width = 0; width < limit; cut = p < end && width < limit ? p : cut) {
        s2s_span glyph;
        width += next_glyph(&p, end, &glyph);
    }
    label->len = (size_t)(cut - label->data);
    s2s_str_add_text(label, "\u2026");
    return label_width(label);
}

/* Columns of the widest label. */
static int widest_source(picture *pic, int limit)
{
    int widest = 0;
    for (int i = 0; i < pic->hyp->n_source; i++) {
        int width = set_label(pic, pic->hyp->source_tokens[i], limit);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static int widest_output(picture *pic, int limit)
{
    int widest = 0;
    for (int i = 0; i < pic->n_rows; i++) {
        int width = set_label(pic, row_token(pic, i), limit);
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* ---- terminal ---- */

#define TERMINAL_ROW_LABEL 24 /* columns at most */
#define TERMINAL_COL_LABEL 16 /* lines at most */

static void add_spaces(s2s_str *text, int n)
{
    for (int i = 0; i < n; i++)
        s2s_str_add_char(text, ' ');
}

/* One cell, two columns wide. */
static void add_cell(s2s_str *text, double w, bool colour)
{
    static const int greys_and_blues[N_LEVELS] = {255, 189, 153, 111, 75, 69, 32, 26, 19, 17};
    static const char shades[] = " .:-=+*#%@";
    int level = (int)(w * N_LEVELS);
    level = level < N_LEVELS ? level : N_LEVELS - 1;
    if (colour)
        s2s_str_printf(text, "\033[48;5;%dm  ", greys_and_blues[level]);
    else
        s2s_str_printf(text, "%c%c", shades[level], shades[level]);
}

static int count_glyphs(const s2s_str *label)
{
    const char *p = s2s_str_text(label), *end = p + label->len;
    s2s_span glyph;
    int n = 0;
    for (; p < end; n++)
        next_glyph(&p, end, &glyph);
    return n;
}

/* The glyph of the label that stands in this line, counted from the bottom; the label ends in line 0. */
static void add_upright(s2s_str *text, const s2s_str *label, int line)
{
    const char *p = s2s_str_text(label), *end = p + label->len;
    int wanted = count_glyphs(label) - 1 - line, width = 0;
    s2s_span glyph = {"", 0};
    for (int i = 0; i <= wanted; i++)
        width = next_glyph(&p, end, &glyph);
    s2s_str_add(text, glyph.data, glyph.len);
    add_spaces(text, 2 - width);
}

/* Source tokens that fit their cells stand in one line, others are written downwards. */
static void add_source_labels(picture *pic, s2s_str *text, int left)
{
    int widest = widest_source(pic, TERMINAL_COL_LABEL), n_lines = 1;
    for (int i = 0; i < pic->hyp->n_source && widest > 2; i++) {
        set_label(pic, pic->hyp->source_tokens[i], TERMINAL_COL_LABEL);
        int n = count_glyphs(&pic->label);
        n_lines = n > n_lines ? n : n_lines;
    }
    for (int line = n_lines - 1; line >= 0; line--) {
        add_spaces(text, left);
        for (int i = 0; i < pic->hyp->n_source; i++) {
            int width = set_label(pic, pic->hyp->source_tokens[i], TERMINAL_COL_LABEL);
            if (widest > 2) {
                add_upright(text, &pic->label, line);
                continue;
            }
            s2s_str_add(text, s2s_str_text(&pic->label), pic->label.len);
            add_spaces(text, 2 - width);
        }
        s2s_str_add_char(text, '\n');
    }
}

static void add_map(picture *pic, s2s_str *text, bool colour)
{
    const char *end_of_cells = colour ? "\033[0m" : "";
    int widest = widest_output(pic, TERMINAL_ROW_LABEL);
    add_source_labels(pic, text, widest + 1);
    for (int r = 0; r < pic->n_rows; r++) {
        add_spaces(text, widest - set_label(pic, row_token(pic, r), TERMINAL_ROW_LABEL));
        s2s_str_add(text, s2s_str_text(&pic->label), pic->label.len);
        s2s_str_add_char(text, ' ');
        for (int c = 0; c < pic->hyp->n_source; c++)
            add_cell(text, weight(pic, r, c), colour);
        s2s_str_printf(text, "%s\n", end_of_cells);
    }
    add_spaces(text, widest - 1);
    s2s_str_add_text(text, "0 ");
    for (int level = 0; level < N_LEVELS; level++)
        add_cell(text, (level + 0.5) / N_LEVELS, colour);
    s2s_str_printf(text, "%s 1\n", end_of_cells);
}

s2s_status s2s_draw_terminal(const s2s_hypothesis *hyp, bool colour, s2s_text_fn *out, void *arg, s2s_error *err)
{
    S2S_TRY(check(hyp, err));
    picture pic = {.hyp = hyp, .n_rows = hyp->n_tokens + 1};
    s2s_str text = {0};
    add_map(&pic, &text, colour);
    s2s_status status = S2S_OK;
    if (text.failed || pic.label.failed)
        status = s2s_fail_memory(err, "drawing attention");
    else
        out(arg, text.data, text.len);
    s2s_str_free(&text);
    s2s_str_free(&pic.label);
    return status;
}

/* ---- SVG; all lengths in pixels ---- */

#define SVG_LABEL 24 /* columns at most */
#define SVG_CELL 28
#define SVG_MARGIN 16
#define SVG_LETTER 9 /* a generous width of one column of 14 px text */
#define SVG_LINE 22

typedef struct svg {
    picture pic;
    s2s_writer *writer;
    int left, top;     /* where the cells begin */
    int width, height; /* of the whole */
    bool slanted;      /* source labels at 45 degrees */
} svg;

static void write_text(s2s_writer *writer, const char *text)
{
    const char *end = text + strlen(text);
    while (text < end) {
        s2s_span c = next_char(&text, end);
        switch (c.len == 1 ? c.data[0] : 0) {
        case '<':
            s2s_writer_printf(writer, "&lt;");
            break;
        case '>':
            s2s_writer_printf(writer, "&gt;");
            break;
        case '&':
            s2s_writer_printf(writer, "&amp;");
            break;
        default:
            s2s_writer_add(writer, c.data, c.len);
        }
    }
}

/* The title keeps its spaces, labels show theirs. */
static void write_sentence(s2s_writer *writer, const char *text)
{
    for (const char *space; (space = strchr(text, ' ')); text = space + 1) {
        const char word_end = ' ';
        for (const char *p = text; p < space;) {
            (void)word_end;
            (void)p;
            break;
        }
    }
}
