/* The stream of training batches: tokenised, shuffled, cut by length, resumable.
 *
 * Each target of a source makes a pair of its own.  An epoch visits every pair once or, where the members of
 * the corpus have weights, so often, in an order that is a function of (seed, epoch) alone: of a weight of 2.3,
 * every epoch visits 30 %, drawn anew, a third time.  Inside windows of that order, of about 100 batches, pairs
 * are sorted by length and cut into batches of at most batch_tokens tokens (the larger of the counts of both
 * sides; a longer pair is a batch by itself); the batches of a window come in shuffled order.  The position is
 * two numbers.
 *
 * Sampled subwords are a function of (seed, epoch, pair).  Batches are planned with the lengths of the most
 * likely ones, so that they may come out larger; a sample that exceeds max_length gives way to the most likely
 * ones.
 *
 * With a curriculum of N epochs, epoch E of them, from 1, visits only sqrt(E / (N + 1)) of all pairs, the
 * shortest by their longer side: others are admitted as the learner's competence grows (Platanios et al. 2019,
 * arXiv:1903.09848).
 *
 * Memory does not grow with the corpus: the 16 bytes that are known of each pair are in arrays that may lie in
 * a file (base/spill.h), as may the 8 bytes of each line (data/text_file.h).  After the largest batch nothing is
 * allocated, but for subwords. */
#ifndef S2S_DATA_READER_H
#define S2S_DATA_READER_H

#include "data/alignments.h"
#include "data/corpus.h"
#include "tensor/batch.h"
#include "text/tokeniser.h"
#include "text/vocab.h"

typedef struct s2s_reader s2s_reader;

enum { S2S_READER_MAX_LENGTH = 65535 };

/* Which pairs of the corpus are read: validation without a file of its own takes the held-out ones
 * (s2s_corpus_held_out), training the others. */
typedef enum s2s_part { S2S_PART_ALL, S2S_PART_KEPT, S2S_PART_HELD_OUT } s2s_part;

/* Whether pair i of a corpus is fit and belongs to the part. */
bool s2s_part_has(s2s_part part, const s2s_corpus *corpus, size_t i);

/* Why a pair is left out. */
typedef enum s2s_skip {
    S2S_SKIP_NOT,
    S2S_SKIP_BLANK, /* a side without tokens, as text steps or a subword model leave it */
    S2S_SKIP_LONG,
    S2S_SKIP_RATIO,
    S2S_N_SKIPS
} s2s_skip;

typedef struct s2s_length_limits {
    int max_source, max_target; /* tokens */
    double max_ratio;           /* of the longer side to the shorter one, as in Moses' clean-corpus-n; 0: off */
} s2s_length_limits;

/* The first reason against a pair of so many tokens. */
s2s_skip s2s_skip_of(const s2s_length_limits *limits, int source, int target);

typedef struct s2s_reader_options {
    const s2s_corpus *corpus; /* borrowed, as all that follows */
    s2s_part part;
    s2s_tokeniser source_tokeniser, target_tokeniser; /* their subwords borrowed */
    const s2s_vocab *source_vocab, *target_vocab;
    const s2s_alignments *alignments; /* of the corpus, whose links batches get; NULL: none */
    double subword_sampling;          /* alpha of s2s_tokenise_sampled, in every epoch anew; 0: off */
    bool twins;                       /* every pair is in its batch twice, one copy after the other */
    int batch_tokens;                 /* >= 1, of the larger side, end of the target sequence included */
    int max_length;   /* 1 .. S2S_READER_MAX_LENGTH tokens; pairs with a longer or empty side are left out */
    int max_source;   /* the same for the source alone, where the network bounds it; 0: max_length */
    double max_ratio; /* of s2s_length_limits */
    uint64_t seed;
    const double *weights; /* of the members of the corpus, above 0; NULL: 1 each */
    int curriculum;        /* epochs; 0: off */
    bool shuffle;          /* false: windows in corpus order, their batches from short to long (validation) */
} s2s_reader_options;

/* Where the next batch is; two numbers to store in a checkpoint. */
typedef struct s2s_reader_position {
    int64_t epoch;
    int64_t batch; /* batches of this epoch already read */
} s2s_reader_position;

/* One batch, valid until the call after the next one: the one before may still be in use while one is read. */
typedef struct s2s_batch {
    s2s_source_batch source;
    s2s_target_batch target;
} s2s_batch;

/* Makes one pass over the corpus to learn all lengths.  S2S_BAD_DATA when no pair is left; the message lacks
 * the file's name, which only the caller knows. */
s2s_status s2s_reader_new(s2s_reader **reader, const s2s_reader_options *options, s2s_error *err) S2S_MUST_USE;
void s2s_reader_free(s2s_reader *reader); /* NULL is allowed */

/* The next batch, which never crosses the end of an epoch; *end_of_epoch tells that it was the last of its
 * epoch, and then the position is batch 0 of the next. */
s2s_status s2s_reader_next(s2s_reader *reader, s2s_batch *batch, bool *end_of_epoch,
                           s2s_error *err) S2S_MUST_USE;
s2s_reader_position s2s_reader_tell(const s2s_reader *reader);
/* Goes to a position that tell gave for the same corpus and options, without tokenising what lies before it.
 * S2S_BAD_DATA where there is no such position; seek again before reading on. */
s2s_status s2s_reader_seek(s2s_reader *reader, s2s_reader_position position, s2s_error *err) S2S_MUST_USE;

/* From the next window on, fewer tokens per batch than the reader was made for: 1 <= batch_tokens. */
void s2s_reader_shrink(s2s_reader *reader, int batch_tokens);

/* Tokens of a pair, end of the target sequence included. */
typedef struct s2s_pair_length {
    int source, target;
} s2s_pair_length;

/* The least and the most of each side among the pairs used. */
void s2s_reader_lengths(const s2s_reader *reader, s2s_pair_length *shortest, s2s_pair_length *longest);
size_t s2s_reader_bytes(const s2s_reader *reader);   /* held besides batches */
size_t s2s_reader_n_pairs(const s2s_reader *reader); /* pairs used */
/* Visits of an epoch, from 0: one of each pair but in a curriculum or with weights.  Any thread may ask. */
size_t s2s_reader_n_admitted(const s2s_reader *reader, int64_t epoch);
size_t s2s_reader_n_skipped(const s2s_reader *reader); /* pairs left out (known after construction) */
size_t s2s_reader_n_skipped_as(const s2s_reader *reader, s2s_skip skip);

#endif
