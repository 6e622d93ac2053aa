/* Attention maps, for people: in a terminal, and as an SVG file. */
#ifndef S2S_PICTURE_H
#define S2S_PICTURE_H

#include "s2s/predict.h"

typedef void s2s_text_fn(void *arg, const char *text, size_t n);

/* Draws hyp->attention: source tokens across, output tokens down (the end of sequence as "</s>").  Shades by
 * ANSI colours when colour is set, else by the characters " .:-=+*#%@".  S2S_MISUSE without attention. */
S2S_API s2s_status s2s_draw_terminal(const s2s_hypothesis *hyp, bool colour, s2s_text_fn *out, void *arg,
                                     s2s_error *err) S2S_MUST_USE;
/* The same as a self-contained SVG document with a title and tooltips. */
S2S_API s2s_status s2s_draw_svg(const s2s_hypothesis *hyp, const char *title, const char *path,
                                s2s_error *err) S2S_MUST_USE;

#endif
