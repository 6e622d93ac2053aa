/* Subword models trained on lines in memory. */
#ifndef SUBWORDS_FIXTURE_H
#define SUBWORDS_FIXTURE_H

#include <string.h>

#include "text/tokeniser.h"

/* Lines of memory, one after the other. */
typedef struct line_list {
    const char *const *lines;
    int n, next;
} line_list;

static inline bool next_line(void *arg, s2s_span *line)
{
    line_list *list = arg;
    if (list->next == list->n)
        return false;
    const char *text = list->lines[list->next++];
    *line = (s2s_span){text, strlen(text)};
    return true;
}

static inline s2s_status train_on_lines(s2s_subwords **subwords, s2s_tokeniser_kind kind,
                                        const char *const *lines, int n, int size, bool exact,
                                        bool byte_fallback, s2s_error *err)
{
    line_list list = {lines, n, 0};
    const s2s_sentencepiece_training training = {
        .model_type = s2s_tokeniser_name(kind),
        .vocab_size = size,
        .hard_vocab_limit = exact,
        .character_coverage = 1,
        .byte_fallback = byte_fallback,
        .next = next_line,
        .arg = &list,
    };
    return s2s_subwords_train(subwords, &training, "lines", err);
}

#endif
