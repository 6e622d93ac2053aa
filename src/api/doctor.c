/* The data of training looked at: from a survey to findings with advice. */
#include "s2s/doctor.h"

#include <stdlib.h>

#include "base/fail.h"
#include "data/survey.h"
#include "train/dataset.h"
#include "train/options.h"
#include "train/vocabularies.h"

static const char lines[] = "lines";
static const char pairs[] = "pairs";
static const char tokens[] = "tokens";

/* Kinds are in the order of their severity. */
static const struct {
    s2s_severity severity;
    const char *unit, *what, *advice;
} texts[S2S_N_FINDINGS] = {
    [S2S_FINDING_LONG_LINE] = {S2S_SEVERITY_ERROR, lines, "of more than 1 MiB",
                               "split the text into one pair a line"},
    [S2S_FINDING_NUL] =
        {S2S_SEVERITY_ERROR, lines, "with a NUL",
         "UTF-16 has many: iconv -f UTF-16 -t UTF-8 makes text of it; else remove them: tr -d '\\0'"},
    [S2S_FINDING_NOT_UTF8] = {S2S_SEVERITY_ERROR, lines, "that are not UTF-8",
                              "convert the file, as iconv -f WINDOWS-1252 -t UTF-8 does, or remove the lines"},
    [S2S_FINDING_NO_TAB] =
        {S2S_SEVERITY_ERROR, lines, "without a TAB",
         "write source<TAB>target, no blanks instead; parallel files are given as --src and --tgt"},
    [S2S_FINDING_MANY_TARGETS] = {S2S_SEVERITY_ERROR, lines, "of more than 1000 targets",
                                  "each TAB begins a further target: put surplus ones on lines of their own"},
    [S2S_FINDING_EMPTY_SIDE] = {S2S_SEVERITY_ERROR, lines, "with nothing on a side",
                                "remove these pairs, of parallel files in both"},
    [S2S_FINDING_MISALIGNED] = {S2S_SEVERITY_ERROR, "corpora", "of parallel files that differ in length",
                                "line N of one file belongs to line N of the other: find where one was lost"},
    [S2S_FINDING_NO_VOCABULARY] = {S2S_SEVERITY_ERROR, "vocabularies", "that cannot be made",
                                   "change what the message names, or give more text"},
    [S2S_FINDING_NO_PAIRS] = {S2S_SEVERITY_ERROR, "parts", "without a pair that can be used",
                              "repair the lines above, or raise --max-length or --max-length-ratio"},
    [S2S_FINDING_CR] = {S2S_SEVERITY_WARNING, lines, "with a CR at the end",
                        "training drops it; sed 's/\\r$//' removes it for other programs too"},
    [S2S_FINDING_SEPARATOR] = {S2S_SEVERITY_WARNING, lines,
                               "with a character that ends lines for other programs",
                               "turn it into a blank: whoever splits there puts parallel files out of step"},
    [S2S_FINDING_CONTROL] =
        {S2S_SEVERITY_WARNING, lines, "with a control character",
         "remove it, or let the text step spaces turn it into a blank: --src-text spaces --tgt-text spaces"},
    [S2S_FINDING_NO_TOKENS] = {S2S_SEVERITY_WARNING, pairs, "of which no token is left on a side",
                               "they are left out; text steps or the subword model drop all that they have"},
    [S2S_FINDING_TOO_LONG] = {S2S_SEVERITY_WARNING, pairs, "with a side over --max-length",
                              "they are left out; split them, or raise --max-length"},
    [S2S_FINDING_SHARED_PAIR] =
        {S2S_SEVERITY_WARNING, "validation pairs", "that are in the training data",
         "remove them from the training data: else validation rewards learning by heart"},
    [S2S_FINDING_SHARED_SOURCE] =
        {S2S_SEVERITY_WARNING, "validation pairs", "whose source is in the training data",
         "remove them from the training data, unless new targets of known sources are the task"},
    [S2S_FINDING_NOT_HELD_OUT] =
        {S2S_SEVERITY_WARNING, pairs, "that are trained on and validated with",
         "give validation pairs of their own: --valid; there are too few to hold some out"},
    [S2S_FINDING_UNEVEN] =
        {S2S_SEVERITY_NOTE, pairs, "with one side over 9 times (or --max-length-ratio times) the other",
         "such sides seldom belong together; --max-length-ratio 9 leaves them out of training"},
    [S2S_FINDING_DUPLICATE] =
        {S2S_SEVERITY_NOTE, pairs, "that stand on an earlier line too",
         "they weigh more in training than others: keep one (sort -u) unless that is wanted"},
    [S2S_FINDING_AMBIGUOUS] =
        {S2S_SEVERITY_NOTE, pairs, "whose source has other targets on other lines",
         "the model can only learn a compromise; make them one line of several targets to count all as right"},
    [S2S_FINDING_COPY] = {S2S_SEVERITY_NOTE, pairs, "of which the target is its source",
                          "in translations these are mostly text that was left as it was: remove them"},
    [S2S_FINDING_UNKNOWN_SOURCE] =
        {S2S_SEVERITY_NOTE, tokens, "of validation sources, unknown to the vocabulary",
         "use subwords (--src-tokens bpe or unigram), lower --vocab-min-count, or raise --vocab-size"},
    [S2S_FINDING_UNKNOWN_TARGET] =
        {S2S_SEVERITY_NOTE, tokens, "of validation targets, unknown to the vocabulary",
         "a model never outputs them: use subwords (--tgt-tokens bpe or unigram), or keep more tokens"},
};

#define S2S_X(NAME, name) name,
static const char *const names[] = {S2S_FINDING_LIST(S2S_X)};
#undef S2S_X

/* What examining takes besides its results. */
typedef struct examination {
    const s2s_train_options *options;
    s2s_dataset dataset;
    s2s_survey_part training, validation;
} examination;

/* The findings borrow from the survey. */
typedef struct held_diagnosis {
    s2s_diagnosis seen; /* first: it is what is handed out */
    s2s_survey survey;
    s2s_finding findings[S2S_N_FINDINGS];
} held_diagnosis;

static void look_at_alignment(s2s_survey *survey, const s2s_corpus *corpus)
{
    for (int i = 0; i < s2s_corpus_n_members(corpus); i++) {
        s2s_corpus_member member = s2s_corpus_member_at(corpus, i);
        if (!member.target_name)
            continue;
        survey->tallies[S2S_FINDING_MISALIGNED].of++;
        if (member.n_source_lines != member.n_target_lines)
            s2s_survey_add(survey, S2S_FINDING_MISALIGNED, (s2s_place){0}, "%s has %zu lines, %s %zu",
                           member.source_name, member.n_source_lines, member.target_name,
                           member.n_target_lines);
    }
}

static bool has_own_validation(const examination *e)
{
    return e->dataset.valid != e->dataset.train;
}

static s2s_status look_at_pairs(examination *e, s2s_survey *survey, s2s_error *err)
{
    e->training = (s2s_survey_part){e->dataset.train, e->dataset.train_part, true};
    e->validation = (s2s_survey_part){e->dataset.valid, e->dataset.valid_part, false};
    look_at_alignment(survey, e->dataset.train);
    if (has_own_validation(e))
        look_at_alignment(survey, e->dataset.valid);
    S2S_TRY(s2s_survey_duplicates(survey, &e->training, has_own_validation(e) ? &e->validation : NULL, err));
    s2s_tally *tally = &survey->tallies[S2S_FINDING_NOT_HELD_OUT];
    if (!has_own_validation(e) && e->dataset.valid_part == S2S_PART_ALL)
        tally->count = tally->of = survey->tallies[S2S_FINDING_DUPLICATE].of;
    return S2S_OK;
}

static s2s_status look_at_tokens(const examination *e, s2s_diagnosis *diagnosis, s2s_survey *survey,
                                 s2s_error *err)
{
    const s2s_dataset *d = &e->dataset;
    const s2s_survey_text text = {
        .source_tokeniser = &d->source_tokeniser,
        .target_tokeniser = &d->target_tokeniser,
        .source_vocab = d->source_vocab,
        .target_vocab = d->target_vocab,
        .limits = {s2s_train_longest_source(e->options), e->options->max_length, e->options->max_length_ratio},
    };
    S2S_TRY(s2s_survey_tokens(survey, &e->training, &text, diagnosis->sides, err));
    S2S_TRY(s2s_survey_tokens(survey, &e->validation, &text, diagnosis->sides + 2, err));
    diagnosis->n_sides = 4;
    return S2S_OK;
}

/* A vocabulary that the data does not support is a finding; other failures are not the data's fault. */
static s2s_status look_at_text(examination *e, s2s_diagnosis *diagnosis, s2s_survey *survey, s2s_error *err)
{
    if (survey->tallies[S2S_FINDING_DUPLICATE].of == 0) {
        survey->tallies[S2S_FINDING_NO_PAIRS].of = 1;
        s2s_survey_add(survey, S2S_FINDING_NO_PAIRS, (s2s_place){0}, "training: no line is a pair");
        return S2S_OK;
    }
    s2s_error why;
    s2s_status status = s2s_vocabularies_make(&e->dataset, e->options, &why);
    if (status == S2S_OK)
        return look_at_tokens(e, diagnosis, survey, err);
    if (status != S2S_BAD_DATA && status != S2S_BAD_CONFIG)
        return s2s_fail(err, status, "%s", why.msg);
    survey->tallies[S2S_FINDING_NO_VOCABULARY].of = 1;
    s2s_survey_add(survey, S2S_FINDING_NO_VOCABULARY, (s2s_place){0}, "%s", why.msg);
    return S2S_OK;
}

static s2s_status examine(held_diagnosis *held, examination *e, s2s_error *err)
{
    const s2s_line_watch watch = {s2s_survey_line, &held->survey};
    S2S_TRY(s2s_dataset_open_pairs(&e->dataset, e->options, &watch, NULL, err));
    S2S_TRY(look_at_pairs(e, &held->survey, err));
    S2S_TRY(look_at_text(e, &held->seen, &held->survey, err));
    return held->survey.out_of_memory ? s2s_fail_memory(err, "looking at the data") : S2S_OK;
}

static void conclude(held_diagnosis *held)
{
    s2s_diagnosis *d = &held->seen;
    d->findings = held->findings;
    for (int kind = 0; kind < S2S_N_FINDINGS; kind++) {
        const s2s_tally *tally = &held->survey.tallies[kind];
        if (tally->count == 0)
            continue;
        held->findings[d->n_findings++] = (s2s_finding){
            .kind = (s2s_finding_kind)kind,
            .severity = texts[kind].severity,
            .name = names[kind],
            .unit = texts[kind].unit,
            .what = texts[kind].what,
            .advice = texts[kind].advice,
            .count = tally->count,
            .of = texts[kind].unit == lines ? held->survey.n_lines : tally->of,
            .examples = tally->examples,
            .n_examples = tally->n_examples,
        };
        d->n_errors += texts[kind].severity == S2S_SEVERITY_ERROR;
    }
}

s2s_status s2s_doctor_examine(s2s_diagnosis **diagnosis, const s2s_train_options *options, int n_examples,
                              s2s_error *err)
{
    if (diagnosis)
        *diagnosis = NULL;
    if (!diagnosis || !options)
        return s2s_fail(err, S2S_MISUSE, "s2s_doctor_examine: expected options, found NULL");
    if (n_examples < 0 || n_examples > S2S_MAX_EXAMPLES)
        return s2s_fail(err, S2S_MISUSE, "s2s_doctor_examine: expected 0 to %d examples, found %d",
                        S2S_MAX_EXAMPLES, n_examples);
    S2S_TRY(s2s_train_options_check_data(options, err));
    held_diagnosis *held = calloc(1, sizeof *held);
    if (!held)
        return s2s_fail_memory(err, "looking at the data");
    examination e = {.options = options};
    s2s_status status = s2s_survey_open(&held->survey, n_examples, err);
    if (status == S2S_OK)
        status = examine(held, &e, err);
    s2s_dataset_close(&e.dataset);
    if (status != S2S_OK) {
        s2s_diagnosis_free(&held->seen);
        return status;
    }
    conclude(held);
    *diagnosis = &held->seen;
    return S2S_OK;
}

void s2s_diagnosis_free(s2s_diagnosis *diagnosis)
{
    held_diagnosis *held = (held_diagnosis *)diagnosis;
    if (!held)
        return;
    s2s_survey_close(&held->survey);
    free(held);
}
