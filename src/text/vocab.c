#include "text/vocab.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/fail.h"
#include "text/piece_set.h"

struct s2s_vocab {
    s2s_piece_set set;
    uint64_t hash;
};

struct s2s_vocab_counter {
    s2s_piece_set set;
    int64_t *counts; /* [counts_cap], of the pieces of the set */
    int counts_cap;
};

static const char *const special_names[S2S_N_SPECIALS] = {"<unk>", "<s>", "</s>"};

enum { FIRST_COUNTS = 256 };

s2s_vocab_counter *s2s_vocab_counter_new(void)
{
    return calloc(1, sizeof(s2s_vocab_counter));
}

void s2s_vocab_counter_free(s2s_vocab_counter *counter)
{
    if (!counter)
        return;
    s2s_piece_set_free(&counter->set);
    free(counter->counts);
    free(counter);
}

s2s_status s2s_vocab_counter_add(s2s_vocab_counter *counter, s2s_span piece, s2s_error *err)
{
    if (counter->set.n == counter->counts_cap) { /* first, so that every piece of the set has a count */
        int cap = counter->counts_cap ? counter->counts_cap : FIRST_COUNTS / 2;
        int64_t *counts = cap > INT_MAX / 2 ? NULL : realloc(counter->counts, 2 * (size_t)cap * sizeof *counts);
        if (!counts)
            return s2s_fail_memory(err, "counting the pieces of a vocabulary");
        counter->counts = counts;
        counter->counts_cap = 2 * cap;
    }
    int n_before = counter->set.n;
    int i = s2s_piece_set_add(&counter->set, piece);
    if (i < 0)
        return s2s_fail_memory(err, "counting the pieces of a vocabulary");
    counter->counts[i] = i == n_before ? 1 : counter->counts[i] + 1;
    return S2S_OK;
}

int s2s_vocab_counter_size(const s2s_vocab_counter *counter)
{
    return counter->set.n;
}

int64_t s2s_vocab_counter_count(const s2s_vocab_counter *counter, s2s_span piece)
{
    int i = s2s_piece_set_find(&counter->set, piece);
    return i >= 0 ? counter->counts[i] : 0;
}

typedef struct counted {
    s2s_span piece;
    int64_t count;
} counted;

static int more_frequent_first(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    size_t common = x->piece.len < y->piece.len ? x->piece.len : y->piece.len;
    int order = memcmp(x->piece.data, y->piece.data, common);
    return order ? order : (x->piece.len > y->piece.len) - (x->piece.len < y->piece.len);
}

static s2s_span text_span(const char *text)
{
    return (s2s_span){text, strlen(text)};
}

static bool is_special(s2s_span piece)
{
    for (int i = 0; i < S2S_N_SPECIALS; i++)
        if (s2s_same_span(piece, text_span(special_names[i])))
            return true;
    return false;
}

/* An s2s_vocab of the specials and these pieces, none of which is special or occurs twice. */
static s2s_status vocab_make(s2s_vocab **vocab, const counted *pieces, int n, s2s_error *err)
{
    s2s_vocab *v = calloc(1, sizeof *v);
    bool done = v != NULL;
    for (int i = 0; done && i < S2S_N_SPECIALS; i++)
        done = s2s_piece_set_add(&v->set, text_span(special_names[i])) >= 0;
    for (int i = 0; done && i < n; i++)
        done = s2s_piece_set_add(&v->set, pieces[i].piece) >= 0;
    if (!done) {
        s2s_vocab_free(v);
        return s2s_fail_memory(err, "building a vocabulary");
    }
    v->hash = XXH3_64bits(v->set.bytes.data, v->set.bytes.len);
    *vocab = v;
    return S2S_OK;
}

s2s_status s2s_vocab_build(s2s_vocab **vocab, const s2s_vocab_counter *counter, int max_size, int min_count,
                           s2s_error *err)
{
    const s2s_piece_set *set = &counter->set;
    counted *kept = malloc(((size_t)set->n + 1) * sizeof *kept);
    if (!kept)
        return s2s_fail_memory(err, "building a vocabulary");
    int n = 0;
    for (int i = 0; i < set->n; i++) {
        s2s_span piece = s2s_piece_set_piece(set, i);
        if (counter->counts[i] >= min_count && !is_special(piece))
            kept[n++] = (counted){piece, counter->counts[i]};
    }
    qsort(kept, (size_t)n, sizeof *kept, more_frequent_first);

    int room = max_size > S2S_N_SPECIALS ? max_size - S2S_N_SPECIALS : 0;
    if (max_size > 0 && n > room)
        n = room;
    s2s_status status = vocab_make(vocab, kept, n, err);
    free(kept);
    return status;
}

/* Checks piece i of a list and adds it. */
static s2s_status add_listed(s2s_piece_set *set, s2s_span piece, int i, s2s_error *err)
{
    if (piece.len == 0)
        return s2s_fail(err, S2S_BAD_MODEL, "vocabulary piece %d: expected text, found none", i);
    if (memchr(piece.data, '\0', piece.len) || memchr(piece.data, '\n', piece.len) ||
        s2s_utf8_check(piece.data, piece.len) != piece.len)
        return s2s_fail(err, S2S_BAD_MODEL,
                        "vocabulary piece %d: expected UTF-8 without NUL and line feed, found other bytes", i);
    if (i < S2S_N_SPECIALS && !s2s_same_span(piece, text_span(special_names[i])))
        return s2s_fail(err, S2S_BAD_MODEL, "vocabulary piece %d: expected %s, found another piece", i,
                        special_names[i]);
    int number = s2s_piece_set_add(set, piece);
    if (number < 0)
        return s2s_fail_memory(err, "reading a vocabulary");
    if (number != i)
        return s2s_fail(err, S2S_BAD_MODEL, "vocabulary piece %d: expected a new piece, found that of %d again",
                        i, number);
    return S2S_OK;
}

s2s_status s2s_vocab_from_pieces(s2s_vocab **vocab, const s2s_span *pieces, int n, s2s_error *err)
{
    if (n < S2S_N_SPECIALS)
        return s2s_fail(err, S2S_BAD_MODEL, "vocabulary: expected at least %d pieces, found %d", S2S_N_SPECIALS,
                        n);
    s2s_vocab *v = calloc(1, sizeof *v);
    if (!v)
        return s2s_fail_memory(err, "reading a vocabulary");
    s2s_status status = S2S_OK;
    for (int i = 0; status == S2S_OK && i < n; i++)
        status = add_listed(&v->set, pieces[i], i, err);
    if (status != S2S_OK) {
        s2s_vocab_free(v);
        return status;
    }
    v->hash = XXH3_64bits(v->set.bytes.data, v->set.bytes.len);
    *vocab = v;
    return S2S_OK;
}

s2s_status s2s_vocab_from_subwords(s2s_vocab **vocab, const s2s_subwords *subwords, s2s_error *err)
{
    const s2s_sentencepiece *model = s2s_subwords_sentencepiece(subwords);
    int n_subwords = s2s_sentencepiece_size(model), n = 0;
    s2s_span *pieces = calloc((size_t)n_subwords + S2S_N_SPECIALS, sizeof *pieces);
    if (!pieces)
        return s2s_fail_memory(err, "building a vocabulary");
    while (n < S2S_N_SPECIALS) {
        pieces[n] = text_span(special_names[n]);
        n++;
    }
    for (int i = 0; i < n_subwords; i++)
        if (s2s_sentencepiece_piece(model, i, &pieces[n]) && !is_special(pieces[n]))
            n++;
    s2s_status status = s2s_vocab_from_pieces(vocab, pieces, n, err);
    free(pieces);
    return status;
}

void s2s_vocab_free(s2s_vocab *vocab)
{
    if (!vocab)
        return;
    s2s_piece_set_free(&vocab->set);
    free(vocab);
}

size_t s2s_vocab_bytes(const s2s_vocab *vocab)
{
    return s2s_piece_set_bytes(&vocab->set);
}

int s2s_vocab_size(const s2s_vocab *vocab)
{
    return vocab->set.n;
}

int s2s_vocab_find(const s2s_vocab *vocab, s2s_span piece)
{
    int token = s2s_piece_set_find(&vocab->set, piece);
    return token < S2S_N_SPECIALS ? S2S_TOKEN_UNK : token;
}

s2s_span s2s_vocab_piece(const s2s_vocab *vocab, int token)
{
    return s2s_piece_set_piece(&vocab->set, token);
}

uint64_t s2s_vocab_hash(const s2s_vocab *vocab)
{
    return vocab->hash;
}
