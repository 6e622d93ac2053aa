/* What stands for what: lines "source<TAB>target" of a file, looked up by their source. */
#ifndef S2S_DATA_DICTIONARY_H
#define S2S_DATA_DICTIONARY_H

#include "base/str.h"

typedef struct s2s_dictionary s2s_dictionary; /* immutable once open; may be shared by threads */

/* A file of pairs as s2s_corpus_open reads and refuses it.  Of several lines with one source, and of several
 * targets in a line, the first counts. */
s2s_status s2s_dictionary_open(s2s_dictionary **dictionary, const char *path, s2s_error *err) S2S_MUST_USE;
void s2s_dictionary_close(s2s_dictionary *dictionary); /* NULL is allowed */

/* The target of source, byte for byte, borrowed until close and not empty; {NULL, 0} where it is not listed. */
s2s_span s2s_dictionary_find(const s2s_dictionary *dictionary, s2s_span source);

#endif
