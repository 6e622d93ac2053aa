/* Text to tokens and back, without the network. */
#include "s2s/encode.h"

#include "api/worker.h"
#include "base/fail.h"

static const s2s_tokeniser *tokeniser_of(const s2s_worker *worker, bool target)
{
    return target ? &worker->model->target_tokeniser : &worker->model->source_tokeniser;
}

static const s2s_vocab *vocab_of(const s2s_worker *worker, bool target)
{
    return target ? worker->model->file.target_vocab : worker->model->file.source_vocab;
}

s2s_status s2s_encode(s2s_worker *worker, bool target, const char *text, size_t n, s2s_encoding *encoding,
                      s2s_error *err)
{
    s2s_line line;
    if (!worker || !text || !encoding)
        return s2s_fail(err, S2S_MISUSE,
                        "s2s_encode: expected a worker, a text and a place for its tokens, found NULL");
    S2S_TRY(s2s_worker_begin(worker, NULL, 0, err));
    S2S_TRY(s2s_job_line(worker, &line, target, (s2s_span){text, n}, 0, "", err));
    *encoding = (s2s_encoding){.n = line.tokens.n, .ids = line.tokens.ids, .pieces = line.pieces};
    return S2S_OK;
}

/* The pieces of the numbers that stand for text; *pieces is in the worker's arena. */
static s2s_status find_pieces(s2s_worker *worker, const s2s_vocab *vocab, const int *ids, int n,
                              s2s_span **pieces, int *n_pieces, s2s_error *err)
{
    *n_pieces = 0;
    *pieces = s2s_arena_alloc(worker->arena, s2s_size_mul((size_t)n, sizeof **pieces));
    if (!*pieces)
        return s2s_fail_memory(err, "joining tokens");
    for (int i = 0; i < n; i++) {
        if (ids[i] < 0 || ids[i] >= s2s_vocab_size(vocab))
            return s2s_fail_input(err, S2S_BAD_DATA, 0, ", token %d: expected a number from 0 to %d, found %d",
                                  i + 1, s2s_vocab_size(vocab) - 1, ids[i]);
        if (ids[i] != S2S_TOKEN_BOS && ids[i] != S2S_TOKEN_EOS)
            (*pieces)[(*n_pieces)++] = s2s_vocab_piece(vocab, ids[i]);
    }
    return S2S_OK;
}

s2s_status s2s_decode(s2s_worker *worker, bool target, const int *ids, int n, const char **text, s2s_error *err)
{
    s2s_span *pieces, joined;
    int n_pieces;
    if (!worker || !text || n < 0 || (n > 0 && !ids))
        return s2s_fail(err, S2S_MISUSE,
                        "s2s_decode: expected a worker, numbers and a place for the text, found none");
    S2S_TRY(s2s_worker_begin(worker, NULL, 0, err));
    S2S_TRY(find_pieces(worker, vocab_of(worker, target), ids, n, &pieces, &n_pieces, err));
    S2S_TRY(
        s2s_joined_text(tokeniser_of(worker, target), pieces, n_pieces, &worker->pieces.buffer, &joined, err));
    *text = s2s_arena_strdup(worker->arena, joined.data);
    return *text ? S2S_OK : s2s_fail_memory(err, "joining tokens");
}
