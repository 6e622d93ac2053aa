/* What the pictures of attention share: weights, and tokens made visible. */
#ifndef S2S_EVAL_PICTURE_PARTS_H
#define S2S_EVAL_PICTURE_PARTS_H

#include "base/str.h"
#include "s2s/picture.h"

/* S2S_MISUSE unless there is something to draw. */
s2s_status s2s_picture_check(const s2s_hypothesis *hyp, s2s_error *err) S2S_MUST_USE;
/* Rows: the output tokens and the end of sequence. */
int s2s_picture_rows(const s2s_hypothesis *hyp);
const char *s2s_picture_row_token(const s2s_hypothesis *hyp, int row);
/* In 0..1, whatever is stored. */
double s2s_picture_weight(const s2s_hypothesis *hyp, int row, int col);

/* Takes one character from *p < end: itself, or U+FFFD for control characters, which a terminal would obey, and
 * for what is not UTF-8 or not allowed in XML. */
s2s_span s2s_visible_next(const char **p, const char *end);

/* Replaces label by the visible form of the token, spaces as U+2423, cut with "…" to at most limit terminal
 * columns. Returns the columns that it takes; label->failed tells of a failed allocation. */
int s2s_label_set(s2s_str *label, const char *token, int limit);
/* Takes a character and the marks that combine with it from a label; returns its columns. */
int s2s_label_next(const char **p, const char *end, s2s_span *glyph);
/* Columns of the widest label; label is room for one at a time. */
int s2s_label_widest_source(const s2s_hypothesis *hyp, s2s_str *label, int limit);
int s2s_label_widest_row(const s2s_hypothesis *hyp, s2s_str *label, int limit);

#endif
