/* Files of translation probabilities, as lex.s2t of Moses and Marian: lines "target source probability", with a
 * blank between them; NULL stands for no token.  A piece that is a blank itself is written as it is; others that
 * hold one, and a source piece spelt NULL, cannot be written and are left out. */
#ifndef S2S_LEXICAL_TABLE_H
#define S2S_LEXICAL_TABLE_H

#include "lexical/translation.h"
#include "text/vocab.h"

/* The two vocabularies that tokens are numbered by. */
typedef struct s2s_lexical_vocabs {
    const s2s_vocab *source, *target;
} s2s_lexical_vocabs;

/* In the order of the list; the file is replaced atomically.  Translations into special tokens are left out.
 * *n_lines: how many were written. */
s2s_status s2s_lexical_write(const char *path, const s2s_translation *list, size_t n,
                             const s2s_lexical_vocabs *vocabs, size_t *n_lines, s2s_error *err) S2S_MUST_USE;

/* Reads those lines whose tokens the vocabularies know, "<unk>" standing for an unknown source, in the order of
 * the file, which may be packed; *list is the caller's to free, 16 bytes each.  Lines with an unknown token are
 * counted, those of a target NULL are not.  S2S_BAD_DATA with file and line for a line that is none. */
s2s_status s2s_lexical_read(const char *path, const s2s_lexical_vocabs *vocabs, s2s_translation **list,
                            size_t *n, size_t *n_unknown, s2s_error *err) S2S_MUST_USE;

#endif
