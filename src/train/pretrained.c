#include "train/pretrained.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

static const char copying[] = "copying a pretrained model";

/* A vocabulary of the new model seen from the pretrained one. */
typedef struct piece_map {
    int *tokens; /* [n] the pretrained model's number of each piece, -1 where it has none */
    int n, n_pretrained;
    int n_known; /* besides special pieces */
} piece_map;

typedef struct transfer {
    const s2s_pretrained *from;
    s2s_params *params;
    piece_map source, target;
    int n_copied, n_by_piece;
    s2s_str left; /* "att.w (only here), ..." */
} transfer;

s2s_status s2s_pretrained_open(s2s_pretrained *pretrained, const char *path, s2s_error *err)
{
    *pretrained = (s2s_pretrained){.path = s2s_model_file_path(path)};
    if (!pretrained->path)
        return s2s_fail_memory(err, "opening a pretrained model");
    return s2s_model_file_open(&pretrained->file, pretrained->path, err);
}

void s2s_pretrained_close(s2s_pretrained *pretrained)
{
    s2s_model_file_close(&pretrained->file);
    free(pretrained->path);
    *pretrained = (s2s_pretrained){0};
}

static s2s_status match_pieces(piece_map *map, const s2s_vocab *vocab, const s2s_vocab *pretrained,
                               s2s_error *err)
{
    *map = (piece_map){.n = s2s_vocab_size(vocab), .n_pretrained = s2s_vocab_size(pretrained)};
    map->tokens = malloc((size_t)map->n * sizeof *map->tokens);
    if (!map->tokens)
        return s2s_fail_memory(err, copying);
    for (int i = 0; i < map->n; i++) {
        int found = i < S2S_N_SPECIALS ? i : s2s_vocab_find(pretrained, s2s_vocab_piece(vocab, i));
        map->tokens[i] = i >= S2S_N_SPECIALS && found == S2S_TOKEN_UNK ? -1 : found;
        map->n_known += found >= S2S_N_SPECIALS;
    }
    return S2S_OK;
}

/* The side whose pieces the parameter has a row or, where it is a bias, an element each of; NULL for others. */
static const piece_map *map_of(const transfer *t, const char *name)
{
    static const char *const of_target[] = {"tgt.embedding", "out.w", "out.b"};
    if (strcmp(name, "src.embedding") == 0)
        return &t->source;
    for (size_t i = 0; i < sizeof of_target / sizeof *of_target; i++)
        if (strcmp(name, of_target[i]) == 0)
            return &t->target;
    return NULL;
}

static void leave(transfer *t, const char *name, const char *why)
{
    s2s_str_printf(&t->left, "%s%s (%s)", t->left.len > 0 ? ", " : "", name, why);
}

static bool has_shape(const s2s_stored_tensor *tensor, int rows, int cols)
{
    return tensor->rank == 2 && tensor->dims[0] == rows && tensor->dims[1] == cols;
}

static void copy_whole(transfer *t, s2s_param *param, const s2s_stored_tensor *tensor)
{
    if (!has_shape(tensor, param->t.rows, param->t.cols)) {
        leave(t, param->name, "another shape");
        return;
    }
    memcpy(param->t.data, tensor->data, tensor->bytes);
    t->n_copied++;
}

static void copy_pieces(transfer *t, const piece_map *map, s2s_param *param, const s2s_stored_tensor *tensor)
{
    bool is_bias = param->t.rows == 1;
    int width = is_bias ? 1 : param->t.cols; /* elements of a piece */
    if (!has_shape(tensor, is_bias ? 1 : map->n_pretrained, is_bias ? map->n_pretrained : width)) {
        leave(t, param->name, "another shape");
        return;
    }
    if (map->n_known == 0) {
        leave(t, param->name, "no piece in common");
        return;
    }
    size_t bytes = (size_t)width * sizeof(s2s_real);
    for (int i = 0; i < map->n; i++)
        if (map->tokens[i] >= 0)
            memcpy(param->t.data + (ptrdiff_t)i * width,
                   (const char *)tensor->data + (size_t)map->tokens[i] * bytes, bytes);
    t->n_by_piece++;
}

/* A model that lacks a source embedding has one of both sides (--tied-all). */
static const s2s_stored_tensor *find_tensor(const transfer *t, const char *name)
{
    const s2s_safetensors *file = t->from->file.file;
    const s2s_stored_tensor *tensor = s2s_safetensors_find(file, name);
    return tensor || strcmp(name, "src.embedding") != 0 ? tensor : s2s_safetensors_find(file, "tgt.embedding");
}

static s2s_status copy_param(transfer *t, s2s_param *param, s2s_error *err)
{
    const s2s_stored_tensor *tensor = find_tensor(t, param->name);
    const piece_map *map = map_of(t, param->name);
    if (!tensor) {
        leave(t, param->name, "only here");
        return S2S_OK;
    }
    S2S_TRY(s2s_model_file_check_values(tensor, t->from->path, err));
    if (map)
        copy_pieces(t, map, param, tensor);
    else
        copy_whole(t, param, tensor);
    return S2S_OK;
}

static s2s_status copy_all(transfer *t, const s2s_vocab *source_vocab, const s2s_vocab *target_vocab,
                           s2s_error *err)
{
    const s2s_model_file *file = &t->from->file;
    S2S_TRY(match_pieces(&t->source, source_vocab, file->source_vocab, err));
    S2S_TRY(match_pieces(&t->target, target_vocab, file->target_vocab, err));
    for (int i = 0; i < t->params->n; i++)
        S2S_TRY(copy_param(t, t->params->items[i], err));
    for (int i = 0; i < s2s_safetensors_n(file->file); i++) {
        const s2s_stored_tensor *tensor = s2s_safetensors_at(file->file, i);
        if (!s2s_params_find(t->params, tensor->name) && !s2s_model_file_is_subwords(tensor))
            leave(t, tensor->name, "only there");
    }
    s2s_params_changed(t->params);
    if (t->left.failed)
        return s2s_fail_memory(err, copying);
    if (t->n_copied + t->n_by_piece == 0)
        return s2s_fail(err, S2S_BAD_MODEL,
                        "--pretrained-model: expected parameters that fit in %s, found none: %s", t->from->path,
                        s2s_str_text(&t->left));
    return S2S_OK;
}

s2s_status s2s_pretrained_copy(const s2s_pretrained *pretrained, s2s_params *params,
                               const s2s_vocab *source_vocab, const s2s_vocab *target_vocab,
                               const s2s_logger *logger, s2s_error *err)
{
    transfer t = {.from = pretrained, .params = params};
    s2s_status status = copy_all(&t, source_vocab, target_vocab, err);
    if (status == S2S_OK)
        s2s_log(
            logger, S2S_LOG_INFO,
            "%s: %d tensors copied, %d by piece (%d of %d of the source known, %d of %d of the target); not "
            "copied: %s",
            pretrained->path, t.n_copied, t.n_by_piece, t.source.n_known, t.source.n - S2S_N_SPECIALS,
            t.target.n_known, t.target.n - S2S_N_SPECIALS, t.left.len > 0 ? s2s_str_text(&t.left) : "none");
    free(t.source.tokens);
    free(t.target.tokens);
    s2s_str_free(&t.left);
    return status;
}
