/* Tercom's edit distance between words: unit costs, and of the table only a band around its diagonal is
 * computed.  The table is kept, so that the distance of an output with a part moved is computed from its first
 * new word on. */
#ifndef S2S_EVAL_TER_DISTANCE_H
#define S2S_EVAL_TER_DISTANCE_H

#include "base/arena.h"
#include "eval/symbols.h"

typedef struct s2s_ter_row {
    int first, end; /* its band: the numbers of reference words, [first, end) */
    size_t at;      /* where the cell of no reference word would be */
} s2s_ter_row;

/* Cells of all rows, one after the other. */
typedef struct s2s_ter_cells {
    int *costs;
    unsigned char *ops;
} s2s_ter_cells;

typedef struct s2s_ter_table {
    const int *reference;
    int n_reference, n_output;
    s2s_ter_row *rows;   /* [n_output + 1]: after so many words of the output */
    s2s_ter_cells cells; /* of the output */
    s2s_ter_cells tried; /* of the output changed */
} s2s_ter_table;

/* How output and reference stand to each other. */
typedef struct s2s_ter_alignment {
    int *output_at; /* [n_reference] word of the output, the last one before it where it
                                                has none; -1: none */
    unsigned char *output_off, *reference_off; /* whether the word is in the alignment, but wrong */
} s2s_ter_alignment;

/* Makes room for an output of n_output words in the arena; false when out of memory. */
bool s2s_ter_table_make(s2s_ter_table *table, int n_output, const s2s_symbols *reference, s2s_arena *arena);
/* The distance of the output, of which all words before the first changed one are as they were. */
int s2s_ter_distance(s2s_ter_table *table, const int *output, int first_changed);
/* The same for an output of at least one word that is only tried: the table stays that of the output before. */
int s2s_ter_distance_tried(s2s_ter_table *table, const int *output, int first_changed);
/* Fills the alignment of the output. */
void s2s_ter_align(const s2s_ter_table *table, s2s_ter_alignment *alignment);

#endif
