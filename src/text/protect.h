/* What the text step `protect` keeps from harm, and the symbols that stand for it.
 *
 * placeholder  {} {0} {name} {{ name }} ${name}, %s and what else printf knows, %1$s %(name)s %@ %name%
 * url          a scheme, :// and what follows it, or www. and what follows it: characters of RFC 3986, without
 *              the punctuation and the brackets that end a sentence rather than an address
 * email        name@host.domain, of ASCII
 * number       decimal digits of any script, with . , : and no-break blanks between them and a sign before
 *              them; not where a letter that has a case, or _, touches it
 * tag          <name>, </name>, <name/> of XML or HTML, attributes included
 *
 * Each of the first S2S_PROTECT_EACH different texts of a kind in a line has a symbol of its own, a code point
 * of plane 15, which is for private use: the same one of a kind and number in every model. */
#ifndef S2S_TEXT_PROTECT_H
#define S2S_TEXT_PROTECT_H

#include "base/str.h"

/* X(NAME, name), in the order in which they are looked for at a place */
#define S2S_PROTECT_LIST(X)       \
    X(TAG, "tag")                 \
    X(PLACEHOLDER, "placeholder") \
    X(URL, "url")                 \
    X(EMAIL, "email")             \
    X(NUMBER, "number")

typedef enum s2s_protect_kind {
#define X(NAME, name) S2S_PROTECT_##NAME,
    S2S_PROTECT_LIST(X)
#undef X
        S2S_N_PROTECTS
} s2s_protect_kind;

enum {
    S2S_PROTECT_EACH = 8,
    S2S_PROTECT_BYTES = 4096, /* of a text at most: an output may repeat it */
    S2S_MAX_PROTECTED = S2S_N_PROTECTS * S2S_PROTECT_EACH,
    S2S_FIRST_SYMBOL = 0xf0000,
};

/* A text that was taken out of a source line. */
typedef struct s2s_protected_text {
    int32_t symbol;
    bool glued_before,
        glued_after;   /* no blank belongs there: the inner sides of a tag, as the source has them */
    size_t begin, len; /* in s2s_protected.text */
} s2s_protected_text;

/* All of a line, borrowed. */
typedef struct s2s_protected {
    const s2s_protected_text *items; /* [n] */
    int n;
    const char *text;
} s2s_protected;

const char *s2s_protect_name(s2s_protect_kind kind);
int32_t s2s_protect_symbol(s2s_protect_kind kind, int i); /* 0 <= i < S2S_PROTECT_EACH */
bool s2s_is_symbol(int32_t code);

/* Appends the symbols of the kinds (a bit each), with a comma between two. */
void s2s_protect_list(unsigned kinds, s2s_str *list);

/* Bytes of what is to be protected at p in [begin, end), of one of the kinds (a bit each); 0 where nothing is,
 * or more than S2S_PROTECT_BYTES.  Time for all places of a line is linear in it. */
size_t s2s_protect_find(unsigned kinds, const char *begin, const char *p, const char *end,
                        s2s_protect_kind *kind);

#endif
