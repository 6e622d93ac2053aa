/* Word alignments of a corpus, for guided alignment: a text file with a line for each of its pairs, in the
 * order of its files.
 *
 * A line holds links "i-j" with spaces between them (Pharaoh's format, as fast_align writes it), in any
 * order: word i of the source to word j of the target, both from 0.  It may be empty.  Where a source has
 * several targets, a TAB stands between their links.
 *
 * Words are tokens or, where tokens are subwords, what white space separates; both of the text as text steps
 * leave it.  A link of words links every token of the one to every token of the other. */
#ifndef S2S_DATA_ALIGNMENTS_H
#define S2S_DATA_ALIGNMENTS_H

#include "data/corpus.h"
#include "tensor/batch.h"
#include "text/tokeniser.h"

typedef struct s2s_alignments s2s_alignments; /* immutable once open; may be shared by threads */

/* path: as for s2s_text_file_open.  Corpus and tokenisers are borrowed for the call.  S2S_BAD_DATA, with path
 * and line, for what is no link, a word that the pair does not have, or another number of targets; with the
 * path for another number of lines than the corpus has. */
s2s_status s2s_alignments_open(s2s_alignments **alignments, const char *path, const s2s_corpus *corpus,
                               const s2s_tokeniser *source_tokeniser, const s2s_tokeniser *target_tokeniser,
                               const s2s_logger *logger, s2s_error *err) S2S_MUST_USE;
void s2s_alignments_close(s2s_alignments *alignments); /* NULL is allowed */

/* The words that the tokens of a sequence belong to, of s2s_number_words. */
typedef struct s2s_token_words {
    const int *words; /* [n] */
    int n;
} s2s_token_words;

/* Links of the tokens of target k of pair i to those of its source, in the arena; rows are target tokens.
 * Words without a token are left out.  False when out of memory, or when there are more than an int
 * counts. */
bool s2s_alignments_read(const s2s_alignments *alignments, size_t i, int k, const s2s_token_words *source,
                         const s2s_token_words *target, s2s_links *links, s2s_arena *arena);

uint64_t s2s_alignments_hash(const s2s_alignments *alignments); /* of the text */

#endif
