#include <string.h>

#include "base/fail.h"
#include "base/token.h"
#include "kernels/kernels.h"
#include "model/arch.h"
#include "text/tokeniser.h"
#include "train/corpora.h"
#include "train/options.h"
#include "train/valid_metrics.h"

enum { VALUE_SIZE = 96 }; /* bytes of a printed value in a message; longer ones are cut */

/* Models, checkpoints and config.yaml hold texts as UTF-8, paths among them. */
static s2s_status check_utf8(const s2s_option *option, const s2s_train_options *options, s2s_error *err)
{
    const char *text = NULL;
    if (option->type == S2S_OPTION_TEXT)
        memcpy(&text, (const char *)options + option->offset, sizeof text);
    size_t n = text ? strlen(text) : 0, good = text ? s2s_utf8_check(text, n) : 0;
    if (good == n)
        return S2S_OK;
    return s2s_fail(err, S2S_BAD_CONFIG, "--%s: expected UTF-8, found byte 0x%02x at byte offset %zu",
                    option->name, (unsigned)(unsigned char)text[good], good);
}

static s2s_status check_ranges(const s2s_train_options *options, s2s_error *err)
{
    const s2s_option_table *table = s2s_train_options_table();
    for (int i = 0; i < table->n_options; i++) {
        s2s_error why;
        if (s2s_option_check(&table->options[i], options, &why) != S2S_OK)
            return s2s_fail(err, S2S_BAD_CONFIG, "%s", why.msg);
        S2S_TRY(check_utf8(&table->options[i], options, err));
    }
    return S2S_OK;
}

/* One file of pairs or two parallel files; none at all is allowed where it is optional. */
static s2s_status check_files(const char *name, const char *pairs, const char *source, const char *target,
                              bool optional, const char *prefix, s2s_error *err)
{
    if (pairs && (source || target))
        return s2s_fail(err, S2S_BAD_CONFIG, "--%s and --%ssrc, --%stgt exclude each other", name, prefix,
                        prefix);
    if (!source != !target)
        return s2s_fail(err, S2S_BAD_CONFIG, "--%s%s: expected --%s%s beside it", prefix,
                        source ? "src" : "tgt", prefix, source ? "tgt" : "src");
    if (!pairs && !source && !optional)
        return s2s_fail(err, S2S_BAD_CONFIG, "expected training pairs: --%s, or --%ssrc and --%stgt", name,
                        prefix, prefix);
    return S2S_OK;
}

/* Standard input can be read once. */
static s2s_status check_standard_input(const s2s_train_options *options, s2s_error *err)
{
    const char *const files[] = {options->train,           options->src,       options->tgt,
                                 options->valid,           options->valid_src, options->valid_tgt,
                                 options->guided_alignment};
    int n = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        n += s2s_corpora_n_standard_input(files[i]);
    if (n > 1)
        return s2s_fail(err, S2S_BAD_CONFIG, "expected at most one file to be - (standard input), found %d", n);
    return S2S_OK;
}

static s2s_status check_subwords(const char *side, int tokens, const char *file, s2s_error *err)
{
    if (!file || s2s_tokeniser_has_subwords((s2s_tokeniser_kind)tokens))
        return S2S_OK;
    return s2s_fail(err, S2S_BAD_CONFIG,
                    "--%s-subwords: expected --%s-tokens bpe or unigram beside it, found %s", side, side,
                    s2s_tokeniser_name((s2s_tokeniser_kind)tokens));
}

static s2s_status check_text(const s2s_train_options *options, s2s_error *err)
{
    s2s_text_pipeline *source = NULL, *target = NULL, *output = NULL;
    s2s_status status = s2s_text_open(&source, options->src_text, "--src-text", NULL, 0, err);
    if (status == S2S_OK)
        status = s2s_text_open(&target, options->tgt_text, "--tgt-text", NULL, 0, err);
    if (status == S2S_OK)
        status = s2s_text_open(&output, options->output_text, "--output-text", NULL, 0, err);
    if (status == S2S_OK)
        status = s2s_text_pair(source, target, output, err);
    s2s_text_close(source);
    s2s_text_close(target);
    s2s_text_close(output);
    return status;
}

static s2s_status check_vocab(const s2s_train_options *options, s2s_error *err)
{
    s2s_tokeniser_kind source = (s2s_tokeniser_kind)options->src_tokens,
                       target = (s2s_tokeniser_kind)options->tgt_tokens;
    S2S_TRY(check_subwords("src", options->src_tokens, options->src_subwords, err));
    S2S_TRY(check_subwords("tgt", options->tgt_tokens, options->tgt_subwords, err));
    if (options->joint_vocab && source != target)
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--joint-vocab: expected the same tokens on both sides, found %s and %s",
                        s2s_tokeniser_name(source), s2s_tokeniser_name(target));
    if (options->joint_vocab && options->tgt_subwords)
        return s2s_fail(
            err, S2S_BAD_CONFIG,
            "--joint-vocab: expected the subword model of both sides in --src-subwords, found one in "
            "--tgt-subwords");
    if (options->network.tied_all && !options->joint_vocab)
        return s2s_fail(err, S2S_BAD_CONFIG, "--tied-all: expected --joint-vocab beside it");
    bool subwords = s2s_tokeniser_has_subwords(source) || s2s_tokeniser_has_subwords(target);
    if (subwords && options->vocab_size > 0 && options->vocab_size <= S2S_N_SPECIALS)
        return s2s_fail(err, S2S_BAD_CONFIG, "--vocab-size: expected more than %d subwords, found %d",
                        S2S_N_SPECIALS, options->vocab_size);
    if (options->subword_sampling > 0 && !subwords)
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--subword-sampling: expected a side with --src-tokens or --tgt-tokens "
                        "bpe or unigram");
    if (options->subword_sampling > 0 && options->memory > 0)
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--subword-sampling: expected no --memory beside it, which has to know "
                        "how long the pairs are");
    return S2S_OK;
}

s2s_status s2s_train_options_check_data(const s2s_train_options *options, s2s_error *err)
{
    S2S_TRY(check_ranges(options, err));
    S2S_TRY(check_files("train", options->train, options->src, options->tgt, false, "", err));
    S2S_TRY(check_files("valid", options->valid, options->valid_src, options->valid_tgt, true, "valid-", err));
    S2S_TRY(s2s_corpora_check(options, err));
    S2S_TRY(check_standard_input(options, err));
    S2S_TRY(check_text(options, err));
    if (options->max_length_ratio > 0 && options->max_length_ratio < 1)
        return s2s_fail(err, S2S_BAD_CONFIG, "--max-length-ratio: expected 0 or at least 1, found %g",
                        options->max_length_ratio);
    return check_vocab(options, err);
}

static s2s_status check_guided_alignment(const s2s_train_options *options, s2s_error *err)
{
    if (!options->guided_alignment)
        return S2S_OK;
    if (options->network.attention == S2S_ATTENTION_NONE)
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--guided-alignment: expected an --attention to guide, found none");
    if (options->memory > 0)
        return s2s_fail(
            err, S2S_BAD_CONFIG,
            "--guided-alignment: expected no --memory beside it, which has to know how many links the "
            "pairs have");
    return S2S_OK;
}

s2s_status s2s_train_options_check(const s2s_train_options *options, s2s_error *err)
{
    S2S_TRY(s2s_train_options_check_data(options, err));
    S2S_TRY(s2s_network_options_check(&options->network, err));
    S2S_TRY(check_guided_alignment(options, err));
    s2s_valid_metrics metrics;
    S2S_TRY(s2s_valid_metrics_read(&metrics, options->valid_metric, err));
    if (!options->output || !*options->output)
        return s2s_fail(err, S2S_BAD_CONFIG, "--output: expected a run folder");
    if (options->schedule == S2S_SCHEDULE_COSINE && options->after.amount == 0)
        return s2s_fail(err, S2S_BAD_CONFIG, "--schedule cosine: expected an end of training in --after");
    if (options->nesterov && options->optimizer == S2S_OPTIMISER_SGD && options->momentum == 0)
        return s2s_fail(err, S2S_BAD_CONFIG, "--nesterov: expected a --momentum above 0");
    return S2S_OK;
}

s2s_status s2s_train_options_resolve(s2s_train_options *options, s2s_error *err)
{
    return s2s_precision_resolve(&options->precision, err);
}

void s2s_train_options_adopt(s2s_train_options *options, const s2s_train_options *stored)
{
    if (options->precision == S2S_PRECISION_AUTO)
        options->precision = stored->precision;
    if (options->memory == 0 || stored->accumulate < options->accumulate ||
        s2s_train_split_batch(options, stored->accumulate) != stored->batch_tokens)
        return;
    options->batch_tokens = stored->batch_tokens;
    options->accumulate = stored->accumulate;
}

int s2s_train_split_batch(const s2s_train_options *options, int accumulate)
{
    return (int)((int64_t)options->batch_tokens * options->accumulate / accumulate);
}

s2s_status s2s_train_options_copy(s2s_train_options *copy, const s2s_train_options *options, s2s_arena *arena,
                                  s2s_error *err)
{
    *copy = *options;
    const s2s_option_table *table = s2s_train_options_table();
    for (int i = 0; i < table->n_options; i++) {
        if (table->options[i].type != S2S_OPTION_TEXT)
            continue;
        const char **text = (const char **)((char *)copy + table->options[i].offset);
        if (!*text)
            continue;
        *text = s2s_arena_strdup(arena, *text);
        if (!*text)
            return s2s_fail_memory(err, "copying the options");
    }
    return S2S_OK;
}

s2s_train_options s2s_train_options_of_model(const s2s_train_options *options)
{
    s2s_train_options kept = *options, defaults;
    s2s_train_options_defaults(&defaults);
    kept.output = defaults.output;
    kept.overwrite = defaults.overwrite;
    kept.threads = defaults.threads;
    kept.memory = defaults.memory;
    kept.disp_every = defaults.disp_every;
    kept.save_every = defaults.save_every;
    kept.keep_best = defaults.keep_best;
    kept.keep_last = defaults.keep_last;
    return kept;
}

/* Options that may change from one part of a run to the next. */
static bool may_differ(const char *name)
{
    static const char *const names[] = {"src-subwords",
                                        "tgt-subwords",
                                        "train",
                                        "src",
                                        "tgt",
                                        "valid",
                                        "valid-src",
                                        "valid-tgt",
                                        "after",
                                        "early-stopping",
                                        "target-metric",
                                        "valid-every",
                                        "save-every",
                                        "disp-every",
                                        "threads",
                                        "memory",
                                        "output",
                                        "overwrite",
                                        "early-stopping-on"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Whether the option is a file that was given before and is now: then its path alone may differ. */
static bool has_moved(const char *name, const s2s_train_options *stored, const s2s_train_options *given)
{
    return strcmp(name, "guided-alignment") == 0 && stored->guided_alignment && given->guided_alignment;
}

s2s_status s2s_train_options_resume(const s2s_train_options *stored, const s2s_train_options *given,
                                    s2s_error *err)
{
    const s2s_option_table *table = s2s_train_options_table();
    for (int i = 0; i < table->n_options; i++) {
        const s2s_option *option = &table->options[i];
        char was[VALUE_SIZE], is[VALUE_SIZE];
        if (may_differ(option->name) || has_moved(option->name, stored, given) ||
            s2s_option_same(option, stored, given))
            continue;
        s2s_option_print(option, stored, was, sizeof was);
        s2s_option_print(option, given, is, sizeof is);
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "%s holds a run with --%s %s, not %s; --overwrite starts anew, without its model",
                        given->output, option->name, was, is);
    }
    return S2S_OK;
}

int s2s_train_longest_source(const s2s_train_options *options)
{
    bool bounded = options->network.attention == S2S_ATTENTION_LOCATION;
    return bounded && options->network.max_source < options->max_length ? options->network.max_source
                                                                        : options->max_length;
}
