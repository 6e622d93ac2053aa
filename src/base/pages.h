/* Memory for large arrays. */
#ifndef S2S_BASE_PAGES_H
#define S2S_BASE_PAGES_H

#include <stddef.h>

/* At least *bytes, a multiple of S2S_ALIGNMENT and not 0; *bytes becomes how many there are.  Much memory comes
 * in huge pages where the system has them: the first touch of a small one costs more than what is then done
 * with it, and sweeps over many are slower.  To be freed; NULL if there is none. */
void *s2s_pages_alloc(size_t *bytes);
size_t s2s_pages_size(size_t bytes); /* what *bytes becomes; SIZE_MAX: more than there can be */

#endif
