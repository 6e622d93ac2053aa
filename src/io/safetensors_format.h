/* What the reader and the writer of safetensors files share. */
#ifndef S2S_IO_SAFETENSORS_FORMAT_H
#define S2S_IO_SAFETENSORS_FORMAT_H

#include "io/safetensors.h"

#define S2S_HEADER_AT 8          /* the header follows its length */
#define S2S_HEADER_MAX 100000000 /* bytes; the format's own limit */
#define S2S_METADATA_KEY "__metadata__"

#define S2S_CHECKSUM_KEY "checksum"
#define S2S_CHECKSUM_DIGITS 16
#define S2S_CHECKSUM_BLANK "0000000000000000" /* hashed in place of the digits */

size_t s2s_dtype_bytes(const char *dtype); /* of one element; 0 for an unknown name */
/* Bytes that dtype and shape amount to; SIZE_MAX when that overflows, a size is negative or the rank is
 * above 4. */
size_t s2s_shape_bytes(const s2s_stored_tensor *tensor);

/* Offset of the checksum's digits among the first n bytes of a file (length and header); 0 if they are not
 * there. */
size_t s2s_checksum_at(const char *bytes, size_t n, const char *digits);

typedef struct s2s_checksum s2s_checksum;
s2s_checksum *s2s_checksum_new(void); /* NULL when out of memory */
void s2s_checksum_add(s2s_checksum *sum, const void *bytes, size_t n);
void s2s_checksum_end(s2s_checksum *sum, char digits[S2S_CHECKSUM_DIGITS + 1]); /* frees sum */

#endif
