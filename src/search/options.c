/* The options of prediction. */
#include <limits.h>

#include "base/fail.h"
#include "base/team.h"
#include "search/search.h"

static const char model[] = "model";
static const char search[] = "search";
static const char sampling[] = "sampling";
static const char limits[] = "limits";
static const char run[] = "run";

typedef s2s_predict_options fields;

/* name, letter, type, offset, min, max, choices, unit, group, help */
static const s2s_option rows[] = {
    {"weights", 0, S2S_OPTION_TEXT, offsetof(fields, weights), 0, 0, NULL, "LIST", model,
     "what several models count, in their order and separated by commas, as in 2,1; equal by default"},

    {"beam-size", 'b', S2S_OPTION_INT, offsetof(fields, beam_size), 1, 1000, NULL, "hypotheses", search,
     "hypotheses kept per input; 1 is greedy search"},
    {"n-best", 'n', S2S_OPTION_INT, offsetof(fields, n_best), 1, 1000, NULL, "outputs", search,
     "outputs per input, best first; at most --beam-size unless sampling"},
    {"length-penalty", 0, S2S_OPTION_REAL, offsetof(fields, length_penalty), 0, 10, NULL, NULL, search,
     "favours long outputs: log-probabilities are divided by ((5 + length) / 6) to this power; 0 turns it off, "
     "which suits pronunciations; 0.6 to 1 suits translation"},
    {"coverage-penalty", 0, S2S_OPTION_REAL, offsetof(fields, coverage_penalty), 0, 10, NULL, NULL, search,
     "favours outputs that attended to the whole source; 0 turns it off; a model without attention ignores it"},
    {"replace-unknown", 0, S2S_OPTION_BOOL, offsetof(fields, replace_unknown), 0, 0, NULL, NULL, search,
     "outputs may contain unknown tokens, each of which is replaced by the source token that it attends to "
     "most: with subwords by the whole word, but by one subword where outputs are in subwords too; needs a "
     "model with attention whose tokens are not characters"},
    {"unknown-dictionary", 0, S2S_OPTION_TEXT, offsetof(fields, unknown_dictionary), 0, 0, NULL, "FILE", search,
     "lines \"source<TAB>target\": what an unknown token becomes where its source token is listed"},
    {"lexicon", 0, S2S_OPTION_TEXT, offsetof(fields, lexicon), 0, 0, NULL, "FILE", search,
     "outputs are strings of this file only, one a line, as far as the model's tokens can spell them; may be "
     "gzip or zstd"},
    {"shortlist", 0, S2S_OPTION_TEXT, offsetof(fields, shortlist), 0, 0, NULL, "FILE", search,
     "outputs consist of tokens that their source is likely to become according to this file, which s2s "
     "shortlist writes: faster with large vocabularies; may be gzip or zstd; a --lexicon takes precedence"},
    {"shortlist-best", 0, S2S_OPTION_INT, offsetof(fields, shortlist_best), 1, INT_MAX, NULL, "tokens", search,
     "N tokens for each source token, the most probable ones of the file"},
    {"shortlist-frequent", 0, S2S_OPTION_INT, offsetof(fields, shortlist_frequent), 0, INT_MAX, NULL, "tokens",
     search, "N tokens for every source: the file's translations of NULL, then the first of the vocabulary"},
    {"no-repeat-ngram", 0, S2S_OPTION_INT, offsetof(fields, no_repeat_ngram), 0, 1000, NULL, "tokens", search,
     "no sequence of N tokens occurs twice in an output; 0 turns it off"},

    {"sample", 0, S2S_OPTION_BOOL, offsetof(fields, sample), 0, 0, NULL, NULL, sampling,
     "draw --n-best outputs at random instead of searching for the best"},
    {"temperature", 0, S2S_OPTION_REAL, offsetof(fields, temperature), 0.01, 100, NULL, NULL, sampling,
     "log-probabilities are divided by it: below 1, likely tokens become likelier"},
    {"top-k", 0, S2S_OPTION_INT, offsetof(fields, top_k), 0, INT_MAX, NULL, "tokens", sampling,
     "sample from the N most likely tokens; 0 takes all"},
    {"top-p", 0, S2S_OPTION_REAL, offsetof(fields, top_p), 0, 1, NULL, "probability", sampling,
     "sample from the most likely tokens whose probabilities add up to this; 1 takes all"},
    {"seed", 0, S2S_OPTION_INT, offsetof(fields, seed), 0, INT_MAX, NULL, NULL, sampling,
     "seed of sampling: the same seed and input give the same outputs"},

    {"max-source", 0, S2S_OPTION_INT, offsetof(fields, max_source), 0, 1000000, NULL, "tokens", limits,
     "inputs longer than this are split where sentences end, or else at white space, and the predictions for "
     "the parts are joined; 0 takes the longest that the model was trained on"},
    {"min-length", 0, S2S_OPTION_INT, offsetof(fields, min_length), 0, 1000000, NULL, "tokens", limits,
     "shortest output; only an empty input has an empty one by default"},
    {"max-length", 0, S2S_OPTION_INT, offsetof(fields, max_length), 0, 1000000, NULL, "tokens", limits,
     "outputs are cut off here; 0 takes --max-length-factor times the length of the source, plus 10"},
    {"max-length-factor", 0, S2S_OPTION_REAL, offsetof(fields, max_length_factor), 0, 1000, NULL, NULL, limits,
     "longest output per source token where --max-length is 0"},

    {"batch-tokens", 0, S2S_OPTION_INT, offsetof(fields, batch_tokens), 1, INT_MAX, NULL, "tokens", run,
     "source tokens per batch; outputs do not depend on it"},
    {"batch-size", 0, S2S_OPTION_INT, offsetof(fields, batch_size), 0, INT_MAX, NULL, "inputs", run,
     "inputs per batch at most; 0 sets no limit"},
    {"threads", 't', S2S_OPTION_INT, offsetof(fields, threads), 0, S2S_TEAM_MAX, NULL, "threads", run,
     "threads to work with; 0 takes one per core; outputs do not depend on it"},
};

static const s2s_predict_options defaults = {
    .beam_size = 5,
    .shortlist_best = 100,
    .shortlist_frequent = 100,
    .n_best = 1,
    .temperature = 1,
    .top_p = 1,
    .min_length = 1,
    .max_length_factor = 6,
    .batch_tokens = 4000,
    .seed = 1,
};

static const s2s_option_table table = {rows, sizeof rows / sizeof *rows, sizeof(s2s_predict_options),
                                       &defaults};

const s2s_option_table *s2s_predict_options_table(void)
{
    return &table;
}

void s2s_predict_options_defaults(s2s_predict_options *options)
{
    *options = defaults;
}

s2s_status s2s_predict_options_check(const s2s_predict_options *options, s2s_error *err)
{
    for (int i = 0; i < table.n_options; i++)
        S2S_TRY(s2s_option_check(&rows[i], options, err));
    if (!options->sample && options->n_best > options->beam_size)
        return s2s_fail(err, S2S_MISUSE, "--n-best %d: expected at most --beam-size, which is %d",
                        options->n_best, options->beam_size);
    if (options->max_length > 0 && options->min_length > options->max_length)
        return s2s_fail(err, S2S_MISUSE, "--min-length %d: expected at most --max-length, which is %d",
                        options->min_length, options->max_length);
    if (options->unknown_dictionary && !options->replace_unknown)
        return s2s_fail(err, S2S_MISUSE, "--unknown-dictionary: expected --replace-unknown, found none");
    return S2S_OK;
}
