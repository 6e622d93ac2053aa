/* What a hypothesis may say next. */
#include <math.h>

#include "search/searcher.h"

int s2s_filter_forced(const s2s_searcher *searcher, int row)
{
    const s2s_layer *layer = searcher->layer;
    const s2s_sentence *sentence = &searcher->sentences[layer->sentence[row]];
    if (layer->step < sentence->prefix.n)
        return sentence->prefix.ids[layer->step];
    return layer->step >= sentence->max_len ? S2S_TOKEN_EOS : -1;
}

int s2s_filter_only(const s2s_searcher *searcher, int row)
{
    int forced = s2s_filter_forced(searcher, row);
    s2s_tokens allowed = s2s_filter_allowed(searcher, row);
    if (forced >= 0)
        return forced;
    return allowed.ids ? allowed.ids[0] : S2S_TOKEN_EOS;
}

bool s2s_filter_may_end(const s2s_searcher *searcher, int row)
{
    const s2s_layer *layer = searcher->layer;
    const s2s_phrases *phrases = searcher->sentences[layer->sentence[row]].phrases;
    return !phrases || s2s_phrases_bank(phrases, layer->progress[row]) == s2s_phrases_n_tokens(phrases);
}

s2s_tokens s2s_filter_allowed(const s2s_searcher *searcher, int row)
{
    if (!searcher->lexicon)
        return (s2s_tokens){0};
    return s2s_lexicon_next(searcher->lexicon, searcher->layer->node[row]);
}

/* Whether the n tokens that end at row a of layer la are those that end at row b of layer lb. */
static bool ends_alike(const s2s_layer *la, int a, const s2s_layer *lb, int b, int n)
{
    for (int i = 0; i < n; i++) {
        if (!la->prev || !lb->prev || la->token[a] != lb->token[b])
            return false;
        a = la->parent[a];
        la = la->prev;
        b = lb->parent[b];
        lb = lb->prev;
    }
    return true;
}

static void ban(const s2s_logits *logits, int token)
{
    s2s_real *logit = s2s_logit_of(logits, token);
    if (logit)
        *logit = -INFINITY;
}

/* Bans every token that followed an earlier occurrence of the last `size` - 1 tokens. */
static void ban_repeats(const s2s_layer *layer, int row, int size, const s2s_logits *logits)
{
    int earlier = row;
    for (const s2s_layer *at = layer; at->prev; at = at->prev) {
        int follower = at->token[earlier];
        earlier = at->parent[earlier];
        if (ends_alike(at->prev, earlier, layer, row, size - 1))
            ban(logits, follower);
    }
}

void s2s_filter_ban(const void *arg, int row, const s2s_logits *logits)
{
    const s2s_searcher *searcher = arg;
    const s2s_predict_options *options = searcher->options;
    if (!options->replace_unknown)
        ban(logits, S2S_TOKEN_UNK);
    ban(logits, S2S_TOKEN_BOS);
    if (searcher->layer->step < options->min_length || !s2s_filter_may_end(searcher, row))
        ban(logits, S2S_TOKEN_EOS);
    if (options->no_repeat_ngram > 0 && !searcher->lexicon)
        ban_repeats(searcher->layer, row, options->no_repeat_ngram, logits);
}

bool s2s_filter_allows(const s2s_searcher *searcher, int row, int token)
{
    s2s_real z = 0;
    s2s_filter_ban(searcher, row, &(s2s_logits){.z = &z, .n = 1, .first = token});
    bool in_lexicon =
        !searcher->lexicon || s2s_lexicon_follow(searcher->lexicon, searcher->layer->node[row], token) >= 0;
    return z == 0 && in_lexicon;
}
