/* Bytes of a file or a pipe in their order, unpacked where it is gzip or zstd, with bounded memory. */
#ifndef S2S_STREAM_H
#define S2S_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "s2s/status.h"

/* Of a line without its end, in every file of lines that is read and in every input. */
enum { S2S_MAX_LINE_BYTES = 1 << 20 };

typedef struct s2s_stream s2s_stream;

/* path NULL or "-": standard input.  The path must live as long as the stream.  S2S_BAD_DATA where it cannot be
 * opened. */
S2S_API s2s_status s2s_stream_open(s2s_stream **stream, const char *path, s2s_error *err) S2S_MUST_USE;
S2S_API void s2s_stream_close(s2s_stream *stream); /* standard input stays open; NULL is allowed */

/* Reads up to size > 0 bytes: what is there, without waiting for more; *n is 0 at the end only.  What is packed
 * is known by its first bytes; several packed files in a row are one, as pigz and cat make them.  S2S_BAD_DATA
 * with the path for what cannot be read, is damaged, is cut short or takes over 128 MiB to unpack: then nothing
 * but closing is left to do. */
S2S_API s2s_status s2s_stream_read(s2s_stream *stream, void *bytes, size_t size, size_t *n,
                                   s2s_error *err) S2S_MUST_USE;

S2S_API const char *s2s_stream_name(const s2s_stream *stream); /* what messages call it */
S2S_API bool s2s_stream_is_terminal(const s2s_stream *stream);

#endif
