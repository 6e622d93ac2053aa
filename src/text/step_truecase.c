/* truecase: the case that a word mostly has within sentences (Koehn et al., Moses: train-truecaser, truecase).
 * A model holds the words seen there, the most frequent ones first. */
#include <stdlib.h>
#include <string.h>

#include "text/letter.h"
#include "text/step.h"
#include "text/vocab.h"

typedef struct form {
    s2s_span lower, word;
    int rank; /* 0 is the most frequent one of all words */
} form;

typedef struct truecaser {
    s2s_vocab_counter *counter; /* while it learns */
    s2s_str lower;              /* the words of step->data in lower case */
    form *forms;                /* by lower, then by rank */
    size_t n;
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

static int by_lower_and_rank(const void *a, const void *b)
{
    const form *x = a, *y = b;
    int order = s2s_compare_words(x->lower, y->lower);
    return order ? order : (x->rank > y->rank) - (x->rank < y->rank);
}

/* forms from step->data. */
static s2s_status index_forms(s2s_text_step *step, s2s_error *err)
{
    truecaser *t = step->own;
    s2s_span text = s2s_str_span(&step->data), word;
    const char *end = text.data + text.len;
    for (const char *p = text.data; s2s_next_word(&p, end, &word); t->n++) {
        s2s_str_add_lower(&t->lower, word);
        s2s_str_add_char(&t->lower, '\n');
    }
    t->forms = malloc((t->n + 1) * sizeof *t->forms);
    if (!t->forms || t->lower.failed)
        return s2s_fail_memory(err, "reading the truecaser");
    const char *p = text.data, *q = s2s_str_text(&t->lower);
    for (size_t i = 0; i < t->n; i++) {
        form *f = &t->forms[i];
        f->rank = (int)i;
        s2s_next_word(&p, end, &f->word);
        s2s_next_word(&q, t->lower.data + t->lower.len, &f->lower);
    }
    qsort(t->forms, t->n, sizeof *t->forms, by_lower_and_rank);
    return S2S_OK;
}

static s2s_status open_truecase(s2s_text_step *step, bool stored, s2s_error *err)
{
    truecaser *t = step->own = calloc(1, sizeof *t);
    if (t && stored)
        return index_forms(step, err);
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
    s2s_str_free(&t->lower);
    free(t->forms);
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
    return step->data.failed ? s2s_fail_memory(err, "learning the truecaser") : index_forms(step, err);
}

/* The word in its case; lower is the word in lower case. */
static s2s_span cased(const truecaser *t, s2s_span word, s2s_span lower, bool first)
{
    size_t low = 0, high = t->n; /* the first form that is not before lower */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s2s_compare_words(t->forms[middle].lower, lower) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == t->n || !s2s_same_span(t->forms[low].lower, lower))
        return word;
    for (size_t i = low; !first && i < t->n && s2s_same_span(t->forms[i].lower, lower); i++)
        if (s2s_same_span(t->forms[i].word, word))
            return word;
    return t->forms[low].word;
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
