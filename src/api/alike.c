#include "api/alike.h"

#include <string.h>

#include "base/fail.h"

enum { VALUE_SIZE = 96 }; /* bytes of a printed value in a message; longer ones are cut */

typedef struct pair {
    const s2s_model *first, *model;
} pair;

static bool is_of_text(const s2s_option *option)
{
    static const char *const names[] = {"src-text", "tgt-text", "output-text", "src-tokens", "tgt-tokens"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(option->name, names[i]) == 0)
            return true;
    return false;
}

/* Whether a trained network computes what it does because of the option. */
static bool is_of_network(const s2s_option *option)
{
    return strcmp(option->group, "network") == 0 && strncmp(option->name, "dropout", strlen("dropout")) != 0;
}

static s2s_status check_options(pair p, s2s_alike alike, s2s_error *err)
{
    const s2s_option_table *table = s2s_train_options_table();
    for (int i = 0; i < table->n_options; i++) {
        const s2s_option *option = &table->options[i];
        char expected[VALUE_SIZE], found[VALUE_SIZE];
        bool matters = is_of_text(option) || (alike == S2S_ALIKE_WHOLLY && is_of_network(option));
        if (!matters || s2s_option_same(option, &p.first->options, &p.model->options))
            continue;
        s2s_option_print(option, &p.first->options, expected, sizeof expected);
        s2s_option_print(option, &p.model->options, found, sizeof found);
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected --%s %s as %s has, found %s", p.model->path,
                        option->name, *expected ? expected : "none", p.first->path, *found ? found : "none");
    }
    return S2S_OK;
}

static s2s_status check_vocab(pair p, const s2s_vocab *expected, const s2s_vocab *found, const char *side,
                              s2s_error *err)
{
    int n = s2s_vocab_size(expected);
    if (n != s2s_vocab_size(found))
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected a %s vocabulary of %d pieces as %s has, found %d",
                        p.model->path, side, n, p.first->path, s2s_vocab_size(found));
    for (int i = 0; i < n; i++) {
        const char *piece = s2s_vocab_piece(expected, i).data, *other = s2s_vocab_piece(found, i).data;
        if (strcmp(piece, other) != 0)
            return s2s_fail(err, S2S_BAD_MODEL,
                            "%s: %s vocabulary: expected piece %d to be \"%.64s\" as in %s, found \"%.64s\"",
                            p.model->path, side, i, piece, p.first->path, other);
    }
    return S2S_OK;
}

/* Options name the steps; what they hold may differ all the same. */
static s2s_status check_text(pair p, const s2s_text_pipeline *expected, const s2s_text_pipeline *found,
                             const char *which, s2s_error *err)
{
    if (s2s_text_hash(expected) == s2s_text_hash(found))
        return S2S_OK;
    return s2s_fail(err, S2S_BAD_MODEL, "%s: expected the words of the %s text steps of %s, found others",
                    p.model->path, which, p.first->path);
}

static s2s_status check_tokeniser(pair p, const s2s_tokeniser *expected, const s2s_tokeniser *found,
                                  const char *side, s2s_error *err)
{
    if (expected->subwords && s2s_subwords_hash(expected->subwords) != s2s_subwords_hash(found->subwords))
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected the %s subword model of %s, found another one",
                        p.model->path, side, p.first->path);
    return check_text(p, expected->text, found->text, side, err);
}

s2s_status s2s_models_check_alike(const s2s_model *first, const s2s_model *model, s2s_alike alike,
                                  s2s_error *err)
{
    const pair p = {first, model};
    S2S_TRY(check_options(p, alike, err));
    S2S_TRY(check_vocab(p, first->file.source_vocab, model->file.source_vocab, "source", err));
    S2S_TRY(check_vocab(p, first->file.target_vocab, model->file.target_vocab, "target", err));
    S2S_TRY(check_tokeniser(p, &first->source_tokeniser, &model->source_tokeniser, "source", err));
    S2S_TRY(check_tokeniser(p, &first->target_tokeniser, &model->target_tokeniser, "target", err));
    return check_text(p, first->output_text, model->output_text, "output", err);
}
