/* stopwords:LANG, stopwords:FILE: words left out.  The words of a file are what a model holds of the step. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "text/letter.h"
#include "text/piece_set.h"
#include "text/step.h"

/* The words of a file, in lower case, one per line, to step->data. */
static s2s_status read_words(s2s_text_step *step, s2s_error *err)
{
    s2s_map map;
    s2s_error why;
    if (s2s_map_open(&map, step->argument, &why) != S2S_OK)
        return s2s_fail(err, why.code, "%s: expected one of %s, or a file of words: %s", step->where,
                        s2s_stopwords_languages_text, why.msg);
    const char *end = map.data + map.size;
    bool good = s2s_utf8_check(map.data, map.size) == map.size && !memchr(map.data, '\0', map.size);
    s2s_span word;
    for (const char *p = map.data; good && s2s_next_word(&p, end, &word);) {
        s2s_str_add_lower(&step->data, word);
        s2s_str_add_char(&step->data, '\n');
    }
    s2s_map_close(&map);
    if (!good)
        return s2s_fail(err, S2S_BAD_DATA, "%s: expected words of UTF-8, found other bytes", step->where);
    if (step->data.failed)
        return s2s_fail_memory(err, "reading stop words");
    if (step->data.len == 0)
        return s2s_fail(err, S2S_BAD_DATA, "%s: expected words, found none", step->where);
    return S2S_OK;
}

static s2s_status open_stopwords(s2s_text_step *step, bool stored, s2s_error *err)
{
    const char *list = s2s_stopwords_find(step->argument);
    if (!list && !stored)
        S2S_TRY(read_words(step, err));
    s2s_piece_set *words = step->own = calloc(1, sizeof *words);
    s2s_span text = list ? (s2s_span){list, strlen(list)} : s2s_str_span(&step->data);
    return words && s2s_piece_set_add_words(words, text) ? S2S_OK : s2s_fail_memory(err, "reading stop words");
}

static void close_stopwords(s2s_text_step *step)
{
    if (step->own)
        s2s_piece_set_free(step->own);
    free(step->own);
}

static void leave_out(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    s2s_str *lower = &buffer->scratch[0];
    s2s_span word;
    for (const char *p = text.data; s2s_next_word(&p, text.data + text.len, &word);) {
        s2s_str_clear(lower);
        s2s_str_add_lower(lower, word);
        if (s2s_piece_set_find(step->own, s2s_str_span(lower)) >= 0)
            continue;
        if (out->len > 0)
            s2s_str_add_char(out, ' ');
        s2s_str_add_span(out, word);
    }
    out->failed |= lower->failed;
}

const s2s_text_kind s2s_step_stopwords = {.name = "stopwords",
                                          .argument = "LANG or FILE",
                                          .open = open_stopwords,
                                          .close = close_stopwords,
                                          .apply = leave_out};
