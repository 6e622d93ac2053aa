/* Where sentences end, for texts that are longer than a model takes at once. */
#ifndef S2S_TEXT_SENTENCE_H
#define S2S_TEXT_SENTENCE_H

#include "base/str.h"

/* What is at the place where a text is cut, the best first. */
typedef enum s2s_cut {
    S2S_CUT_SENTENCE, /* a sentence ends before it */
    S2S_CUT_SPACE,    /* white space begins behind it */
    S2S_CUT_ANYWHERE, /* it is within a word */
} s2s_cut;

/* The last of the best places in (begin, reach] to cut the text [begin, end), which is UTF-8 and begins with no
 * white space; reach itself, which lies between two characters, where there is no better one.
 *
 * A sentence ends behind one or more full stops, exclamation or question marks of any script, an ellipsis, and
 * the closing quotation marks and brackets that follow, where white space comes next; behind those of full
 * width (U+3002 and the like) whatever comes next; and before a line end of Unicode (U+0085, U+2028, U+2029,
 * VT, FF). */
const char *s2s_sentence_cut(const char *begin, const char *reach, const char *end, s2s_cut *cut);

/* Whether a sentence that ends or begins with this character has no space to the next: Chinese and Japanese. */
bool s2s_is_unspaced(int32_t code);

#endif
