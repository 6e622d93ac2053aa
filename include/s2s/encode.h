/* Text to tokens and their numbers, and back, as a model has it: the features that its network reads, for other
 * programs. */
#ifndef S2S_ENCODE_H
#define S2S_ENCODE_H

#include "s2s/predict.h"

/* A line as one side of a model has it, through text steps and tokeniser. */
typedef struct s2s_encoding {
    int n;                     /* tokens; 0 of a blank line */
    const int *ids;            /* [n] numbers in the vocabulary of the side; 0 is that of unknown tokens */
    const char *const *pieces; /* [n] terminated; s2s_model_piece has those of known ones */
} s2s_encoding;

/* text: UTF-8, n bytes, no line feed.  The arrays of *encoding are borrowed from the worker until its next
 * call.  target: false for the source side.  Where the model protects text, a target and its way back have the
 * symbols of the source that was encoded last, if nothing was predicted or scored since.  S2S_BAD_DATA for what
 * is no line, as "input 1: ...". */
S2S_API s2s_status s2s_encode(s2s_worker *worker, bool target, const char *text, size_t n,
                              s2s_encoding *encoding, s2s_error *err) S2S_MUST_USE;

/* The way back: the text of n numbers, joined as the tokeniser joins and back through the text steps;
 * terminated, borrowed from the worker until its next call.  The numbers of the beginning and the end of a
 * sequence stand for nothing.  S2S_BAD_DATA for a number that the vocabulary has not. */
S2S_API s2s_status s2s_decode(s2s_worker *worker, bool target, const int *ids, int n, const char **text,
                              s2s_error *err) S2S_MUST_USE;

#endif
