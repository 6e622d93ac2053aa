/* JSON texts, read and written.  Values are Jansson's, but not json_loads and json_dumps: where an allocation
 * is refused, both may lose a part of the text and go on, and json_loads may abort the program (version 2.14).
 */
#ifndef S2S_IO_JSON_H
#define S2S_IO_JSON_H

#include <jansson.h>
#include <stddef.h>

typedef enum s2s_json_fault {
    S2S_JSON_SOUND,
    S2S_JSON_SYNTAX,
    S2S_JSON_DUPLICATE, /* a key occurs twice in an object */
    S2S_JSON_MEMORY,
} s2s_json_fault;

typedef struct s2s_json_error {
    s2s_json_fault fault;
    size_t at; /* offset in the text */
} s2s_json_error;

/* A JSON text of n bytes (RFC 8259), the caller's to json_decref.  NULL with *why filled where it is not one,
 * or out of the bounds here: 64 levels, whole numbers of 64 bits, finite reals, numbers of 63 characters, no
 * \u0000. */
json_t *s2s_json_load(const char *text, size_t n, s2s_json_error *why);

/* The array or object as text, compact but for Jansson's flags, to free().  NULL when out of memory, or for
 * NULL. */
char *s2s_json_dump(const json_t *json, size_t flags);

#endif
