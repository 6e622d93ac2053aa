/* Blocks parallel to the parameters: moments, averages; and single loops over them, shared by the team.
 *
 * A loop is cut at multiples of a fixed number of elements, so that every element falls into the same place
 * of a vector loop whatever the size of the team, and has the same bits. */
#ifndef S2S_TRAIN_BLOCK_H
#define S2S_TRAIN_BLOCK_H

#include "base/team.h"
#include "kernels/kernels.h"
#include "tensor/params.h"

/* A zeroed block of params->n_elements, aligned, to free(); NULL when out of memory. */
s2s_real *s2s_block_new(const s2s_params *params);
size_t s2s_block_bytes(size_t n_elements); /* that one takes; SIZE_MAX: more than there can be */

/* Share [*begin, *end) of n elements that belongs to a member: whole strips. */
void s2s_block_share(size_t n, int member, int size, size_t *begin, size_t *end);

/* Euclidean norm, the same for every team; not finite when an element is not.  strips: s2s_strip of each strip,
 * those of zeros are not read; NULL: all are read. */
double s2s_block_norm(const s2s_real *block, size_t n, const unsigned char *strips, s2s_team *team,
                      const s2s_kernels *kernels);

void s2s_block_clear(s2s_real *block, size_t n, s2s_team *team);
void s2s_block_swap(s2s_real *a, s2s_real *b, size_t n, s2s_team *team);

#endif
