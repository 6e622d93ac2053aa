/* Subwords: a trained SentencePiece model, which cuts a line into pieces and joins them again.
 *
 * Encoding and decoding are those of the programs spm_encode and spm_decode.  A model comes from outside, so it
 * is checked before SentencePiece sees it, which trusts what it loads.  SentencePiece allocates in every
 * call. */
#ifndef S2S_TEXT_SUBWORDS_H
#define S2S_TEXT_SUBWORDS_H

#include "text/sentencepiece.h"

typedef struct s2s_subwords s2s_subwords; /* immutable once open; may be shared by threads */

/* From a serialized model, which is copied.  S2S_BAD_MODEL where it is damaged, hostile, or neither bpe nor
 * unigram; the message does not say where it comes from. */
s2s_status s2s_subwords_open(s2s_subwords **subwords, s2s_span model, s2s_error *err) S2S_MUST_USE;
/* From a file such as spm_train writes; the message begins with its path. */
s2s_status s2s_subwords_read(s2s_subwords **subwords, const char *path, s2s_error *err) S2S_MUST_USE;
/* Trains a model from lines; `what` tells in messages which text they are.  The same lines and options give the
 * same model.  S2S_BAD_CONFIG or S2S_BAD_DATA where the text does not support it, S2S_EXHAUSTED where memory
 * runs out, which may show as a child that is killed, S2S_FAILED where another signal ends it.
 *
 * SentencePiece ends its process where it finds too little in a text, and logs to standard error: so a child
 * process trains, and this call waits for it. */
s2s_status s2s_subwords_train(s2s_subwords **subwords, const s2s_sentencepiece_training *training,
                              const char *what, s2s_error *err) S2S_MUST_USE;
/* Adds pieces that are never cut nor part of others, with commas between them, but for those that it has.
 * S2S_BAD_MODEL where SentencePiece refuses them. */
s2s_status s2s_subwords_extend(s2s_subwords **subwords, const char *symbols, s2s_error *err) S2S_MUST_USE;
void s2s_subwords_free(s2s_subwords *subwords); /* NULL is allowed */

const char *s2s_subwords_kind(const s2s_subwords *subwords); /* "bpe", "unigram" */
s2s_span s2s_subwords_model(const s2s_subwords *subwords);   /* serialized; borrowed */
uint64_t s2s_subwords_hash(const s2s_subwords *subwords);    /* of the serialized model */
const s2s_sentencepiece *s2s_subwords_sentencepiece(const s2s_subwords *subwords);

#endif
