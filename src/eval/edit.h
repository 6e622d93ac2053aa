/* Edit distance with its alignment, over token numbers. */
#ifndef S2S_EVAL_EDIT_H
#define S2S_EVAL_EDIT_H

#include "base/arena.h"
#include "base/str.h"
#include "s2s/evaluate.h"

typedef enum s2s_edit_op { S2S_EDIT_MATCH, S2S_EDIT_SUBSTITUTE, S2S_EDIT_INSERT, S2S_EDIT_DELETE } s2s_edit_op;

typedef struct s2s_alignment {
    s2s_edit_op *ops; /* [n_ops] in order; INSERT: only in hyp, DELETE: only in ref */
    int n_ops;
    int edits;
} s2s_alignment;

/* Levenshtein 1966, unit costs; among equal alignments one with most matches, the same one every time.  The
 * operations live in the arena, n_ref * n_hyp bytes of which are used meanwhile; false when out of memory. */
bool s2s_edit_align(s2s_alignment *alignment, const int *ref, int n_ref, const int *hyp, int n_hyp,
                    s2s_arena *arena);
/* The counts of that alignment without the alignment, in memory for the shorter sequence only. */
bool s2s_edit_count(s2s_edit_counts *counts, const int *ref, int n_ref, const int *hyp, int n_hyp,
                    s2s_arena *arena);
/* Their sum; -1 when out of memory. */
int s2s_edit_distance(const int *ref, int n_ref, const int *hyp, int n_hyp, s2s_arena *arena);

/* Three lines "REF: ...", "HYP: ...", "OP:  ..." with columns padded to the wider piece (terminal columns,
 * UTF-8 aware), "*" for gaps, ops S, I, D or blank. */
void s2s_edit_print(const s2s_alignment *alignment, const s2s_span *ref, const s2s_span *hyp, s2s_str *text);

#endif
