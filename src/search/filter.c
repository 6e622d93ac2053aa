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

static void ban(s2s_real *z, int first, int n, int token)
{
    if (token >= first && token < first + n)
        z[token - first] = -INFINITY;
}

/* Bans every token that followed an earlier occurrence of the last `size` - 1 tokens. */
static void ban_repeats(const s2s_layer *layer, int row, int size, s2s_real *z, int first, int n)
{
    int earlier = row;
    for (const s2s_layer *at = layer; at->prev; at = at->prev) {
        int follower = at->token[earlier];
        earlier = at->parent[earlier];
        if (ends_alike(at->prev, earlier, layer, row, size - 1))
            ban(z, first, n, follower);
    }
}

void s2s_filter_ban(const void *arg, int row, s2s_real *z, int first, int n)
{
    const s2s_searcher *searcher = arg;
    const s2s_predict_options *options = searcher->options;
    ban(z, first, n, S2S_TOKEN_UNK);
    ban(z, first, n, S2S_TOKEN_BOS);
    if (searcher->layer->step < options->min_length)
        ban(z, first, n, S2S_TOKEN_EOS);
    if (options->no_repeat_ngram > 0)
        ban_repeats(searcher->layer, row, options->no_repeat_ngram, z, first, n);
}
