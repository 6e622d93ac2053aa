/* SentencePiece (C++) behind C: the one place that knows its classes.  Nothing here checks a model; see
 * text/subwords.h.
 *
 * https://github.com/google/sentencepiece, Kudo and Richardson 2018, arXiv:1808.06226 */
#ifndef S2S_TEXT_SENTENCEPIECE_H
#define S2S_TEXT_SENTENCEPIECE_H

#include "base/str.h"

typedef struct s2s_sentencepiece s2s_sentencepiece; /* immutable once loaded; may be shared by threads */

/* How a model is trained; `next` gives a line at a time, false at the end. */
typedef struct s2s_sentencepiece_training {
    const char *model_type; /* "bpe", "unigram" */
    int vocab_size;         /* special pieces included */
    bool hard_vocab_limit;  /* fails where the text does not support so many pieces; else they are fewer */
    double character_coverage;
    bool byte_fallback;
    const char *symbols; /* pieces besides, whole and in no other, with commas between them; NULL: none */
    bool (*next)(void *arg, s2s_span *line);
    const bool *out_of_memory; /* true where next ended for want of memory; NULL: it does not */
    void *arg;
} s2s_sentencepiece_training;

/* From a serialized model; NULL where it is refused or memory is out. */
s2s_sentencepiece *s2s_sentencepiece_load(const char *model, size_t n);
void s2s_sentencepiece_free(s2s_sentencepiece *sentencepiece); /* NULL is allowed */

int s2s_sentencepiece_size(const s2s_sentencepiece *sentencepiece);
/* Piece i, borrowed; false for a control symbol, the unknown piece and pieces out of use: they stand for no
 * text. */
bool s2s_sentencepiece_piece(const s2s_sentencepiece *sentencepiece, int i, s2s_span *piece);

/* Appends the pieces of a line, each with a NUL behind it; false on failure. */
bool s2s_sentencepiece_encode(const s2s_sentencepiece *sentencepiece, s2s_span line, s2s_str *pieces);
/* The same, sampled with a generator that starts from seed.  alpha: of unigram the inverse temperature of a
 * segmentation's probability (Kudo 2018, arXiv:1804.10959, l = infinity), of bpe the probability that a merge
 * is left out (Provilkov et al. 2020, arXiv:1910.13267). */
bool s2s_sentencepiece_sample(const s2s_sentencepiece *sentencepiece, s2s_span line, double alpha,
                              uint64_t seed, s2s_str *pieces);
/* Appends the text of pieces; false on failure. */
bool s2s_sentencepiece_decode(const s2s_sentencepiece *sentencepiece, const s2s_span *pieces, int n,
                              s2s_str *text);

/* Appends the serialized model, or where it returns false the reason.  SentencePiece may print, and may end the
 * process where a text gives too few pieces. */
bool s2s_sentencepiece_train(const s2s_sentencepiece_training *training, s2s_str *result);

#endif
