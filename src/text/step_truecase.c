/* truecase: the case that a word mostly has within sentences (Koehn et al., Moses: train-truecaser, truecase).
 * A model holds the words seen there, the most frequent ones first. */
#include <stdlib.h>

#include "text/letter.h"
#include "text/piece_set.h"
#include "text/step.h"
#include "text/vocab.h"

typedef struct truecaser {
    s2s_vocab_counter *counter; /* while it learns */
    s2s_piece_set words, lower; /* those of step->data, and the same in lower case */
    int *best;                  /* [lower.n] number in words of the most frequent form */
} truecaser;

static bool is_one_of(s2s_span word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s2s_span_is(word, list[i]))
            return true;
    return false;
}

/* A sentence begins at the start of a line and behind an end of one, brackets and quotes aside. */
static bool sentence_ends(s2s_span word)
{
    static const char *const ends[] = {".", ":", "?", "!"};
    return is_one_of(word, ends, sizeof ends / sizeof *ends);
}

/* Whether a sentence may begin with it and its first word still follow. */
static bool opens_sentence(s2s_span word)
{
    static const char *const openings[] = {"(", "[", "\"", "'", "&apos;", "&quot;", "&#91;", "&#93;"};
    return is_one_of(word, openings, sizeof openings / sizeof *openings);
}

static bool has_case(s2s_span word)
{
    const char *end = word.data + word.len;
    s2s_letter l;
    for (const char *p = word.data; (l = s2s_letter_at(p, end)).len; p += l.len)
        if (s2s_is_cased(l.code))
            return true;
    return false;
}

/* Words and their forms from step->data. */
static bool index_words(truecaser *t, s2s_span text)
{
    if (!s2s_piece_set_add_words(&t->words, text))
        return false;
    s2s_str lower = {0};
    t->best = malloc(((size_t)t->words.n + 1) * sizeof *t->best);
    bool done = t->best != NULL;
    for (int i = 0; done && i < t->words.n; i++) {
        int n_before = t->lower.n;
        s2s_str_clear(&lower);
        s2s_str_add_lower(&lower, s2s_piece_set_piece(&t->words, i));
        done = !lower.failed && s2s_piece_set_add(&t->lower, s2s_str_span(&lower)) >= 0;
        if (t->lower.n > n_before)
            t->best[n_before] = i;
    }
    s2s_str_free(&lower);
    return done;
}

static s2s_status read_words(s2s_text_step *step, s2s_error *err)
{
    return index_words(step->own, s2s_str_span(&step->data)) ? S2S_OK
                                                             : s2s_fail_memory(err, "reading the truecaser");
}

static s2s_status open_truecase(s2s_text_step *step, bool stored, s2s_error *err)
{
    truecaser *t = step->own = calloc(1, sizeof *t);
    if (t && stored)
        return read_words(step, err);
    if (t)
        t->counter = s2s_vocab_counter_new();
    return t && t->counter ? S2S_OK : s2s_fail_memory(err, "opening the truecaser");
}

static void close_truecase(s2s_text_step *step)
{
    truecaser *t = step->own;
    if (!t)
        return;
    s2s_vocab_counter_free(t->counter);
    s2s_piece_set_free(&t->words);
    s2s_piece_set_free(&t->lower);
    free(t->best);
    free(t);
}

static s2s_status learn(s2s_text_step *step, s2s_text_buffer *buffer, s2s_span line, s2s_error *err)
{
    (void)buffer;
    truecaser *t = step->own;
    bool first = true;
    s2s_span word;
    for (const char *p = line.data; s2s_next_word(&p, line.data + line.len, &word);) {
        if (opens_sentence(word))
            continue;
        if (!first && has_case(word))
            S2S_TRY(s2s_vocab_counter_add(t->counter, word, err));
        first = !first && sentence_ends(word);
    }
    return S2S_OK;
}

static s2s_status learned(s2s_text_step *step, s2s_error *err)
{
    truecaser *t = step->own;
    s2s_vocab *seen = NULL;
    S2S_TRY(s2s_vocab_build(&seen, t->counter, 0, 1, err));
    for (int i = S2S_N_SPECIALS; i < s2s_vocab_size(seen); i++) {
        s2s_str_add_span(&step->data, s2s_vocab_piece(seen, i));
        s2s_str_add_char(&step->data, '\n');
    }
    s2s_vocab_free(seen);
    s2s_vocab_counter_free(t->counter);
    t->counter = NULL;
    return step->data.failed ? s2s_fail_memory(err, "learning the truecaser") : read_words(step, err);
}

/* The word in its case; lower is the word in lower case. */
static s2s_span cased(const truecaser *t, s2s_span word, s2s_span lower, bool first)
{
    int i = s2s_piece_set_find(&t->lower, lower);
    bool as_is = i < 0 || (!first && s2s_piece_set_find(&t->words, word) >= 0);
    return as_is ? word : s2s_piece_set_piece(&t->words, t->best[i]);
}

static void truecase(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    s2s_str *lower = &buffer->scratch[0];
    bool first = true;
    s2s_span word;
    for (const char *p = text.data; s2s_next_word(&p, text.data + text.len, &word);) {
        s2s_str_clear(lower);
        s2s_str_add_lower(lower, word);
        if (out->len > 0)
            s2s_str_add_char(out, ' ');
        s2s_str_add_span(out, cased(step->own, word, s2s_str_span(lower), first));
        first = sentence_ends(word) || (first && opens_sentence(word));
    }
    out->failed |= lower->failed;
}

static void capitalise(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    (void)step, (void)buffer;
    bool first = true;
    s2s_span word;
    for (const char *p = text.data; s2s_next_word(&p, text.data + text.len, &word);) {
        if (out->len > 0)
            s2s_str_add_char(out, ' ');
        if (first)
            s2s_str_add_capitalised(out, word);
        else
            s2s_str_add_span(out, word);
        first = sentence_ends(word) || (first && opens_sentence(word));
    }
}

const s2s_text_kind s2s_step_truecase = {.name = "truecase",
                                         .open = open_truecase,
                                         .close = close_truecase,
                                         .learn = learn,
                                         .learned = learned,
                                         .apply = truecase,
                                         .invert = capitalise};
