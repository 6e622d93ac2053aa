/* A vocabulary: pieces numbered from 0, the special ones of base/token.h first. */
#ifndef S2S_TEXT_VOCAB_H
#define S2S_TEXT_VOCAB_H

#include <stdint.h>

#include "base/str.h"
#include "base/token.h"
#include "text/subwords.h"

typedef struct s2s_vocab s2s_vocab; /* immutable once built; may be shared by threads */

/* Counting pieces, then building the vocabulary from the counts. */
typedef struct s2s_vocab_counter s2s_vocab_counter;
s2s_vocab_counter *s2s_vocab_counter_new(void); /* NULL when out of memory */
void s2s_vocab_counter_free(s2s_vocab_counter *counter);
s2s_status s2s_vocab_counter_add(s2s_vocab_counter *counter, s2s_span piece, s2s_error *err) S2S_MUST_USE;
int s2s_vocab_counter_size(const s2s_vocab_counter *counter); /* different pieces */
int64_t s2s_vocab_counter_count(const s2s_vocab_counter *counter, s2s_span piece);
/* The most frequent pieces first (ties: by bytes), at most max_size in all (0: no limit) including the
 * specials, each seen at least min_count times.  A piece spelt like a special is left out. */
s2s_status s2s_vocab_build(s2s_vocab **vocab, const s2s_vocab_counter *counter, int max_size, int min_count,
                           s2s_error *err) S2S_MUST_USE;

/* From a list of all pieces in order, specials included (borrowed during the call).  S2S_BAD_MODEL when
 * the specials are not in their places, a piece occurs twice, is empty, holds a NUL or a line feed, or is not
 * UTF-8. */
s2s_status s2s_vocab_from_pieces(s2s_vocab **vocab, const s2s_span *pieces, int n, s2s_error *err) S2S_MUST_USE;
/* The pieces of a subword model in its order, behind the specials; its own special pieces are left out. */
s2s_status s2s_vocab_from_subwords(s2s_vocab **vocab, const s2s_subwords *subwords,
                                   s2s_error *err) S2S_MUST_USE;
void s2s_vocab_free(s2s_vocab *vocab); /* NULL is allowed */

size_t s2s_vocab_bytes(const s2s_vocab *vocab); /* held */
int s2s_vocab_size(const s2s_vocab *vocab);
int s2s_vocab_find(const s2s_vocab *vocab,
                   s2s_span piece); /* S2S_TOKEN_UNK if unknown or spelt like a special */
s2s_span s2s_vocab_piece(const s2s_vocab *vocab, int token); /* 0 <= token < size; borrowed, terminated */
uint64_t s2s_vocab_hash(const s2s_vocab *vocab);             /* of all pieces in order */

#endif
