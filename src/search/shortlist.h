/* A shortlist: the few tokens that an output may consist of, which depend on its source (Jean et al. 2015,
 * arXiv:1412.2007; Senellart et al. 2018). */
#ifndef S2S_SEARCH_SHORTLIST_H
#define S2S_SEARCH_SHORTLIST_H

#include <stddef.h>

#include "tensor/batch.h"

typedef struct s2s_shortlist {
    int n_sources, n_targets; /* tokens of the vocabularies */
    size_t *begin;            /* [n_sources + 1] */
    int *targets;             /* those of source token s: [begin[s], begin[s + 1]), in any order */
    int *always;              /* [n_always] tokens for every source, the special ones among them */
    int n_always;
} s2s_shortlist; /* immutable once made; may be shared by threads */

/* No more tokens than these are in the list of a source; a token may count several times. */
size_t s2s_shortlist_bound(const s2s_shortlist *shortlist, s2s_tokens source);

#endif
