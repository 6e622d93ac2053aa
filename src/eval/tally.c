#include "eval/tally.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/rng.h"

/* A token class: a piece with its counts. */
typedef struct token_class {
    size_t text; /* offset of the piece in bytes */
    size_t len;
    uint64_t hash;
    int64_t n_matches, n_hyp, n_ref;
} token_class;

struct s2s_tally {
    token_class *classes; /* numbered in order of appearance */
    int n_classes, classes_cap;
    int *slots;     /* open addressing: number of a class, or -1; at most half full */
    size_t n_slots; /* 0 or a power of two */
    s2s_str bytes;  /* all pieces, one after the other */

    s2s_arena *arena; /* of the last call */
    s2s_alignment alignment;

    int64_t n_sequences, n_correct_sequences, n_matches;
    s2s_edit_counts tokens, characters;
    bool scored;
    double log_prob;
    int64_t n_scored_tokens;
};

s2s_tally *s2s_tally_new(void)
{
    s2s_tally *tally = calloc(1, sizeof *tally);
    if (!tally)
        return NULL;
    tally->arena = s2s_arena_new(64 * 1024);
    if (!tally->arena) {
        free(tally);
        return NULL;
    }
    return tally;
}

void s2s_tally_free(s2s_tally *tally)
{
    if (!tally)
        return;
    s2s_arena_free(tally->arena);
    s2s_str_free(&tally->bytes);
    free(tally->classes);
    free(tally->slots);
    free(tally);
}

static uint64_t hash_piece(s2s_span piece)
{
    uint64_t hash = piece.len;
    for (size_t i = 0; i < piece.len; i++)
        hash = s2s_hash64(hash, (unsigned char)piece.data[i]);
    return hash;
}

/* The slot of the piece, or the empty one where it belongs. */
static int *find_slot(const s2s_tally *tally, s2s_span piece, uint64_t hash)
{
    size_t mask = tally->n_slots - 1, at = (size_t)hash & mask;
    for (; tally->slots[at] >= 0; at = (at + 1) & mask) {
        const token_class *c = &tally->classes[tally->slots[at]];
        if (c->hash == hash && c->len == piece.len &&
            memcmp(tally->bytes.data + c->text, piece.data, piece.len) == 0)
            break;
    }
    return &tally->slots[at];
}

/* Room for one more class and, in the slots, for two of each. */
static bool grow(s2s_tally *tally)
{
    if (tally->n_classes < tally->classes_cap)
        return true;
    if (tally->classes_cap > INT_MAX / 4)
        return false;
    int cap = tally->classes_cap ? 2 * tally->classes_cap : 256;
    token_class *classes = realloc(tally->classes, (size_t)cap * sizeof *classes);
    if (!classes)
        return false;
    tally->classes = classes;
    size_t n_slots = 2 * (size_t)cap;
    int *slots = malloc(n_slots * sizeof *slots);
    if (!slots)
        return false;
    memset(slots, 0xff, n_slots * sizeof *slots); /* all -1 */
    free(tally->slots);
    tally->slots = slots;
    tally->n_slots = n_slots;
    tally->classes_cap = cap;
    for (int i = 0; i < tally->n_classes; i++) {
        const token_class *c = &classes[i];
        *find_slot(tally, (s2s_span){tally->bytes.data + c->text, c->len}, c->hash) = i;
    }
    return true;
}

/* Number of the class of the piece; -1 when out of memory. */
static int intern(s2s_tally *tally, s2s_span piece)
{
    if (!grow(tally))
        return -1;
    uint64_t hash = hash_piece(piece);
    int *slot = find_slot(tally, piece, hash);
    if (*slot >= 0)
        return *slot;
    size_t text = tally->bytes.len;
    s2s_str_add(&tally->bytes, piece.data, piece.len);
    if (tally->bytes.failed)
        return -1;
    tally->classes[tally->n_classes] = (token_class){.text = text, .len = piece.len, .hash = hash};
    *slot = tally->n_classes;
    return tally->n_classes++;
}

/* Class numbers of n pieces, in the arena; NULL when out of memory. */
static int *intern_all(s2s_tally *tally, const s2s_span *pieces, int n)
{
    int *numbers = s2s_arena_alloc(tally->arena, s2s_size_mul((size_t)n, sizeof *numbers));
    for (int i = 0; numbers && i < n; i++) {
        numbers[i] = intern(tally, pieces[i]);
        if (numbers[i] < 0)
            return NULL;
    }
    return numbers;
}

/* Code points of the text, in the arena; a byte that is not UTF-8 counts as one, told from all others by its
 * sign. NULL when out of memory. */
static int *code_points(s2s_tally *tally, s2s_span text, int *n)
{
    int *codes =
        text.len > INT_MAX ? NULL : s2s_arena_alloc(tally->arena, s2s_size_mul(text.len, sizeof *codes));
    const char *p = text.data, *end = text.data + text.len;
    *n = 0;
    while (codes && p < end) {
        uint32_t code;
        int length = s2s_utf8_decode(p, end, &code);
        codes[(*n)++] = length > 0 ? (int)code : -(unsigned char)*p;
        p += length > 0 ? length : 1;
    }
    return codes;
}

static bool count_characters(s2s_tally *tally, s2s_span ref_text, s2s_span hyp_text)
{
    int n_ref, n_hyp;
    s2s_edit_counts counts;
    const int *ref = code_points(tally, ref_text, &n_ref), *hyp = code_points(tally, hyp_text, &n_hyp);
    if (!ref || !hyp || !s2s_edit_count(&counts, ref, n_ref, hyp, n_hyp, tally->arena))
        return false;
    tally->characters.substitutions += counts.substitutions;
    tally->characters.insertions += counts.insertions;
    tally->characters.deletions += counts.deletions;
    tally->characters.reference_tokens += counts.reference_tokens;
    return true;
}

static void count_tokens(s2s_tally *tally, const int *ref, int n_ref, const int *hyp)
{
    token_class *classes = tally->classes;
    for (int i = 0; i < tally->alignment.n_ops; i++) {
        s2s_edit_op op = tally->alignment.ops[i];
        tally->tokens.substitutions += op == S2S_EDIT_SUBSTITUTE;
        tally->tokens.insertions += op == S2S_EDIT_INSERT;
        tally->tokens.deletions += op == S2S_EDIT_DELETE;
        tally->n_matches += op == S2S_EDIT_MATCH;
        if (op == S2S_EDIT_MATCH)
            classes[*ref].n_matches++;
        if (op != S2S_EDIT_INSERT)
            classes[*ref++].n_ref++;
        if (op != S2S_EDIT_DELETE)
            classes[*hyp++].n_hyp++;
    }
    tally->tokens.reference_tokens += n_ref;
    tally->n_sequences++;
    tally->n_correct_sequences += tally->alignment.edits == 0;
}

/* Index of the nearest reference, its class numbers to *numbers; -1 when out of memory. */
static int find_nearest(s2s_tally *tally, const int *hyp, int n_hyp, const s2s_span *const *refs,
                        const int *n_refs, int n_references, const int **numbers)
{
    int nearest = -1, least = INT_MAX;
    for (int i = 0; i < n_references; i++) {
        const int *ref = intern_all(tally, refs[i], n_refs[i]);
        int edits = ref ? 0 : -1;
        if (ref && n_references > 1)
            edits = s2s_edit_distance(ref, n_refs[i], hyp, n_hyp, tally->arena);
        if (edits < 0)
            return -1;
        if (nearest < 0 || edits < least || (edits == least && n_refs[i] > n_refs[nearest])) {
            nearest = i;
            least = edits;
            *numbers = ref;
        }
    }
    return nearest;
}

s2s_status s2s_tally_add(s2s_tally *tally, const s2s_span *hyp, int n_hyp, s2s_span hyp_text,
                         const s2s_span *const *refs, const int *n_refs, const s2s_span *ref_texts,
                         int n_references, int *nearest, const s2s_alignment **alignment, s2s_error *err)
{
    if (n_references < 1)
        return s2s_fail(err, S2S_MISUSE, "expected at least one reference, found none");
    s2s_arena_reset(tally->arena);
    const int *ref_numbers = NULL, *hyp_numbers = intern_all(tally, hyp, n_hyp);
    int best =
        hyp_numbers ? find_nearest(tally, hyp_numbers, n_hyp, refs, n_refs, n_references, &ref_numbers) : -1;
    if (best < 0 ||
        !s2s_edit_align(&tally->alignment, ref_numbers, n_refs[best], hyp_numbers, n_hyp, tally->arena) ||
        !count_characters(tally, ref_texts[best], hyp_text))
        return s2s_fail_memory(err, "comparing an output with its references");
    count_tokens(tally, ref_numbers, n_refs[best], hyp_numbers);
    if (nearest)
        *nearest = best;
    if (alignment)
        *alignment = &tally->alignment;
    return S2S_OK;
}

void s2s_tally_add_log_prob(s2s_tally *tally, double log_prob, int64_t n_tokens)
{
    tally->scored = true;
    tally->log_prob += log_prob;
    tally->n_scored_tokens += n_tokens;
}

/* % of part in whole; of nothing, none is 0 % and anything 100 %. */
static double percent(int64_t part, int64_t whole)
{
    if (whole == 0)
        return part == 0 ? 0 : 100;
    return 100.0 * (double)part / (double)whole;
}

static int64_t edits(const s2s_edit_counts *counts)
{
    return counts->substitutions + counts->insertions + counts->deletions;
}

static void average_classes(const s2s_tally *tally, s2s_evaluation *evaluation)
{
    int64_t n = 0, n_hyp = 0;
    double precision = 0, recall = 0, f1 = 0;
    for (int i = 0; i < tally->n_classes; i++) {
        const token_class *c = &tally->classes[i];
        if (c->n_hyp + c->n_ref == 0) /* only in references that were not the nearest */
            continue;
        precision += percent(c->n_matches, c->n_hyp);
        recall += percent(c->n_matches, c->n_ref);
        f1 += percent(2 * c->n_matches, c->n_hyp + c->n_ref);
        n_hyp += c->n_hyp;
        n++;
    }
    int64_t n_ref = tally->tokens.reference_tokens;
    evaluation->precision_micro = percent(tally->n_matches, n_hyp);
    evaluation->recall_micro = percent(tally->n_matches, n_ref);
    evaluation->f1_micro = percent(2 * tally->n_matches, n_hyp + n_ref);
    evaluation->precision_macro = n ? precision / (double)n : 0;
    evaluation->recall_macro = n ? recall / (double)n : 0;
    evaluation->f1_macro = n ? f1 / (double)n : 0;
}

void s2s_tally_result(const s2s_tally *tally, s2s_evaluation *evaluation)
{
    *evaluation = (s2s_evaluation){
        .n_sequences = tally->n_sequences,
        .n_correct_sequences = tally->n_correct_sequences,
        .tokens = tally->tokens,
        .characters = tally->characters,
        .sequence_accuracy = percent(tally->n_correct_sequences, tally->n_sequences),
        .token_error_rate = percent(edits(&tally->tokens), tally->tokens.reference_tokens),
        .character_error_rate = percent(edits(&tally->characters), tally->characters.reference_tokens),
        .token_accuracy = percent(tally->n_matches, tally->tokens.reference_tokens),
        .log_prob = tally->scored ? tally->log_prob : NAN,
        .perplexity = tally->scored ? exp(-tally->log_prob / (double)tally->n_scored_tokens) : NAN,
    };
    average_classes(tally, evaluation);
}
