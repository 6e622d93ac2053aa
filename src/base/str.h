/* A growable byte string, always terminated; and small helpers on C strings and UTF-8. */
#ifndef S2S_BASE_STR_H
#define S2S_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "s2s/status.h"

typedef struct s2s_str {
    char *data; /* terminated once anything was added; NULL before */
    size_t len;
    size_t cap;
    bool failed; /* an allocation failed; sticky until s2s_str_free */
} s2s_str;

void s2s_str_clear(s2s_str *str); /* len = 0, memory kept */
void s2s_str_free(s2s_str *str);
void s2s_str_add(s2s_str *str, const char *bytes, size_t n);
void s2s_str_add_text(s2s_str *str, const char *text);
void s2s_str_add_char(s2s_str *str, char c);
void s2s_str_printf(s2s_str *str, const char *fmt, ...) S2S_PRINTF(2, 3);
void s2s_str_vprintf(s2s_str *str, const char *fmt, va_list args) S2S_PRINTF(2, 0);
const char *s2s_str_text(const s2s_str *str); /* "" when empty */

/* strtod with a decimal point, whatever the program's locale. */
double s2s_str_to_real(const char *text, char **end);
/* snprintf of %.*g with a decimal point, whatever the program's locale. */
void s2s_real_to_str(char *buf, size_t size, int digits, double value);

/* A borrowed piece of text, not terminated. */
typedef struct s2s_span {
    const char *data;
    size_t len;
} s2s_span;

s2s_span s2s_str_span(const s2s_str *str); /* the whole of it, until it changes */
bool s2s_same_span(s2s_span a, s2s_span b);
bool s2s_span_is(s2s_span span, const char *text);
/* Takes the first item off a list; *list becomes the rest, NULL behind the last item, and there it returns
 * false.  An empty list has one item, which is empty. */
bool s2s_span_next(const char **list, char separator, s2s_span *item);
/* The same of a list separated by commas. */
bool s2s_list_next(const char **list, s2s_span *item);
/* The same of lines, as options hold the values of one that is repeated. */
bool s2s_lines_next(const char **lines, s2s_span *line);
/* How many lines these are. */
int s2s_lines_count(const char *lines);

/* Length in bytes (1-4) of the well-formed UTF-8 character at p < end, 0 where there is none: overlong
 * forms, surrogates and values above U+10FFFF are refused. */
int s2s_utf8_length(const char *p, const char *end);
/* The same, and its code point; 0 where there is none. */
int s2s_utf8_decode(const char *p, const char *end, uint32_t *code);
/* Offset of the first byte that is not well-formed UTF-8, or n. */
size_t s2s_utf8_check(const char *text, size_t n);
/* Number of columns a terminal uses for the character at p < end (0, 1 or 2); 1 where it is not well-formed. */
int s2s_utf8_width(const char *p, const char *end);
/* Makes a text that may quote hostile input, or be cut within a character, one line of UTF-8 that no terminal
 * acts on: a control character (U+0000 to U+001F, U+007F to U+009F) and a byte that is not UTF-8 become '?'. */
void s2s_make_one_line(char *text);

/* Levenshtein distance between two words in bytes, for "did you mean"; where the second has more than 63 bytes,
 * the length of the longer one, as if nothing were common. */
size_t s2s_word_distance(const char *a, const char *b);

#endif
