/* Code points of a line and what Unicode says about them. */
#ifndef S2S_TEXT_LETTER_H
#define S2S_TEXT_LETTER_H

#include "base/str.h"

/* One decoded code point; a byte that is not UTF-8 counts as U+FFFD. */
typedef struct s2s_letter {
    int32_t code;
    int len; /* bytes; 0 at the end of the text */
} s2s_letter;

s2s_letter s2s_letter_at(const char *p, const char *end);

bool s2s_is_space(int32_t code);   /* TAB to CR, U+0085, Zs, Zl, Zp */
bool s2s_is_control(int32_t code); /* Cc, white space among it included */
bool s2s_is_alpha(int32_t code);   /* letters, numbers made of letters, and the marks of both */
bool s2s_is_digit(int32_t code);   /* decimal digits and numbers made of letters */
bool s2s_is_cased(int32_t code);   /* has a case: Lu, Ll, Lt */
bool s2s_is_lower(int32_t code);

const char *s2s_skip_letter(const char *p, const char *end); /* p behind one code point; end stays */
const char *s2s_skip_space(const char *p, const char *end);  /* p behind all white space that is there */
/* The next run of anything but white space at *p < end; false at the end.  *p moves behind it. */
bool s2s_next_word(const char **p, const char *end, s2s_span *word);
int s2s_compare_words(s2s_span a, s2s_span b); /* by bytes */

/* Appends in lower case, code point by code point. */
void s2s_str_add_lower(s2s_str *str, s2s_span text);
/* Appends with the first code point in upper case. */
void s2s_str_add_capitalised(s2s_str *str, s2s_span text);
void s2s_str_add_span(s2s_str *str, s2s_span text);
void s2s_str_add_code(s2s_str *str, int32_t code);

#endif
