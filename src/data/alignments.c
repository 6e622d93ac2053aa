#include "data/alignments.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

struct s2s_alignments {
    s2s_text_file file;
};

/* Of words, from 0. */
typedef struct word_link {
    int source, target;
} word_link;

/* ---- lines ---- */

/* Takes digits off the text; -1 where there are none.  What no line has so many words for counts as that. */
static int take_number(s2s_span *text)
{
    int n = -1;
    for (; text->len > 0 && *text->data >= '0' && *text->data <= '9'; text->data++, text->len--) {
        n = 10 * (n < 0 ? 0 : n) + (*text->data - '0');
        n = n < S2S_MAX_LINE_BYTES ? n : S2S_MAX_LINE_BYTES;
    }
    return n;
}

static bool read_link(s2s_span text, word_link *link)
{
    *link = (word_link){-1, -1};
    link->source = take_number(&text);
    if (link->source < 0 || text.len == 0 || *text.data != '-')
        return false;
    text = (s2s_span){text.data + 1, text.len - 1};
    link->target = take_number(&text);
    return link->target >= 0 && text.len == 0;
}

/* Takes what lies before the next separator, which is not empty, off the text; false at its end. */
static bool next_field(s2s_span *text, char separator, s2s_span *field)
{
    while (text->len > 0 && *text->data == separator)
        *text = (s2s_span){text->data + 1, text->len - 1};
    size_t n = 0;
    while (n < text->len && text->data[n] != separator)
        n++;
    *field = (s2s_span){text->data, n};
    *text = (s2s_span){text->data + n, text->len - n};
    return n > 0;
}

/* ---- opening ---- */

typedef struct checker {
    const s2s_alignments *alignments;
    const char *name; /* of the file */
    const s2s_corpus *corpus;
    s2s_tokeniser source_words, target_words;
    s2s_pieces pieces;
} checker;

/* What cuts a line into the words that links number. */
static s2s_tokeniser words_of(const s2s_tokeniser *tokeniser)
{
    s2s_tokeniser words = *tokeniser;
    if (s2s_tokeniser_has_subwords(words.kind))
        words = (s2s_tokeniser){.kind = S2S_TOKENISE_SPACE, .text = tokeniser->text};
    return words;
}

static s2s_status count_words(checker *c, const s2s_tokeniser *words, s2s_span text, int *n, s2s_error *err)
{
    S2S_TRY(s2s_tokenise(words, text.data, text.len, &c->pieces, err));
    *n = c->pieces.n;
    return S2S_OK;
}

static s2s_status check_links(const checker *c, size_t line, s2s_span links, int n_source, int n_target,
                              s2s_error *err)
{
    enum { SHOWN = 32 }; /* bytes */
    s2s_span text;
    while (next_field(&links, ' ', &text)) {
        int shown = text.len < SHOWN ? (int)text.len : SHOWN;
        word_link link;
        if (!read_link(text, &link))
            return s2s_fail(err, S2S_BAD_DATA, "%s:%zu: expected links such as 0-0 1-2, found \"%.*s\"",
                            c->name, line, shown, text.data);
        if (link.source >= n_source || link.target >= n_target)
            return s2s_fail(
                err, S2S_BAD_DATA,
                "%s:%zu: expected links of %d source and %d target words, counted from 0, found %.*s", c->name,
                line, n_source, n_target, shown, text.data);
    }
    return S2S_OK;
}

static s2s_status check_pair(checker *c, size_t i, s2s_error *err)
{
    s2s_span line = s2s_text_file_line(&c->alignments->file, i), links;
    int n_targets = s2s_corpus_n_targets(c->corpus, i), n_lists = s2s_count_tabs(line) + 1, n_source, n_target;
    if (n_lists != n_targets)
        return s2s_fail(
            err, S2S_BAD_DATA,
            "%s:%zu: expected as many lists of links with TABs between them as there are targets (%d), "
            "found %d",
            c->name, i + 1, n_targets, n_lists);
    S2S_TRY(count_words(c, &c->source_words, s2s_corpus_source(c->corpus, i), &n_source, err));
    for (int k = 0; k < n_targets; k++) {
        S2S_TRY(count_words(c, &c->target_words, s2s_corpus_target(c->corpus, i, k), &n_target, err));
        (void)s2s_next_part(&line, &links);
        S2S_TRY(check_links(c, i + 1, links, n_source, n_target, err));
    }
    return S2S_OK;
}

static s2s_status check_all(checker *c, s2s_error *err)
{
    size_t n_lines = c->alignments->file.n_lines, n_pairs = s2s_corpus_size(c->corpus);
    if (n_lines != n_pairs)
        return s2s_fail(err, S2S_BAD_DATA,
                        "%s: expected %zu lines, one for each of the training pairs, found %zu", c->name,
                        n_pairs, n_lines);
    for (size_t i = 0; i < n_pairs; i++)
        S2S_TRY(check_pair(c, i, err));
    return S2S_OK;
}

s2s_status s2s_alignments_open(s2s_alignments **alignments, const char *path, const s2s_corpus *corpus,
                               const s2s_tokeniser *source_tokeniser, const s2s_tokeniser *target_tokeniser,
                               const s2s_logger *logger, s2s_error *err)
{
    s2s_alignments *a = calloc(1, sizeof *a);
    if (!a)
        return s2s_fail_memory(err, "opening word alignments");
    checker c = {.alignments = a,
                 .name = s2s_text_file_name(path),
                 .corpus = corpus,
                 .source_words = words_of(source_tokeniser),
                 .target_words = words_of(target_tokeniser)};
    s2s_status status = s2s_text_file_open(&a->file, path, NULL, NULL, logger, err);
    if (status == S2S_OK)
        status = check_all(&c, err);
    s2s_pieces_free(&c.pieces);
    if (status == S2S_OK)
        *alignments = a;
    else
        s2s_alignments_close(a);
    return status;
}

void s2s_alignments_close(s2s_alignments *alignments)
{
    if (!alignments)
        return;
    s2s_text_file_close(&alignments->file);
    free(alignments);
}

uint64_t s2s_alignments_hash(const s2s_alignments *alignments)
{
    return alignments->file.hash;
}

/* ---- links of tokens ---- */

typedef struct linking {
    word_link *links;
    int n_links;
    const s2s_token_words *source;
    int *marks; /* [n_words]: the last search in which the word of the source was linked */
    int n_words, n_searches;
} linking;

static bool begin_linking(linking *l, s2s_span text, const s2s_token_words *source, s2s_arena *arena)
{
    s2s_span rest = text, field;
    *l = (linking){.source = source};
    for (int i = 0; i < source->n; i++)
        l->n_words = source->words[i] >= l->n_words ? source->words[i] + 1 : l->n_words;
    while (next_field(&rest, ' ', &field))
        l->n_links++;
    l->links = s2s_arena_alloc(arena, (size_t)l->n_links * sizeof *l->links);
    l->marks = s2s_arena_alloc_zero(arena, (size_t)l->n_words * sizeof *l->marks);
    if (!l->links || !l->marks)
        return false;
    int n = 0;
    while (n < l->n_links && next_field(&text, ' ', &field))
        (void)read_link(field, &l->links[n++]); /* fails, into numbers of no word, where the file has changed */
    l->n_links = n;
    return true;
}

/* Positions of the source that a word of the target is linked to, ascending, into position unless it is NULL;
 * returns how many they are. */
static int find_positions(linking *l, int target_word, int *position)
{
    int n = 0, search = ++l->n_searches;
    for (int i = 0; i < l->n_links; i++)
        if (l->links[i].target == target_word && l->links[i].source < l->n_words)
            l->marks[l->links[i].source] = search;
    for (int s = 0; s < l->source->n; s++) {
        if (l->marks[l->source->words[s]] != search)
            continue;
        if (position)
            position[n] = s;
        n++;
    }
    return n;
}

bool s2s_alignments_read(const s2s_alignments *alignments, size_t i, int k, const s2s_token_words *source,
                         const s2s_token_words *target, s2s_links *links, s2s_arena *arena)
{
    linking l;
    s2s_span text = s2s_part_of(s2s_text_file_line(&alignments->file, i), k);
    int *first = s2s_ints_new(arena, (size_t)target->n + 1);
    if (!first || !begin_linking(&l, text, source, arena))
        return false;
    first[0] = 0;
    for (int t = 0; t < target->n; t++) {
        int n = find_positions(&l, target->words[t], NULL);
        if (n > INT_MAX - first[t])
            return false;
        first[t + 1] = first[t] + n;
    }
    int *position = s2s_ints_new(arena, (size_t)first[target->n]);
    if (!position)
        return false;
    for (int t = 0; t < target->n; t++)
        (void)find_positions(&l, target->words[t], position + first[t]);
    *links = (s2s_links){first, position};
    return true;
}
