/* Lists of names, "bleu,chrf": each is one of some known names, and none is there twice. */
#ifndef S2S_BASE_NAME_LIST_H
#define S2S_BASE_NAME_LIST_H

#include "base/fail.h"

typedef struct s2s_known_names {
    const char *where; /* begins messages, "--metrics" */
    s2s_status code;   /* of failures */
    const char *const *names;
    int n;
} s2s_known_names;

/* The numbers of a list's names among the known ones, in the order of the list; items has room for all that are
 * known.  NULL is the empty list, which is refused as a name that there is not. */
s2s_status s2s_name_list_read(const s2s_known_names *known, const char *list, int *items, int *n,
                              s2s_error *err) S2S_MUST_USE;

#endif
