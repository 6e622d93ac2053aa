#include "train/dataset.h"

#include <stdlib.h>

#include "base/fail.h"
#include "train/corpora.h"
#include "train/options.h"
#include "train/vocabularies.h"

static s2s_status open_corpora(s2s_dataset *dataset, const s2s_train_options *options,
                               const s2s_line_watch *watch, const s2s_logger *logger, s2s_error *err)
{
    const s2s_corpus_options train = {options->train, options->src, options->tgt, logger, watch};
    const s2s_corpus_options valid = {options->valid, options->valid_src, options->valid_tgt, logger, watch};
    S2S_TRY(s2s_corpora_weights(&dataset->weights, options, err));
    S2S_TRY(s2s_corpus_open(&dataset->train, &train, err));
    if (valid.pairs || valid.source)
        return s2s_corpus_open(&dataset->valid, &valid, err);
    dataset->valid = dataset->train;
    return S2S_OK;
}

/* Without validation pairs of their own some are held out, unless there are so few that a side would be empty.
 */
static void choose_parts(s2s_dataset *dataset, const s2s_logger *logger)
{
    if (dataset->valid != dataset->train)
        return;
    size_t n = 0, n_held_out = 0;
    for (size_t i = 0; i < s2s_corpus_size(dataset->train); i++) {
        n += s2s_corpus_is_fit(dataset->train, i);
        n_held_out += s2s_part_has(S2S_PART_HELD_OUT, dataset->train, i);
    }
    if (n_held_out == 0 || n_held_out == n) {
        s2s_log(logger, S2S_LOG_WARNING, "too few pairs to hold some out: validation uses the training pairs");
        return;
    }
    dataset->train_part = S2S_PART_KEPT;
    dataset->valid_part = S2S_PART_HELD_OUT;
}

static s2s_status open_alignments(s2s_dataset *dataset, const s2s_train_options *options,
                                  const s2s_logger *logger, s2s_error *err)
{
    if (!options->guided_alignment)
        return S2S_OK;
    return s2s_alignments_open(&dataset->alignments, options->guided_alignment, dataset->train,
                               &dataset->source_tokeniser, &dataset->target_tokeniser, logger, err);
}

/* What is wrong with the pairs is told with the file that they come from. */
static s2s_status open_reader(s2s_reader **reader, const s2s_reader_options *options, s2s_error *err)
{
    s2s_error why;
    s2s_status status = s2s_reader_new(reader, options, &why);
    if (status == S2S_OK)
        return S2S_OK;
    if (status == S2S_BAD_DATA)
        return s2s_fail(err, status, "%s: %s", s2s_corpus_name(options->corpus), why.msg);
    return s2s_fail(err, status, "%s", why.msg);
}

static s2s_status open_readers(s2s_dataset *dataset, const s2s_train_options *options, s2s_error *err)
{
    s2s_reader_options reader = {
        .corpus = dataset->train,
        .part = dataset->train_part,
        .source_tokeniser = dataset->source_tokeniser,
        .target_tokeniser = dataset->target_tokeniser,
        .source_vocab = dataset->source_vocab,
        .target_vocab = dataset->target_vocab,
        .alignments = dataset->alignments,
        .subword_sampling = options->subword_sampling,
        .twins = options->r_drop > 0,
        .batch_tokens = options->batch_tokens,
        .max_length = options->max_length,
        .max_source = s2s_train_longest_source(options),
        .max_ratio = options->max_length_ratio,
        .seed = (uint64_t)options->seed,
        .weights = dataset->weights,
        .curriculum = options->curriculum,
        .shuffle = true,
    };
    S2S_TRY(open_reader(&dataset->train_reader, &reader, err));
    S2S_TRY(s2s_read_ahead_new(&dataset->train_batches, dataset->train_reader, err));
    reader.corpus = dataset->valid;
    reader.part = dataset->valid_part;
    reader.alignments = NULL;
    reader.weights = NULL;
    reader.shuffle = reader.twins = false;
    reader.subword_sampling = reader.max_ratio = 0;
    reader.curriculum = 0;
    return open_reader(&dataset->valid_reader, &reader, err);
}

/* ": 3 with a source of over 200 tokens or a target of over 200, 1 with a side of no tokens" */
static void add_reasons(s2s_str *text, const s2s_reader *reader, const s2s_train_options *options)
{
    for (s2s_skip skip = S2S_SKIP_NOT + 1; skip < S2S_N_SKIPS; skip++) {
        size_t n = s2s_reader_n_skipped_as(reader, skip);
        if (n == 0)
            continue;
        s2s_str_printf(text, "%s%zu with ", text->len > 0 ? ", " : ": ", n);
        if (skip == S2S_SKIP_BLANK)
            s2s_str_printf(text, "a side of no tokens");
        else if (skip == S2S_SKIP_LONG)
            s2s_str_printf(text, "a source of over %d tokens or a target of over %d",
                           s2s_train_longest_source(options), options->max_length);
        else
            s2s_str_printf(text, "one side over %g times the other", options->max_length_ratio);
    }
}

/* Readers refuse a part that is left without pairs; here is told what else they left out. */
static void report_skipped(const s2s_dataset *dataset, const s2s_train_options *options,
                           const s2s_logger *logger)
{
    const s2s_reader *readers[] = {dataset->train_reader, dataset->valid_reader};
    const char *names[] = {"training", "validation"};
    for (int i = 0; i < 2; i++) {
        s2s_str reasons = {0};
        size_t n_skipped = s2s_reader_n_skipped(readers[i]);
        add_reasons(&reasons, readers[i], options);
        if (n_skipped > 0)
            s2s_log(logger, S2S_LOG_WARNING, "%zu of %zu %s pairs are left out%s", n_skipped,
                    s2s_reader_n_pairs(readers[i]) + n_skipped, names[i], s2s_str_text(&reasons));
        s2s_str_free(&reasons);
    }
}

s2s_status s2s_dataset_open_pairs(s2s_dataset *dataset, const s2s_train_options *options,
                                  const s2s_line_watch *watch, const s2s_logger *logger, s2s_error *err)
{
    *dataset = (s2s_dataset){0};
    s2s_status status = open_corpora(dataset, options, watch, logger, err);
    if (status == S2S_OK)
        choose_parts(dataset, logger);
    else
        s2s_dataset_close(dataset);
    return status;
}

s2s_status s2s_dataset_open(s2s_dataset *dataset, const s2s_train_options *options, const s2s_logger *logger,
                            s2s_error *err)
{
    s2s_status status = s2s_dataset_open_pairs(dataset, options, NULL, logger, err);
    if (status == S2S_OK)
        status = s2s_vocabularies_make(dataset, options, err);
    if (status == S2S_OK)
        status = open_alignments(dataset, options, logger, err);
    if (status == S2S_OK)
        status = open_readers(dataset, options, err);
    if (status == S2S_OK)
        report_skipped(dataset, options, logger);
    else
        s2s_dataset_close(dataset);
    return status;
}

void s2s_dataset_close(s2s_dataset *dataset)
{
    s2s_read_ahead_free(dataset->train_batches);
    s2s_reader_free(dataset->train_reader);
    s2s_reader_free(dataset->valid_reader);
    s2s_alignments_close(dataset->alignments);
    s2s_vocabularies_free(dataset);
    if (dataset->valid != dataset->train)
        s2s_corpus_close(dataset->valid);
    s2s_corpus_close(dataset->train);
    free(dataset->weights);
    *dataset = (s2s_dataset){0};
}
