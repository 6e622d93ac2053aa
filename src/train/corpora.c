#include "train/corpora.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/str.h"

enum { SHOWN_BYTES = 32 }; /* of a bad weight */

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

static bool read_weight(s2s_span text, double *weight)
{
    char *end;
    bool decimal = text.len > 0 && strspn(text.data, "0123456789.eE+-") >= text.len && *text.data != '+';
    *weight = decimal ? s2s_str_to_real(text.data, &end) : 0;
    return decimal && end == text.data + text.len && *weight > 0 && *weight <= S2S_MAX_WEIGHT;
}

static s2s_status check_weights(const char *list, int n_corpora, s2s_error *err)
{
    s2s_span text;
    int n = 0;
    for (; s2s_list_next(&list, &text); n++) {
        double weight;
        if (!read_weight(text, &weight))
            return s2s_fail(err, S2S_BAD_CONFIG,
                            "--corpus-weights: expected numbers above 0 and of at most %d, found \"%.*s\"",
                            S2S_MAX_WEIGHT, text.len < SHOWN_BYTES ? (int)text.len : SHOWN_BYTES, text.data);
    }
    if (n != n_corpora)
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--corpus-weights: expected one number for each corpus, %d, found %d", n_corpora, n);
    return S2S_OK;
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
    return options->corpus_weights ? check_weights(options->corpus_weights, n_pairs + n_sources, err) : S2S_OK;
}

s2s_status s2s_corpora_weights(double **weights, const s2s_train_options *options, s2s_error *err)
{
    s2s_span text;
    const char *list = options->corpus_weights;
    size_t n = 0;
    *weights = NULL;
    if (!list)
        return S2S_OK;
    *weights = malloc((strlen(list) + 1) * sizeof **weights); /* more than there are numbers */
    if (!*weights)
        return s2s_fail_memory(err, "reading the weights of corpora");
    while (s2s_list_next(&list, &text))
        (void)read_weight(text, &(*weights)[n++]); /* cannot fail: the options were checked */
    return S2S_OK;
}
