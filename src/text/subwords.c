#include "text/subwords.h"

#include <stdlib.h>
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
