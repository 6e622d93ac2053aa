/* stem:LANG: Snowball stemmers.  A stemmer holds what it works with, so every buffer has its own, one for each
 * language: lines of both sides may go through a buffer in turn. */
#include <errno.h>
#include <libstemmer.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "text/letter.h"
#include "text/step.h"

struct s2s_stemmer {
    struct s2s_stemmer *next;
    struct sb_stemmer *snowball;
    char language[];
};

static s2s_status open_stem(s2s_text_step *step, bool stored, s2s_error *err)
{
    (void)stored;
    const char *nearest = "", **names = sb_stemmer_list();
    size_t best = SIZE_MAX;
    for (; *names; names++) {
        size_t distance = s2s_word_distance(step->argument, *names);
        if (distance < best) {
            best = distance;
            nearest = *names;
        }
    }
    errno = 0; /* tells a name that is not known from memory that is short */
    struct sb_stemmer *stemmer = sb_stemmer_new(step->argument, NULL); /* knows short names as well */
    if (!stemmer && errno == ENOMEM)
        return s2s_fail_memory(err, "opening a stemmer");
    sb_stemmer_delete(stemmer);
    if (!stemmer)
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "%s: expected a language that has a stemmer; the nearest is \"%s\"", step->where,
                        nearest);
    return S2S_OK;
}

void s2s_stemmers_free(struct s2s_stemmer *stemmers)
{
    while (stemmers) {
        struct s2s_stemmer *next = stemmers->next;
        sb_stemmer_delete(stemmers->snowball);
        free(stemmers);
        stemmers = next;
    }
}

/* NULL when out of memory. */
static struct sb_stemmer *stemmer_of(s2s_text_buffer *buffer, const char *language)
{
    for (const struct s2s_stemmer *met = buffer->stemmers; met; met = met->next)
        if (strcmp(met->language, language) == 0)
            return met->snowball;
    struct s2s_stemmer *new = calloc(1, sizeof *new + strlen(language) + 1);
    if (!new)
        return NULL;
    strcpy(new->language, language);
    new->snowball = sb_stemmer_new(language, NULL);
    new->next = buffer->stemmers;
    buffer->stemmers = new;
    return new->snowball;
}

static void stem(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    struct sb_stemmer *stemmer = stemmer_of(buffer, step->argument);
    out->failed |= !stemmer;
    s2s_span word;
    for (const char *p = text.data; !out->failed && s2s_next_word(&p, text.data + text.len, &word);) {
        const sb_symbol *root =
            word.len <= INT_MAX ? sb_stemmer_stem(stemmer, (const sb_symbol *)word.data, (int)word.len) : NULL;
        if (out->len > 0)
            s2s_str_add_char(out, ' ');
        if (root)
            s2s_str_add(out, (const char *)root, (size_t)sb_stemmer_length(stemmer));
        else
            out->failed = true;
    }
}

const s2s_text_kind s2s_step_stem = {.name = "stem", .argument = "LANG", .open = open_stem, .apply = stem};
