/* A reader whose next batch is prepared by a thread of its own while the present one is in use.
 *
 * Batches, positions and errors are those of the reader, in the same order: what is read ahead is not seen
 * until it is asked for.  The thread sleeps but for one batch at a time; two batches exist at most. */
#ifndef S2S_DATA_READ_AHEAD_H
#define S2S_DATA_READ_AHEAD_H

#include "data/reader.h"

typedef struct s2s_read_ahead s2s_read_ahead;

/* reader: borrowed, and until free not to be read or moved by others. */
s2s_status s2s_read_ahead_new(s2s_read_ahead **ahead, s2s_reader *reader, s2s_error *err) S2S_MUST_USE;
void s2s_read_ahead_free(s2s_read_ahead *ahead); /* NULL is allowed; the reader may be a batch further */

/* As s2s_reader_next; the batch is valid until the next call, and the one after it is begun.  A batch that
 * failed is tried again by the next call. */
s2s_status s2s_read_ahead_next(s2s_read_ahead *ahead, s2s_batch *batch, bool *end_of_epoch,
                               s2s_error *err) S2S_MUST_USE;
/* Behind the batch that next gave last. */
s2s_reader_position s2s_read_ahead_tell(const s2s_read_ahead *ahead);
/* As s2s_reader_seek. */
s2s_status s2s_read_ahead_seek(s2s_read_ahead *ahead, s2s_reader_position position,
                               s2s_error *err) S2S_MUST_USE;

/* As s2s_reader_n_admitted. */
size_t s2s_read_ahead_n_admitted(const s2s_read_ahead *ahead, int64_t epoch);

/* Seconds that all calls of next so far have waited for their batch. */
double s2s_read_ahead_waited_s(const s2s_read_ahead *ahead);

#endif
