/* A lexicon: the only outputs that a search may find, token sequences in a trie (De Cao et al. 2021,
 * arXiv:2010.00904).  It takes 8 bytes per node, and 16 more per string while it is built. */
#ifndef S2S_SEARCH_LEXICON_H
#define S2S_SEARCH_LEXICON_H

#include "s2s/status.h"
#include "tensor/batch.h"

typedef struct s2s_lexicon s2s_lexicon; /* immutable once built; may be shared by threads */

enum { S2S_LEXICON_ROOT = 0 }; /* the node of no tokens */

/* Of n >= 1 strings without special tokens; a string that occurs again counts once.  The list, not the tokens,
 * is put in another order; nothing is borrowed. */
s2s_status s2s_lexicon_new(s2s_lexicon **lexicon, s2s_tokens *strings, size_t n, s2s_error *err) S2S_MUST_USE;
void s2s_lexicon_free(s2s_lexicon *lexicon); /* NULL is allowed */

/* Tokens of the longest string. */
int s2s_lexicon_longest(const s2s_lexicon *lexicon);
/* What may follow the tokens that lead to a node, ascending; the end of sequence where a string ends there.
 * Nothing follows that.  Borrowed. */
s2s_tokens s2s_lexicon_next(const s2s_lexicon *lexicon, int node);
/* The node that a token leads to from this one, or -1. */
int s2s_lexicon_follow(const s2s_lexicon *lexicon, int node, int token);

#endif
