#include "train/corpora.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/str.h"
#include "base/weight_list.h"

/* Files in lines; S2S_BAD_CONFIG where a line is empty. */
static s2s_status count_files(const char *option, const char *files, int *n, s2s_error *err)
{
    s2s_span file;
    for (*n = 0; s2s_lines_next(&files, &file); ++*n)
        if (file.len == 0)
            return s2s_fail(err, S2S_BAD_CONFIG, "--%s: expected a file on every line, found line %d empty",
                            option, *n + 1);
    return S2S_OK;
}

int s2s_corpora_n_standard_input(const char *files)
{
    s2s_span file;
    int n = 0;
    while (s2s_lines_next(&files, &file))
        n += s2s_span_is(file, "-");
    return n;
}

static s2s_status read_weights(double *weights, const s2s_train_options *options, s2s_error *err)
{
    return s2s_weight_list_read(weights, s2s_lines_count(options->train) + s2s_lines_count(options->src),
                                options->corpus_weights, "--corpus-weights", "corpus", err);
}

s2s_status s2s_corpora_check(const s2s_train_options *options, s2s_error *err)
{
    int n_pairs, n_sources, n_targets;
    S2S_TRY(count_files("train", options->train, &n_pairs, err));
    S2S_TRY(count_files("src", options->src, &n_sources, err));
    S2S_TRY(count_files("tgt", options->tgt, &n_targets, err));
    if (n_sources != n_targets)
        return s2s_fail(err, S2S_BAD_CONFIG, "--tgt: expected as many files as in --src, %d, found %d",
                        n_sources, n_targets);
    return options->corpus_weights ? read_weights(NULL, options, err) : S2S_OK;
}

s2s_status s2s_corpora_weights(double **weights, const s2s_train_options *options, s2s_error *err)
{
    size_t n = (size_t)s2s_lines_count(options->train) + (size_t)s2s_lines_count(options->src);
    *weights = NULL;
    if (!options->corpus_weights)
        return S2S_OK;
    *weights = malloc(n * sizeof **weights);
    return *weights ? read_weights(*weights, options, err)
                    : s2s_fail_memory(err, "reading the weights of corpora");
}
