#include "text/subwords_check.h"

#include <math.h>
#include <string.h>

#include "base/fail.h"

/* Wire types, https://protobuf.dev/programming-guides/encoding/ */
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

/* Field numbers, from SentencePiece's sentencepiece_model.proto. */
enum {
    MODEL_PIECE = 1,
    MODEL_TRAINER = 2,
    MODEL_NORMALIZER = 3,
    MODEL_DENORMALIZER = 5,
    PIECE_TEXT = 1,
    PIECE_SCORE = 2,
    PIECE_TYPE = 3,
    TRAINER_TYPE = 3,
    TRAINER_UNKNOWN_SURFACE = 44,
    NORMALIZER_CHARSMAP = 2,
};

enum { TYPE_UNIGRAM = 1, TYPE_BPE = 2, N_TYPES = 4, PIECE_USER_DEFINED = 4, N_PIECE_TYPES = 6 };

enum {
    MAX_PIECE_BYTES = 2048, /* SentencePiece makes pieces of 512 characters at most; it recurses over them */
    MAX_SYMBOL_BYTES = 64,  /* of a user-defined piece: it looks for as many that begin alike */
};

typedef struct field {
    uint32_t number;
    int type;
    uint64_t value; /* VARINT, FIXED64, FIXED32 */
    s2s_span bytes; /* BYTES */
} field;

static const char broken[] = "expected a SentencePiece model, found other or missing bytes";

static bool take_varint(s2s_span *rest, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 64 && rest->len > 0; shift += 7) {
        unsigned char byte = (unsigned char)*rest->data++;
        rest->len--;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool take_fixed(s2s_span *rest, int n_bytes, uint64_t *value)
{
    if (rest->len < (size_t)n_bytes)
        return false;
    *value = 0;
    for (int i = n_bytes - 1; i >= 0; i--)
        *value = *value << 8 | (unsigned char)rest->data[i];
    rest->data += n_bytes;
    rest->len -= (size_t)n_bytes;
    return true;
}

static bool take_bytes(s2s_span *rest, s2s_span *bytes)
{
    uint64_t n;
    if (!take_varint(rest, &n) || n > rest->len)
        return false;
    *bytes = (s2s_span){rest->data, (size_t)n};
    rest->data += n;
    rest->len -= (size_t)n;
    return true;
}

static bool take_field(s2s_span *rest, field *f)
{
    uint64_t tag;
    if (!take_varint(rest, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
        return false;
    f->number = (uint32_t)(tag >> 3);
    f->type = (int)(tag & 7);
    switch (f->type) {
    case VARINT:
        return take_varint(rest, &f->value);
    case FIXED64:
        return take_fixed(rest, 8, &f->value);
    case FIXED32:
        return take_fixed(rest, 4, &f->value);
    case BYTES:
        return take_bytes(rest, &f->bytes);
    default:
        return false;
    }
}

static bool is(const field *f, uint32_t number, int type)
{
    return f->number == number && f->type == type;
}

static bool is_line(s2s_span text)
{
    return !memchr(text.data, '\0', text.len) && !memchr(text.data, '\n', text.len) &&
           s2s_utf8_check(text.data, text.len) == text.len;
}

static bool is_finite(uint32_t bits)
{
    float score;
    memcpy(&score, &bits, sizeof score);
    return isfinite(score);
}

static s2s_status check_piece(s2s_span message, int number, s2s_error *err)
{
    field f;
    uint32_t type = 0;
    s2s_span text = {"", 0};
    while (message.len > 0) {
        if (!take_field(&message, &f))
            return s2s_fail(err, S2S_BAD_MODEL, "%s", broken);
        if (is(&f, PIECE_TEXT, BYTES))
            text = f.bytes;
        if (is(&f, PIECE_TYPE, VARINT) && (uint32_t)f.value <= N_PIECE_TYPES)
            type = (uint32_t)f.value;
        if (is(&f, PIECE_SCORE, FIXED32) && !is_finite((uint32_t)f.value))
            return s2s_fail(err, S2S_BAD_MODEL, "subword %d: expected a finite score", number);
    }
    size_t longest = type == PIECE_USER_DEFINED ? MAX_SYMBOL_BYTES : MAX_PIECE_BYTES;
    if (text.len == 0 || text.len > longest || !is_line(text))
        return s2s_fail(err, S2S_BAD_MODEL,
                        "subword %d: expected 1 to %zu bytes of UTF-8 without NUL and line feed, found others",
                        number, longest);
    return S2S_OK;
}

static s2s_status check_trainer(s2s_span message, int *type, s2s_error *err)
{
    field f;
    while (message.len > 0) {
        if (!take_field(&message, &f))
            return s2s_fail(err, S2S_BAD_MODEL, "%s", broken);
        if (is(&f, TRAINER_TYPE, VARINT) && (uint32_t)f.value >= 1 && (uint32_t)f.value <= N_TYPES)
            *type = (int)(uint32_t)f.value;
        if (is(&f, TRAINER_UNKNOWN_SURFACE, BYTES) && !is_line(f.bytes))
            return s2s_fail(err, S2S_BAD_MODEL,
                            "surface of unknown subwords: expected UTF-8, found other bytes");
    }
    return S2S_OK;
}

static s2s_status check_normalizer(s2s_span message, s2s_error *err)
{
    field f;
    while (message.len > 0) {
        if (!take_field(&message, &f))
            return s2s_fail(err, S2S_BAD_MODEL, "%s", broken);
        if (is(&f, NORMALIZER_CHARSMAP, BYTES) && f.bytes.len > 0)
            S2S_TRY(s2s_charsmap_check(f.bytes, err));
    }
    return S2S_OK;
}

s2s_status s2s_subwords_check(s2s_span model, const char **kind, s2s_error *err)
{
    field f;
    int type = TYPE_UNIGRAM, n_pieces = 0;
    bool complete = false; /* the normalizer comes after all pieces */
    while (model.len > 0) {
        if (!take_field(&model, &f))
            return s2s_fail(err, S2S_BAD_MODEL, "%s", broken);
        if (is(&f, MODEL_PIECE, BYTES))
            S2S_TRY(check_piece(f.bytes, n_pieces++, err));
        if (is(&f, MODEL_TRAINER, BYTES))
            S2S_TRY(check_trainer(f.bytes, &type, err));
        if (is(&f, MODEL_NORMALIZER, BYTES) || is(&f, MODEL_DENORMALIZER, BYTES))
            S2S_TRY(check_normalizer(f.bytes, err));
        complete |= is(&f, MODEL_NORMALIZER, BYTES);
    }
    if (n_pieces == 0 || !complete)
        return s2s_fail(err, S2S_BAD_MODEL, "%s", broken);
    if (type != TYPE_UNIGRAM && type != TYPE_BPE)
        return s2s_fail(
            err, S2S_BAD_MODEL,
            "expected a SentencePiece model of type bpe or unigram, found one of words or characters");
    *kind = type == TYPE_BPE ? "bpe" : "unigram";
    return S2S_OK;
}
