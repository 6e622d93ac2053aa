/* Whether a serialized SentencePiece model can be handed to SentencePiece, whose loader trusts much of it. */
#ifndef S2S_TEXT_SUBWORDS_CHECK_H
#define S2S_TEXT_SUBWORDS_CHECK_H

#include "base/str.h"

/* Checks that it is a well-formed protobuf message sentencepiece.ModelProto of a bpe or unigram model, with
 * pieces of UTF-8 without NUL and line feed, finite scores and sound maps of characters.  *kind becomes "bpe"
 * or "unigram".  S2S_BAD_MODEL telling what is wrong. */
s2s_status s2s_subwords_check(s2s_span model, const char **kind, s2s_error *err) S2S_MUST_USE;

/* Checks a precompiled map of characters: the size of a trie in 4 bytes, the trie as Darts-clone lays it out,
 * the texts that its values point to, each with a NUL behind it. */
s2s_status s2s_charsmap_check(s2s_span map, s2s_error *err) S2S_MUST_USE;

#endif
