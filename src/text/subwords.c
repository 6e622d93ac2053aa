#include "text/subwords.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/fail.h"
#include "base/file.h"
#include "text/subwords_check.h"

struct s2s_subwords {
    s2s_sentencepiece *sentencepiece;
    s2s_str model;
    const char *kind;
};

static s2s_status open_model(s2s_subwords *subwords, s2s_span model, s2s_error *err)
{
    S2S_TRY(s2s_subwords_check(model, &subwords->kind, err));
    s2s_str_add(&subwords->model, model.data, model.len);
    if (subwords->model.failed)
        return s2s_fail_memory(err, "opening a subword model");
    subwords->sentencepiece = s2s_sentencepiece_load(subwords->model.data, subwords->model.len);
    if (!subwords->sentencepiece)
        return s2s_fail(err, S2S_BAD_MODEL, "expected a SentencePiece model, found one that it cannot load");
    return S2S_OK;
}

s2s_status s2s_subwords_open(s2s_subwords **subwords, s2s_span model, s2s_error *err)
{
    *subwords = NULL;
    s2s_subwords *opened = calloc(1, sizeof *opened);
    if (!opened)
        return s2s_fail_memory(err, "opening a subword model");
    s2s_status status = open_model(opened, model, err);
    if (status == S2S_OK)
        *subwords = opened;
    else
        s2s_subwords_free(opened);
    return status;
}

s2s_status s2s_subwords_read(s2s_subwords **subwords, const char *path, s2s_error *err)
{
    s2s_map map;
    s2s_error why;
    *subwords = NULL;
    S2S_TRY(s2s_map_open(&map, path, err));
    s2s_status status = s2s_subwords_open(subwords, (s2s_span){map.data, map.size}, &why);
    s2s_map_close(&map);
    return status == S2S_OK ? S2S_OK : s2s_fail(err, status, "%s: %s", path, why.msg);
}

static bool has_piece(const s2s_sentencepiece *model, s2s_span text)
{
    s2s_span piece;
    for (int i = 0; i < s2s_sentencepiece_size(model); i++)
        if (s2s_sentencepiece_piece(model, i, &piece) && s2s_same_span(piece, text))
            return true;
    return false;
}

/* Field 1 of a ModelProto: a SentencePiece of a text, a score of 0 and the type USER_DEFINED.  Protobuf takes
 * such a field behind all others for the last one of its list. */
static void add_symbol(s2s_str *model, s2s_span text)
{
    enum { PIECE = 0x0a, PIECE_TEXT = 0x0a, PIECE_TYPE = 0x18, USER_DEFINED = 4, BESIDES_TEXT = 4 };
    s2s_str_add_char(model, PIECE);
    s2s_str_add_char(model, (char)(text.len + BESIDES_TEXT));
    s2s_str_add_char(model, PIECE_TEXT);
    s2s_str_add_char(model, (char)text.len);
    s2s_str_add(model, text.data, text.len);
    s2s_str_add_char(model, PIECE_TYPE);
    s2s_str_add_char(model, USER_DEFINED);
}

s2s_status s2s_subwords_extend(s2s_subwords **subwords, const char *symbols, s2s_error *err)
{
    s2s_span symbol, model = s2s_subwords_model(*subwords);
    s2s_str extended = {0};
    s2s_str_add(&extended, model.data, model.len);
    for (const char *rest = *symbols ? symbols : NULL; s2s_list_next(&rest, &symbol);)
        if (!has_piece((*subwords)->sentencepiece, symbol))
            add_symbol(&extended, symbol);
    s2s_status status = S2S_OK;
    if (extended.failed) {
        status = s2s_fail_memory(err, "opening a subword model");
    } else if (extended.len > model.len) {
        s2s_subwords_free(*subwords);
        status = s2s_subwords_open(subwords, s2s_str_span(&extended), err);
    }
    s2s_str_free(&extended);
    return status;
}

void s2s_subwords_free(s2s_subwords *subwords)
{
    if (!subwords)
        return;
    s2s_sentencepiece_free(subwords->sentencepiece);
    s2s_str_free(&subwords->model);
    free(subwords);
}

const char *s2s_subwords_kind(const s2s_subwords *subwords)
{
    return subwords->kind;
}

s2s_span s2s_subwords_model(const s2s_subwords *subwords)
{
    return (s2s_span){subwords->model.data, subwords->model.len};
}

uint64_t s2s_subwords_hash(const s2s_subwords *subwords)
{
    return XXH3_64bits(subwords->model.data, subwords->model.len);
}

const s2s_sentencepiece *s2s_subwords_sentencepiece(const s2s_subwords *subwords)
{
    return subwords->sentencepiece;
}
