/* Beam search for outputs that contain phrases: the hypotheses of a sentence are kept in banks, by how many
 * tokens of its phrases they have (grid beam search, Hokamp and Liu 2017, arXiv:1704.07138), and the beam is
 * divided among the banks anew in every step (dynamic beam allocation, Post and Vilar 2018, arXiv:1804.06609).
 *
 * Besides its best candidates, a row offers every token that goes on with its phrases.  All its other tokens
 * lead to one bank. */
#include "search/searcher.h"

void s2s_banks_ask(const s2s_searcher *searcher, int row, s2s_candidate *asked)
{
    const s2s_layer *layer = searcher->layer;
    const s2s_phrases *phrases = searcher->sentences[layer->sentence[row]].phrases;
    int tokens[S2S_MAX_PHRASE_TOKENS], n = 0;
    if (phrases && s2s_filter_forced(searcher, row) < 0)
        n = s2s_phrases_next(phrases, layer->progress[row], tokens);
    for (int i = 0; i < searcher->most_phrase_tokens; i++)
        asked[i] = (s2s_candidate){0, i < n ? tokens[i] : -1};
}

/* The banks of one sentence. */
typedef struct banks {
    s2s_searcher *searcher;
    const s2s_phrases *phrases;
    int last;                              /* the bank of those that have all: they may end */
    int width;                             /* rows of all banks together */
    int n[S2S_MAX_PHRASE_TOKENS + 1];      /* entries of a bank, best first */
    int n_rows[S2S_MAX_PHRASE_TOKENS + 1]; /* those of them that are no ends */
} banks;

/* A bank has room for as many entries as there can be rows, the last one for their ends too. */
static s2s_bank_entry *entries_of(const banks *b, int bank)
{
    return b->searcher->entries + (size_t)bank * (size_t)b->width;
}

/* Puts a continuation where it belongs in its bank; of equal ones, the first to come is better. */
static void offer(banks *b, int row, s2s_candidate candidate)
{
    const s2s_layer *layer = b->searcher->layer;
    bool is_end = candidate.token == S2S_TOKEN_EOS;
    s2s_phrase_progress progress = layer->progress[row];
    if (!is_end)
        progress = s2s_phrases_step(b->phrases, progress, candidate.token);
    int bank = s2s_phrases_bank(b->phrases, progress), room = bank == b->last ? 2 * b->width : b->width;
    s2s_bank_entry *entries = entries_of(b, bank);
    s2s_bank_entry new = {row, candidate, layer->log_prob[row] + candidate.log_prob};
    int place = b->n[bank];
    while (place > 0 && entries[place - 1].log_prob < new.log_prob)
        place--;
    if (place == room)
        return;
    if (b->n[bank] < room)
        b->n[bank]++;
    else
        b->n_rows[bank] -= entries[room - 1].candidate.token != S2S_TOKEN_EOS;
    for (int i = b->n[bank] - 1; i > place; i--)
        entries[i] = entries[i - 1];
    entries[place] = new;
    b->n_rows[bank] += !is_end;
}

static bool is_among(const s2s_candidate *candidates, int n, int token)
{
    for (int i = 0; i < n; i++)
        if (candidates[i].token == token)
            return true;
    return false;
}

static void offer_row(banks *b, int row)
{
    const s2s_searcher *searcher = b->searcher;
    const s2s_candidate *best = searcher->candidates + (size_t)row * (size_t)searcher->n_choices;
    const s2s_candidate *asked = searcher->asked + (size_t)row * (size_t)(1 + searcher->most_phrase_tokens) + 1;
    int n = searcher->n_candidates[row];
    for (int i = 0; i < n; i++)
        offer(b, row, best[i]);
    for (int i = 0; i < searcher->most_phrase_tokens && asked[i].token >= 0; i++)
        if (!is_among(best, n, asked[i].token) && s2s_filter_allows(searcher, row, asked[i].token))
            offer(b, row, asked[i]);
}

/* Each bank gets an equal share, as far as it has rows; what is left over goes to those that have more, the
 * furthest first.  slots [last + 1] */
static void share_beam(const banks *b, int *slots)
{
    int share = b->width / (b->last + 1), left = b->width;
    for (int bank = 0; bank <= b->last; bank++) {
        slots[bank] = b->n_rows[bank] < share ? b->n_rows[bank] : share;
        left -= slots[bank];
    }
    for (int bank = b->last; bank >= 0; bank--) {
        int more = b->n_rows[bank] - slots[bank] < left ? b->n_rows[bank] - slots[bank] : left;
        slots[bank] += more;
        left -= more;
    }
}

static void keep_bank(banks *b, s2s_sentence *sentence, s2s_layer *next, int bank, int n_slots)
{
    const s2s_bank_entry *entry = entries_of(b, bank), *end = entry + b->n[bank];
    for (int n_kept = 0; entry < end; entry++) {
        if (entry->candidate.token == S2S_TOKEN_EOS) {
            s2s_rank_finish(b->searcher, entry->row, entry->candidate.log_prob, sentence->n_arrived++);
            continue;
        }
        if (n_kept++ == n_slots || !s2s_rank_hopeful(b->searcher, sentence, entry->log_prob))
            break;
        s2s_layer_push(b->searcher, next, entry->row, &entry->candidate, 0);
    }
}

void s2s_banks_next(s2s_searcher *searcher, s2s_layer *next, int begin, int end)
{
    s2s_sentence *sentence = &searcher->sentences[searcher->layer->sentence[begin]];
    int slots[S2S_MAX_PHRASE_TOKENS + 1];
    banks b = {.searcher = searcher,
               .phrases = sentence->phrases,
               .last = s2s_phrases_n_tokens(sentence->phrases),
               .width = sentence->width};
    for (int row = begin; row < end; row++)
        offer_row(&b, row);
    share_beam(&b, slots);
    for (int bank = b.last; bank >= 0; bank--)
        keep_bank(&b, sentence, next, bank, slots[bank]);
}
