/* What a run reads: training and validation pairs, their vocabularies, and the readers that make batches. */
#ifndef S2S_TRAIN_DATASET_H
#define S2S_TRAIN_DATASET_H

#include "data/read_ahead.h"
#include "s2s/train.h"

typedef struct s2s_dataset {
    s2s_corpus *train;
    s2s_corpus *valid; /* train itself without a file of its own */
    s2s_part train_part, valid_part;
    double *weights; /* of the members of train; NULL: 1 each */
    s2s_text_pipeline *source_text, *target_text, *output_text;
    s2s_subwords *source_subwords,
        *target_subwords; /* of the training part alone, as all that follows, or given */
    s2s_tokeniser source_tokeniser, target_tokeniser; /* with --joint-vocab both cut with source_subwords */
    s2s_vocab *source_vocab, *target_vocab;           /* the same with --joint-vocab */
    s2s_alignments *alignments; /* of the training corpus; NULL without --guided-alignment */
    s2s_reader *train_reader;
    s2s_read_ahead *train_batches; /* of train_reader, which is read through it alone */
    s2s_reader *valid_reader;      /* in corpus order */
} s2s_dataset;

/* Opens the corpora and chooses their parts: the first step of s2s_dataset_open, with its errors.  watch (or
 * NULL): as for s2s_corpus_open, which is told of the training data first. */
s2s_status s2s_dataset_open_pairs(s2s_dataset *dataset, const s2s_train_options *options,
                                  const s2s_line_watch *watch, const s2s_logger *logger,
                                  s2s_error *err) S2S_MUST_USE;

/* logger is borrowed until close.  S2S_BAD_DATA when no pair is left to train on or to validate with. */
s2s_status s2s_dataset_open(s2s_dataset *dataset, const s2s_train_options *options, const s2s_logger *logger,
                            s2s_error *err) S2S_MUST_USE;
void s2s_dataset_close(s2s_dataset *dataset); /* a zeroed one is allowed */

#endif
