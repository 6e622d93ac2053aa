#include "lexical/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fail.h"
#include "base/file.h"
#include "data/text_file.h"

static const char null_name[] = "NULL";

/* ---- writing ---- */

static bool is_writable(s2s_span piece)
{
    return piece.len == 1 || !memchr(piece.data, ' ', piece.len);
}

/* The source's name; false where it has none in such a file. */
static bool source_name(const s2s_vocab *vocab, int source, s2s_span *name)
{
    if (source == s2s_vocab_size(vocab)) {
        *name = (s2s_span){null_name, strlen(null_name)};
        return true;
    }
    *name = s2s_vocab_piece(vocab, source);
    return is_writable(*name) && !s2s_span_is(*name, null_name);
}

s2s_status s2s_lexical_write(const char *path, const s2s_translation *list, size_t n,
                             const s2s_lexical_vocabs *vocabs, size_t *n_lines, s2s_error *err)
{
    s2s_writer *writer;
    *n_lines = 0;
    S2S_TRY(s2s_writer_open(&writer, path, err));
    for (size_t i = 0; i < n; i++) {
        s2s_span target = s2s_vocab_piece(vocabs->target, list[i].target), source;
        if (list[i].target < S2S_N_SPECIALS || !is_writable(target) ||
            !source_name(vocabs->source, list[i].source, &source))
            continue;
        char probability[32];
        s2s_real_to_str(probability, sizeof probability, 7, list[i].probability);
        s2s_writer_printf(writer, "%s %s %s\n", target.data, source.data, probability);
        (*n_lines)++;
    }
    return s2s_writer_commit(writer, err);
}

/* ---- reading ---- */

typedef struct table {
    const char *name; /* for messages */
    const s2s_lexical_vocabs *vocabs;
    s2s_translation *list;
    size_t n, cap, n_unknown;
} table;

/* Takes the first piece, which may be a blank, and the blank behind it off a line. */
static bool take_piece(s2s_span *line, s2s_span *piece)
{
    const char *from = line->data, *end = line->data + line->len;
    const char *search = line->len > 0 && *from == ' ' ? from + 1 : from;
    const char *blank = memchr(search, ' ', (size_t)(end - search));
    if (!blank || blank == from)
        return false;
    *piece = (s2s_span){from, (size_t)(blank - from)};
    *line = (s2s_span){blank + 1, (size_t)(end - blank - 1)};
    return piece->len == 1 || *from != ' ';
}

static bool take_probability(s2s_span text, double *probability)
{
    char copy[64], *end;
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *probability = s2s_str_to_real(copy, &end);
    return *end == '\0' && *probability >= 0 && *probability <= 1;
}

/* Number of a piece; -1 if it is unknown. */
static int number_of(const s2s_vocab *vocab, s2s_span piece)
{
    int number = s2s_vocab_find(vocab, piece);
    return number == S2S_TOKEN_UNK ? -1 : number;
}

static int source_number(const s2s_vocab *vocab, s2s_span piece)
{
    if (s2s_span_is(piece, null_name))
        return s2s_vocab_size(vocab);
    return s2s_span_is(piece, s2s_vocab_piece(vocab, S2S_TOKEN_UNK).data) ? S2S_TOKEN_UNK
                                                                          : number_of(vocab, piece);
}

static bool add(table *t, const s2s_translation *translation)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? s2s_size_mul(2, t->cap) : 1024;
        s2s_translation *list = realloc(t->list, s2s_size_mul(cap, sizeof *list));
        if (!list)
            return false;
        t->list = list;
        t->cap = cap;
    }
    t->list[t->n++] = *translation;
    return true;
}

static s2s_status read_line(table *t, size_t number, s2s_span line, s2s_error *err)
{
    s2s_span rest = line, target, source;
    s2s_translation translation;
    if (!take_piece(&rest, &target) || !take_piece(&rest, &source))
        return s2s_fail(err, S2S_BAD_DATA, "%s:%zu: expected \"target source probability\", found \"%.*s\"",
                        t->name, number, line.len < 64 ? (int)line.len : 64, line.data);
    if (!take_probability(rest, &translation.probability))
        return s2s_fail(err, S2S_BAD_DATA, "%s:%zu: expected a probability from 0 to 1, found \"%.*s\"",
                        t->name, number, rest.len < 64 ? (int)rest.len : 64, rest.data);
    translation.source = source_number(t->vocabs->source, source);
    translation.target = number_of(t->vocabs->target, target);
    if (translation.target < 0 && s2s_span_is(target, null_name))
        return S2S_OK;
    if (translation.source < 0 || translation.target < 0) {
        t->n_unknown++;
        return S2S_OK;
    }
    return add(t, &translation) ? S2S_OK : s2s_fail_memory(err, "reading translations");
}

static s2s_status read_lines(table *t, const s2s_text_file *file, s2s_error *err)
{
    for (size_t i = 0; i < file->n_lines; i++)
        S2S_TRY(read_line(t, i + 1, s2s_text_file_line(file, i), err));
    return S2S_OK;
}

s2s_status s2s_lexical_read(const char *path, const s2s_lexical_vocabs *vocabs, s2s_translation **list,
                            size_t *n, size_t *n_unknown, s2s_error *err)
{
    s2s_text_file file;
    table t = {.name = s2s_text_file_name(path), .vocabs = vocabs};
    S2S_TRY(s2s_text_file_open(&file, path, NULL, NULL, NULL, err));
    s2s_status status = read_lines(&t, &file, err);
    s2s_text_file_close(&file);
    if (status != S2S_OK) {
        free(t.list);
        return status;
    }
    *list = t.list;
    *n = t.n;
    *n_unknown = t.n_unknown;
    return S2S_OK;
}
