/* What a hypothesis may say next. */
#include <math.h>

#include "search/searcher.h"

/* The one token that the row must say now: of its prefix, or the end at the length limit; -1 if it is free. */
static int forced_token(const s2s_searcher *searcher, int row)
{
    const s2s_layer *layer = searcher->layer;
    const s2s_sentence *sentence = &searcher->sentences[layer->sentence[row]];
    if (layer->step < sentence->prefix.n)
        return sentence->prefix.ids[layer->step];
    return layer->step >= sentence->max_len ? S2S_TOKEN_EOS : -1;
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

/* Bans every token that followed an earlier occurrence of the last n - 1 tokens. */
static void ban_repeats(const s2s_layer *layer, int row, int n, s2s_real *log_probs)
{
    int earlier = row;
    for (const s2s_layer *at = layer; at->prev; at = at->prev) {
        int follower = at->token[earlier];
        earlier = at->parent[earlier];
        if (ends_alike(at->prev, earlier, layer, row, n - 1))
            log_probs[follower] = -INFINITY;
    }
}

bool s2s_filter_row(const s2s_searcher *searcher, int row, s2s_candidate *only)
{
    const s2s_predict_options *options = searcher->options;
    s2s_real *log_probs = s2s_row(&searcher->log_probs, row);
    int forced = forced_token(searcher, row);
    only->token = forced < 0 ? S2S_TOKEN_EOS : forced;
    only->log_prob = (float)log_probs[only->token];
    if (forced >= 0)
        return false;
    log_probs[S2S_TOKEN_UNK] = -INFINITY;
    log_probs[S2S_TOKEN_BOS] = -INFINITY;
    if (searcher->layer->step < options->min_length)
        log_probs[S2S_TOKEN_EOS] = -INFINITY;
    if (options->no_repeat_ngram > 0)
        ban_repeats(searcher->layer, row, options->no_repeat_ngram, log_probs);
    return true;
}
